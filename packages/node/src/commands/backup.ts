/**
 * `backup`: copies what cannot be made again out of a stopped node's data folder: blocks, kept notes, credentials, sealed keys,
 * originals. Never the signer state: a copy that signs on could sign a second root (ledger.md, Signer state). Never
 * the master key: it does not lie in the data folder. Format: docs/spec/backup.md.
 * @module
 */
import { basename, join, resolve } from 'node:path'
import { backup as writeBackup } from '../store/backup.ts'
import { baseName } from '../store/base.ts'
import type { KeyValueStore } from '../store/keyValue.ts'
import { openLevelKeyValue } from '../store/levelKeyValue.ts'
import { folders } from '../store/openStore.ts'
import { dataPaths } from './dataFolder.ts'
import { ownJoinName } from './network/join.ts'
import { complain, say, usageExitCode, whileStopped } from './stopped.ts'
import { readStoppedLedger } from './stoppedLedger.ts'

/** Runs the command. */
export function backup(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return whileStopped(args, environment, async ({ config, rest, files }) => {
    const [target, ...more] = rest
    if (target === undefined || more.length > 0 || target.startsWith('-')) {
      complain('Usage: jurat node backup FOLDER --data DIR')
      return usageExitCode
    }
    const { data } = config
    const { durable } = await readStoppedLedger(files, data)
    const paths = dataPaths(data)
    const present = new Set(await files.list(data))
    const copies = [paths.genesis, paths.trust, paths.keys, paths.blobs]
      .map((path) => basename(path))
      .concat(ownJoinName, baseName)
    const maps: Record<string, KeyValueStore> = {}
    for (const name of [folders.notes, basename(paths.credentials)]) {
      if (present.has(name)) maps[name] = await openLevelKeyValue(join(data, name))
    }
    try {
      const kept = copies.filter((name) => present.has(name))
      const options = { files, folder: data, durable, target: resolve(target), maps, copies: kept }
      const manifest = await writeBackup(options)
      say(`${Object.keys(manifest.files).length} files, ${manifest.size} entries are in ${target}.`)
    } finally {
      for (const map of Object.values(maps)) await map.close()
    }
    say('They do not hold the master key: without a copy of it no stored key opens.')
    say('They do not hold the signer state: a node that is restored from them starts muted.')
    return 0
  })
}
