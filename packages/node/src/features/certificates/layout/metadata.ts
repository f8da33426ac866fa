/**
 * The metadata that is attached to a certificate for programs: the same bytes for the same content.
 * docs/spec/certificate-file.md.
 * @module
 */
import type { CertificateContent, CorrectionContent } from './content.ts'

/** What the metadata of a certificate begins with. */
export const certificateFormat = 'jurat-certificate/v1'
/** What the metadata of a correction letter begins with. */
export const correctionFormat = 'jurat-correction/v1'

/** Names of the attached files. */
export const certificateFile = 'certificate.json'
export const correctionFile = 'correction.json'
export const receiptFile = (at: number): string => `receipt-${at + 1}.jurat.json`

/** Metadata of a certificate as JSON. Receipts stand beside it; logos are pictures only. */
export function certificateMetadata(content: CertificateContent): string {
  const { deposits, members, language, number, issuer, network, address, zoneMinutes } = content
  const { threshold, finality, tokens, targets, findings, texts, verifierSha256, replaces } = content
  return written({
    format: certificateFormat,
    number,
    language,
    issuer,
    network,
    address,
    zoneMinutes,
    deposits: deposits.map((deposit, at) => ({ ...deposit, receipt: receiptFile(at) })),
    members: members.map(({ name, signedAtMs }) => ({ name, signedAtMs })),
    threshold,
    finality,
    tokens,
    targets,
    findings,
    texts,
    verifierSha256,
    replaces,
  })
}

/** Metadata of a correction letter as JSON. */
export function correctionMetadata(content: CorrectionContent): string {
  const { language, number, issuer, network, address, zoneMinutes } = content
  const { corrects, certificateSha256, reason, changes, decidedAtMs } = content
  return written({
    format: correctionFormat,
    number,
    language,
    issuer,
    network,
    address,
    zoneMinutes,
    corrects,
    certificateSha256,
    reason,
    changes,
    decidedAtMs,
  })
}

/** Positions are numbers up to 2^53, as in receipts. */
function written(value: object): string {
  const number = (_: string, inner: unknown): unknown => (typeof inner === 'bigint' ? Number(inner) : inner)
  return `${JSON.stringify(value, number, 2)}\n`
}
