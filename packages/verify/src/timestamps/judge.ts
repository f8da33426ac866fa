/**
 * Judging the time-stamp tokens of a receipt: each must be right, whoever made it; whether it counts says the trust file.
 * docs/spec/timestamps.md.
 * @module
 */
import { type Bytes, equal } from '@jurat/core/bytes'
import type { TimeAuthority } from '@jurat/core/receipt/trust'
import { testPolicy } from '@jurat/core/timestamp/identifiers'
import { CryptoEngine } from 'pkijs'
import { StepFailure } from '../error.ts'
import { commonName, isValidAt, readCertificate, type ReadCertificate, unfitFor, wayTo } from './certificates.ts'
import { readToken, signerOf } from './signedToken.ts'

/** What a token must be over: a digest under one algorithm, dotted. */
export interface ExpectedImprint {
  readonly algorithm: string
  readonly digest: Bytes
}

/** A token of an authority of the trust file. */
export interface JudgedToken {
  /** Common name of the certificate that signed it; empty when it has none. */
  readonly authority: string
  /** When it says that it was made, and the latest time that this may mean. Milliseconds since 1970 UTC. */
  readonly timeMs: number
  readonly latestMs: number
  /** When the first of the certificates between it and the authority ends, both included. Milliseconds since 1970 UTC. */
  readonly goodUntilMs: number
  /** Whether its authority is independent of the operator, and its clock was no test. */
  readonly independent: boolean
}

/** An authority of the trust file, read. */
export interface ReadAuthority extends ReadCertificate {
  readonly independent: boolean
}

/** Reads the authorities. @throws {StepFailure} `authority-unreadable` */
export function readAuthorities(authorities: readonly TimeAuthority[]): ReadAuthority[] {
  try {
    return authorities.map(({ certificate, independent }) => ({ ...readCertificate(certificate), independent }))
  } catch (cause) {
    throw new StepFailure('authority-unreadable', { reason: cause instanceof Error ? cause.message : '' }, cause)
  }
}

/**
 * Judges one token.
 * @returns null when no authority of the trust file stands behind it: then it is passed over, like a signature of a key that
 * nobody knows
 * @throws {StepFailure} when it is wrong
 */
export async function judgeToken(
  engine: CryptoEngine,
  bytes: Bytes,
  expected: ExpectedImprint | null,
  authorities: readonly ReadAuthority[],
): Promise<JudgedToken | null> {
  const token = readToken(bytes)
  const { algorithm, digest, timeMs, latestMs, policy } = token.info
  if (expected === null || algorithm !== expected.algorithm || !equal(digest, expected.digest)) {
    throw new StepFailure('token-other')
  }
  const signer = await signerOf(engine, token, authorities)
  if (signer === null) return null
  const unfit = unfitFor(signer)
  if (unfit !== null) throw new StepFailure('token-certificate-wrong', { reason: unfit })
  const way = await wayTo(engine, signer, token.certificates, authorities)
  if (way === null) return null
  if (!way.every((certificate) => isValidAt(certificate, timeMs))) {
    throw new StepFailure('token-expired', { time: new Date(timeMs).toISOString() })
  }
  const anchor = authorities.find((authority) => authority === way.at(-1))
  return {
    authority: commonName(signer),
    timeMs,
    latestMs,
    goodUntilMs: Math.min(...way.map(({ certificate: { notAfter } }) => notAfter.value.getTime())),
    independent: anchor?.independent === true && policy !== testPolicy,
  }
}

/** The platform's WebCrypto for the library; null where it is missing, as in pages that were not served securely. */
export function cryptoEngine(): CryptoEngine | null {
  const { crypto } = globalThis as { readonly crypto?: Crypto }
  return crypto?.subtle === undefined ? null : new CryptoEngine({ name: 'platform', crypto })
}
