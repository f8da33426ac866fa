/**
 * Routes of verification: for programs, and the pages for people.
 * @module
 */
import { Type } from 'typebox'
import { verificationBodyBytesMax } from './limits.ts'
import { answer, bytesAnswer, json, routeTable } from './route.ts'
import { Verification, VerificationRequest } from './verifications.ts'

/** A deposit, or the number of a certificate. */
const PageParams = Type.Object({
  id: Type.String({ pattern: '^([a-z2-7]{58}|[A-Z0-9]{1,8}-[0-9]{4}-[0-9]{6,9})$' }),
})

const htmlType = 'text/html; charset=utf-8'

export const verificationRoutes = routeTable({
  createVerification: {
    method: 'POST',
    path: '/v1/verifications',
    tag: 'verification',
    summary: 'Verify a receipt; nothing of it is kept',
    scope: null,
    body: json(VerificationRequest),
    bodyBytesMax: verificationBodyBytesMax,
    answers: { 200: answer('the verdict, whatever it is', Verification) },
  },
  getVerifyPage: {
    method: 'GET',
    path: '/verify',
    tag: 'verification',
    summary: 'The page on which people verify; it uploads nothing',
    scope: null,
    answers: { 200: bytesAnswer('the page', htmlType) },
  },
  getDepositPage: {
    method: 'GET',
    path: '/v/{id}',
    tag: 'verification',
    summary:
      'The same page for one deposit or certificate; `#` and the digest of the original may follow, and stay in the browser',
    scope: null,
    params: PageParams,
    answers: { 200: bytesAnswer('the page', htmlType) },
  },
  getVerifyFile: {
    method: 'GET',
    path: '/verify.html',
    tag: 'verification',
    summary: 'The offline verifier: one file to keep, which works without any network',
    scope: null,
    answers: { 200: bytesAnswer('the file', htmlType) },
  },
})
