/**
 * Judges one signature in a PDF: what it covers, who signed, when, and whether that was allowed. docs/spec/signatures.md.
 * @module
 */
import { type Bytes, concat } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { imprintAlgorithms } from '@jurat/core/timestamp/identifiers'
import { CertificateRevocationList, type CryptoEngine } from 'pkijs'
import { StepAbsence, StepFailure } from '../error.ts'
import { outcomeOf, type StepOutcome, type StepResult } from '../steps.ts'
import { isValidAt, type ReadCertificate, unfitForDocuments, wayTo } from '../timestamps/certificates.ts'
import { judgeToken, type ReadAuthority } from '../timestamps/judge.ts'
import { signerOf } from '../timestamps/signedToken.ts'
import { changeAfter } from './changes.ts'
import type { PdfFile } from './file.ts'
import { readSignature, type ReadSignature } from './signedData.ts'
import { endOf, type PdfSignature } from './signatures.ts'

/** Names of the steps, in their order. */
export const signatureSteps = ['signed', 'unchanged', 'signer', 'revocation', 'signed-at'] as const

/** One step. */
export interface SignatureStep extends StepResult {
  readonly name: (typeof signatureSteps)[number]
}

/** What is known when a signature is judged. */
export interface SignatureJudge {
  readonly engine: CryptoEngine
  readonly crypto: Pick<CryptoProvider, 'sha256'>
  /** CAs whose certificates count. */
  readonly anchors: readonly ReadCertificate[]
  readonly authorities: readonly ReadAuthority[]
  /** Certificates and lists that are kept in the file. */
  readonly certificates: readonly ReadCertificate[]
  readonly lists: readonly CertificateRevocationList[]
  /** Milliseconds since 1970 UTC: a signature without a time stamp is judged by its certificate of now. */
  readonly nowMs: number
}

/** What is said of one signature. */
export interface SignatureVerdict {
  readonly field: string
  readonly kind: PdfSignature['kind']
  /** The name in the certificate; null when nobody is known by it. */
  readonly signer: string | null
  readonly reason: string | null
  /** What the signature claims. Milliseconds since 1970 UTC. */
  readonly claimedMs: number | null
  readonly steps: readonly SignatureStep[]
}

/** Judges. Never throws for what stands in the file. */
export async function judgeSignature(
  file: PdfFile,
  signature: PdfSignature,
  judge: SignatureJudge,
): Promise<SignatureVerdict> {
  const found: Found = { read: null, signer: null, way: null, timeMs: null }
  const results = new Map<SignatureStep['name'], StepResult>()
  const run = async (name: SignatureStep['name'], step: () => StepOutcome | Promise<StepOutcome>): Promise<void> => {
    results.set(name, await outcomeOf(step))
  }
  await run('signed', () => checkSigned(file, signature, judge, found))
  await run('unchanged', () => checkUnchanged(file, signature))
  await run('signed-at', () => checkTime(file, signature, judge, found))
  await run('signer', () => checkSigner(signature, judge, found))
  await run('revocation', () => checkRevocation(judge, found))
  const nothing: StepResult = { state: 'absent', code: 'depends', values: { step: 'signed' } }
  return {
    field: signature.field,
    kind: signature.kind,
    signer: found.signer === null ? null : commonName(found.signer),
    reason: signature.reason,
    claimedMs: signature.claimedMs,
    steps: signatureSteps.map((name) => ({ name, ...(results.get(name) ?? nothing) })),
  }
}

interface Found {
  read: ReadSignature | null
  signer: ReadCertificate | null
  way: readonly ReadCertificate[] | null
  /** Of a time stamp that counts. */
  timeMs: number | null
}

const failure = (reason: string, cause?: unknown): StepFailure =>
  new StepFailure('pdf-signature-wrong', { reason }, cause)

/** The byte range is the file to some place but for the signature itself, and the key of its certificate signed exactly that. */
async function checkSigned(
  file: PdfFile,
  signature: PdfSignature,
  { engine, crypto, authorities, certificates }: SignatureJudge,
  found: Found,
): Promise<StepOutcome> {
  const signed = signedBytes(file, signature)
  if (signature.kind === 'stamp') {
    const expected = { algorithm: imprintAlgorithms.sha256.identifier, digest: crypto.sha256(signed) }
    const judged = await judgeToken(engine, withoutZeros(signature.contents.bytes), expected, authorities)
    found.timeMs = judged?.latestMs ?? null
    return { code: 'pdf-stamp-right', values: {} }
  }
  if (signature.format !== 'ETSI.CAdES.detached' && signature.format !== 'adbe.pkcs7.detached') {
    throw new StepAbsence('pdf-format-unknown', { format: signature.format })
  }
  const read = readSignature(signature.contents.bytes)
  const { signer } = read
  const kind = { type: '1.2.840.113549.1.7.1', named: signature.format === 'ETSI.CAdES.detached' }
  try {
    found.signer = await signerOf(
      engine,
      { content: signed, signer, certificates: read.certificates },
      certificates,
      kind,
    )
  } catch (error) {
    if (error instanceof StepFailure && error.code === 'token-signature-wrong') {
      throw failure(String(error.values['reason']), error)
    }
    throw error
  }
  if (found.signer === null) throw failure('it does not hold the certificate of its signer')
  found.read = read
  return { code: 'pdf-signature-right', values: { name: commonName(found.signer) } }
}

/** What is signed. */
function signedBytes({ bytes }: PdfFile, { range, contents }: PdfSignature): Bytes {
  const [first, length, second, rest] = range
  if (first !== 0 || length !== contents.start || second !== contents.end || second + rest > bytes.length) {
    throw failure('it leaves out something other than itself')
  }
  if (bytes[contents.start] !== 0x3c || bytes[contents.end - 1] !== 0x3e)
    throw failure('it does not stand in its place')
  return concat(bytes.subarray(0, length), bytes.subarray(second, second + rest))
}

/** A value without the zeros that fill its place. */
function withoutZeros(bytes: Bytes): Bytes {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  // Zeros at the end may belong to it: its own length says how many.
  const length = bytes[1] === 0x82 ? 4 + (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0) : end
  return bytes.subarray(0, Math.max(end, Math.min(length, bytes.length)))
}

/** Everything after it is an addition. */
function checkUnchanged(file: PdfFile, signature: PdfSignature): StepOutcome {
  const end = endOf(signature)
  if (end === file.bytes.length) return { code: 'pdf-whole', values: {} }
  const change = changeAfter(file, end)
  if (change !== null) throw new StepFailure('pdf-changed', { reason: change })
  return { code: 'pdf-additions', values: {} }
}

/** The time stamp over the signature; of a document time stamp its own. */
async function checkTime(
  _file: PdfFile,
  { kind }: PdfSignature,
  { engine, crypto, authorities }: SignatureJudge,
  found: Found,
): Promise<StepOutcome> {
  if (kind === 'signature') {
    if (found.read === null) throw new StepAbsence('depends', { step: 'signed' })
    const { token, value } = found.read
    if (token === null) throw new StepAbsence('pdf-no-stamp')
    const expected = { algorithm: imprintAlgorithms.sha256.identifier, digest: crypto.sha256(value) }
    found.timeMs = (await judgeToken(engine, token, expected, authorities))?.latestMs ?? null
  }
  if (found.timeMs === null) throw new StepAbsence('pdf-stamp-unknown')
  return { code: 'pdf-stamped', values: { time: new Date(found.timeMs).toISOString() } }
}

/** A way leads from the signer to a CA that counts, and all of it was valid when it was signed. */
async function checkSigner({ kind }: PdfSignature, judge: SignatureJudge, found: Found): Promise<StepOutcome> {
  if (kind === 'stamp') {
    if (found.timeMs === null) throw new StepAbsence('pdf-stamp-unknown')
    return { code: 'pdf-stamp-known', values: {} }
  }
  const { read, signer } = found
  if (read === null || signer === null) throw new StepAbsence('depends', { step: 'signed' })
  const unfit = unfitForDocuments(signer)
  if (unfit !== null) throw new StepFailure('pdf-signer-unfit', { reason: unfit })
  const way = await wayTo(judge.engine, signer, [...read.certificates, ...judge.certificates], judge.anchors)
  if (way === null) throw new StepAbsence('pdf-signer-unknown', { name: commonName(signer) })
  const timeMs = found.timeMs ?? judge.nowMs
  if (!way.every((certificate) => isValidAt(certificate, timeMs))) {
    throw new StepFailure('pdf-signer-expired', { time: new Date(timeMs).toISOString() })
  }
  found.way = way
  return { code: 'pdf-signer-known', values: { name: commonName(signer), authority: commonName(way.at(-1) ?? signer) } }
}

/** No list that is kept in the file names a certificate of the way before the time of the signature. */
async function checkRevocation({ engine, lists, nowMs }: SignatureJudge, found: Found): Promise<StepOutcome> {
  const { way } = found
  if (way === null) throw new StepAbsence('depends', { step: 'signer' })
  const timeMs = found.timeMs ?? nowMs
  let looked = 0
  for (const [at, { certificate }] of way.slice(0, -1).entries()) {
    const issuer = way[at + 1]
    for (const list of lists) {
      if (issuer === undefined || !list.issuer.isEqual(certificate.issuer)) continue
      if (!(await list.verify({ issuerCertificate: issuer.certificate }, engine).catch(() => false))) continue
      looked += at === 0 ? 1 : 0
      const entry = list.revokedCertificates?.find(({ userCertificate }) =>
        userCertificate.isEqual(certificate.serialNumber),
      )
      const sinceMs = entry?.revocationDate.value.getTime()
      if (sinceMs !== undefined && sinceMs <= timeMs) {
        throw new StepFailure('pdf-signer-revoked', { time: new Date(sinceMs).toISOString() })
      }
    }
  }
  if (looked === 0) throw new StepAbsence('pdf-no-list')
  return { code: 'pdf-not-revoked', values: {} }
}

/** The common name of a certificate; the whole name where there is none. */
export function commonName({ certificate }: ReadCertificate): string {
  const { typesAndValues } = certificate.subject
  const text = (value: { readonly valueBlock: { readonly value: unknown } }): string => String(value.valueBlock.value)
  const own = typesAndValues.find(({ type }) => type === '2.5.4.3')
  const all = (own === undefined ? typesAndValues : [own]).map(({ value }) => text(value)).join(', ')
  // Marks of direction and controls could show it as another.
  return all.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}').slice(0, 256)
}
