/**
 * A secret key at rest: scrypt (RFC 7914) over a passphrase, AES-256-GCM (NIST SP 800-38D) over the secret. The public
 * key is the associated data, so a ciphertext cannot be moved under another public key.
 * @module
 */
import { equal, fromBase64, fromHex, fromText, toBase64, toHex, concat } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { gcm } from '@noble/ciphers/aes.js'
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { SdkError } from './errors.ts'
import { algorithmName, type KeyPair } from './keys.ts'

/** First line of every key file. */
const formatName = 'jurat-key/v1'

/** Domain line of the associated data. */
const domainLine = 'jurat/key-file/v1\n'

const saltBytes = 16
const nonceBytes = 12
const tagBytes = 16
const secretKeyBytes = 33

/** scrypt's cost: 128 MiB and about a third of a second on a desktop. */
export const scryptCostDefault: number = 2 ** 17

/** A file that asks for more than this is refused: it would only be there to exhaust the reader's memory. */
const scryptCostMax = 2 ** 20
const scryptCostMin = 2 ** 10
const scryptBlockSize = 8
const scryptParallelism = 1

/** Longest key file that is read, in characters. */
export const keyFileCharactersMax = 16_384

/** A sealed key as it stands in its file. Binary values are base64; `publicKey` is hexadecimal. */
export interface KeyFile {
  readonly format: typeof formatName
  readonly name: string
  readonly algorithm: string
  readonly publicKey: string
  readonly kdf: {
    readonly name: 'scrypt'
    readonly n: number
    readonly r: number
    readonly p: number
    readonly salt: string
  }
  readonly cipher: { readonly name: 'aes-256-gcm'; readonly nonce: string; readonly text: string }
}

/** Derives 32 bytes from a passphrase. Programs with a native scrypt hand theirs in. */
export type Scrypt = (
  passphrase: Bytes,
  salt: Bytes,
  cost: { n: number; r: number; p: number; length: number },
) => Promise<Bytes>

const scryptPortable: Scrypt = (passphrase, salt, { n, r, p, length }) =>
  scryptAsync(passphrase, salt, { N: n, r, p, dkLen: length, maxmem: 2 ** 31 })

/** What sealing and opening need besides the key. */
export interface SealOptions {
  /** scrypt's N: a power of two. Default {@link scryptCostDefault}. */
  readonly cost?: number
  readonly scrypt?: Scrypt
  /** Fills an array with random bytes. Default: the platform's generator. */
  readonly random?: (length: number) => Bytes
}

/** Random bytes of the platform's generator (Web Crypto, in browsers and in Node). */
export const platformRandom = (length: number): Bytes => globalThis.crypto.getRandomValues(new Uint8Array(length))

/** The passphrase as scrypt gets it: NFC, so that the same characters typed on another system open the file. */
const passphraseBytes = (passphrase: string): Bytes => fromText(passphrase.normalize('NFC'))

/** Encrypts a key pair under a passphrase. */
export async function sealKey(
  name: string,
  key: KeyPair,
  passphrase: string,
  options: SealOptions = {},
): Promise<KeyFile> {
  const random = options.random ?? platformRandom
  const cost = { n: options.cost ?? scryptCostDefault, r: scryptBlockSize, p: scryptParallelism }
  const salt = random(saltBytes)
  const nonce = random(nonceBytes)
  const wrapping = await (options.scrypt ?? scryptPortable)(passphraseBytes(passphrase), salt, { ...cost, length: 32 })
  const sealed = gcm(wrapping, nonce, concat(fromText(domainLine), key.publicKey)).encrypt(key.secretKey)
  return {
    format: formatName,
    name,
    algorithm: algorithmName(key.publicKey),
    publicKey: toHex(key.publicKey),
    kdf: { name: 'scrypt', ...cost, salt: toBase64(salt) },
    cipher: { name: 'aes-256-gcm', nonce: toBase64(nonce), text: toBase64(sealed) },
  }
}

/**
 * Decrypts a key file.
 * @throws {SdkError} `passphrase-wrong` when the passphrase or the file is not the one that was sealed;
 * `key-file-malformed` when the secret does not belong to the public key.
 */
export async function openKey(
  crypto: CryptoProvider,
  file: KeyFile,
  passphrase: string,
  options: SealOptions = {},
): Promise<KeyPair> {
  const { n, r, p } = file.kdf
  const publicKey = fromHex(file.publicKey)
  const wrapping = await (options.scrypt ?? scryptPortable)(passphraseBytes(passphrase), fromBase64(file.kdf.salt), {
    n,
    r,
    p,
    length: 32,
  })
  let secretKey: Bytes
  try {
    const cipher = gcm(wrapping, fromBase64(file.cipher.nonce), concat(fromText(domainLine), publicKey))
    secretKey = cipher.decrypt(fromBase64(file.cipher.text))
  } catch (cause) {
    throw new SdkError('passphrase-wrong', `The passphrase does not open the key "${file.name}".`, { cause })
  }
  if (!equal(crypto.publicKeyOf(secretKey), publicKey)) {
    throw new SdkError('key-file-malformed', `The secret in "${file.name}" does not belong to its public key.`)
  }
  return { publicKey, secretKey }
}

/** Reads a key file. Nothing in it is trusted before this. @throws {SdkError} `key-file-malformed`. */
export function parseKeyFile(text: string): KeyFile {
  if (text.length > keyFileCharactersMax) throw malformed('it is too long')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new SdkError('key-file-malformed', 'This is not a key file: it is not JSON.', { cause })
  }
  const file = record(value)
  const kdf = record(file['kdf'])
  const cipher = record(file['cipher'])
  if (file['format'] !== formatName) throw malformed(`"format" is not "${formatName}"`)
  if (kdf['name'] !== 'scrypt' || cipher['name'] !== 'aes-256-gcm') throw malformed('its algorithms are unknown')
  const n = kdf['n']
  if (typeof n !== 'number' || n < scryptCostMin || n > scryptCostMax || !Number.isInteger(Math.log2(n))) {
    throw malformed('"kdf.n" is out of bounds')
  }
  if (kdf['r'] !== scryptBlockSize || kdf['p'] !== scryptParallelism) throw malformed('"kdf" is out of bounds')
  return {
    format: formatName,
    name: textOf(file['name'], 'name'),
    algorithm: textOf(file['algorithm'], 'algorithm'),
    publicKey: hexText(file['publicKey']),
    kdf: { name: 'scrypt', n, r: scryptBlockSize, p: scryptParallelism, salt: base64Text(kdf['salt'], saltBytes) },
    cipher: {
      name: 'aes-256-gcm',
      nonce: base64Text(cipher['nonce'], nonceBytes),
      text: base64Text(cipher['text'], secretKeyBytes + tagBytes),
    },
  }
}

/** Text of a key file. */
export const formatKeyFile = (file: KeyFile): string => `${JSON.stringify(file, null, 2)}\n`

const malformed = (why: string): SdkError => new SdkError('key-file-malformed', `This is not a key file: ${why}.`)

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('a part is missing')
  return value as Record<string, unknown>
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== 'string') throw malformed(`"${field}" is missing`)
  return value
}

function hexText(value: unknown): string {
  const text = textOf(value, 'publicKey')
  if (!/^(?:[0-9a-f]{2})+$/u.test(text)) throw malformed('"publicKey" is not hexadecimal')
  return text
}

function base64Text(value: unknown, length: number): string {
  const text = textOf(value, 'base64')
  let bytes: Bytes
  try {
    bytes = fromBase64(text)
  } catch (cause) {
    throw new SdkError('key-file-malformed', 'This is not a key file: a value is not base64.', { cause })
  }
  if (bytes.length !== length) throw malformed('a value has the wrong length')
  return text
}
