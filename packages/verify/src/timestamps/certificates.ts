/**
 * Certificates of time-stamp authorities (RFC 5280; RFC 3161, 2.3): what one may be used for, and the way from it to an
 * authority of the trust file. docs/spec/timestamps.md.
 * @module
 */
import { DerError } from '@jurat/core/asn1/error'
import { DerReader } from '@jurat/core/asn1/reader'
import { tags } from '@jurat/core/asn1/writer'
import { type Bytes, equal } from '@jurat/core/bytes'
import { Certificate, CryptoEngine, type Extension } from 'pkijs'

/** Longest way from a certificate to an authority, in certificates. */
export const pathCertificatesMax = 8

const identifiers = {
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  certificatePolicies: '2.5.29.32',
  timeStamping: '1.3.6.1.5.5.7.3.8',
} as const

/** Critical extensions that are understood here. A certificate with another one counts for nothing. */
const understood: readonly string[] = [
  identifiers.basicConstraints,
  identifiers.keyUsage,
  identifiers.extendedKeyUsage,
  identifiers.certificatePolicies,
]

/** RSA (PKCS #1 v1.5 and PSS) and ECDSA with SHA-256, SHA-384 or SHA-512. SHA-1 and MD5 are not believed. */
const signatureAlgorithms: readonly string[] = [
  '1.2.840.113549.1.1.10',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
]

/** A certificate with the bytes that it was read from. */
export interface ReadCertificate {
  readonly bytes: Bytes
  readonly certificate: Certificate
}

/** Reads a certificate, DER. @throws {Error} of the library when it is none. */
export function readCertificate(bytes: Bytes): ReadCertificate {
  // The library keeps views of what it is given.
  const own = bytes.slice()
  return { bytes: own, certificate: Certificate.fromBER(own) }
}

/** What a certificate is to be for: the only extended key usage that it may have. */
export interface Purpose {
  readonly identifier: string
  /** As it stands in a reason. */
  readonly name: string
}

const forStamps: Purpose = { identifier: identifiers.timeStamping, name: 'time stamping' }

/** The common name of a certificate's subject; empty when it has none. */
export function commonName({ certificate }: ReadCertificate): string {
  const attribute = certificate.subject.typesAndValues.find(({ type }) => type === identifiers.commonName)
  const { value } = (attribute?.value.valueBlock ?? {}) as { readonly value?: unknown }
  return typeof value === 'string' ? value : ''
}

/** What makes a certificate unfit for a purpose, time stamps unless another is named; or null. */
export function unfitFor({ certificate }: ReadCertificate, purpose: Purpose = forStamps): string | null {
  try {
    return unfitnessOf(certificate, purpose)
  } catch (error) {
    if (error instanceof DerError) return `an extension cannot be read: ${error.message}`
    throw error
  }
}

/** Purposes of certificates with which documents are signed: a letter, a document, or anything. */
const documentPurposes: readonly string[] = ['1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.36', '2.5.29.37.0']

/** What makes a certificate unfit for the signature of a document, or null. One without purposes is fit. */
export function unfitForDocuments({ certificate }: ReadCertificate): string | null {
  try {
    const usage = extension(certificate, identifiers.extendedKeyUsage)
    if (usage !== null && !readIdentifiers(usage).some((name) => documentPurposes.includes(name))) {
      return 'its extended key usage is for something else'
    }
    const constraints = extension(certificate, identifiers.basicConstraints)
    if (constraints !== null && readConstraints(constraints).isAuthority) return 'it is that of a CA'
    const keyUsage = readKeyUsage(certificate)
    // digitalSignature or nonRepudiation.
    if (keyUsage !== null && (keyUsage & 0xc0) === 0) return 'its key usage allows no signatures'
    return hasStrangeExtension(certificate) ? 'it has a critical extension that is not understood' : null
  } catch (error) {
    if (error instanceof DerError) return `an extension cannot be read: ${error.message}`
    throw error
  }
}

function unfitnessOf(certificate: Certificate, purpose: Purpose): string | null {
  const usage = extension(certificate, identifiers.extendedKeyUsage)
  const names = usage === null ? [] : readIdentifiers(usage)
  if (usage?.critical !== true || names.length !== 1 || names[0] !== purpose.identifier) {
    return `its extended key usage is not critical and ${purpose.name} alone`
  }
  const keyUsage = readKeyUsage(certificate)
  // digitalSignature or nonRepudiation.
  if (keyUsage !== null && (keyUsage & 0xc0) === 0) return 'its key usage allows no signatures'
  return hasStrangeExtension(certificate) ? 'it has a critical extension that is not understood' : null
}

/** Purposes of certificates with which a person or an enterprise signs: a program, a letter, a document, or anything. */
const signingPurposes: readonly string[] = [
  '1.3.6.1.5.5.7.3.2',
  '1.3.6.1.5.5.7.3.4',
  '1.3.6.1.5.5.7.3.36',
  '2.5.29.37.0',
]

/** What makes the certificate of a person or an enterprise unfit for a signature of its holder, or null. */
export function unfitForHolder({ certificate }: ReadCertificate): string | null {
  try {
    const constraints = extension(certificate, identifiers.basicConstraints)
    if (constraints !== null && readConstraints(constraints).isAuthority) return 'it is that of a CA'
    const keyUsage = readKeyUsage(certificate)
    // digitalSignature or nonRepudiation.
    if (keyUsage !== null && (keyUsage & 0xc0) === 0) return 'its key usage allows no signatures'
    const usage = extension(certificate, identifiers.extendedKeyUsage)
    if (usage !== null && !readIdentifiers(usage).some((name) => signingPurposes.includes(name))) {
      return 'its extended key usage is for something else'
    }
    return hasStrangeExtension(certificate) ? 'it has a critical extension that is not understood' : null
  } catch (error) {
    if (error instanceof DerError) return `an extension cannot be read: ${error.message}`
    throw error
  }
}

/** Whether a certificate was valid at a time, milliseconds since 1970 UTC. */
export function isValidAt({ certificate }: ReadCertificate, timeMs: number): boolean {
  return certificate.notBefore.value.getTime() <= timeMs && timeMs <= certificate.notAfter.value.getTime()
}

/**
 * A way from `signer` over `others` to one of `anchors`, both ends included; null when there is none. An anchor may be the
 * signer's own certificate. Dates are left to the caller. Tries every certificate at most once, so loops end.
 */
export async function wayTo(
  engine: CryptoEngine,
  signer: ReadCertificate,
  others: readonly ReadCertificate[],
  anchors: readonly ReadCertificate[],
): Promise<ReadCertificate[] | null> {
  const tried = new Set<ReadCertificate>([signer])
  const search = async (way: readonly ReadCertificate[]): Promise<ReadCertificate[] | null> => {
    const last = way.at(-1)
    if (last === undefined) return null
    const own = anchors.find(({ bytes }) => equal(bytes, last.bytes))
    if (own !== undefined) return [...way.slice(0, -1), own]
    if (way.length >= pathCertificatesMax) return null
    for (const issuer of [...anchors, ...others]) {
      if (tried.has(issuer) || !(await isIssuedBy(engine, last.certificate, issuer.certificate, way.length - 1)))
        continue
      tried.add(issuer)
      const found = await search([...way, issuer])
      if (found !== null) return found
    }
    return null
  }
  return search([signer])
}

/** @param between - certificates of CAs between the two ends that stand below this issuer */
async function isIssuedBy(
  engine: CryptoEngine,
  certificate: Certificate,
  issuer: Certificate,
  between: number,
): Promise<boolean> {
  if (!certificate.issuer.isEqual(issuer.subject)) return false
  try {
    return mayIssue(issuer, between) && (await isSignedBy(engine, certificate, issuer))
  } catch {
    // An extension, a key or a signature that cannot be read counts for nothing.
    return false
  }
}

function mayIssue(issuer: Certificate, between: number): boolean {
  const constraints = extension(issuer, identifiers.basicConstraints)
  if (constraints === null || hasStrangeExtension(issuer)) return false
  const { isAuthority, pathMax } = readConstraints(constraints)
  if (!isAuthority || (pathMax !== null && between > pathMax)) return false
  const keyUsage = readKeyUsage(issuer)
  // keyCertSign.
  return keyUsage === null || (keyUsage & 0x04) !== 0
}

async function isSignedBy(engine: CryptoEngine, certificate: Certificate, issuer: Certificate): Promise<boolean> {
  if (!signatureAlgorithms.includes(certificate.signatureAlgorithm.algorithmId)) return false
  return certificate.verify(issuer, engine)
}

function extension({ extensions = [] }: Certificate, identifier: string): Extension | null {
  return extensions.find(({ extnID }) => extnID === identifier) ?? null
}

function hasStrangeExtension({ extensions = [] }: Certificate): boolean {
  const known = extensions.map(({ extnID }) => extnID)
  if (new Set(known).size !== known.length) return true
  return extensions.some(({ critical, extnID }) => critical && !understood.includes(extnID))
}

const contentsOf = ({ extnValue }: Extension): Bytes => new Uint8Array(extnValue.getValue())

function readIdentifiers(of: Extension): string[] {
  const list = new DerReader(contentsOf(of)).inside(tags.sequence)
  const names: string[] = []
  while (list.tag !== null) names.push(list.objectIdentifier())
  return names
}

function readConstraints(of: Extension): { isAuthority: boolean; pathMax: number | null } {
  const fields = new DerReader(contentsOf(of)).inside(tags.sequence)
  const isAuthority = fields.tag === tags.boolean && fields.boolean()
  const pathMax = fields.tag === null ? null : (fields.unsigned()[0] ?? 0)
  return { isAuthority, pathMax }
}

/** The first eight bits of the key usage, or null when any use is allowed. */
function readKeyUsage(certificate: Certificate): number | null {
  const usage = extension(certificate, identifiers.keyUsage)
  return usage === null ? null : (new DerReader(contentsOf(usage)).next(tags.bitString).contents[1] ?? 0)
}
