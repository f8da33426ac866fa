/**
 * Domain separation: every hash over a structure of ours, and everything that is signed, begins with its own line
 * `jurat/<what>/v1\n`, so that no structure is ever read as another. All lines: docs/spec/hashes.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { concat, fromText } from '../bytes.ts'
import type { CryptoProvider } from './provider.ts'

/** Names of the domains. A new one is also written into docs/spec/hashes.md (a test compares them). */
export const domains = [
  'network',
  'account-name',
  'payload',
  'items',
  'record',
  'document',
  'operation',
  'transaction',
  'signed',
  'commitment',
  'blind',
  'flow',
  'flow-plan',
  'possession',
  'trust',
  'state',
  'identity-statement',
  'identity-challenge',
] as const

/** The name of a domain. */
export type Domain = (typeof domains)[number]

const lines = Object.fromEntries(domains.map((what) => [what, fromText(`jurat/${what}/v1\n`)])) as Record<Domain, Bytes>

/** `"jurat/<what>/v1\n" ‖ bytes`: what is hashed or signed. */
export function domainMessage(what: Domain, bytes: Bytes): Bytes {
  return concat(lines[what], bytes)
}

/** SHA-256 of {@link domainMessage}, 32 bytes. */
export function domainHash(crypto: Pick<CryptoProvider, 'sha256'>, what: Domain, bytes: Bytes): Bytes {
  return crypto.sha256(domainMessage(what, bytes))
}
