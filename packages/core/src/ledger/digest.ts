/**
 * The state digest: LtHash (Lewi, Kim, Maykov, Weis, "Securing Update Propagation with Homomorphic Hashing", 2019; Solana
 * SIMD-0215 uses the same size) over all consensus keys. A block costs what it changes, not what exists.
 * Rules: docs/spec/state-digest.md.
 * @module
 */
import { assert } from '../assert.ts'
import type { Bytes } from '../bytes.ts'
import { equal, fromText } from '../bytes.ts'
import { domainHash } from '../crypto/domain.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import type { StateChange } from './state.ts'

/** Length of the lanes, in bytes. */
export const lanesBytes = 2048

/** Length of one lane, in bytes. */
const laneBytes = 2

/** Length of the big-endian length in front of key and value, in bytes. */
const lengthBytes = 4

/** The lanes of an empty state. */
export function emptyLanes(): Bytes {
  return new Uint8Array(lanesBytes)
}

/** The lanes after net changes; `lanes` stays as it is. The order of the changes does not matter. */
export function updateLanes(
  crypto: Pick<CryptoProvider, 'shake128'>,
  lanes: Bytes,
  changes: readonly StateChange[],
): Bytes {
  assert(lanes.length === lanesBytes, `lanes have ${lanesBytes} bytes`)
  const updated = lanes.slice()
  for (const { key, before, after } of changes) {
    if (before !== null && after !== null && equal(before, after)) continue
    if (before !== null) combine(updated, element(crypto, key, before), -1)
    if (after !== null) combine(updated, element(crypto, key, after), 1)
  }
  return updated
}

/** The digest of 32 bytes that block entries carry. */
export function stateDigest(crypto: Pick<CryptoProvider, 'sha256'>, lanes: Bytes): Bytes {
  assert(lanes.length === lanesBytes, `lanes have ${lanesBytes} bytes`)
  return domainHash(crypto, 'state', lanes)
}

/** SHAKE128(u32 length ‖ key ‖ u32 length ‖ value). The lengths keep ("ab", "c") and ("a", "bc") apart. */
function element(crypto: Pick<CryptoProvider, 'shake128'>, key: string, value: Bytes): Bytes {
  const keyBytes = fromText(key)
  const input = new Uint8Array(2 * lengthBytes + keyBytes.length + value.length)
  const view = new DataView(input.buffer)
  view.setUint32(0, keyBytes.length)
  input.set(keyBytes, lengthBytes)
  view.setUint32(lengthBytes + keyBytes.length, value.length)
  input.set(value, 2 * lengthBytes + keyBytes.length)
  return crypto.shake128(input, lanesBytes)
}

/** Adds or subtracts lane by lane, modulo 2^16. Lanes are little-endian. */
function combine(lanes: Bytes, addend: Bytes, sign: 1 | -1): void {
  const target = viewOf(lanes)
  const source = viewOf(addend)
  for (let offset = 0; offset < lanesBytes; offset += laneBytes) {
    // setUint16 keeps the low 16 bits, which is the reduction.
    target.setUint16(offset, target.getUint16(offset, true) + sign * source.getUint16(offset, true), true)
  }
}

function viewOf(bytes: Bytes): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
