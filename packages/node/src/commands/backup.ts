/**
 * `backup`: copies what cannot be made again out of a stopped node's data folder: blocks, kept notes, credentials, sealed keys,
 * originals. Never the signer state: a copy that signs on could sign a second root (ledger.md, Signer state). Never
 * the master key: it does not lie in the data folder. Format: docs/spec/backup.md.
 * @module
 */
import { basename, join, resolve } from 'node:path'
import { type Bytes, fromText } from '@jurat/core/bytes'
import type { Config } from '../config.ts'
import { startEmbeddedServer } from '../database/embedded.ts'
import { copyOffice } from '../database/office/officeCopy.ts'
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
    const copies = [paths.genesis, paths.trust, paths.keys, paths.blobs, paths.office]
      .map((path) => basename(path))
      .concat(ownJoinName, baseName)
    const maps: Record<string, KeyValueStore> = {}
    for (const name of [folders.notes, basename(paths.credentials)]) {
      if (present.has(name)) maps[name] = await openLevelKeyValue(join(data, name))
    }
    const office = await readOffice(config, present)
    try {
      const kept = copies.filter((name) => present.has(name))
      const options = { files, folder: data, durable, target: resolve(target), maps, copies: kept, made: office.made }
      const manifest = await writeBackup(options)
      say(`${Object.keys(manifest.files).length} files, ${manifest.size} entries are in ${target}.`)
    } finally {
      await office.close()
      for (const map of Object.values(maps)) await map.close()
    }
    if (Object.keys(office.made).length === 0 && config.databaseUrl === 'off') {
      say('They do not hold office work: the database is switched off.')
    }
    say('They do not hold the master key: without a copy of it no stored key opens.')
    say('They do not hold the signer state: a node that is restored from them starts muted.')
    return 0
  })
}

/** What a backup holds of the office. */
interface OfficePart {
  readonly made: Readonly<Record<string, AsyncIterable<Bytes>>>
  readonly close: () => Promise<void>
}

/** The office of the database, if there is one; the node's own server is started for it. */
async function readOffice({ data, databaseUrl }: Config, present: ReadonlySet<string>): Promise<OfficePart> {
  const none = { made: {}, close: () => Promise.resolve() }
  const { postgres, office } = dataPaths(data)
  if (databaseUrl === 'off') return none
  const isOwn = databaseUrl === null
  // A database that was never started holds nothing; a restored office that waits for it is copied as it is.
  if (present.has(basename(office)) || (isOwn && !present.has(basename(postgres)))) return none
  const server = isOwn ? await startEmbeddedServer(postgres, () => {}) : null
  const close = async (): Promise<void> => server?.stop()
  const lines = copyOffice(server?.connection ?? { connectionString: databaseUrl ?? '' })
  try {
    const first = await lines.next()
    if (first.done === true) return { made: {}, close }
    return { made: { [basename(office)]: bytesOf(first.value, lines) }, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function* bytesOf(first: string, rest: AsyncIterable<string>): AsyncIterableIterator<Bytes> {
  yield fromText(first)
  for await (const lines of rest) yield fromText(lines)
}
