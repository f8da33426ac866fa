/**
 * The acceptance rule of a consortium document for a verifier, who does not care which member serves the log: every
 * member's log key is accepted, and the quorum is the document's. docs/spec/verification.md.
 * @module
 */
import type { CryptoProvider } from '../crypto/provider.ts'
import type { ConsortiumDocument } from '../ledger/consortium.ts'
import { policyOf, policyText } from '../ledger/policyText.ts'
import { assert } from '../assert.ts'
import type { Policy } from '../note/policy.ts'
import { formatVkey, makeVkey, signatureTypes } from '../note/vkey.ts'
import type { StatedLogKey } from './trust.ts'

/** Accepts checkpoints that any member's log key signed. */
export function acceptancePolicy(crypto: CryptoProvider, origin: string, document: ConsortiumDocument): Policy {
  const [first] = document.members
  assert(first !== undefined, 'a consortium has a member')
  const logs = document.members.map(({ keys }) => ({
    vkey: makeVkey(crypto, origin, signatureTypes.ed25519, keys.log),
    url: null,
  }))
  return { ...policyOf(crypto, origin, document, { logKey: first.keys.log, algorithms: 'all' }), logs }
}

/** The log key of each member and the policy text for it, in the order of the members. */
export function logKeysOf(crypto: CryptoProvider, origin: string, document: ConsortiumDocument): StatedLogKey[] {
  return document.members.map(({ keys }) => ({
    vkey: formatVkey(makeVkey(crypto, origin, signatureTypes.ed25519, keys.log)),
    policy: policyText(crypto, origin, document, { logKey: keys.log, algorithms: 'all' }),
  }))
}
