/**
 * What commands need to know of the ledger of a stopped node, read without opening its store.
 * @module
 */
import { join } from 'node:path'
import type { Bytes } from '@jurat/core/bytes'
import type { BlockOutcome } from '@jurat/core/ledger/block'
import { decodeGenesis, networkIdOf } from '@jurat/core/ledger/genesis'
import { genesisBlock } from '@jurat/core/ledger/genesisBlock'
import { treeHash } from '@jurat/core/merkle/hash'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { Files } from '../platform/files.ts'
import { readBase } from '../store/base.ts'
import { decodeBlock } from '../store/blockRecord.ts'
import { folders } from '../store/openStore.ts'
import { SegmentStore } from '../store/segments.ts'
import type { DurablePosition } from '../store/store.ts'
import { DataFolderError, dataPaths } from './dataFolder.ts'

/** A ledger at rest. */
export interface StoppedLedger {
  readonly networkId: Bytes
  readonly origin: string
  /** The first consortium document. */
  readonly document: Bytes
  readonly genesis: BlockOutcome
  /** The last whole block. */
  readonly durable: DurablePosition
}

/** Reads it. @throws DataFolderError when the folder holds no node. */
export async function readStoppedLedger(files: Files, data: string): Promise<StoppedLedger> {
  const bytes = await files.readFile(dataPaths(data).genesis)
  if (bytes === null) throw new DataFolderError('data-folder-broken', `${data} holds no node`)
  const { name: origin, document } = decodeGenesis(bytes)
  const genesis = genesisBlock(nodeCrypto, bytes)
  const networkId = networkIdOf(nodeCrypto, bytes)
  return { networkId, origin, document, genesis, durable: await durablePosition(files, data, genesis) }
}

async function durablePosition(files: Files, data: string, genesis: BlockOutcome): Promise<DurablePosition> {
  const segments = await SegmentStore.open(files, join(data, folders.segments))
  const { last } = segments
  await segments.close()
  if (last === null) {
    const base = await readBase({ files, folder: data }, { crypto: nodeCrypto, networkId: genesis.tip.networkId })
    if (base !== null) return { ...base.tip, root: base.root }
    const { height, timeMs, size } = genesis.tip
    return { height, timeMs, size, root: treeHash(nodeCrypto, genesis.entries) }
  }
  const { height, timeMs, treeSizeAfter: size, rootAfter: root } = decodeBlock(last.payload)
  return { height, timeMs, size, root }
}
