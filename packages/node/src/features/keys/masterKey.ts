/**
 * The master key: it encrypts the keys that the node holds and lies outside the data folder, so that a copy of the data
 * folder alone signs nothing.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Bytes, fromHex, toHex } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
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
 * @param settings - `value`: 64 hexadecimal digits; `file`: a file that holds them; `mayMake`: make the file when absent.
 * @throws MasterKeyError when there is none and none may be made, or it is not a key.
 */
export async function findMasterKey(settings: {
  value: string | null
  file: string
  mayMake: boolean
}): Promise<FoundMasterKey> {
  if (settings.value !== null)
    return { key: parseKey(settings.value, 'JURAT_MASTER_KEY'), source: 'JURAT_MASTER_KEY', made: false }
  const { file } = settings
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null
    throw new MasterKeyError('master-key-unreadable', `cannot read the master key ${file}: ${cause.message}`, { cause })
  })
  if (text !== null) return { key: parseKey(text, file), source: file, made: false }
  if (!settings.mayMake) {
    throw new MasterKeyError('master-key-missing', `there is no master key at ${file}; without it no stored key opens`)
  }
  return { key: await makeKey(file), source: file, made: true }
}

async function makeKey(file: string): Promise<Bytes> {
  const key = randomBytes(masterKeyBytes)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  // Exclusive creation: two nodes that start at once must not overwrite one another's key.
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(`${toHex(key)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  const folder = await open(dirname(file), 'r')
  await folder.sync().finally(() => folder.close())
  return key
}

function parseKey(text: string, source: string): Bytes {
  const digits = text.trim()
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) {
    throw new MasterKeyError('master-key-malformed', `${source} does not hold 64 hexadecimal digits`)
  }
  return fromHex(digits)
}
