/**
 * Flow identifiers: who holds the key of an affair recomputes all of them and sees gaps; outsiders link nothing.
 * docs/spec/deposit-item.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { domainMessage } from '../crypto/domain.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { u32 } from './item.ts'

/** The id of phase number `sequence` (0-based) of the flow of `flowKey` (32 bytes): HMAC(flowKey, u32 sequence) under its domain line. */
export function flowId(crypto: Pick<CryptoProvider, 'hmacSha256'>, flowKey: Bytes, sequence: number): Bytes {
  return crypto.hmacSha256(flowKey, domainMessage('flow', u32(sequence)))
}
