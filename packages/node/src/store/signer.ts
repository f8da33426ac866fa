/**
 * Signer state: what this node's keys have signed last. Made together with the keys, synced before a signature leaves, never
 * part of a backup. Format and rules: docs/spec/state-store.md, Signer state.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

/** The last checkpoint that the log key signed. Size 0 with the empty root before the first one. */
export interface LogSignerState {
  readonly size: number
  readonly root: Bytes
  readonly timeMs: number
}

/** The last checkpoint of some log that the witness key cosigned. */
export interface WitnessSignerState {
  readonly size: number
  readonly root: Bytes
  /** The checkpoint with the log's signature and this witness's cosignatures: served by the monitoring endpoint. */
  readonly note: Bytes
}

/** The files of `signer/`. */
export interface SignerStore {
  /** The log key's state, or null: lost state; the node starts muted when it has keys. */
  log(): LogSignerState | null
  /** Makes the state of fresh keys (size 0), or, after unmuting, of what the witnesses know. @throws {StoreError} when there is one. */
  begin(state: LogSignerState): Promise<void>
  /**
   * Durable before it resolves; then the signature may leave. @throws {StoreError} `signer-conflict` for a smaller
   * size, or another root at the same size: nothing is written and nothing may be signed.
   */
  advance(state: LogSignerState): Promise<void>
  /** The witness key's state for a log's origin, or null when it never cosigned it. */
  witness(origin: string): WitnessSignerState | null
  /** Whether the witness key's folder is there; false means lost state: it must not cosign. */
  witnessReady(): boolean
  /** Makes the witness key's empty state, together with the key. */
  beginWitness(): Promise<void>
  /** Durable before it resolves. Same rule as `advance`. */
  advanceWitness(origin: string, state: WitnessSignerState): Promise<void>
}
