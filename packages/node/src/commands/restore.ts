/**
 * `restore`: puts a backup into an empty data folder, every file checked against the backup's list. What is derived is
 * made again at the next start; the node starts muted, because a backup holds no signer state.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import { BackupError, copySynced, digestOfFile, manifestName } from './backup.ts'
import { complain, say, usageExitCode, whileStopped } from './stopped.ts'

/** Runs the command. */
export function restore(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return whileStopped(args, environment, async ({ config, rest, files }) => {
    const [source, ...more] = rest
    if (source === undefined || more.length > 0 || source.startsWith('-')) {
      complain('Usage: jurat node restore FOLDER --data DIR')
      return usageExitCode
    }
    const present = (await files.list(config.data)).filter((name) => name !== 'lock')
    if (present.length > 0) {
      throw new BackupError('backup-broken', `${config.data} is not empty: it holds ${present.join(', ')}`)
    }
    const listed = await readManifest(source)
    // The genesis is written last: a restore that broke off is no node, and says so at the start.
    const ordered = listed.toSorted((a, b) => Number(a.path === 'genesis.cbor') - Number(b.path === 'genesis.cbor'))
    for (const { path, digest } of ordered) {
      if ((await digestOfFile(join(source, path))) !== digest) {
        throw new BackupError('backup-broken', `${join(source, path)} is not what was backed up`)
      }
      await copySynced(join(source, path), join(config.data, path))
    }
    await files.syncFolder(config.data)
    say(`${listed.length} files are in ${config.data}.`)
    say('The node starts muted: it signs again when the witnesses of its log have told what it signed last.')
    return 0
  })
}

async function readManifest(source: string): Promise<{ path: string; digest: string }[]> {
  const text = await readFile(join(source, manifestName), 'utf8').catch((cause: unknown) => {
    throw new BackupError('backup-broken', `${source} holds no backup`, { cause })
  })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, digest, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
      if (digest === undefined || path === undefined || isAbsolute(path) || normalize(path).startsWith('..')) {
        throw new BackupError('backup-broken', `${join(source, manifestName)} has a line that cannot be read`)
      }
      return { digest, path }
    })
}
