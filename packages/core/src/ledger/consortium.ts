/**
 * The consortium document: who the members are, with which keys, and by which parameters they run the network. From it
 * follow the validator set, who acts as `admin`, and the trust policy. docs/spec/network.md.
 * @module
 */
import { type Bytes, toHex } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { CborReader } from '../cbor/reader.ts'
import { CborWriter } from '../cbor/writer.ts'
import { domainHash } from '../crypto/domain.ts'
import { algorithmSizes } from '../crypto/provider.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { readPublicKey } from './authMap.ts'
import { type Parameters, readParameters, writeParameters } from './parameters.ts'

/** Most members of a consortium. One is a solo network; the least otherwise is {@link consortiumMembersMin}. */
export const membersMax = 31
export const consortiumMembersMin = 4

/** Most outside witnesses. */
export const witnessesMax = 16

/** Most addresses of a member, and the longest address in bytes. */
export const addressesMax = 4
export const addressBytesMax = 255

/** Longest name of a member, and of network and member together (`<network>/<member>`), in bytes. */
export const memberNameBytesMax = 100
export const joinedNameBytesMax = 200

/** Longest name of an outside witness, in bytes. */
export const witnessNameBytesMax = 200

/** Longest document, in bytes: 31 members whose ballot keys are ML-DSA-44 too. */
export const documentBytesMax = 393_216

/** The roles in which a member has a key, in the order of the encoding. */
export const roles = ['ballot', 'log', 'executorEd25519', 'executorMldsa44', 'validator', 'transport'] as const

/** A role of a key. */
export type Role = (typeof roles)[number]

/** One institution. */
export interface Member {
  readonly name: string
  /** The first is the base URL of its node; a solo network may have none. */
  readonly addresses: readonly string[]
  /** Algorithm byte and raw key, by role. */
  readonly keys: Readonly<Record<Role, Bytes>>
  /** Signature by each key over its possession message (possession.ts). */
  readonly proofs: Readonly<Record<Role, Bytes>>
}

/** A witness that belongs to nobody here. */
export interface OutsideWitness {
  /** Name of its keys. */
  readonly name: string
  /** Where `add-checkpoint` is asked. */
  readonly url: string
  /** An Ed25519 key, and an ML-DSA-44 key if it has one; then it counts only with both. */
  readonly keys: readonly [Bytes] | readonly [Bytes, Bytes]
}

/** A consortium document. */
export interface ConsortiumDocument {
  readonly members: readonly Member[]
  /** How many members must have cosigned a checkpoint. */
  readonly quorum: number
  readonly witnesses: readonly OutsideWitness[]
  /** How many outside witnesses must have cosigned; 0 asks for none. */
  readonly witnessQuorum: number
  readonly parameters: Parameters
}

const documentVersion = 1
const signatureBytesMax = algorithmSizes[5].signatureBytes

/** The document's bytes. */
export function encodeDocument(document: ConsortiumDocument): Bytes {
  const writer = new CborWriter(8_192).array(6).uint(documentVersion).array(document.members.length)
  for (const member of document.members) writeMember(writer, member)
  writer.uint(document.quorum).array(document.witnesses.length)
  for (const { name, url, keys } of document.witnesses) {
    writer.array(3).text(name).text(url).array(keys.length)
    for (const key of keys) writer.bytes(key)
  }
  writer.uint(document.witnessQuorum)
  writeParameters(writer, document.parameters)
  return writer.finish()
}

function writeMember(writer: CborWriter, member: Member): void {
  writer.array(3).text(member.name).array(member.addresses.length)
  for (const address of member.addresses) writer.text(address)
  writer.array(roles.length)
  for (const role of roles) writer.array(2).bytes(member.keys[role]).bytes(member.proofs[role])
}

/**
 * A document from its bytes. Only the shape is looked at; the rules are those of consortiumRules.ts.
 * @throws {CborError} when the bytes are none.
 */
export function decodeDocument(bytes: Bytes): ConsortiumDocument {
  const reader = new CborReader(bytes, { bytesMax: documentBytesMax })
  reader.array(6)
  if (reader.uint() !== documentVersion) throw new CborError('out-of-range', 'The document has an unknown version.')
  const document: ConsortiumDocument = {
    members: list(reader, membersMax, readMember),
    quorum: reader.uint(membersMax),
    witnesses: list(reader, witnessesMax, readWitness),
    witnessQuorum: reader.uint(witnessesMax),
    parameters: readParameters(reader),
  }
  reader.end()
  return document
}

/** Hash of a document, as consortium entries carry it. */
export function documentHash(crypto: Pick<CryptoProvider, 'sha256'>, document: Bytes): Bytes {
  return domainHash(crypto, 'document', document)
}

/** The members' ballot keys, in hexadecimal: who acts as `admin`. */
export function ballotKeys(document: ConsortiumDocument): ReadonlySet<string> {
  return new Set(document.members.map((member) => toHex(member.keys.ballot)))
}

/** Whether so many members of a document are strictly more than two thirds. */
export function isAdminMajority(document: ConsortiumDocument, members: number): boolean {
  return 3 * members > 2 * document.members.length
}

function readMember(reader: CborReader): Member {
  reader.array(3)
  const name = reader.text(memberNameBytesMax)
  const addresses = list(reader, addressesMax, () => reader.text(addressBytesMax))
  reader.array(roles.length)
  const pairs = roles.map((role) => {
    reader.array(2)
    return { role, key: readPublicKey(reader), proof: reader.bytesUpTo(signatureBytesMax) }
  })
  return { name, addresses, keys: byRole(pairs, (pair) => pair.key), proofs: byRole(pairs, (pair) => pair.proof) }
}

type RolePair = { readonly role: Role; readonly key: Bytes; readonly proof: Bytes }

function byRole(pairs: readonly RolePair[], pick: (pair: RolePair) => Bytes): Record<Role, Bytes> {
  return Object.fromEntries(pairs.map((pair) => [pair.role, pick(pair)])) as Record<Role, Bytes>
}

function readWitness(reader: CborReader): OutsideWitness {
  reader.array(3)
  const name = reader.text(witnessNameBytesMax)
  const url = reader.text(addressBytesMax)
  const [first, second] = list(reader, 2, readPublicKey)
  if (first === undefined) throw new CborError('wrong-length', 'A witness has a key.')
  return { name, url, keys: second === undefined ? [first] : [first, second] }
}

function list<T>(reader: CborReader, lengthMax: number, read: (reader: CborReader) => T): T[] {
  const length = reader.arrayUpTo(lengthMax)
  return Array.from({ length }, () => read(reader))
}
