/**
 * The trust policy that follows from a consortium document, as a C2SP tlog-policy text. A quorum counts members, not
 * keys: each member is a group of both its keys. docs/spec/network.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { formatPolicy, type Policy, type PolicyGroup, type PolicyWitness } from '../note/policy.ts'
import { type CosigningKeys, cosigningVkeys, formatVkey, makeVkey, signatureTypes } from '../note/vkey.ts'
import type { ConsortiumDocument } from './consortium.ts'
import { servingName } from './consortiumRules.ts'

/** Which cosignatures a policy asks for: of both algorithms, or of Ed25519 alone for clients that know no other. */
export type PolicyAlgorithms = 'all' | 'ed25519'

/** How a policy is made. */
export interface PolicyOptions {
  /** The key that signs: algorithm byte and raw key. */
  readonly logKey: Bytes
  readonly algorithms: PolicyAlgorithms
}

/** Somebody whose cosignature counts: a member, or an outside witness. */
interface Cosigner extends CosigningKeys {
  /** Prefix of its names in the policy. */
  readonly label: string
  /** Name of its keys. */
  readonly name: string
  readonly url: string | null
}

/**
 * The policy for checkpoints that are signed with `logKey` (algorithm byte and raw key) of one serving member.
 * @throws {NoteError} when a key is not valid, which an admitted document excludes.
 */
export function policyOf(
  crypto: CryptoProvider,
  origin: string,
  document: ConsortiumDocument,
  options: PolicyOptions,
): Policy {
  if (document.members.length === 1) return outsidePolicyOf(crypto, origin, document, options)
  return quorumPolicy(crypto, origin, options, {
    cosigners: memberCosigners(document),
    quorum: document.quorum,
    above: 'members',
  })
}

/**
 * The policy of a log that the outside witnesses of a document cosign: that of a solo network, or that of a consortium as
 * one of its members serves it, whose `origin` is `<network>/<member>`.
 * @throws {NoteError} as {@link policyOf}.
 */
export function outsidePolicyOf(
  crypto: CryptoProvider,
  origin: string,
  document: ConsortiumDocument,
  options: PolicyOptions,
): Policy {
  return quorumPolicy(crypto, origin, options, {
    cosigners: outsideCosigners(document),
    quorum: document.witnessQuorum,
    above: 'witnesses',
  })
}

/** What outside witnesses of a consortium have to know: the log as each member serves it, as verifier keys (vkey). */
export function servingVkeys(
  crypto: CryptoProvider,
  origin: string,
  { members }: Pick<ConsortiumDocument, 'members'>,
): string[] {
  return members.map(({ name, keys }) =>
    formatVkey(makeVkey(crypto, servingName(origin, name), signatureTypes.ed25519, keys.log)),
  )
}

function quorumPolicy(
  crypto: CryptoProvider,
  origin: string,
  options: PolicyOptions,
  {
    cosigners,
    quorum,
    above,
  }: { readonly cosigners: readonly Cosigner[]; readonly quorum: number; readonly above: string },
): Policy {
  const parts = cosigners.map((cosigner) => policyParts(crypto, cosigner, options.algorithms))
  const logs = [{ vkey: makeVkey(crypto, origin, signatureTypes.ed25519, options.logKey), url: null }]
  const witnesses = parts.flatMap((part) => part.witnesses)
  if (quorum === 0) return { logs, witnesses, groups: [], quorum: null }
  const groups = parts.flatMap((part) => part.groups)
  groups.push({ name: above, threshold: quorum, members: parts.map((part) => part.name) })
  return { logs, witnesses, groups, quorum: above }
}

/** {@link policyOf} as text. */
export function policyText(
  crypto: CryptoProvider,
  origin: string,
  document: ConsortiumDocument,
  options: PolicyOptions,
): string {
  return formatPolicy(policyOf(crypto, origin, document, options))
}

function memberCosigners({ members }: ConsortiumDocument): Cosigner[] {
  return members.map(({ name, addresses, keys }, at) => ({
    label: `m${at + 1}`,
    name,
    url: addresses[0] ?? null,
    ed25519: keys.executorEd25519,
    mldsa44: keys.executorMldsa44,
  }))
}

function outsideCosigners({ witnesses }: ConsortiumDocument): Cosigner[] {
  return witnesses.map(({ name, url, keys }, at) => ({
    label: `w${at + 1}`,
    name,
    url,
    ed25519: keys[0],
    mldsa44: keys[1] ?? null,
  }))
}

function policyParts(
  crypto: CryptoProvider,
  { label, name, url, ed25519, mldsa44 }: Cosigner,
  algorithms: PolicyAlgorithms,
): { name: string; witnesses: PolicyWitness[]; groups: PolicyGroup[] } {
  const keys = { ed25519, mldsa44: algorithms === 'ed25519' ? null : mldsa44 }
  const [vkey, mldsa44Vkey] = cosigningVkeys(crypto, name, keys)
  const first = { name: `${label}-ed25519`, vkey, url }
  if (mldsa44Vkey === undefined) return { name: first.name, witnesses: [first], groups: [] }
  const second = { name: `${label}-ml-dsa-44`, vkey: mldsa44Vkey, url }
  const group: PolicyGroup = { name: label, threshold: 'all', members: [first.name, second.name] }
  return { name: label, witnesses: [first, second], groups: [group] }
}
