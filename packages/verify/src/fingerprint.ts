/**
 * Whether a receipt stands for one fingerprint: for whoever compares what several networks say of the same original.
 * @module
 */
import { type Bytes, equal } from '@jurat/core/bytes'
import { isPlainAlgorithm, type StatedDigest } from './original.ts'
import type { Verdict } from './verdict.ts'
import type { ProvenDeposit } from './verify.ts'

/** A digest as it was deposited, under the number of its algorithm (core/deposit/item.ts). */
export interface Fingerprint {
  readonly algorithm: number
  readonly digest: Bytes
}

/** Where a receipt stands, and in words why not further. */
export interface Standing {
  readonly summary: Verdict['summary']
  readonly reason: string
}

/** What to state in a verification; blinded digests and lists are no digests of originals, and are compared by {@link standingOf}. */
export function statedOf({ algorithm, digest }: Fingerprint): StatedDigest | null {
  return isPlainAlgorithm(algorithm) ? { algorithm, digest } : null
}

/** What a verification with {@link statedOf} came to for the fingerprint. */
export function standingOf(
  { verdict, proven }: { readonly verdict: Verdict; readonly proven: ProvenDeposit | null },
  fingerprint: Fingerprint,
): Standing {
  const { algorithm, digest } = fingerprint
  if (proven !== null && (proven.algorithm !== algorithm || !equal(proven.digest, digest))) {
    return { summary: 'failed', reason: 'It is the receipt of another fingerprint.' }
  }
  const failed = verdict.steps.find(({ state }) => state === 'failed')
  if (failed !== undefined) return { summary: 'failed', reason: failed.detail }
  const isPlain = isPlainAlgorithm(algorithm)
  const missing = verdict.steps.find(
    ({ name, required, state }) => required && state !== 'passed' && (isPlain || name !== 'digest'),
  )
  if (missing !== undefined || proven === null) return { summary: 'incomplete', reason: missing?.detail ?? '' }
  return { summary: 'verified', reason: '' }
}
