/**
 * The master key: it encrypts the keys that the node holds and lies outside the data folder, so that a copy of the data
 * folder alone signs nothing.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { homedir, hostname } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { type Bytes, fromHex, fromText, toHex } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import type { Files } from '../../platform/files.ts'
import { masterKeyBytes } from './seal.ts'

/** The master key is missing, unreadable or not 64 hexadecimal digits. */
export class MasterKeyError extends JuratError {}

/** Where a master key came from, for the person at the terminal. */
export interface FoundMasterKey {
  readonly key: Bytes
  /** The file, or `JURAT_MASTER_KEY`. */
  readonly source: string
  readonly made: boolean
}

/** The file that the first start makes when nothing else is configured. */
export const defaultMasterKeyPath = (environment: NodeJS.ProcessEnv): string =>
  join(environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'jurat', 'master.key')

/**
 * Finds the master key: the value, the named file, or the file in the user's configuration folder.
 * @param settings - `value`: 64 hexadecimal digits; `file`: a file that holds them; `makeFor`: the data folder, taken
 * exclusively, for which the file is made when absent; null when it must be there.
 * @throws MasterKeyError when there is none and none may be made, or it is not a key.
 */
export async function findMasterKey(
  files: Files,
  settings: { value: string | null; file: string; makeFor: string | null },
): Promise<FoundMasterKey> {
  if (settings.value !== null)
    return { key: parseKey(settings.value, 'JURAT_MASTER_KEY'), source: 'JURAT_MASTER_KEY', made: false }
  const { file, makeFor } = settings
  const found = await readKey(files, file)
  if (found !== null) {
    if (makeFor !== null) await keepName(files, dirname(file))
    return { key: found, source: file, made: false }
  }
  const made = makeFor !== null && (await makeKey(files, file, makeFor))
  // Read from the file in any case: when two nodes start at once, the key that got there is the key of both.
  const key = makeFor === null ? null : await readKey(files, file)
  if (key === null) {
    throw new MasterKeyError('master-key-missing', `there is no master key at ${file}; without it no stored key opens`)
  }
  return { key, source: file, made }
}

async function readKey(files: Files, file: string): Promise<Bytes | null> {
  const bytes = await files.readFile(file).catch((cause: Error) => {
    throw new MasterKeyError('master-key-unreadable', `cannot read the master key ${file}: ${cause.message}`, { cause })
  })
  return bytes === null ? null : parseKey(Buffer.from(bytes).toString('latin1'), file)
}

/** A start that was ended before may have given the file its name a moment ago: nothing is sealed before that lasts. */
async function keepName(files: Files, folder: string): Promise<void> {
  await files.syncFolder(folder).catch((error: NodeJS.ErrnoException) => {
    // In a folder that it may not read, a node has made nothing.
    if (error.code !== 'EACCES') throw error
  })
}

/** Makes the file unless it is there by now; a start that ends in the middle leaves none or the whole of it. */
async function makeKey(files: Files, file: string, dataFolder: string): Promise<boolean> {
  const folder = dirname(file)
  const isNew = (await files.list(folder)).length === 0
  await files.makeFolder(folder, { mode: 0o700 })
  if (isNew) await files.syncFolder(dirname(folder))
  const maker = toHex(nodeCrypto.sha256(fromText(`${hostname()} ${relative(folder, dataFolder)}`))).slice(0, 8)
  return files.createFile(file, fromText(`${toHex(randomBytes(masterKeyBytes))}\n`), { mode: 0o600, maker })
}

function parseKey(text: string, source: string): Bytes {
  const digits = text.trim()
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) {
    throw new MasterKeyError('master-key-malformed', `${source} does not hold 64 hexadecimal digits`)
  }
  return fromHex(digits)
}
