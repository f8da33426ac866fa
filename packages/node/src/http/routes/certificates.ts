/**
 * Handlers of certificates.
 * @module
 */
import type { Readable } from 'node:stream'
import type { certificateRoutes } from '@jurat/api/certificateRoutes'
import type { CertificateStanding, PublicCertificate } from '@jurat/api/certificates'
import { pageRowsMax } from '@jurat/api/limits'
import type { Principal } from '../../features/credentials.ts'
import { ok, type Handler } from '../handler.ts'
import { ProblemError } from '../problems.ts'

/** Certificates of an answer when the question names no number. */
const certificatesDefault = 100

/** A deposit to be certified, and a receipt that opens it. */
export interface AskedDeposit {
  readonly id: string
  readonly receipt: string | null
}

/** What these handlers stand on; null without a database. `organisation` null: whose ever. */
export interface CertificateServices {
  /** @throws CredentialsError `not-found` when a deposit is not the organisation's own */
  request(
    principal: Principal,
    deposits: readonly AskedDeposit[],
    language: 'en' | 'zh-CN' | 'zh-TW' | undefined,
  ): Promise<CertificateStanding>
  reissue(number: string, organisation: string | null): Promise<CertificateStanding>
  correct(
    number: string,
    organisation: string | null,
    correction: { reason: string; changes: { what: string; was: string; is: string }[] },
  ): Promise<CertificateStanding>
  requested(id: string, organisation: string | null): Promise<CertificateStanding>
  list(organisation: string | null, after: string, limit: number): Promise<CertificateStanding[]>
  issued(number: string): Promise<PublicCertificate | null>
  file(number: string, organisation: string | null): Promise<{ bytes: number; content: Readable }>
}

/** The handlers. */
export function certificateHandlers(services: CertificateServices | null): {
  [Id in keyof typeof certificateRoutes]: Handler<(typeof certificateRoutes)[Id]>
} {
  const certificates = (): CertificateServices => {
    if (services === null) throw new ProblemError('feature-off', { detail: 'this node runs without a database' })
    return services
  }
  const fresh = { 'cache-control': 'no-store' }
  return {
    async requestCertificate({ principal, body }) {
      const deposits = body.deposits.map(({ id, receipt }) => ({
        id,
        receipt: receipt === undefined ? null : JSON.stringify(receipt),
      }))
      return { status: 202, body: await certificates().request(principal, deposits, body.language) }
    },
    async listCertificates({ principal, query: { after = '0', limit } }) {
      const most = Math.min(pageRowsMax, Number(limit ?? certificatesDefault))
      return ok({ certificates: await certificates().list(seenBy(principal), after, most) }, fresh)
    },
    async getCertificateRequest({ principal, params }) {
      return ok(await certificates().requested(params.request, seenBy(principal)), fresh)
    },
    async getCertificate({ params }) {
      const found = await certificates().issued(params.number)
      if (found === null) throw new ProblemError('not-found')
      return ok(found, fresh)
    },
    async getCertificateFile({ principal, params, gone }) {
      const { bytes, content } = await certificates().file(params.number, seenBy(principal))
      gone.addEventListener('abort', () => content.destroy())
      const name = `attachment; filename="${params.number}.pdf"`
      const headers = { 'content-length': String(bytes), 'content-disposition': name, 'cache-control': 'private' }
      return { status: 200, body: content, mediaType: 'application/pdf', headers }
    },
    async reissueCertificate({ principal, params }) {
      return { status: 202, body: await certificates().reissue(params.number, seenBy(principal)) }
    },
    async correctCertificate({ principal, params, body }) {
      return { status: 202, body: await certificates().correct(params.number, seenBy(principal), body) }
    },
  }
}

/** The organisation whose certificates the sender may see; null: all. */
const seenBy = ({ organisation, scopes }: Principal): string | null => (scopes.has('admin') ? null : organisation)
