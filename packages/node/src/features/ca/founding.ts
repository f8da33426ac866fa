/**
 * Founding of a certification authority: root, issuing authority and the root's first revocation list, which say in whose name
 * everything else is issued. docs/spec/certificates.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { nextUpdateOf, signRevocationList } from '@jurat/core/certificates/revocation'
import { webKeyPair } from '../../crypto/keyObjects.ts'
import { type AuthorityFolder, freshKey, type HeldAuthority, type HeldCertificate } from './authorityFolder.ts'
import { signWith } from './documentSigner.ts'
import { issue, ownSubject, type StatusAddresses } from './issue.ts'
import { endsSoon } from './validity.ts'

const dayMs = 86_400_000

/** How long a revocation list of the root holds: somebody fetches its key from a safe for the next one. */
export const rootListLifetimeMs = 400 * dayMs

/** In whose name, when, and where status is asked for. */
export interface FoundingOrder {
  readonly network: string
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number
  /** Address under which this node is asked for lists and status; null: it stands in no certificate. */
  readonly base: string | null
}

/** Addresses in the certificate of the issuing authority. */
const rootAddresses = (base: string | null): StatusAddresses | null =>
  base === null ? null : { revocationList: `${base}/ca/root.crl`, status: null, issuer: `${base}/ca/root.cer` }

/** Makes the keys and certificates, and writes them. */
export async function makeAuthority(place: AuthorityFolder, { network, nowMs, base }: FoundingOrder): Promise<void> {
  const [rootKey, issuingKey] = [freshKey(), freshKey()]
  const keys = await webKeyPair(rootKey)
  const certificate = await issue(
    { profile: 'root', subject: ownSubject('root', network), publicKey: keys.publicKey, nowMs, addresses: null },
    { keys },
  )
  const root = { certificate, key: rootKey }
  const issuing = await issueIssuing(root, issuingKey, { network, nowMs, base })
  await place.make(root, { certificate: issuing, key: issuingKey }, signRootList(root, nowMs))
}

/** A certificate of the issuing authority's key. */
async function issueIssuing(
  root: HeldCertificate,
  issuingKey: Bytes,
  { network, nowMs, base }: FoundingOrder,
): Promise<Bytes> {
  const { publicKey } = await webKeyPair(issuingKey)
  const subject = ownSubject('issuing', network)
  const order = { profile: 'issuing', subject, publicKey, nowMs, addresses: rootAddresses(base) } as const
  return issue(order, { certificate: root.certificate, keys: await webKeyPair(root.key) })
}

/** A revocation list of the root: it has revoked nothing. Its number is its time. */
const signRootList = ({ certificate, key }: HeldCertificate, nowMs: number): Bytes =>
  signRevocationList(
    { certificate, sign: signWith(key) },
    { number: nowMs, thisUpdateMs: nowMs, nextUpdateMs: nowMs + rootListLifetimeMs, revoked: [] },
  )

/** What only the key of the root can renew. */
export interface UnderRoot {
  readonly list: boolean
  readonly issuing: boolean
}

/** Which of it is due. */
export const underRootDue = ({ root, issuing, rootList }: HeldAuthority, timeMs: number): UnderRoot => ({
  list: (rootList === null ? 0 : nextUpdateOf(rootList)) - timeMs < rootListLifetimeMs / 2,
  issuing: endsSoon('issuing', issuing.certificate, root.certificate, timeMs),
})

/**
 * Renews it. The issuing authority keeps its key, so that its lists and answers hold for what it issued before.
 * @param key - secret key of the root
 */
export async function renewUnderRoot(
  place: AuthorityFolder,
  held: HeldAuthority,
  { key, due, order }: { readonly key: Bytes; readonly due: UnderRoot; readonly order: FoundingOrder },
): Promise<HeldAuthority> {
  const root = { certificate: held.root.certificate, key }
  let { rootList, issuing } = held
  if (due.list) {
    rootList = signRootList(root, order.nowMs)
    await place.putRootList(rootList)
  }
  if (due.issuing) {
    issuing = { ...issuing, certificate: await issueIssuing(root, issuing.key, order) }
    await place.replaceIssuing(issuing.certificate)
  }
  return { ...held, rootList, issuing }
}
