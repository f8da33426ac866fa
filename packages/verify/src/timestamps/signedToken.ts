/**
 * The signature of a time-stamp token: CMS SignedData with one signer (RFC 5652), who names its own certificate in a signed
 * attribute (RFC 5816). docs/spec/timestamps.md.
 * @module
 */
import { DerReader } from '@jurat/core/asn1/reader'
import { tags } from '@jurat/core/asn1/writer'
import { type Bytes, equal } from '@jurat/core/bytes'
import { identifiers } from '@jurat/core/timestamp/identifiers'
import { readTstInfo, type TstInfo } from '@jurat/core/timestamp/tstInfo'
import {
  type Attribute,
  ContentInfo,
  type CryptoEngine,
  IssuerAndSerialNumber,
  SignedData,
  type SignerInfo,
} from 'pkijs'
import { StepFailure } from '../error.ts'
import { readCertificate, type ReadCertificate } from './certificates.ts'

/** Most certificates that are read in a token. */
export const tokenCertificatesMax = 16

/** Digests of signed attributes by identifier, as WebCrypto calls them. */
const digests: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'SHA-256',
  '2.16.840.1.101.3.4.2.2': 'SHA-384',
  '2.16.840.1.101.3.4.2.3': 'SHA-512',
}

const signingCertificate = '1.2.840.113549.1.9.16.2.12'

/** A token, taken apart. Nothing in it has been checked. */
export interface ReadToken {
  /** DER of `TSTInfo`, which the signature covers. */
  readonly content: Bytes
  readonly info: TstInfo
  readonly signer: SignerInfo
  readonly certificates: readonly ReadCertificate[]
}

/** What a signature is over. */
export interface SignedKind {
  /** Identifier of the content. */
  readonly type: string
  /** Whether a signed attribute must name the certificate by its hash: signatures of old kinds have none. */
  readonly named: boolean
}

/** Takes a token apart. @throws {StepFailure} `token-unreadable` */
export function readToken(bytes: Bytes): ReadToken {
  try {
    const outer = new DerReader(bytes)
    // The library keeps views of what it is given.
    const contentInfo = ContentInfo.fromBER(outer.next(tags.sequence).bytes.slice())
    outer.end()
    if (contentInfo.contentType !== identifiers.signedData) throw new Error('it is not signed data')
    const signedData = new SignedData({ schema: contentInfo.content })
    const { eContentType, eContent } = signedData.encapContentInfo
    const [signer, ...others] = signedData.signerInfos
    if (eContentType !== identifiers.tstInfo || eContent === undefined) throw new Error('it holds no time stamp')
    if (signer === undefined || others.length > 0) throw new Error('it has not exactly one signer')
    const content = new Uint8Array(eContent.getValue())
    return { content, info: readTstInfo(content), signer, certificates: certificatesIn(contentInfo) }
  } catch (cause) {
    throw new StepFailure('token-unreadable', { reason: cause instanceof Error ? cause.message : String(cause) }, cause)
  }
}

/** A value as the library reads it, with the bytes that it was read from. */
interface Asn1Value {
  readonly idBlock: { readonly tagClass: number; readonly tagNumber: number }
  readonly valueBlock: { readonly value: readonly Asn1Value[] }
  readonly valueBeforeDecodeView: Bytes
}

/** The certificates byte for byte: the hashes of signed attributes are over exactly these bytes. */
export function certificatesIn({ content }: ContentInfo): ReadCertificate[] {
  const fields = (content as Asn1Value).valueBlock.value
  const set = fields.find(({ idBlock }) => idBlock.tagClass === 3 && idBlock.tagNumber === 0)
  const values = set?.valueBlock.value ?? []
  if (values.length > tokenCertificatesMax) throw new Error(`it holds more than ${tokenCertificatesMax} certificates`)
  return values.map(({ valueBeforeDecodeView }) => readCertificate(valueBeforeDecodeView))
}

/**
 * The certificate of the signer, whose signature is valid and names it; null when nobody has it: authorities leave it out
 * unless they are asked for it.
 * @param known - certificates beside those in the token
 * @param kind - what must have been signed, and whether a signed attribute must name the certificate
 * @throws {StepFailure} `token-signature-wrong`
 */
export async function signerOf(
  engine: CryptoEngine,
  { content, signer, certificates }: Pick<ReadToken, 'content' | 'signer' | 'certificates'>,
  known: readonly ReadCertificate[],
  kind: SignedKind = { type: identifiers.tstInfo, named: true },
): Promise<ReadCertificate | null> {
  const named = [...certificates, ...known].filter(({ certificate }) => isNamed(signer, certificate))
  const wrong = (reason: string, cause?: unknown): StepFailure =>
    new StepFailure('token-signature-wrong', { reason }, cause)
  try {
    const { signedAttrs, digestAlgorithm } = signer
    const digestName = digests[digestAlgorithm.algorithmId]
    if (digestName === undefined) throw wrong('its digest is of an algorithm that is not believed')
    if (signedAttrs === undefined) throw wrong('nothing but the content is signed')
    const attributes = new Map(signedAttrs.attributes.map((attribute) => [attribute.type, attribute]))
    if (attributes.size !== signedAttrs.attributes.length) throw wrong('a signed attribute stands twice')
    const type = new DerReader(only(attributes, identifiers.contentType)).objectIdentifier()
    if (type !== kind.type) throw wrong('what was signed is something else')
    const digest = new Uint8Array(await engine.digest(digestName, content.slice()))
    const signed = new DerReader(only(attributes, identifiers.messageDigest)).next(tags.octetString).contents
    if (!equal(digest, signed)) throw wrong('it was signed over another content')
    if (named.length === 0) return null
    const hashed =
      kind.named || [signingCertificate, identifiers.signingCertificateV2].some((name) => attributes.has(name))
    const own = hashed ? await namedByHash(engine, attributes, named) : (named[0] ?? null)
    if (own === null) throw wrong('it names another certificate')
    const hashName = engine.getHashAlgorithm(signer.signatureAlgorithm)
    const valid = await engine.verifyWithPublicKey(
      signedAttrs.encodedValue,
      signer.signature,
      own.certificate.subjectPublicKeyInfo,
      signer.signatureAlgorithm,
      hashName === '' ? digestName : believed(hashName, wrong),
    )
    if (!valid) throw wrong('the key of its certificate did not sign it')
    return own
  } catch (cause) {
    if (cause instanceof StepFailure) throw cause
    throw wrong(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function believed(hashName: string, wrong: (reason: string) => StepFailure): string {
  if (Object.values(digests).includes(hashName)) return hashName
  throw wrong('its signature is of an algorithm that is not believed')
}

/** Whether the signer is named by issuer and serial number, or by the identifier of its key. */
function isNamed({ sid }: SignerInfo, certificate: ReadCertificate['certificate']): boolean {
  if (sid instanceof IssuerAndSerialNumber) {
    return certificate.issuer.isEqual(sid.issuer) && certificate.serialNumber.isEqual(sid.serialNumber)
  }
  const identifier = certificate.extensions?.find(({ extnID }) => extnID === '2.5.29.14')
  if (identifier === undefined) return false
  const own = new DerReader(new Uint8Array(identifier.extnValue.getValue())).next(tags.octetString).contents
  const named = (sid as { readonly valueBlock: { readonly valueHexView: Bytes } }).valueBlock.valueHexView
  return equal(own, named)
}

/** The one value of a signed attribute, DER. */
function only(attributes: ReadonlyMap<string, Attribute>, type: string): Bytes {
  const values = (attributes.get(type)?.values ?? []) as readonly Asn1Value[]
  const [value, ...others] = values
  if (value === undefined || others.length > 0) throw new Error('a signed attribute is missing, or has several values')
  return value.valueBeforeDecodeView
}

/**
 * The certificate that a signed attribute names by its hash: SHA-256 or another (RFC 5035), or SHA-1 (RFC 2634). Issuer and
 * serial number alone would let a certificate be exchanged for another one of the same key.
 */
async function namedByHash(
  engine: CryptoEngine,
  attributes: ReadonlyMap<string, Attribute>,
  candidates: readonly ReadCertificate[],
): Promise<ReadCertificate | null> {
  const second = attributes.has(identifiers.signingCertificateV2)
  const value = only(attributes, second ? identifiers.signingCertificateV2 : signingCertificate)
  // The first of the list is the signer's; others say which policies of which CAs were meant.
  const first = new DerReader(value).inside(tags.sequence).inside(tags.sequence).inside(tags.sequence)
  const algorithm = second ? (first.optional(tags.sequence)?.contents ?? null) : null
  const own = second ? 'SHA-256' : 'SHA-1'
  const name = algorithm === null ? own : digests[new DerReader(algorithm).objectIdentifier()]
  if (name === undefined) return null
  const hash = first.next(tags.octetString).contents
  for (const candidate of candidates) {
    if (equal(new Uint8Array(await engine.digest(name, candidate.bytes.slice())), hash)) return candidate
  }
  return null
}
