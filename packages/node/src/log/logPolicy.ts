/**
 * Who signs and who witnesses this log, read out of a consortium document.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { equal, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { decodeDocument } from '@jurat/core/ledger/consortium'
import { policyOf } from '@jurat/core/ledger/policyText'
import { verifierOf } from '@jurat/core/note/cosignature'
import { formatPolicy, type Policy } from '@jurat/core/note/policy'
import { evaluatePolicy } from '@jurat/core/note/policyVerdict'
import type { Verifier } from '@jurat/core/note/vkey'
import type { Cosignature, Witness } from './witnessClient.ts'

/** The policy that judges checkpoints of this log. */
export interface LogPolicy {
  /** Its tlog-policy text: two policies with the same text are the same. */
  readonly text: string
  /** The key that signs, algorithm byte and raw key. */
  readonly logKey: Bytes
  readonly logVerifier: Verifier
  /** The outside witnesses that are asked for the quorum; none in a consortium, whose members are it. */
  readonly witnesses: readonly Witness[]
  /** Whether these cosignatures, each verified, make the quorum. `[]` does in a network without witnesses. */
  readonly satisfied: (cosignatures: readonly Cosignature[]) => boolean
}

/**
 * Gives the policy of a consortium document, read once for each byte string.
 * @param logKeys - the log keys that this node holds; only a consortium's node needs to say
 */
export function policyReader(
  crypto: CryptoProvider,
  origin: string,
  logKeys: readonly Bytes[] = [],
): (document: Bytes) => LogPolicy {
  const policies = new WeakMap<Bytes, LogPolicy>()
  return (document) => {
    const policy = policies.get(document) ?? readLogPolicy(crypto, origin, document, logKeys)
    policies.set(document, policy)
    return policy
  }
}

/**
 * Reads the policy of a network. Solo: its one member signs, outside witnesses cosign. Consortium: members cosign, and
 * this node is the member whose log key it holds; a node that is no member reads the log as the first one serves it.
 */
export function readLogPolicy(
  crypto: CryptoProvider,
  origin: string,
  documentBytes: Bytes,
  logKeys: readonly Bytes[] = [],
): LogPolicy {
  const document = decodeDocument(documentBytes)
  const { members } = document
  const own = members.find(({ keys }) => logKeys.some((key) => equal(key, keys.log))) ?? members[0]
  assert(own !== undefined, 'a network has a member')
  const logKey = own.keys.log
  const policy = policyOf(crypto, origin, document, { logKey, algorithms: 'all' })
  const [log] = policy.logs
  assert(log !== undefined, 'a policy names the log')
  return {
    text: formatPolicy(policy),
    logKey,
    logVerifier: verifierOf(crypto, log.vkey),
    witnesses: members.length === 1 ? witnessesOf(crypto, policy) : [],
    satisfied: (cosignatures) => evaluatePolicy(policy, origin, cosignatures).quorumReached,
  }
}

/** The keys of a policy by the witness that holds them: a witness with two keys is asked once. */
function witnessesOf(crypto: CryptoProvider, policy: Policy): Witness[] {
  const byName = new Map<string, { name: string; url: string; verifiers: Verifier[] }>()
  for (const { vkey, url } of policy.witnesses) {
    assert(url !== null, 'an outside witness has an address')
    const witness = byName.get(vkey.name) ?? { name: vkey.name, url: url.replace(/\/$/, ''), verifiers: [] }
    witness.verifiers.push(verifierOf(crypto, vkey))
    byName.set(vkey.name, witness)
  }
  return [...byName.values()]
}
