/**
 * Who signed an identity statement: a certificate of the network's CA for this purpose alone. docs/spec/identity-statement.md.
 * @module
 */
import { type Bytes, concat, equal } from '@jurat/core/bytes'
import type { IdentityContent, IdentityStatement } from '@jurat/core/identity/statement'
import { statementPurpose } from '@jurat/core/identity/statement'
import type { TrustFile } from '@jurat/core/receipt/trust'
import type { CryptoEngine } from 'pkijs'
import { StepFailure } from '../error.ts'
import { isValidAt, readCertificate, type ReadCertificate, unfitFor, wayTo } from './certificates.ts'

/**
 * The CAs whose statements count: the roots of a trust file, and its authorities that are not independent of the operator, which
 * are the operator's own. A foreign time-stamp authority says nothing about people.
 * @throws {StepFailure} `authority-unreadable`
 */
export function statementAnchors(trust: TrustFile | null): ReadCertificate[] {
  const own = (trust?.authorities ?? []).filter(({ independent }) => !independent)
  try {
    return [...(trust?.roots ?? []), ...own.map(({ certificate }) => certificate)].map(readCertificate)
  } catch (cause) {
    throw new StepFailure('authority-unreadable', { reason: cause instanceof Error ? cause.message : '' }, cause)
  }
}

/** Whether an anchor stands behind the signer, and what is wrong with the certificates, or null. */
export async function signerFault(
  engine: CryptoEngine,
  { certificates }: IdentityStatement,
  { publicKey, issuedAtMs }: IdentityContent,
  anchors: readonly ReadCertificate[],
): Promise<{ readonly isKnown: boolean; readonly reason: string | null }> {
  const wrong = (reason: string): { isKnown: boolean; reason: string } => ({ isKnown: false, reason })
  let read: ReadCertificate[]
  try {
    read = certificates.map(readCertificate)
  } catch (error) {
    return wrong(`a certificate cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  const [signer, ...others] = read
  if (signer === undefined) return { isKnown: false, reason: null }
  if (!hasKey(signer, publicKey)) return wrong('it is of another key')
  const unfit = unfitFor(signer, { identifier: statementPurpose, name: 'identity statements' })
  if (unfit !== null) return wrong(unfit)
  const way = await wayTo(engine, signer, others, anchors)
  if (way === null) return { isKnown: false, reason: null }
  const valid = way.every((certificate) => isValidAt(certificate, issuedAtMs))
  return { isKnown: valid, reason: valid ? null : 'one was not valid when the statement was signed' }
}

const ecPublicKey = '1.2.840.10045.2.1'
const p256 = '1.2.840.10045.3.1.7'

/** Whether a certificate is of this key of P-256: algorithm byte and compressed point. */
function hasKey({ certificate }: ReadCertificate, publicKey: Bytes): boolean {
  const { algorithm, subjectPublicKey } = certificate.subjectPublicKeyInfo
  const parameters = algorithm.algorithmParams as { readonly valueBlock?: { toString(): string } } | undefined
  if (algorithm.algorithmId !== ecPublicKey || parameters?.valueBlock?.toString() !== p256) return false
  const point = subjectPublicKey.valueBlock.valueHexView
  const [form, ...coordinates] = point
  if (form === 2 || form === 3) return equal(point, publicKey.subarray(1))
  if (form !== 4 || coordinates.length !== 64) return false
  const compressed = concat(Uint8Array.of(2 + ((point[64] ?? 0) & 1)), point.subarray(1, 33))
  return equal(compressed, publicKey.subarray(1))
}
