/**
 * Blocks of the own CometBFT as light clients take them: everything in them is public and signed. docs/spec/snapshot.md, Trust.
 * @module
 */
import { type CometRpc, RpcError } from './rpc.ts'

/** What a light client verifies a height with, in CometBFT's own JSON. */
export interface CometLightBlock {
  readonly signedHeader: unknown
  readonly validators: unknown
  readonly consensusParams: unknown
}

/** A block by its height, the latest for null; null when there is none. */
export type LightBlocks = (height: number | null) => Promise<CometLightBlock | null>

/** Validators that one page of CometBFT's answer holds at most: there are never more than 31. */
const validatorsPage = '100'

/** Asks a running CometBFT. */
export function lightBlocks(rpc: Pick<CometRpc, 'call'>): LightBlocks {
  return async (wanted) => {
    try {
      const { signed_header: signedHeader } = (await rpc.call(
        'commit',
        wanted === null ? {} : { height: String(wanted) },
      )) as { signed_header?: { header?: { height?: unknown } } }
      const height = String(signedHeader?.header?.height)
      const [{ validators }, { consensus_params: consensusParams }] = (await Promise.all([
        rpc.call('validators', { height, per_page: validatorsPage }),
        rpc.call('consensus_params', { height }),
      ])) as [{ validators?: unknown }, { consensus_params?: unknown }]
      return { signedHeader, validators, consensusParams }
    } catch (error) {
      // So CometBFT answers for a height that it has not.
      if (error instanceof RpcError) return null
      throw error
    }
  }
}
