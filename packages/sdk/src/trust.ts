/**
 * Trust files as a client sees them.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'

/** A trust file that was read and proven. */
export interface ReadTrust {
  readonly networkId: Bytes
  readonly origin: string
  readonly fingerprint: Bytes
  readonly documents: number
  readonly members: readonly string[]
  readonly text: string
}

export function readTrust(_crypto: CryptoProvider, _text: string): ReadTrust {
  throw new Error('not yet')
}

export function extendsTrust(_pinned: ReadTrust, _longer: ReadTrust): boolean {
  return false
}
