/**
 * Who signs the log of a consortium, read out of a consortium document: every member with its own log key and its two
 * executor keys; a quorum of members makes a checkpoint complete.
 *
 * Outside witnesses of a consortium cosign `<network>/<member>`, not the network's origin. They are additional evidence
 * and no part of this policy: `serving` says who they are (outsideNotes.ts).
 * @module
 */
import { assert } from '@jurat/core/assert'
import { equal, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { decodeDocument, type Member } from '@jurat/core/ledger/consortium'
import { verifierOf } from '@jurat/core/note/cosignature'
import { cosigningVkeys, makeVkey, signatureTypes, type Verifier } from '@jurat/core/note/vkey'
import { type LogPolicy, readLogPolicy, readServingPolicy, type WitnessPolicy } from '../logPolicy.ts'

/** A member with the verifiers of what it signs. */
export interface SigningMember {
  readonly member: Member
  readonly logVerifier: Verifier
  /** Its executor keys: Ed25519, ML-DSA-44. */
  readonly executors: readonly [Verifier, Verifier]
}

/** The policy of a consortium's log, as one of its nodes sees it. */
export interface MembersPolicy extends LogPolicy {
  readonly members: readonly SigningMember[]
  /** This node as a member of the document, or null: it is none. */
  readonly self: SigningMember | null
  /** The log as this node serves it to outside witnesses; null when it is no member. */
  readonly serving: WitnessPolicy | null
}

/** Names of the members that are not this node. */
export function othersOf({ members, self }: MembersPolicy): string[] {
  return members.map(({ member }) => member.name).filter((name) => name !== self?.member.name)
}

/**
 * Gives the policy of a consortium document, read once for each byte string.
 * @param logKeys - the log keys that this node holds: whose log key it holds, that member it is
 */
export function membersPolicyReader(
  crypto: CryptoProvider,
  origin: string,
  logKeys: readonly Bytes[],
): (document: Bytes) => MembersPolicy {
  const policies = new WeakMap<Bytes, MembersPolicy>()
  return (document) => {
    const policy = policies.get(document) ?? readMembersPolicy(crypto, origin, document, logKeys)
    policies.set(document, policy)
    return policy
  }
}

function readMembersPolicy(
  crypto: CryptoProvider,
  origin: string,
  bytes: Bytes,
  logKeys: readonly Bytes[],
): MembersPolicy {
  const document = decodeDocument(bytes)
  const members = document.members.map((member) => signingMember(crypto, origin, member))
  assert(members.length > 1, 'a consortium has several members')
  const self = members.find(({ member }) => logKeys.some((key) => equal(key, member.keys.log))) ?? null
  const serving = self === null ? null : readServingPolicy(crypto, origin, document, self.member)
  return { ...readLogPolicy(crypto, origin, bytes, logKeys), members, self, serving }
}

function signingMember(crypto: CryptoProvider, origin: string, member: Member): SigningMember {
  const { name, keys } = member
  const executorKeys = { ed25519: keys.executorEd25519, mldsa44: keys.executorMldsa44 }
  const [ed25519, mldsa44] = cosigningVkeys(crypto, name, executorKeys)
  return {
    member,
    logVerifier: verifierOf(crypto, makeVkey(crypto, origin, signatureTypes.ed25519, keys.log)),
    executors: [verifierOf(crypto, ed25519), verifierOf(crypto, mldsa44)],
  }
}
