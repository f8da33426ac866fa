/**
 * Where the commits in a receipt come from: a member's own CometBFT.
 * @module
 */
import { decodeDocument } from '@jurat/core/ledger/consortium'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { Commits } from '../engine/cometbft/commits.ts'
import { LightBlockCache } from '../engine/cometbft/lightBlockCache.ts'
import { type LightBlocks, lightBlocks } from '../engine/cometbft/lightBlocks.ts'
import type { CometRpc } from '../engine/cometbft/rpc.ts'
import type { ReceiptSources } from '../features/receipts/build.ts'
import { systemClock } from '../platform/clock.ts'
import type { LedgerParts } from './soloLedger.ts'

/** The header and commit that made a head final; null while there is none. */
export function memberFinality(
  { networkId, store, warn }: Pick<LedgerParts, 'networkId' | 'store' | 'warn'>,
  rpc: CometRpc,
): ReceiptSources['finality'] {
  const commits = new Commits({
    rpc,
    crypto: nodeCrypto,
    networkId,
    async documentAt(consortiumIndex) {
      const documents = await store.consortiumDocuments()
      const found = documents.find(({ entryIndex }) => entryIndex === consortiumIndex)
      return found === undefined ? null : decodeDocument(found.document)
    },
    warn,
  })
  return (of) => commits.finality(of)
}

/** Blocks for the light clients of others, from a member's own CometBFT. */
export function memberLightBlocks(rpc: CometRpc): LightBlocks {
  return new LightBlockCache(lightBlocks(rpc), systemClock).block
}
