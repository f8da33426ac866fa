/**
 * Offline verification of a PDF: of a certificate of deposit its signatures, its receipts and that both speak of the same; of any
 * other PDF its signatures. docs/spec/signatures.md.
 * @module
 */
import { type Bytes, equal, toHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { ReceiptError, TrustError } from '@jurat/core/receipt/error'
import { parseTrust, type Trust } from '@jurat/core/receipt/trustChain'
import { CertificateRevocationList } from 'pkijs'
import { StepAbsence, StepFailure } from '../error.ts'
import { digestOf, type Hashers, type Original, plainHashers } from '../original.ts'
import { outcomeOf, type StepOutcome, type StepResult } from '../steps.ts'
import { readCertificate, type ReadCertificate } from '../timestamps/certificates.ts'
import { cryptoEngine, readAuthorities } from '../timestamps/judge.ts'
import { statementAnchors } from '../timestamps/statementSigner.ts'
import type { Verdict } from '../verdict.ts'
import { verifyReceipt } from '../verify.ts'
import { readAttached, type ReadCertificateFile } from './certificate.ts'
import { PdfError } from './error.ts'
import { PdfFile } from './file.ts'
import { judgeSignature, type SignatureVerdict } from './judgeSignature.ts'
import { signaturesOf } from './signatures.ts'
import { isList, isStream } from './values.ts'

/** Most certificates and lists that are read in the store of a file. */
const storedMax = 256

/** What is to be verified. */
export interface VerifyPdfInput {
  readonly file: Bytes
  /** The trust files that the person pinned; none comes from the file. */
  readonly trusts: readonly (string | Trust)[]
  /** The trust file for a receipt; null when there is none. */
  readonly trustOf: (receipt: string) => string | Trust | null
  /** Gives the original anew each time; null leaves it out. */
  readonly original: (() => Original) | null
  readonly crypto: CryptoProvider
  readonly hashers?: Hashers
  /** The fingerprint that the person pinned (64 hexadecimal digits), when the trust files come from elsewhere. */
  readonly fingerprint?: string | null
  /** Milliseconds since 1970 UTC: signatures without a time stamp are judged by it. */
  readonly nowMs: number
}

/** One step over the file as a whole. */
export interface PdfStep extends StepResult {
  readonly name: 'file' | 'attached' | 'original'
}

/** What a verification of a PDF says. */
export interface PdfVerdict {
  /** `verified`: it is signed, every signature holds, and every receipt in it is verified for the digest that the certificate states. */
  readonly summary: Verdict['summary']
  readonly steps: readonly PdfStep[]
  readonly signatures: readonly SignatureVerdict[]
  /** What the certificate says of itself; null of another PDF. */
  readonly certificate: { readonly number: string; readonly issuer: string } | null
  readonly receipts: readonly { readonly name: string; readonly verdict: Verdict }[]
}

/** Whether a file begins as a PDF does. */
export const looksLikePdf = (start: Bytes): boolean => equal(start.subarray(0, 5), Uint8Array.of(37, 80, 68, 70, 45))

/** Verifies. Never throws for what stands in the file. @throws {OriginalError} when the original cannot be read to its end */
export async function verifyPdf(input: VerifyPdfInput): Promise<PdfVerdict> {
  const opened: Opened = { file: null, receipts: new Map(), certificate: null, signatures: [] }
  const steps: PdfStep[] = []
  steps.push({ name: 'file', ...(await outcomeOf(() => open(input, opened))) })
  if (opened.file !== null) steps.push({ name: 'attached', ...(await outcomeOf(() => checkAttached(opened))) })
  const matched = await matchOriginal(input, opened)
  if (matched.step !== null) steps.push({ name: 'original', ...matched.step })
  const receipts: PdfVerdict['receipts'][number][] = []
  for (const [name, receipt] of opened.receipts) {
    const stated = opened.certificate?.deposits.find((deposit) => deposit.receipt === name)?.stated ?? null
    const original = matched.receipt === name ? (input.original?.() ?? null) : null
    const { crypto, hashers = plainHashers, fingerprint = null } = input
    const trust = input.trustOf(receipt)
    const verdict = await verifyReceipt({ original, receipt, stated, trust, crypto, hashers, fingerprint })
    receipts.push({ name, verdict })
  }
  const { number, issuer } = opened.certificate ?? {}
  return {
    summary: summaryOf(steps, opened.signatures, receipts),
    steps,
    signatures: opened.signatures,
    certificate: number === undefined || issuer === undefined ? null : { number, issuer },
    receipts,
  }
}

interface Opened {
  file: PdfFile | null
  receipts: ReadonlyMap<string, string>
  certificate: ReadCertificateFile | null
  signatures: readonly SignatureVerdict[]
}

/** Opens the file and judges its signatures. */
async function open(input: VerifyPdfInput, opened: Opened): Promise<StepOutcome> {
  const engine = cryptoEngine()
  if (engine === null) throw new StepAbsence('webcrypto-missing')
  try {
    const file = new PdfFile(input.file)
    const signatures = signaturesOf(file)
    const trusts = input.trusts.flatMap((trust) => trustIn(input, trust) ?? [])
    const judge = {
      engine,
      crypto: input.crypto,
      anchors: trusts.flatMap((trust) => statementAnchors(trust.file)),
      authorities: trusts.flatMap((trust) => readAuthorities(trust.file.authorities)),
      ...storeOf(file),
      nowMs: input.nowMs,
    }
    const judged: SignatureVerdict[] = []
    for (const signature of signatures) judged.push(await judgeSignature(file, signature, judge))
    opened.file = file
    opened.signatures = judged
  } catch (error) {
    if (error instanceof PdfError) throw new StepFailure('pdf-unreadable', { reason: error.message }, error)
    throw error
  }
  if (opened.signatures.length === 0) throw new StepAbsence('pdf-unsigned')
  return { code: 'pdf-opened', values: { count: opened.signatures.length } }
}

/** A trust file that cannot be read, or has another fingerprint, fails the receipts that are judged by it. */
function trustIn({ crypto, fingerprint = null }: VerifyPdfInput, given: string | Trust): Trust | null {
  try {
    const trust = typeof given === 'string' ? parseTrust(crypto, given) : given
    return fingerprint === null || toHex(trust.fingerprint) === fingerprint.toLowerCase() ? trust : null
  } catch (error) {
    if (error instanceof ReceiptError || error instanceof TrustError) return null
    throw error
  }
}

/** Certificates and lists of the document security store. What cannot be read there counts for nothing. */
function storeOf(file: PdfFile): { certificates: ReadCertificate[]; lists: CertificateRevocationList[] } {
  const revision = file.revision()
  const store = revision.dictionary(revision.catalog.get('DSS'))
  const read = <T>(key: string, parse: (bytes: Bytes) => T): T[] => {
    const list = revision.resolve(store?.get(key))
    if (!isList(list)) return []
    return list.slice(0, storedMax).flatMap((value) => {
      const stream = revision.resolve(value)
      if (!isStream(stream)) return []
      const bytes = file.unpack(stream)
      try {
        return [parse(bytes)]
      } catch {
        return []
      }
    })
  }
  return {
    certificates: read('Certs', readCertificate),
    lists: read('CRLs', (bytes) => CertificateRevocationList.fromBER(bytes.slice())),
  }
}

/** The receipts are those that the certificate names, and no others. */
function checkAttached(opened: Opened): StepOutcome {
  if (opened.file === null) throw new StepAbsence('depends', { step: 'file' })
  const { receipts, certificate } = readAttached(opened.file)
  opened.receipts = receipts
  opened.certificate = certificate
  if (certificate === null) throw new StepAbsence('pdf-no-certificate')
  const named = certificate.deposits.map(({ receipt }) => receipt)
  const missing = named.find((name) => !receipts.has(name))
  if (missing !== undefined) throw new StepFailure('pdf-receipt-missing', { name: missing })
  const stranger = [...receipts.keys()].find((name) => !named.includes(name))
  if (stranger !== undefined || named.length === 0 || new Set(named).size !== named.length) {
    throw new StepFailure('pdf-receipt-stranger', { name: stranger ?? 'certificate.json' })
  }
  return { code: 'pdf-attached', values: { number: certificate.number, count: named.length } }
}

/** Which deposit the original is. */
async function matchOriginal(
  { original, hashers = plainHashers }: VerifyPdfInput,
  { certificate, receipts }: Opened,
): Promise<{ readonly receipt: string | null; readonly step: StepResult | null }> {
  if (original === null) return { receipt: null, step: null }
  const nothing: StepResult = { state: 'failed', code: 'pdf-original-other', values: {} }
  const [alone] = receipts.keys()
  if (certificate === null)
    return receipts.size === 1 ? { receipt: alone ?? null, step: null } : { receipt: null, step: nothing }
  for (const algorithm of new Set(certificate.deposits.map(({ stated }) => stated.algorithm ?? 1))) {
    const digest = await digestOf(original(), hashers(algorithm))
    const found = certificate.deposits.findIndex(({ stated }) => equal(stated.digest, digest))
    const deposit = certificate.deposits[found]
    if (deposit === undefined) continue
    const step: StepResult = { state: 'passed', code: 'pdf-original', values: { at: found + 1 } }
    return { receipt: deposit.receipt, step }
  }
  return { receipt: null, step: nothing }
}

/** Without a signature, or with one of somebody whom nobody knows, a PDF is incomplete at best. */
function summaryOf(
  steps: readonly PdfStep[],
  signatures: readonly SignatureVerdict[],
  receipts: PdfVerdict['receipts'],
): Verdict['summary'] {
  const all = [...steps, ...signatures.flatMap((signature) => signature.steps)]
  const summaries = receipts.map(({ verdict }) => verdict.summary)
  if (all.some(({ state }) => state === 'failed') || summaries.includes('failed')) return 'failed'
  const known = (signature: SignatureVerdict): boolean =>
    signature.steps.every(({ name, state }) => state === 'passed' || !needed.includes(name))
  const isSigned = signatures.some(({ kind }) => kind === 'signature')
  return isSigned && signatures.every(known) && !summaries.includes('incomplete') ? 'verified' : 'incomplete'
}

/** Word of revocations and a time stamp are not in every signature. */
const needed: readonly string[] = ['signed', 'unchanged', 'signer']
