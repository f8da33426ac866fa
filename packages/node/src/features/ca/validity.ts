/**
 * How long certificates hold, and when one must be renewed. docs/spec/certificates.md.
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { type Bytes, toHex } from '@jurat/core/bytes'
import { certificateFields } from '@jurat/core/certificates/fields'
import { type ProfileName, profiles } from './profiles.ts'

const dayMs = 86_400_000

/** Serial number, lower-case hexadecimal. */
export const serialOf = (certificate: Bytes): string => toHex(certificateFields(certificate).serial)

/** When it ends, milliseconds since 1970 UTC. */
export const endOf = (certificate: Bytes): number => Date.parse(new X509Certificate(certificate).validTo)

/** Whether a certificate ends soon, and a new one under the same issuer would end later. */
export function endsSoon(profile: ProfileName, certificate: Bytes, issuer: Bytes, timeMs: number): boolean {
  const endMs = endOf(certificate)
  const { renewDays, lifetimeDays } = profiles[profile]
  if (endMs - timeMs >= renewDays * dayMs) return false
  return Math.min(timeMs + (lifetimeDays - 1) * dayMs, endOf(issuer)) > endMs
}
