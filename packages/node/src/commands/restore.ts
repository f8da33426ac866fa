/**
 * `restore`: puts a backup into an empty data folder, every file checked against the backup's list. What is derived is
 * made again at the next start; the node starts muted, because a backup holds no signer state.
 * @module
 */
import { resolve } from 'node:path'
import { readConfig } from '../config.ts'
import { createNodeFiles } from '../platform/nodeFiles.ts'
import { restore as readBackup } from '../store/backup.ts'
import { openLevelKeyValue } from '../store/levelKeyValue.ts'
import { complain, say, usageExitCode } from './stopped.ts'

/** Runs the command. The folder is not locked: it must be empty, and a lock would be something in it. */
export async function restore(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const { config, rest } = await readConfig(args, environment)
  const [source, ...more] = rest
  if (source === undefined || more.length > 0 || source.startsWith('-')) {
    complain('Usage: jurat node restore FOLDER --data DIR')
    return usageExitCode
  }
  const files = createNodeFiles()
  const manifest = await readBackup({
    files,
    folder: config.data,
    backup: resolve(source),
    openKeyValue: openLevelKeyValue,
  })
  say(`${Object.keys(manifest.files).length} files, ${manifest.size} entries are in ${config.data}.`)
  say('The node starts muted: it signs again when the witnesses of its log have told what it signed last.')
  return 0
}
