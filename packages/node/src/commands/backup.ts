/**
 * `backup`: copies what cannot be made again out of a stopped node's data folder: blocks, kept notes, credentials, sealed keys,
 * originals. Never the signer state: a copy that signs on could sign a second root (ledger.md, Signer state). Never
 * the master key: it does not lie in the data folder.
 * @module
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { JuratError } from '@jurat/core/errors'
import { dataPaths } from './dataFolder.ts'
import { complain, say, usageExitCode, whileStopped } from './stopped.ts'

/** A backup that cannot be made or used. */
export class BackupError extends JuratError<'backup-broken'> {}

/** What a backup holds of the data folder. */
const copiedNames = ['genesis.cbor', 'trust.json', 'segments', 'notes', 'credentials', 'keys', 'blobs']

/** Name of the list of all files with their SHA-256, in the form of `sha256sum`. */
export const manifestName = 'SHA256SUMS'

/** Runs the command. */
export function backup(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return whileStopped(args, environment, async ({ config, rest, files }) => {
    const [target, ...more] = rest
    if (target === undefined || more.length > 0 || target.startsWith('-')) {
      complain('Usage: jurat node backup FOLDER --data DIR')
      return usageExitCode
    }
    if ((await files.readFile(dataPaths(config.data).genesis)) === null) {
      throw new BackupError('backup-broken', `${config.data} holds no node`)
    }
    await mkdir(target, { recursive: true, mode: 0o700 })
    if ((await readdir(target)).length > 0) throw new BackupError('backup-broken', `${target} is not empty`)
    const lines: string[] = []
    for (const path of await filesBelow(config.data, copiedNames)) {
      await copySynced(join(config.data, path), join(target, path))
      lines.push(`${await digestOfFile(join(target, path))}  ${path.split(sep).join('/')}\n`)
    }
    await writeFile(join(target, manifestName), lines.join(''), { flush: true })
    say(`${lines.length} files are in ${target}.`)
    say('They do not hold the master key: without a copy of it no stored key opens.')
    say('They do not hold the signer state: a node that is restored from them starts muted.')
    return 0
  })
}

/** Paths of all files of these names in a folder, relative to it, sorted. */
async function filesBelow(folder: string, names: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => names.includes(path.split(sep)[0] ?? ''))
    .toSorted((a, b) => (a < b ? -1 : 1))
}

/** Copies a file so that it survives a loss of power. */
export async function copySynced(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await copyFile(from, to)
  const handle = await open(to, 'r+')
  await handle.sync().finally(() => handle.close())
}

/** SHA-256 of a file, hexadecimal. */
export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
