/**
 * Lists of revoked certificates (RFC 5280, section 5), as far as they are given: whole ones of the issuer itself.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { CertificateRevocationList, type CryptoEngine } from 'pkijs'
import type { ReadCertificate } from '../timestamps/certificates.ts'
import { HolderFault } from './fault.ts'

/** A list, read. Nothing in it has been checked. */
export type ReadList = CertificateRevocationList

/** Reads a list, DER. @throws {HolderFault} `list-unreadable` */
export function readList(bytes: Bytes): ReadList {
  try {
    return CertificateRevocationList.fromBER(bytes.slice())
  } catch (cause) {
    throw new HolderFault('list-unreadable', { reason: cause instanceof Error ? cause.message : String(cause) })
  }
}

/**
 * Whether a certificate is revoked by its issuer. A list that names it counts however old it is; that it is not named counts
 * only while the list is in force.
 * @throws {HolderFault} `certificate-revoked`; `list-stale` when there are lists of the issuer, and none in force
 */
export async function revocationOf(
  engine: CryptoEngine,
  { certificate }: ReadCertificate,
  issuer: ReadCertificate,
  lists: readonly ReadList[],
  timeMs: number,
): Promise<'crl' | 'unchecked'> {
  let newestMs: number | null = null
  for (const list of lists) {
    if (!list.issuer.isEqual(certificate.issuer) || isPartial(list) || !(await isSigned(engine, list, issuer))) continue
    if (list.isCertificateRevoked(certificate)) throw new HolderFault('certificate-revoked')
    const untilMs = list.nextUpdate?.value.getTime() ?? 0
    if (list.thisUpdate.value.getTime() <= timeMs) newestMs = Math.max(newestMs ?? 0, untilMs)
  }
  if (newestMs === null) return 'unchecked'
  if (newestMs < timeMs) throw new HolderFault('list-stale', { until: new Date(newestMs).toISOString() })
  return 'crl'
}

/** A list with a critical extension is one of changes or of a part: that a certificate is missing there means nothing. */
function isPartial({ crlExtensions }: ReadList): boolean {
  return crlExtensions?.extensions.some(({ critical }) => critical) ?? false
}

async function isSigned(engine: CryptoEngine, list: ReadList, { certificate }: ReadCertificate): Promise<boolean> {
  try {
    return await list.verify({ issuerCertificate: certificate }, engine)
  } catch {
    return false
  }
}
