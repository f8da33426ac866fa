/**
 * Identity statements: a network says who stands behind accounts and an organisation, at which level and until when. What is
 * personal stands in salted fields, which the holder shows one by one. docs/spec/identity-statement.md.
 * @module
 */
import { type Bytes, compare } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { CborReader } from '../cbor/reader.ts'
import { CborWriter } from '../cbor/writer.ts'
import { algorithms, algorithmSizes } from '../crypto/provider.ts'
import { type DisclosedField, fieldNameBytesMax, fieldsMax, fieldValueBytesMax } from '../deposit/commitment.ts'
import { proofHashesMax } from '../merkle/proof.ts'
import { type IdentityLevel, identityLevelOf, identityLevels } from './levels.ts'

/** Longest statement with all that is shown, in bytes. */
export const identityStatementBytesMax = 131_072

/** Longest content: what is signed, in bytes. */
export const identityContentBytesMax = 8_192

/** Length of a statement's id, in bytes. */
export const statementIdBytes = 16

/** Most accounts of a statement. */
export const statementAccountsMax = 64

/** Most certificates of a statement, the signer's first, and the longest in bytes. */
export const statementCertificatesMax = 4
export const statementCertificateBytesMax = 16_384

/** Longest name of a provider and of an organisation, in characters. */
export const identityNameCharactersMax = 64

/**
 * Extended key usage of the certificate that signs statements: nothing but that. An arc below 2.25 is a UUID (ITU-T X.667) and
 * needs no registration; no other certificate of the same CA has it, so none can sign a statement.
 */
export const statementPurpose = '2.25.67127769705995936611401061537770206200'

/** Kind of this statement in the part `statements` of a receipt. */
export const identityStatementKind = 'identity'

const contentVersion = 1
const contentFields = 12
const hashBytes = 32
const publicKeyBytes = 1 + algorithmSizes[algorithms.p256].rawKeyBytes
const { signatureBytes } = algorithmSizes[algorithms.p256]

/** What is signed. Times are milliseconds since 1970 UTC. */
export interface IdentityContent {
  readonly networkId: Bytes
  /** 16 random bytes. */
  readonly id: Bytes
  readonly level: IdentityLevel
  /** Who looked, for example `x509` or `sandbox-person`. */
  readonly provider: string
  /** The organisation's id at the node that signs. */
  readonly organisation: string
  /** Ids of ledger accounts in ascending order; empty: of the organisation alone. */
  readonly accounts: readonly Bytes[]
  readonly issuedAtMs: number
  /** After {@link issuedAtMs}. */
  readonly expiresAtMs: number
  /** Id of the statement that this one replaces, or null. */
  readonly supersedes: Bytes | null
  /** Salted commitment to the fields, 32 bytes. */
  readonly commitment: Bytes
  /** ECDSA P-256: algorithm byte and compressed point. */
  readonly publicKey: Bytes
}

/** A statement with what its holder shows. Nothing in it is believed before it was checked. */
export interface IdentityStatement {
  readonly content: Bytes
  /** r ‖ s over the content after its domain line. */
  readonly signature: Bytes
  /** DER, the signer's first, then what leads to a root. */
  readonly certificates: readonly Bytes[]
  /** Leaves of the commitment, leaf 0 first. */
  readonly disclosure: { readonly count: number; readonly fields: readonly DisclosedField[] }
}

/** Bytes of the content. */
export function encodeIdentityContent(content: IdentityContent): Bytes {
  const writer = new CborWriter(512).array(contentFields).uint(contentVersion)
  writer.bytes(content.networkId).bytes(content.id).uint(identityLevels[content.level])
  writer.text(content.provider).text(content.organisation).array(content.accounts.length)
  for (const account of content.accounts) writer.bytes(account)
  writer.uint(content.issuedAtMs).uint(content.expiresAtMs)
  writer.nullable(content.supersedes, (id) => writer.bytes(id))
  return writer.bytes(content.commitment).bytes(content.publicKey).finish()
}

/** The content of its bytes; for everything that is accepted there are exactly these bytes. @throws {CborError} */
export function decodeIdentityContent(bytes: Bytes): IdentityContent {
  const reader = new CborReader(bytes, { bytesMax: identityContentBytesMax })
  reader.array(contentFields)
  if (reader.uint() !== contentVersion) throw new CborError('out-of-range', 'The statement has an unknown version.')
  const content: IdentityContent = {
    networkId: reader.bytes(hashBytes),
    id: reader.bytes(statementIdBytes),
    level: readLevel(reader),
    provider: readName(reader),
    organisation: readName(reader),
    accounts: readAccounts(reader),
    issuedAtMs: reader.uint(),
    expiresAtMs: reader.uint(),
    supersedes: reader.nullOr(() => reader.bytes(statementIdBytes)),
    commitment: reader.bytes(hashBytes),
    publicKey: reader.bytes(publicKeyBytes),
  }
  reader.end()
  if (content.publicKey[0] !== algorithms.p256) throw new CborError('out-of-range', 'The key is not of P-256.')
  if (content.expiresAtMs <= content.issuedAtMs) {
    throw new CborError('out-of-range', 'The statement ends before it begins.')
  }
  return content
}

function readLevel(reader: CborReader): IdentityLevel {
  const level = identityLevelOf(reader.uint())
  if (level === null) throw new CborError('out-of-range', 'The statement has an unknown level.')
  return level
}

function readName(reader: CborReader): string {
  const name = reader.text(identityNameCharactersMax)
  if (!isIdentityName(name)) throw new CborError('out-of-range', 'A name has other characters than it may.')
  return name
}

/** Whether a text may name a provider or an organisation: printable ASCII without space. */
export function isIdentityName(name: string): boolean {
  return name.length <= identityNameCharactersMax && /^[\x21-\x7e]+$/.test(name)
}

function readAccounts(reader: CborReader): Bytes[] {
  const count = reader.arrayUpTo(statementAccountsMax)
  const accounts: Bytes[] = []
  for (let at = 0; at < count; at++) {
    const account = reader.bytes(hashBytes)
    const before = accounts.at(-1)
    if (before !== undefined && compare(before, account) >= 0) {
      throw new CborError('out-of-range', 'The accounts are not in ascending order, each once.')
    }
    accounts.push(account)
  }
  return accounts
}

/** Bytes of a statement with what is shown of it. */
export function encodeIdentityStatement({ content, signature, certificates, disclosure }: IdentityStatement): Bytes {
  const writer = new CborWriter(4_096).array(4).bytes(content).bytes(signature).array(certificates.length)
  for (const certificate of certificates) writer.bytes(certificate)
  writer.array(2).uint(disclosure.count).array(disclosure.fields.length)
  for (const { position, name, salt, value, path } of disclosure.fields) {
    writer.array(5).uint(position).text(name).bytes(salt).bytes(value).array(path.length)
    for (const hash of path) writer.bytes(hash)
  }
  return writer.finish()
}

/** A statement of its bytes. What is signed, and what is shown, is not checked yet. @throws {CborError} */
export function decodeIdentityStatement(bytes: Bytes): IdentityStatement {
  const reader = new CborReader(bytes, { bytesMax: identityStatementBytesMax })
  const list = <T>(countMax: number, read: () => T): T[] =>
    Array.from({ length: reader.arrayUpTo(countMax) }, () => read())
  reader.array(4)
  const content = reader.bytesUpTo(identityContentBytesMax)
  const signature = reader.bytes(signatureBytes)
  const certificates = list(statementCertificatesMax, () => reader.bytesUpTo(statementCertificateBytesMax))
  reader.array(2)
  const count = reader.uint(fieldsMax + 1)
  const fields = list(fieldsMax + 1, () => {
    reader.array(5)
    return {
      position: reader.uint(fieldsMax),
      name: reader.text(fieldNameBytesMax),
      salt: reader.bytes(hashBytes),
      value: reader.bytesUpTo(fieldValueBytesMax),
      path: list(proofHashesMax, () => reader.bytes(hashBytes)),
    }
  })
  reader.end()
  return { content, signature, certificates, disclosure: { count, fields } }
}
