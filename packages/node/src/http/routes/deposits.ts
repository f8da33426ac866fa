/**
 * Handlers of deposits, receipts, the trust file and originals.
 * @module
 */
import type { Deposit, DepositAnswer, DigestMatches } from '@jurat/api/deposits'
import { receiptMediaType } from '@jurat/api/receipts'
import type { depositRoutes } from '@jurat/api/depositRoutes'
import type { Readable } from 'node:stream'
import type { DepositJob } from '../../features/deposits.ts'
import { endedEarly } from '../body.ts'
import { ok, type Handler } from '../handler.ts'
import { ProblemError } from '../problems.ts'

/** What these handlers stand on. */
export interface DepositServices {
  readonly deposits: { deposit(job: DepositJob): Promise<DepositAnswer> }
  readonly hosted: { hostedAccount(organisation: string, idOrName: string): { id: string } }
  readonly receipts: {
    find(digest: string): Promise<DigestMatches>
    deposit(id: string): Promise<Deposit | null>
    /** The receipt's text; null while no checkpoint covers the deposit. */
    receipt(id: string, organisation: string | null): Promise<string | null>
    trust(): Promise<{ text: string }>
  }
  readonly originals: {
    put(organisation: string, sha256: string, content: Readable): Promise<{ bytes: number; made: boolean }>
    get(organisation: string, sha256: string): Promise<{ bytes: number; content: Readable }>
  }
}

/** The handlers. */
export function depositHandlers(services: DepositServices): {
  [Id in keyof typeof depositRoutes]: Handler<(typeof depositRoutes)[Id]>
} {
  const { deposits, hosted, receipts, originals } = services
  const existing = async (id: string): Promise<Deposit> => {
    const deposit = await receipts.deposit(id)
    if (deposit === null) throw new ProblemError('not-found')
    return deposit
  }
  return {
    async createDeposits({ principal, query, body, bytes, idempotencyKey }) {
      const { organisation } = principal
      const account =
        body.account === undefined ? principal.account : hosted.hostedAccount(organisation, body.account).id
      if (account === null)
        throw new ProblemError('record-impossible', { detail: 'name a hosted account in `account`' })
      const witnessed = query.wait === 'witnessed'
      const job = { organisation, account, items: body.items, idempotencyKey, body: bytes, witnessed }
      return ok(await deposits.deposit(job))
    },
    async findDeposits({ query }) {
      return ok(await receipts.find(query.digest), { 'cache-control': 'no-store' })
    },
    async getDeposit({ params }) {
      return ok(await existing(params.id), { 'cache-control': 'no-store' })
    },
    async getReceipt({ params, principal }) {
      const deposit = await existing(params.id)
      const receipt = await receipts.receipt(params.id, principal?.organisation ?? null)
      if (receipt === null) return { status: 202, body: deposit, headers: { 'retry-after': '1' } }
      const file = `attachment; filename="${params.id.slice(0, 12)}.jurat.json"`
      return { status: 200, body: receipt, mediaType: receiptMediaType, headers: { 'content-disposition': file } }
    },
    async getTrust() {
      const { text } = await receipts.trust()
      return { status: 200, body: text, headers: { 'cache-control': 'no-cache' } }
    },
    async putOriginal({ principal, params, request }) {
      const stored = originals.put(principal.organisation, params.sha256, request)
      const { bytes, made } = await stored.catch((error: unknown) => {
        const { code } = error as { code?: unknown }
        throw code === 'ECONNRESET' ? endedEarly(error) : error
      })
      return { status: made ? 201 : 200, body: { sha256: params.sha256, bytes } }
    },
    async getOriginal({ principal, params, gone }) {
      const { bytes, content } = await originals.get(principal.organisation, params.sha256)
      gone.addEventListener('abort', () => content.destroy())
      return {
        status: 200,
        body: content,
        // An original is somebody's file: it is downloaded, never shown as a page of ours.
        headers: { 'content-length': String(bytes), 'content-disposition': 'attachment', 'cache-control': 'private' },
      }
    },
  }
}
