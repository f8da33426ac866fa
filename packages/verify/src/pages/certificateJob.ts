/**
 * The verification of a certificate for the page: the PDF and perhaps the original in, a verdict out. The code is that of the command.
 * @module
 */
import { nobleCrypto } from '@jurat/core/crypto/noble'
import { verifyPdf } from '../pdf/verifyPdf.ts'
import { makeHashers } from './hashers.ts'
import { type CertificateJob, type JobNews, slicesOf } from './job.ts'

/** Does the job. Never throws: a file that cannot be read is news too. */
export async function doCertificateJob(job: CertificateJob, tell: (news: JobNews) => void): Promise<void> {
  try {
    const { original, fingerprint, nowMs } = job
    const trust = job.trust === null ? null : await job.trust.text()
    const verdict = await verifyPdf({
      file: new Uint8Array(await job.certificate.arrayBuffer()),
      trusts: trust === null ? [] : [trust],
      trustOf: () => trust,
      original: original === null ? null : () => slicesOf(original, (bytes) => tell({ kind: 'read', bytes })),
      crypto: nobleCrypto,
      hashers: await makeHashers(),
      fingerprint,
      nowMs,
    })
    tell({ kind: 'certificate', verdict })
  } catch (error) {
    tell({ kind: 'failed', reason: String(error) })
  }
}
