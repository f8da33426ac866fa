/**
 * Certificates, joined: receipts of this node, the layout in a process of its own, the signer of the network's authority.
 * @module
 */
import { createHash } from 'node:crypto'
import { toHex } from '@jurat/core/bytes'
import type { CertificateStanding, PublicCertificate } from '@jurat/api/certificates'
import { buildVerifierPages } from '@jurat/verify/pages/build'
import type { CertificateRow } from '../database/office/certificateTables.ts'
import type { OfficeDatabase } from '../database/office/officeDatabase.ts'
import type { JobQueue } from '../database/office/jobQueue.ts'
import type { CertificateAuthority } from '../features/ca.ts'
import { Certificates } from '../features/certificates.ts'
import type { CertificateContent } from '../features/certificates/layout/content.ts'
import { LayoutError } from '../features/certificates/layout/error.ts'
import { Layouter } from '../features/certificates/layout/layouter.ts'
import { type Credentials, CredentialsError, type Principal } from '../features/credentials.ts'
import type { Flows } from '../features/flows.ts'
import { FolderBlobStore } from '../features/originals.ts'
import { EditorThread } from '../features/signing/editorThread.ts'
import { SigningError } from '../features/signing/error.ts'
import type { Targets, TargetWish } from '../features/targets.ts'
import type { Verifications } from '../features/verifications.ts'
import type { CertificateServices } from '../http/routes/certificates.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { dataPaths, type DataFolder } from './dataFolder.ts'
import type { Features } from './features.ts'
import type { LedgerNode } from './ledger.ts'
import type { NetworkProfile } from './profile.ts'
import type { TimestampService } from './timestamps.ts'

/** What certificates are joined from. */
export interface CertificateParts {
  readonly profile: NetworkProfile
  readonly folder: DataFolder
  readonly ledger: LedgerNode
  readonly features: Pick<Features, 'receipts' | 'deposits'>
  readonly credentials: Credentials
  readonly authority: CertificateAuthority
  readonly timestamps: TimestampService
  readonly office: OfficeDatabase
  readonly jobs: JobQueue
  readonly targets: Targets
  readonly verifications: Verifications
  readonly flows: Flows
  /** A deposit of the asker's organisation. @throws CredentialsError `not-found` */
  readonly ownDeposit: (id: string, principal: Principal) => Promise<TargetWish>
}

/** Certificates as the rest of the node sees them. */
export interface JoinedCertificates {
  readonly certificates: Certificates
  readonly services: CertificateServices
  readonly stop: () => Promise<void>
}

/** Joins them. @throws LayoutError `font-missing` */
export function joinCertificates(parts: CertificateParts): JoinedCertificates {
  const { profile, folder, ledger, features, credentials, office, jobs, targets, verifications } = parts
  const layout = new Layouter(systemTimers)
  const editor = new EditorThread(systemTimers)
  let verifierSha256: Promise<string> | null = null
  const certificates = new Certificates({
    office,
    jobs,
    now: () => systemClock.now(),
    profile: { ...profile, required: profile.targets.filter(({ required }) => required).map(({ name }) => name) },
    network: { name: ledger.origin, id: toHex(ledger.networkId) },
    receipt: (id) => features.receipts.receipt(id),
    trust: () => features.receipts.trust(),
    examine: (job) => verifications.examine(job),
    reached: (deposits) => targets.rows(deposits),
    holder: (account) => holderOf(credentials, account),
    findings: (deposits, language) => parts.flows.findings(deposits, language),
    verifierSha256: () =>
      (verifierSha256 ??= buildVerifierPages().then(({ file }) => createHash('sha256').update(file).digest('hex'))),
    layout,
    isImpossible: (error) =>
      error instanceof LayoutError && (error.code === 'character-missing' || error.code === 'content-too-much'),
    sign: (pdf) => signOwn(parts, editor, pdf),
    files: new FolderBlobStore(dataPaths(folder.data).blobs),
    async wantTargets(transaction, organisation, deposit) {
      const found = await features.receipts.deposit(deposit)
      if (found === null) throw new CredentialsError('not-found', 'there is no such deposit')
      const digest = Buffer.from(found.digest, 'hex')
      const names = profile.targets.filter(({ required }) => required).map(({ name }) => name)
      await targets.want(transaction, { deposit, organisation, algorithm: found.algorithm, digest }, names)
    },
    depositOwn:
      profile.account === null ? null : (sha256, key) => depositOwn(parts, profile.account ?? '', sha256, key),
  })
  return {
    certificates,
    services: servicesOf(certificates, parts),
    async stop() {
      await layout.stop()
      await editor.stop()
    },
  }
}

function servicesOf(certificates: Certificates, { ownDeposit }: CertificateParts): CertificateServices {
  return {
    async request(principal, deposits, language) {
      for (const { id } of deposits) await ownDeposit(id, principal)
      return standingOf(await certificates.request(principal.organisation, deposits, language))
    },
    reissue: async (number, organisation) => standingOf(await certificates.reissue(number, organisation)),
    correct: async (number, organisation, correction) =>
      standingOf(await certificates.correct(number, organisation, correction)),
    requested: async (id, organisation) => standingOf(await certificates.requested(id, organisation)),
    list: async (organisation, after, limit) => (await certificates.list(organisation, after, limit)).map(standingOf),
    issued: async (number) => publicOf(await certificates.issued(number)),
    file: (number, organisation) => certificates.file(number, organisation),
  }
}

/** The network's own signer of documents, at the level that a verification needs years later. */
async function signOwn(
  { authority, timestamps }: CertificateParts,
  editor: EditorThread,
  pdf: Uint8Array,
): Promise<Uint8Array> {
  const identity = authority.documentSigner(null)
  if (identity === null) throw new SigningError('level-unavailable', 'the authority has no signer of documents')
  const tokens = {
    stamp: (sha256: Uint8Array): Promise<Uint8Array> => {
      const token = timestamps.stamp(sha256)
      if (token === null) throw new SigningError('level-unavailable', 'no time stamp: the clock cannot be trusted now')
      return Promise.resolve(token)
    },
  }
  const sources = { identity, tokens, revocation: identity.revocation }
  const claims = { field: null, timeMs: systemClock.now(), reason: null, appearance: null }
  // The library of signatures is paid for by a node that issues.
  const { signPdf } = await import('../features/signing/sign.ts')
  return signPdf(editor, pdf, sources, 'B-LTA', claims)
}

async function depositOwn(
  { features, credentials }: CertificateParts,
  account: string,
  digest: string,
  idempotencyKey: string,
): Promise<string> {
  const owner = credentials.organisations.find(({ id }) =>
    credentials.hostedAccounts(id).some((hosted) => hosted.id === account || hosted.name === account),
  )
  if (owner === undefined)
    throw new CredentialsError('not-found', `the profile names ${account}, which is not hosted here`)
  const { id } = credentials.hostedAccount(owner.id, account)
  const items = [{ algorithm: 'sha-256', digest }] as const
  const body = Buffer.from(digest)
  const job = { organisation: owner.id, account: id, items: [...items], idempotencyKey, body, witnessed: false }
  return (await features.deposits.deposit(job)).deposits[0]?.id ?? ''
}

/** The organisation that has an account hosted here; of others nothing but the account is known. */
function holderOf(credentials: Credentials, account: string): string {
  const owner = credentials.organisations.find(({ id }) =>
    credentials.hostedAccounts(id).some((hosted) => hosted.id === account),
  )
  return owner?.name ?? account
}

const standingOf = (row: CertificateRow): CertificateStanding => ({
  request: row.id,
  kind: row.kind,
  state: row.state,
  reason: row.reason,
  number: row.number,
  refers: row.refers,
  sha256: row.sha256,
  deposit: row.deposit,
  requestedMs: Number(row.requested_ms),
  issuedMs: row.issued_ms === null ? null : Number(row.issued_ms),
})

function publicOf(found: Awaited<ReturnType<Certificates['issued']>>): PublicCertificate | null {
  if (found === null) return null
  const { row, content, references } = found
  const { deposits: asked = [] } = JSON.parse(row.request) as { deposits?: { id: string }[] }
  const deposits = row.kind === 'correction' ? [] : (content as CertificateContent).deposits
  const numbersOf = (kind: string): string[] =>
    references.filter((one) => one.kind === kind).map(({ number }) => number ?? '')
  return {
    number: row.number ?? '',
    kind: row.kind,
    issuer: content.issuer,
    networkId: content.network.id,
    issuedMs: Number(row.issued_ms),
    sha256: row.sha256 ?? '',
    deposits: deposits.map(({ algorithm, digest, index, recordedAtMs }, at) => ({
      id: asked[at]?.id ?? '',
      algorithm,
      digest,
      index: Number(index),
      timeMs: recordedAtMs,
    })),
    refers: row.refers,
    replacedBy: numbersOf('certificate'),
    correctedBy: numbersOf('correction'),
  }
}
