/**
 * CometBFT's app hash of a log: its size and root. docs/spec/engine.md.
 * @module
 */
import { concat, type Bytes } from '@jurat/core/bytes'

/** `u64 size ‖ root`, big-endian, 40 bytes. */
export function appHashOf({ size, root }: { readonly size: number; readonly root: Bytes }): Bytes {
  const head = new Uint8Array(8)
  new DataView(head.buffer).setBigUint64(0, BigInt(size))
  return concat(head, root)
}
