/**
 * What a consortium document must obey, and how far one may differ from the one that it replaces. docs/spec/network.md.
 * @module
 */
import { type Bytes, fromText, toHex } from '../bytes.ts'
import { algorithms } from '../crypto/provider.ts'
import type { Algorithm, CryptoProvider } from '../crypto/provider.ts'
import { isKeyName, keyId, type SignatureType, signatureTypes } from '../note/vkey.ts'
import {
  addressBytesMax,
  addressesMax,
  type ConsortiumDocument,
  consortiumMembersMin,
  joinedNameBytesMax,
  type Member,
  memberNameBytesMax,
  membersMax,
  type Role,
  roles,
  witnessesMax,
  witnessNameBytesMax,
} from './consortium.ts'
import { areParameters } from './parameters.ts'

/** What can be wrong with a document, or with replacing one by another. */
export type DocumentFault =
  | 'member-count'
  | 'name'
  | 'name-twice'
  | 'address'
  | 'key-algorithm'
  | 'key-twice'
  | 'note-key-ambiguous'
  | 'quorum'
  | 'witness-count'
  | 'witness-quorum'
  | 'parameters'
  | 'validators-removed'
  | 'validators-added'

/** Longest name of a network, in bytes. */
export const originBytesMax = 100

const anyAlgorithm: readonly Algorithm[] = Object.values(algorithms)

/** Algorithms that a key of each role may have. Transport keys are those of TLS certificates. */
const roleAlgorithms: Readonly<Record<Role, readonly Algorithm[]>> = {
  ballot: anyAlgorithm,
  log: [algorithms.ed25519],
  executorEd25519: [algorithms.ed25519],
  executorMldsa44: [algorithms.mldsa44],
  validator: [algorithms.ed25519],
  transport: [algorithms.ed25519, algorithms.p256],
}

/** Whether a text can be the name of a network: a schema-less URL that can stand in a note and in a policy. */
export function isOrigin(origin: string): boolean {
  return isPlainName(origin, originBytesMax) && !origin.includes('://')
}

/** The name under which a member serves the log to outside witnesses. */
export function servingName(origin: string, member: string): string {
  return `${origin}/${member}`
}

/**
 * The first rule that a document breaks, or null. Pure and cheap: whether the keys are valid and possessed is asked
 * afterwards (possession.ts).
 */
export function documentFault(
  crypto: Pick<CryptoProvider, 'sha256'>,
  origin: string,
  document: ConsortiumDocument,
): DocumentFault | null {
  const count = document.members.length
  if (count !== 1 && (count < consortiumMembersMin || count > membersMax)) return 'member-count'
  return (
    namesFault(origin, document) ??
    (document.members.every((member) => areAddresses(member.addresses, count === 1)) ? null : 'address') ??
    keysFault(document) ??
    (areNoteKeysDistinct(crypto, origin, document) ? null : 'note-key-ambiguous') ??
    quorumFault(document) ??
    (areParameters(document.parameters) ? null : 'parameters')
  )
}

/**
 * The change-over rule that replacing `before` by `after` breaks, or null: at most floor((n−1)/3) of the old validators
 * go, and new keys hold at most floor((n−1)/3) of the new set.
 */
export function changeOverFault(before: ConsortiumDocument, after: ConsortiumDocument): DocumentFault | null {
  const old = validators(before)
  const next = validators(after)
  const removed = [...old].filter((key) => !next.has(key)).length
  const added = [...next].filter((key) => !old.has(key)).length
  if (removed > Math.floor((old.size - 1) / 3)) return 'validators-removed'
  return added > Math.floor((next.size - 1) / 3) ? 'validators-added' : null
}

const validators = (document: ConsortiumDocument): Set<string> =>
  new Set(document.members.map((member) => toHex(member.keys.validator)))

function namesFault(origin: string, { members, witnesses }: ConsortiumDocument): DocumentFault | null {
  const plain =
    members.every(({ name }) => isMemberName(origin, name)) &&
    witnesses.every(({ name }) => isPlainName(name, witnessNameBytesMax))
  if (!plain) return 'name'
  const twice =
    new Set(members.map(({ name }) => name)).size < members.length ||
    new Set(witnesses.map(({ name }) => name)).size < witnesses.length
  return twice ? 'name-twice' : null
}

function isMemberName(origin: string, name: string): boolean {
  const joined = servingName(origin, name)
  return isPlainName(name, memberNameBytesMax) && fromText(joined).length <= joinedNameBytesMax
}

/** No white space, control character, `+` or `#`. The classes are listed, because Unicode's may grow. */
function isPlainName(name: string, bytesMax: number): boolean {
  // oxlint-disable-next-line no-control-regex
  const plain = isKeyName(name) && !/[\0-\u001f\u007f-\u009f\u180e\u2060\ufeff#]/.test(name)
  return plain && fromText(name).length <= bytesMax
}

function areAddresses(addresses: readonly string[], solo: boolean): boolean {
  const [first] = addresses
  if (first === undefined) return solo
  return addresses.length <= addressesMax && addresses.every(isAddress) && isUrl(first)
}

/** Printable ASCII without space, and without the `#` that some readers of policies take for a comment. */
const isAddress = (address: string): boolean =>
  /^[!-~]+$/.test(address) && !address.includes('#') && address.length <= addressBytesMax

const isUrl = (address: string): boolean => /^https?:\/\/[^/]/.test(address) && isAddress(address)

function keysFault({ members, witnesses }: ConsortiumDocument): DocumentFault | null {
  if (witnesses.length > witnessesMax) return 'witness-count'
  const rightAlgorithms =
    members.every((member) => roles.every((role) => hasAlgorithm(member.keys[role], roleAlgorithms[role]))) &&
    witnesses.every(
      ({ keys: [first, second] }) =>
        hasAlgorithm(first, [algorithms.ed25519]) &&
        (second === undefined || hasAlgorithm(second, [algorithms.mldsa44])),
    )
  if (!rightAlgorithms) return 'key-algorithm'
  if (!witnesses.every(({ url }) => isUrl(url))) return 'address'
  const keys = [...members.flatMap(keysOf), ...witnesses.flatMap((witness) => [...witness.keys])]
  // Raw keys are compared: the same bytes under another algorithm byte are still the same secret.
  return new Set(keys.map((key) => toHex(key.subarray(1)))).size < keys.length ? 'key-twice' : null
}

const keysOf = (member: Member): Bytes[] => roles.map((role) => member.keys[role])

const hasAlgorithm = (key: Bytes, allowed: readonly Algorithm[]): boolean =>
  allowed.some((algorithm) => algorithm === key[0])

/** Two keys with one name and one key id could not be told apart in a note. */
function areNoteKeysDistinct(
  crypto: Pick<CryptoProvider, 'sha256'>,
  origin: string,
  { members, witnesses }: ConsortiumDocument,
): boolean {
  const named: [string, SignatureType, Bytes][] = members.flatMap(({ name, keys }) => [
    [origin, signatureTypes.ed25519, keys.log],
    [servingName(origin, name), signatureTypes.ed25519, keys.log],
    [name, signatureTypes.cosignatureEd25519, keys.executorEd25519],
    [name, signatureTypes.cosignatureMldsa44, keys.executorMldsa44],
  ])
  for (const { name, keys } of witnesses) {
    named.push([name, signatureTypes.cosignatureEd25519, keys[0]])
    if (keys[1] !== undefined) named.push([name, signatureTypes.cosignatureMldsa44, keys[1]])
  }
  const ids = named.map(([name, type, key]) => `${name} ${keyId(crypto, name, type, key.subarray(1))}`)
  return new Set(ids).size === ids.length
}

function quorumFault({ members, quorum, witnesses, witnessQuorum }: ConsortiumDocument): DocumentFault | null {
  const least = Math.floor((2 * members.length) / 3) + 1
  if (quorum < least || quorum > members.length) return 'quorum'
  return witnessQuorum < 0 || witnessQuorum > witnesses.length ? 'witness-quorum' : null
}
