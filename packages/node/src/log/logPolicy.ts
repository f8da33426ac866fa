/**
 * Who signs and who witnesses this log, read out of a consortium document.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { equal, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { type ConsortiumDocument, decodeDocument, type Member } from '@jurat/core/ledger/consortium'
import { servingName } from '@jurat/core/ledger/consortiumRules'
import { outsidePolicyOf, policyOf } from '@jurat/core/ledger/policyText'
import { verifierOf } from '@jurat/core/note/cosignature'
import { formatPolicy, type Policy } from '@jurat/core/note/policy'
import { evaluatePolicy } from '@jurat/core/note/policyVerdict'
import type { Verifier } from '@jurat/core/note/vkey'
import type { Cosignature, Witness } from './witnessClient.ts'

/** Who cosigns a log, and when that is enough. */
export interface WitnessPolicy {
  /** Its tlog-policy text: two policies with the same text are the same. */
  readonly text: string
  /** Name of the log. */
  readonly origin: string
  readonly logVerifier: Verifier
  /** The outside witnesses that are asked for the quorum. */
  readonly witnesses: readonly Witness[]
  /** Whether these cosignatures, each verified, make the quorum. `[]` does in a network without witnesses. */
  readonly satisfied: (cosignatures: readonly Cosignature[]) => boolean
}

/** The policy that judges checkpoints of this log. In a consortium its members are the quorum, and nobody else is asked. */
export interface LogPolicy extends WitnessPolicy {
  /** The key that signs, algorithm byte and raw key. */
  readonly logKey: Bytes
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
  const witnesses = members.length === 1 ? witnessesOf(crypto, policy) : []
  return { ...witnessPolicy(crypto, policy, origin), witnesses, logKey }
}

/**
 * The policy of the log as one member of a consortium serves it to the outside witnesses of the document: they cosign
 * `<network>/<member>`, signed with the member's log key (docs/spec/members.md, Outside witnesses).
 */
export function readServingPolicy(
  crypto: CryptoProvider,
  origin: string,
  document: ConsortiumDocument,
  { name, keys }: Member,
): WitnessPolicy {
  const serving = servingName(origin, name)
  const policy = outsidePolicyOf(crypto, serving, document, { logKey: keys.log, algorithms: 'all' })
  return { ...witnessPolicy(crypto, policy, serving), witnesses: witnessesOf(crypto, policy) }
}

/**
 * tlog-policy texts for whoever checks this network's notes himself: that of the log; and, when a consortium names outside
 * witnesses, that of the log as each of its members serves it to them.
 */
export function policyTexts(
  crypto: CryptoProvider,
  log: Pick<LogPolicy, 'text'>,
  origin: string,
  bytes: Bytes,
): string[] {
  const document = decodeDocument(bytes)
  const { members, witnesses } = document
  if (members.length === 1 || witnesses.length === 0) return [log.text]
  return [log.text, ...members.map((member) => readServingPolicy(crypto, origin, document, member).text)]
}

function witnessPolicy(crypto: CryptoProvider, policy: Policy, origin: string): Omit<WitnessPolicy, 'witnesses'> {
  const [log] = policy.logs
  assert(log !== undefined, 'a policy names the log')
  return {
    text: formatPolicy(policy),
    origin,
    logVerifier: verifierOf(crypto, log.vkey),
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
