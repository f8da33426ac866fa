/**
 * Certificates of deposit: asked for, issued when every target of the network's profile has succeeded, each once and under
 * a number of its own; issued again and corrected without ever changing one. docs/operating/certificates.md.
 * @module
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Bytes } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
import {
  type CertificateRow,
  insertCertificate,
  issueCertificate,
  noteDeposited,
  noteWaiting,
  numberCertificate,
  readCertificate,
  readCertificates,
  readReferences,
  readWaiting,
  refuseCertificate,
} from '../database/office/certificateTables.ts'
import type { Again, Job, JobQueue } from '../database/office/jobQueue.ts'
import type { OfficeDatabase } from '../database/office/officeDatabase.ts'
import type { OfficeTransaction } from '../database/office/schema.ts'
import { type AskedDeposit, gather, type GatherSources, readContent, writeContent } from './certificates/gather.ts'
import type { CertificateContent, CorrectionContent } from './certificates/layout/content.ts'

/** Most deposits on one certificate, times the further networks that it waits for. */
export const certifiedMax = 64

/** Longest wait between two looks whether everything is there, in milliseconds; it grows with the age of the request. */
const lookEveryMsMax = 60_000

/** A certificate that is not made or not given. */
export class CertificateError extends JuratError<'not-found' | 'record-impossible' | 'forbidden' | 'not-ready'> {}

/** Lays documents out; refuses what it cannot before anything is issued. */
export interface CertificateLayout {
  layCertificate(content: CertificateContent): Promise<Bytes>
  layCorrection(content: CorrectionContent): Promise<Bytes>
  checkCertificate(content: CertificateContent): void
  checkCorrection(content: CorrectionContent): void
}

/** Where files are kept, by their SHA-256 in hexadecimal. */
export interface CertificateFiles {
  put(sha256: string, content: Readable, bytesMax: number): Promise<unknown>
  get(sha256: string): Promise<{ bytes: number; content: Readable }>
}

/** What certificates stand on. */
export interface CertificatesOptions extends GatherSources {
  readonly office: Pick<OfficeDatabase, 'read' | 'transact'>
  readonly jobs: JobQueue
  readonly now: () => number
  readonly layout: CertificateLayout
  /** Signs a PDF, with the time and everything that a later verification needs. */
  readonly sign: (pdf: Bytes) => Promise<Bytes>
  /** Whether an error of layout says that the content can never be laid out. */
  readonly isImpossible: (error: unknown) => boolean
  readonly files: CertificateFiles
  /** Wants deposits on the further networks that certificates wait for. */
  readonly wantTargets: (transaction: OfficeTransaction, organisation: string, deposit: string) => Promise<void>
  /** Deposits a digest of the network itself, and gives the deposit's id; null: the profile names no account for it. */
  readonly depositOwn: ((sha256: string, idempotencyKey: string) => Promise<string>) | null
}

/** Largest file of a certificate, in bytes: the receipts of 64 deposits are attached. */
export const certificateBytesMax = 67_108_864

/** A change that a correction letter tells. */
export interface Correction {
  readonly reason: string
  readonly changes: readonly { readonly what: string; readonly was: string; readonly is: string }[]
}

interface CertificateRequest {
  readonly deposits: readonly AskedDeposit[]
  readonly language: CertificateContent['language']
}

type Kept = Omit<CertificateContent, 'number'> | Omit<CorrectionContent, 'number'>

const issueKind = 'certificate.issue'
const depositKind = 'certificate.deposit'

/** Issues certificates. */
export class Certificates {
  readonly #options: CertificatesOptions

  constructor(options: CertificatesOptions) {
    this.#options = options
    options.jobs.handle(issueKind, (job) => this.#issue(job), { retriesMax: 100, patienceMs: 86_400_000 })
    options.jobs.handle(depositKind, (job) => this.#deposit(job), { retriesMax: 100 })
  }

  /** Asks for a certificate of deposits. Whose they are has been checked. @throws CertificateError */
  async request(
    organisation: string,
    deposits: readonly AskedDeposit[],
    language = this.#options.profile.language,
  ): Promise<CertificateRow> {
    const { profile, wantTargets } = this.#options
    if (deposits.length * Math.max(1, profile.required.length) > certifiedMax) {
      throw new CertificateError('record-impossible', `a certificate has at most ${certifiedMax} deposits and targets`)
    }
    const ids = deposits.map(({ id }) => id)
    if (new Set(ids).size < ids.length) throw new CertificateError('record-impossible', 'a deposit stands twice')
    const request = JSON.stringify({ deposits, language } satisfies CertificateRequest)
    const row = { organisation, kind: 'certificate', request, content: null, refers: null } as const
    return this.#insert(row, ids, async (transaction) => {
      if (profile.required.length === 0) return
      for (const id of ids) await wantTargets(transaction, organisation, id)
    })
  }

  /** Asks for the same content under a new number, in place of an earlier one. @throws CertificateError */
  async reissue(number: string, organisation: string | null): Promise<CertificateRow> {
    const earlier = await this.#issued(number, organisation)
    if (earlier.kind !== 'certificate') throw new CertificateError('record-impossible', 'a letter is not issued again')
    const { number: _, ...content } = readContent(earlier.content ?? '{}') as CertificateContent
    const kept = writeContent({ ...content, replaces: number })
    const { organisation: owner, request } = earlier
    return this.#insert({ organisation: owner, kind: 'certificate', request, content: kept, refers: number }, [])
  }

  /** Asks for a letter that corrects a certificate, which stays as it is. @throws CertificateError */
  async correct(number: string, organisation: string | null, correction: Correction): Promise<CertificateRow> {
    const earlier = await this.#issued(number, organisation)
    if (earlier.kind !== 'certificate')
      throw new CertificateError('record-impossible', 'only certificates are corrected')
    const { language, issuer, network, address, zoneMinutes } = readContent(
      earlier.content ?? '{}',
    ) as CertificateContent
    const content: Omit<CorrectionContent, 'number'> = {
      language,
      issuer,
      network,
      address,
      zoneMinutes,
      corrects: number,
      ...correction,
      decidedAtMs: this.#options.now(),
      certificateSha256: earlier.sha256 ?? '',
    }
    const [owner, kept] = [earlier.organisation, writeContent(content)]
    const request = JSON.stringify(correction)
    return this.#insert({ organisation: owner, kind: 'correction', request, content: kept, refers: number }, [])
  }

  /** One that was asked for, by its id. @throws CertificateError `not-found`, also for another's */
  async requested(id: string, organisation: string | null): Promise<CertificateRow> {
    return owned(await this.#options.office.read((database) => readCertificate(database, { id })), organisation)
  }

  /** Those of an organisation, or all for null, oldest first. */
  list(organisation: string | null, after: string, limit: number): Promise<CertificateRow[]> {
    return this.#options.office.read((database) => readCertificates(database, { organisation, after, limit }))
  }

  /** What anybody may know of a number, and which issued ones refer to it; null: it was never issued. */
  async issued(number: string): Promise<{
    row: CertificateRow
    content: CertificateContent | CorrectionContent
    references: CertificateRow[]
  } | null> {
    return this.#options.office.read(async (database) => {
      const row = await readCertificate(database, { number })
      if (row?.state !== 'issued' || row.content === null) return null
      const content = readContent(row.content) as CertificateContent | CorrectionContent
      return { row, content, references: await readReferences(database, number) }
    })
  }

  /** The file, for its owner. @throws CertificateError `not-found` */
  async file(number: string, organisation: string | null): Promise<{ bytes: number; content: Readable }> {
    const { sha256 } = await this.#issued(number, organisation)
    return this.#options.files.get(sha256 ?? '')
  }

  /** Looks again at the requests that wait for a deposit, in the transaction in which something about it has changed. */
  async settled(transaction: OfficeTransaction, deposit: string): Promise<void> {
    for (const id of await readWaiting(transaction, deposit)) {
      await this.#options.jobs.enqueue(transaction, issueKind, id)
    }
  }

  async #insert(
    row: Parameters<typeof insertCertificate>[1],
    deposits: readonly string[],
    also: (transaction: OfficeTransaction) => Promise<void> = () => Promise.resolve(),
  ): Promise<CertificateRow> {
    const { office, jobs, now } = this.#options
    return office.transact(async (transaction) => {
      await also(transaction)
      const id = await insertCertificate(transaction, row, deposits, now())
      await jobs.enqueue(transaction, issueKind, id)
      return owned(await readCertificate(transaction, { id }), row.organisation)
    })
  }

  async #issued(number: string, organisation: string | null): Promise<CertificateRow> {
    const row = owned(
      await this.#options.office.read((database) => readCertificate(database, { number })),
      organisation,
    )
    if (row.state !== 'issued') throw new CertificateError('not-ready', `${number} is not issued yet`)
    return row
  }

  /** Every step begins with what the last one has left in the row, so that it may be cut off anywhere. */
  async #issue(job: Job): Promise<Again | void> {
    const { office, now } = this.#options
    let row = await office.read((database) => readCertificate(database, { id: job.key }))
    if (row?.state === 'waiting') {
      const waiting = row
      const content = await this.#contentOf(waiting)
      if ('waiting' in content) {
        await office.read((database) => noteWaiting(database, waiting, content.waiting))
        const ageMs = Math.max(0, now() - Number(waiting.requested_ms))
        return { againAfterMs: Math.min(lookEveryMsMax, 500 + ageMs / 20) }
      }
      const refusal = 'refused' in content ? content.refused : this.#impossible(waiting, content.content)
      if (refusal !== null) {
        await office.transact(async (transaction) => {
          await refuseCertificate(transaction, waiting, refusal, now())
          await job.done(transaction)
        })
        return undefined
      }
      if ('content' in content) row = (await this.#number(waiting, content.content)) ?? undefined
    }
    if (row?.state === 'numbered') await this.#finish(job, row)
    return undefined
  }

  #contentOf(row: CertificateRow): Promise<{ content: Kept } | { waiting: string } | { refused: string }> {
    if (row.content !== null) return Promise.resolve({ content: readContent(row.content) as Kept })
    const { deposits, language } = JSON.parse(row.request) as CertificateRequest
    return gather(this.#options, deposits, language)
  }

  /** Why a content cannot be laid out under any number; null: it can. */
  #impossible({ kind }: CertificateRow, content: Kept): string | null {
    const { layout, isImpossible, profile } = this.#options
    const number = numberOf(profile.prefix, 9999, 999_999)
    try {
      if (kind === 'correction') layout.checkCorrection({ ...(content as CorrectionContent), number })
      else layout.checkCertificate({ ...(content as CertificateContent), number })
      return null
    } catch (error) {
      if (!isImpossible(error)) throw error
      return error instanceof Error ? error.message : String(error)
    }
  }

  #number(row: CertificateRow, content: Kept): Promise<CertificateRow | null> {
    const { office, now, profile } = this.#options
    const year = new Date(now() + profile.zoneMinutes * 60_000).getUTCFullYear()
    const given = {
      year,
      numberOf: (serial: number) => numberOf(profile.prefix, year, serial),
      contentOf: (number: string) => writeContent({ ...content, number }),
    }
    return office.transact((transaction) => numberCertificate(transaction, row, given, now()))
  }

  async #finish(job: Job, row: CertificateRow): Promise<void> {
    const { office, layout, sign, files, jobs, depositOwn, now } = this.#options
    const text = row.content ?? '{}'
    const plain = await (row.kind === 'correction'
      ? layout.layCorrection(readContent(text) as CorrectionContent)
      : layout.layCertificate(readContent(text) as CertificateContent))
    const pdf = await sign(plain)
    const sha256 = createHash('sha256').update(pdf).digest('hex')
    // Kept before it is noted: a file that nobody noted is nobody's, a note without its file would be a lost certificate.
    await files.put(sha256, Readable.from([pdf]), certificateBytesMax)
    await office.transact(async (transaction) => {
      const isFirst = await issueCertificate(transaction, row, { sha256, bytes: pdf.length }, now())
      if (isFirst && depositOwn !== null) await jobs.enqueue(transaction, depositKind, row.id)
      await job.done(transaction)
    })
  }

  async #deposit(job: Job): Promise<void> {
    const { office, depositOwn, verifierSha256, now } = this.#options
    const row = await office.read((database) => readCertificate(database, { id: job.key }))
    if (row === undefined || row.sha256 === null || row.deposit !== null || depositOwn === null) return
    // The same key gives the same deposit, also after an answer that was lost.
    const deposit = await depositOwn(row.sha256, `certificate/${row.sha256}`)
    // The verifier that the certificate names: its key makes it one deposit for as long as it is the same.
    const verifier = await verifierSha256()
    if (verifier !== null) await depositOwn(verifier, `verifier/${verifier}`)
    await office.transact(async (transaction) => {
      await job.done(transaction)
      await noteDeposited(transaction, row, deposit, now())
    })
  }
}

/** Digits of a number within its year; a year with more has longer ones. */
const serialDigits = 6

/** The number of a certificate: the network's letters, the year, and its place in the year. */
const numberOf = (prefix: string, year: number, serial: number): string =>
  `${prefix}-${year}-${String(serial).padStart(serialDigits, '0')}`

/** @throws CertificateError `not-found`, also for another's: who asks learns nothing. */
function owned(row: CertificateRow | undefined, organisation: string | null): CertificateRow {
  if (row === undefined || (organisation !== null && row.organisation !== organisation)) {
    throw new CertificateError('not-found', 'there is no such certificate')
  }
  return row
}
