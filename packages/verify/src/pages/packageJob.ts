/**
 * The verification of a package for the page: the package in, progress and a verdict out. The code is that of the command.
 * @module
 */
import { nobleCrypto } from '@jurat/core/crypto/noble'
import { verifyPackage } from '../package/verifyPackage.ts'
import { makeHashers } from './hashers.ts'
import type { JobNews, PackageJob } from './job.ts'

/** Does the job. Never throws: a package that cannot be read is news too. */
export async function doPackageJob(job: PackageJob, tell: (news: JobNews) => void): Promise<void> {
  try {
    const trust = job.trust === null ? null : await job.trust.text()
    const verdict = await verifyPackage({
      file: job.package,
      trustOf: () => trust,
      crypto: nobleCrypto,
      hashers: await makeHashers(),
      fingerprint: job.fingerprint,
      progress: (share) => tell({ kind: 'read', bytes: share * job.package.size }),
    })
    tell({ kind: 'package', verdict })
  } catch (error) {
    tell({ kind: 'failed', reason: String(error) })
  }
}
