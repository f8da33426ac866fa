/**
 * What a running CometBFT says of itself, over its RPC.
 * @module
 */
import type { CometRpc } from '../rpc.ts'

/** How far it is. */
export interface ChainStatus {
  readonly height: number
  readonly catchingUp: boolean
  readonly peers: number
}

/** Asks a running CometBFT. */
export interface ChainProbe {
  /** @throws when it does not answer. */
  status(): Promise<ChainStatus>
  /** The largest height at which a peer is; 0 when there is none. Costly: asked only when there is no progress. */
  peerHeight(): Promise<number>
  /** Lets it dial peers (`<node id>@HOST:PORT`); those that are connected are left alone. */
  dial(peers: readonly string[]): Promise<void>
}

/** Asks over its RPC. */
export function chainProbe(rpc: Pick<CometRpc, 'call'>): ChainProbe {
  return {
    async status() {
      const [{ sync_info: sync }, { n_peers: peers }] = (await Promise.all([
        rpc.call('status'),
        rpc.call('net_info'),
      ])) as [StatusAnswer, { n_peers?: unknown }]
      return { height: count(sync?.latest_block_height), catchingUp: sync?.catching_up === true, peers: count(peers) }
    },
    async peerHeight() {
      const { peers } = (await rpc.call('dump_consensus_state')) as { peers?: readonly PeerAnswer[] }
      return Math.max(0, ...(peers ?? []).map((peer) => count(peer.peer_state?.round_state?.height)))
    },
    async dial(peers) {
      // They are persistent already, by config.toml; naming them so here would replace that list.
      await rpc.call('dial_peers', { peers, persistent: false, unconditional: false, private: false })
    },
  }
}

interface StatusAnswer {
  readonly sync_info?: { readonly latest_block_height?: unknown; readonly catching_up?: unknown }
}

interface PeerAnswer {
  readonly peer_state?: { readonly round_state?: { readonly height?: unknown } }
}

/** CometBFT writes its numbers as texts. */
function count(value: unknown): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`CometBFT answers ${String(value)} for a number`)
  return number
}
