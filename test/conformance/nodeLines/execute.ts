/**
 * Executes courses by the code of the node over a store, and says what came out, byte by byte or by hash. As a program
 * (`execute.ts COURSES.json FOLDER`) it does so on the machine's disk with LevelDB, and prints one line of JSON a course.
 * @module
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { concat, fromHex, toHex, type Bytes } from '@jurat/core/bytes'
import { stateDigest } from '@jurat/core/ledger/digest'
import { genesisBlock } from '@jurat/core/ledger/genesisBlock'
import { entriesPath, hashesAtTileLevel, tilePath, tileWidth } from '@jurat/core/merkle/tile'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import { LedgerApplication, replayBlock } from '@jurat/node/engine/ledgerApplication'
import { Verification } from '@jurat/node/engine/verification'
import { systemClock } from '@jurat/node/platform/clock'
import type { Files } from '@jurat/node/platform/files'
import { createNodeFiles } from '@jurat/node/platform/nodeFiles'
import type { OpenKeyValueStore } from '@jurat/node/store/keyValue'
import { openLevelKeyValue } from '@jurat/node/store/levelKeyValue'
import { openStore } from '@jurat/node/store/openStore'
import type { Store } from '@jurat/node/store/store'
import type { Course } from './course.ts'

/** Where a course is executed. */
export interface Disk {
  readonly files: Files
  readonly openKeyValue: OpenKeyValueStore
  /** An absolute path; nothing is there yet. */
  readonly folder: string
}

/** What a course came to. Hashes are hexadecimal SHA-256. */
export interface Executed {
  readonly name: string
  readonly blocks: readonly ExecutedBlock[]
  readonly root: string
  /** Hashes of all tiles and entry bundles that the log serves, partial ones included, by path. */
  readonly tiles: Readonly<Record<string, string>>
}

/** What a block came to. */
export interface ExecutedBlock {
  readonly height: number
  /** Operation and result code of each transaction. */
  readonly results: readonly (readonly [number, number])[]
  /** Over all results: transactions, codes, places in the log. */
  readonly resultsHash: string
  /** Over the entries, each behind its length. */
  readonly entriesHash: string
  readonly stateDigest: string
  /** Size and root of the log. */
  readonly appHash: string
}

/** Executes a course from an empty folder on. */
export async function execute(course: Course, { files, openKeyValue, folder }: Disk): Promise<Executed> {
  await files.makeFolder(folder)
  const store = await openStore({
    files,
    folder,
    clock: systemClock,
    crypto: nodeCrypto,
    openKeyValue,
    genesis: genesisBlock(nodeCrypto, fromHex(course.genesis)),
    replay: (input) => replayBlock(nodeCrypto, input),
  })
  const verification = new Verification({
    crypto: nodeCrypto,
    verify: async (publicKey, message, signature) => nodeCrypto.verify(publicKey, message, signature),
  })
  const application = new LedgerApplication({ store, crypto: nodeCrypto, verification, clock: systemClock })
  const blocks: ExecutedBlock[] = []
  for (const { height, items } of course.blocks) {
    const finalized = await application.finalize({ height, items: items.map(fromHex) })
    await application.commit(finalized)
    const { results, entries, stateLanes } = finalized.outcome
    const places = results.map((each) => [toHex(each.txHash), each.code, each.firstIndex, each.entryCount])
    blocks.push({
      height,
      results: finalized.transactions.map(({ header }, at) => [header.type, results[at]?.code ?? -1]),
      resultsHash: hashOf(JSON.stringify(places)),
      entriesHash: hashOf(concat(...entries.flatMap((entry) => [lengthOf(entry), entry]))),
      stateDigest: toHex(stateDigest(nodeCrypto, stateLanes)),
      appHash: toHex(finalized.appHash),
    })
  }
  const { root, size } = store.durable
  const executed = { name: course.name, blocks, root: toHex(root), tiles: await tilesOf(store, size) }
  await store.close()
  return executed
}

/** The tiles that a log of this size serves. */
async function tilesOf(store: Pick<Store, 'tileBytes'>, size: number): Promise<Record<string, string>> {
  const tiles: Record<string, string> = {}
  const add = async (path: string): Promise<void> => {
    const bytes = await store.tileBytes(path)
    if (bytes === null) throw new Error(`${path} is not there`)
    tiles[path] = hashOf(bytes)
  }
  for (let level = 0; hashesAtTileLevel(size, level) > 0; level++) {
    const count = hashesAtTileLevel(size, level)
    for (let index = 0; index * tileWidth < count; index++) {
      const width = Math.min(tileWidth, count - index * tileWidth)
      await add(tilePath(level, index, width))
      if (level === 0) await add(entriesPath(index, width))
    }
  }
  return tiles
}

function lengthOf(entry: Bytes): Bytes {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, entry.length)
  return length
}

/** Hexadecimal SHA-256 by the platform. */
export function hashOf(data: Bytes | string): string {
  return createHash('sha256').update(data).digest('hex')
}

const [, program, coursesFile, folder] = process.argv
if (program === import.meta.filename && coursesFile !== undefined && folder !== undefined) {
  const courses = JSON.parse(readFileSync(coursesFile, 'utf8')) as Course[]
  const files = createNodeFiles()
  for (const [at, course] of courses.entries()) {
    const executed = await execute(course, { files, openKeyValue: openLevelKeyValue, folder: join(folder, String(at)) })
    process.stdout.write(`${JSON.stringify(executed)}\n`)
  }
}
