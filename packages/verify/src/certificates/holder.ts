/**
 * The certificate of a person or an enterprise, as a node judges it before it believes a signature: the way to a CA that is
 * trusted, usages, dates, and lists of revoked certificates as far as they are given (RFC 5280). docs/operating/identity.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoEngine } from 'pkijs'
import { cryptoEngine } from '../timestamps/judge.ts'
import { readCertificate, type ReadCertificate, unfitForHolder, wayTo } from '../timestamps/certificates.ts'
import { revocationOf, type ReadList, readList } from './revocation.ts'
import { HolderFault } from './fault.ts'

/** Most certificates that a holder may send, his own first. */
export const holderCertificatesMax = 8

/** Most CAs that are trusted, and most lists of revoked certificates. */
export const trustedCertificatesMax = 256
export const revocationListsMax = 256

/** What is judged, and by what. All DER. */
export interface HolderEvidence {
  readonly certificates: readonly Bytes[]
  readonly trusted: readonly Bytes[]
  readonly lists: readonly Bytes[]
  /** Milliseconds since 1970 UTC. */
  readonly timeMs: number
}

/** A certificate that may be believed. */
export interface JudgedHolder {
  /** Names of the subject and of the issuer by their types, as far as they are among those below. */
  readonly subject: Readonly<Record<string, string>>
  readonly issuer: Readonly<Record<string, string>>
  readonly notAfterMs: number
  /** `crl`: a list of the issuer that is in force does not name it; `unchecked`: there was none. */
  readonly revocation: 'crl' | 'unchecked'
}

/** Judges. @throws {HolderFault} */
export async function judgeHolder({ certificates, trusted, lists, timeMs }: HolderEvidence): Promise<JudgedHolder> {
  const engine = cryptoEngine()
  if (engine === null) throw new HolderFault('certificate-unreadable', { reason: 'this platform has no WebCrypto' })
  if (certificates.length > holderCertificatesMax) {
    throw new HolderFault('certificate-unreadable', { reason: `more than ${holderCertificatesMax} certificates` })
  }
  const [holder, ...others] = certificates.map(read)
  if (holder === undefined) throw new HolderFault('certificate-unreadable', { reason: 'there is none' })
  const unfit = unfitForHolder(holder)
  if (unfit !== null) throw new HolderFault('certificate-usage', { reason: unfit })
  const way = await wayTo(engine, holder, others, trusted.map(read))
  if (way === null || way.length < 2) throw new HolderFault('certificate-unknown')
  for (const each of way) checkDates(each, timeMs)
  const revocation = await checkLists(engine, way, lists.map(readList), timeMs)
  const { subject, issuer, notAfter } = holder.certificate
  return { subject: namesOf(subject), issuer: namesOf(issuer), notAfterMs: notAfter.value.getTime(), revocation }
}

function read(bytes: Bytes): ReadCertificate {
  try {
    return readCertificate(bytes)
  } catch (cause) {
    throw new HolderFault('certificate-unreadable', { reason: cause instanceof Error ? cause.message : String(cause) })
  }
}

function checkDates({ certificate }: ReadCertificate, timeMs: number): void {
  const [from, until] = [certificate.notBefore.value.getTime(), certificate.notAfter.value.getTime()]
  // A date that is none is no number, and no comparison with it holds.
  if (from <= timeMs && timeMs <= until) return
  const shown = (time: number): string => (Number.isFinite(time) ? new Date(time).toISOString() : '?')
  throw new HolderFault('certificate-expired', { from: shown(from), until: shown(until) })
}

/** Every certificate below the trusted one is looked up in the lists of its issuer. */
async function checkLists(
  engine: CryptoEngine,
  way: readonly ReadCertificate[],
  lists: readonly ReadList[],
  timeMs: number,
): Promise<'crl' | 'unchecked'> {
  let ofHolder: 'crl' | 'unchecked' = 'unchecked'
  for (const [at, each] of way.slice(0, -1).entries()) {
    const issuer = way[at + 1]
    if (issuer === undefined) continue
    const state = await revocationOf(engine, each, issuer, lists, timeMs)
    if (at === 0) ofHolder = state
  }
  return ofHolder
}

/** Types of names by identifier (RFC 5280, 4.1.2.4, and X.520). */
const nameTypes: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.97': 'organizationIdentifier',
}

/** Longest name of a certificate that is taken, in characters. */
export const certificateNameCharactersMax = 256

interface NamedValue {
  readonly type: string
  readonly value: { readonly valueBlock: { readonly value: unknown } }
}

function namesOf({ typesAndValues }: { readonly typesAndValues: readonly NamedValue[] }): Record<string, string> {
  const names: Record<string, string> = {}
  for (const { type, value } of typesAndValues) {
    const name = nameTypes[type]
    const text = value.valueBlock.value
    if (name === undefined || typeof text !== 'string') continue
    // A name with a line feed or a sign that turns the direction of writing could be shown as another.
    if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(text) || text.length > certificateNameCharactersMax) {
      throw new HolderFault('certificate-unreadable', {
        reason: `its ${name} has signs that no name has, or is too long`,
      })
    }
    names[name] = names[name] === undefined ? text : `${names[name]}, ${text}`
  }
  return names
}
