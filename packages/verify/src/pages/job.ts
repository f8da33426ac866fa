/**
 * One verification of the page: files in, progress and a verdict out. It runs in a worker, so that the page stays alive
 * while a gigabyte is hashed, and it reads the original in slices, so that its length does not matter.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { nobleCrypto } from '@jurat/core/crypto/noble'
import type { StatedDigest } from '../original.ts'
import type { PdfVerdict } from '../pdf/verifyPdf.ts'
import type { PackageVerdict } from '../package/verifyPackage.ts'
import type { Verdict } from '../verdict.ts'
import { verifyReceipt } from '../verify.ts'
import { makeHashers } from './hashers.ts'

/** Bytes of a slice; two are in memory at a time, the one that is hashed and the one that is read. */
export const sliceBytesMax = 1_048_576

/** A receipt that is to be verified. */
export interface ReceiptJob {
  readonly original: Blob | null
  readonly receipt: Blob
  readonly trust: Blob | null
  readonly fingerprint: string | null
  readonly stated: StatedDigest | null
}

/** An evidence package that is to be verified. */
export interface PackageJob {
  readonly package: Blob
  readonly trust: Blob | null
  readonly fingerprint: string | null
}

/** A certificate of deposit, or another signed PDF, that is to be verified. */
export interface CertificateJob {
  readonly certificate: Blob
  readonly original: Blob | null
  readonly trust: Blob | null
  readonly fingerprint: string | null
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number
}

/** What is to be verified. */
export type Job = ReceiptJob | CertificateJob | PackageJob

/** Does jobs of every kind that a page has the code for; never throws. */
export type DoJob = (job: Job, tell: (news: JobNews) => void) => Promise<void>

/** What a worker says: bytes of the original or package read so far, the verdict, or why there is none. */
export type JobNews =
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'done'; readonly verdict: Verdict }
  | { readonly kind: 'certificate'; readonly verdict: PdfVerdict }
  | { readonly kind: 'package'; readonly verdict: PackageVerdict }
  | { readonly kind: 'failed'; readonly reason: string }

/** Does the job. Never throws: an original that cannot be read is news too. */
export async function doReceiptJob(job: ReceiptJob, tell: (news: JobNews) => void): Promise<void> {
  try {
    const { original, fingerprint, stated } = job
    const verdict = await verifyReceipt({
      original: original === null ? null : slicesOf(original, (bytes) => tell({ kind: 'read', bytes })),
      receipt: await job.receipt.text(),
      trust: job.trust === null ? null : await job.trust.text(),
      crypto: nobleCrypto,
      ...(original !== null && { hashers: await makeHashers() }),
      fingerprint,
      stated,
    })
    tell({ kind: 'done', verdict })
  } catch (error) {
    const { cause } = error as Error
    tell({ kind: 'failed', reason: String(cause instanceof Error ? cause.message : error) })
  }
}

export async function* slicesOf(blob: Blob, read: (bytes: number) => void): AsyncGenerator<Bytes> {
  const slice = (at: number): Promise<ArrayBuffer> => {
    const bytes = blob.slice(at, at + sliceBytesMax).arrayBuffer()
    // Whoever waits for it meets the failure; nobody may wait any more.
    bytes.catch(() => undefined)
    return bytes
  }
  let next = slice(0)
  for (let at = 0; at < blob.size; at += sliceBytesMax) {
    const bytes = new Uint8Array(await next)
    next = slice(at + sliceBytesMax)
    yield bytes
    read(at + bytes.length)
  }
}
