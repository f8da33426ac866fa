/**
 * What a certificate of deposit says for programs: the attached `certificate.json`, as far as it is compared with the receipts.
 * docs/spec/certificate-file.md.
 * @module
 */
import { fromHex, toText } from '@jurat/core/bytes'
import type { StatedDigest } from '../original.ts'
import { StepFailure } from '../error.ts'
import { type Attached, attachedBytes, attachmentsOf } from './attachments.ts'
import { PdfError } from './error.ts'
import type { PdfFile } from './file.ts'

/** Longest receipt and longest metadata, in bytes. */
export const attachedTextBytesMax = 16_777_216

/** A deposit that the certificate names, and its receipt. */
export interface NamedDeposit {
  /** Name of the attached receipt. */
  readonly receipt: string
  /** What the certificate says was deposited. */
  readonly stated: StatedDigest
}

/** A certificate, taken apart. Nothing in it has been checked. */
export interface ReadCertificateFile {
  readonly number: string
  readonly issuer: string
  readonly deposits: readonly NamedDeposit[]
}

/** Texts of the attached receipts by their names, and what the certificate says; null without one. @throws {StepFailure} */
export function readAttached(file: PdfFile): {
  readonly receipts: ReadonlyMap<string, string>
  readonly certificate: ReadCertificateFile | null
} {
  try {
    const attached = attachmentsOf(file)
    const receipts = new Map(
      attached.filter(({ name }) => name.endsWith('.jurat.json')).map((each) => [each.name, textOf(file, each)]),
    )
    const own = attached.find(({ name }) => name === 'certificate.json')
    return { receipts, certificate: own === undefined ? null : readCertificateFile(textOf(file, own)) }
  } catch (error) {
    if (!(error instanceof PdfError)) throw error
    throw new StepFailure('pdf-unreadable', { reason: error.message }, error)
  }
}

const textOf = (file: PdfFile, attached: Attached): string => {
  try {
    return toText(attachedBytes(file, attached, attachedTextBytesMax))
  } catch (error) {
    if (error instanceof PdfError) throw error
    throw new StepFailure('pdf-certificate-unreadable', { reason: `${attached.name} is no text` }, error)
  }
}

const algorithms: Readonly<Record<string, 1 | 2 | 3>> = { 'SHA-256': 1, SM3: 2, 'SHA-512': 3 }

function readCertificateFile(text: string): ReadCertificateFile {
  const wrong = (reason: string): StepFailure => new StepFailure('pdf-certificate-unreadable', { reason })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw wrong('it is no JSON')
  }
  const { format, number, issuer, deposits } = value as Record<string, unknown>
  if (format !== 'jurat-certificate/v1') throw wrong('its format is not known')
  if (typeof number !== 'string' || typeof issuer !== 'string' || !Array.isArray(deposits))
    throw wrong('it is not whole')
  return {
    number,
    issuer,
    deposits: deposits.map((each: unknown) => {
      const { receipt, digest, algorithm } = (each ?? {}) as Record<string, unknown>
      const known = typeof algorithm === 'string' ? algorithms[algorithm] : undefined
      if (typeof receipt !== 'string' || typeof digest !== 'string' || !/^([0-9a-f]{2}){32,64}$/u.test(digest)) {
        throw wrong('a deposit has no receipt or no digest')
      }
      return { receipt, stated: { algorithm: known ?? null, digest: fromHex(digest) } }
    }),
  }
}
