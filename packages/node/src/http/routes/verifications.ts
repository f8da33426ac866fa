/**
 * Handlers of verification, for programs and for people.
 * @module
 */
import { digestAlgorithms } from '@jurat/api/deposits'
import type { VerificationRequest } from '@jurat/api/verifications'
import type { verificationRoutes } from '@jurat/api/verificationRoutes'
import { fromHex } from '@jurat/core/bytes'
import type { StatedDigest } from '@jurat/verify/original'
import type { Verdict } from '@jurat/verify/verdict'
import type { VerificationJob } from '../../features/verifications.ts'
import { ok, type Handler } from '../handler.ts'
import { ProblemError } from '../problems.ts'
import { PageShelf } from '../verifierPages.ts'

/** What these handlers stand on. */
export interface VerificationServices {
  readonly verifications: { verify(job: VerificationJob): Promise<Verdict> }
  readonly receipts: { trust(): Promise<{ text: string }> }
}

/** The handlers. */
export function verificationHandlers({ verifications, receipts }: VerificationServices): {
  [Id in keyof typeof verificationRoutes]: Handler<(typeof verificationRoutes)[Id]>
} {
  const shelf = new PageShelf()
  return {
    async createVerification({ body }) {
      const { receipt, trust, original, fingerprint = null } = body
      const verdict = await verifications.verify({
        receipt: textOf(receipt),
        trust: trust === undefined ? (await receipts.trust()).text : textOf(trust),
        stated: original === undefined ? null : statedDigest(original),
        fingerprint,
      })
      const trustFrom = trust === undefined ? 'node' : 'request'
      return ok({ ...verdict, trustFrom }, { 'cache-control': 'no-store' })
    },
    getVerifyPage: ({ request }) => shelf.page(request, null),
    getDepositPage: ({ request, params }) => shelf.page(request, params.id),
    getVerifyFile: ({ request }) => shelf.file(request),
  }
}

const textOf = (file: string | object): string => (typeof file === 'string' ? file : JSON.stringify(file))

/** @throws ProblemError `body-malformed` for a digest of another length than its algorithm's. */
function statedDigest({ algorithm, digest }: NonNullable<VerificationRequest['original']>): StatedDigest {
  const { number, digestBytes } = digestAlgorithms[algorithm]
  if (digest.length !== 2 * digestBytes) {
    const message = `a digest of ${algorithm} has ${2 * digestBytes} hexadecimal digits`
    throw new ProblemError('body-malformed', { errors: [{ path: '/original/digest', message }] })
  }
  return { algorithm: number, digest: fromHex(digest) }
}
