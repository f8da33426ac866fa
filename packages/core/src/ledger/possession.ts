/**
 * Proofs of possession: each key of a consortium document has signed who it is for, so that nobody registers another's
 * key as his own. docs/spec/network.md.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { CborWriter } from '../cbor/writer.ts'
import { domainMessage } from '../crypto/domain.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { type ConsortiumDocument, type Member, type Role, roles } from './consortium.ts'

/** What a member's key signs: network name, member name, number of the role, the key itself, under its domain line. */
export function possessionMessage(origin: string, member: string, role: Role, publicKey: Bytes): Bytes {
  const claim = new CborWriter().array(4).text(origin).text(member).uint(roles.indexOf(role)).bytes(publicKey)
  return domainMessage('possession', claim.finish())
}

/** A member with the proofs of its keys, made from its secret keys (algorithm byte and secret, by role). */
export function proveMember(
  crypto: CryptoProvider,
  origin: string,
  member: { readonly name: string; readonly addresses: readonly string[] },
  secretKeys: Readonly<Record<Role, Bytes>>,
): Member {
  const keys = mapRoles((role) => crypto.publicKeyOf(secretKeys[role]))
  const proofs = mapRoles((role) =>
    crypto.sign(secretKeys[role], possessionMessage(origin, member.name, role, keys[role])),
  )
  return { name: member.name, addresses: member.addresses, keys, proofs }
}

/** Whether every key of a document is a valid key and has signed for its place. The costly part of admission. */
export function arePossessed(crypto: CryptoProvider, origin: string, document: ConsortiumDocument): boolean {
  const witnessKeys = document.witnesses.flatMap((witness) => [...witness.keys])
  return (
    witnessKeys.every((key) => crypto.isPublicKey(key)) &&
    document.members.every((member) => roles.every((role) => isPossessed(crypto, origin, member, role)))
  )
}

function isPossessed(crypto: CryptoProvider, origin: string, member: Member, role: Role): boolean {
  const key = member.keys[role]
  const message = possessionMessage(origin, member.name, role, key)
  return crypto.isPublicKey(key) && crypto.verify(key, message, member.proofs[role])
}

function mapRoles(make: (role: Role) => Bytes): Record<Role, Bytes> {
  return Object.fromEntries(roles.map((role) => [role, make(role)])) as Record<Role, Bytes>
}
