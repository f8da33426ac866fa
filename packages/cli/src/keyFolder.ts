/**
 * The folder of sealed keys, `keys/<name>.json` in the configuration folder.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { formatKeyFile, keyFileCharactersMax, openKey, parseKeyFile } from '@jurat/sdk/keyFile'
import type { KeyFile, Scrypt } from '@jurat/sdk/keyFile'
import type { KeyPair } from '@jurat/sdk/keys'
import { CliError, exitCodes } from './exitCodes.ts'
import { unreadable, writeNewFile, writeText } from './files.ts'

/** Names of keys are file names too. */
const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/u

/** scrypt of OpenSSL: three times as fast as the portable one. */
export const nativeScrypt: Scrypt = async (passphrase, salt, { n, r, p, length }) => {
  const derive = promisify<Uint8Array, Uint8Array, number, object, Uint8Array>(scrypt)
  return new Uint8Array(await derive(passphrase, salt, length, { N: n, r, p, maxmem: 2 ** 31 }))
}

/** The keys of this user. */
export class KeyFolder {
  readonly #folder: string

  /** @param configuration - the configuration folder. */
  constructor(configuration: string) {
    this.#folder = join(configuration, 'keys')
  }

  /** Names of the keys, sorted. */
  names(): string[] {
    if (!existsSync(this.#folder)) return []
    return readdirSync(this.#folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .toSorted()
  }

  /** A sealed key: by its name here, or by the path of a key file. */
  read(nameOrPath: string): KeyFile {
    const path = namePattern.test(nameOrPath) ? this.#path(nameOrPath) : nameOrPath
    if (!existsSync(path)) {
      throw unknownKey(nameOrPath)
    }
    return parseKeyFile(readFileSync(path, 'utf8').slice(0, keyFileCharactersMax + 1))
  }

  /** Writes a new key; an existing one is never overwritten, because it may be the only copy of a secret. */
  add(file: KeyFile): string {
    if (!namePattern.test(file.name)) {
      throw new CliError(exitCodes.usage, 'name-malformed', { key: 'cli.key.nameMalformed' })
    }
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const path = this.#path(file.name)
    if (existsSync(path)) throw new CliError(exitCodes.usage, 'key-exists', { key: 'cli.key.exists', values: { path } })
    writeNewFile(path, formatKeyFile(file))
    return path
  }

  /** Writes a sealed key of this folder anew. The old file, perhaps the only copy of a secret, is there until then. */
  replace(file: KeyFile): string {
    const path = this.#path(file.name)
    writeText(path, formatKeyFile(file), 0o600)
    return path
  }

  /** Opens a key. @param passphrase - asked for only when it is needed. */
  async open(crypto: CryptoProvider, nameOrPath: string, passphrase: () => Promise<string>): Promise<KeyPair> {
    return openKey(crypto, this.read(nameOrPath), await passphrase(), { scrypt: nativeScrypt })
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.json`)
  }
}

/** The error for a key that is not here. */
export const unknownKey = (name: string): CliError =>
  new CliError(exitCodes.usage, 'key-missing', { key: 'cli.key.unknown', values: { name } })

/** First line of a text file: passphrases. */
export function firstLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/u, 1)[0] ?? ''
  } catch (cause) {
    throw unreadable(path, cause)
  }
}
