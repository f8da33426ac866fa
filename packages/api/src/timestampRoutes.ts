/**
 * Routes of the time-stamp authority: RFC 3161 over HTTP (section 3.4), and those of sigstore's time-stamp authority, so that
 * its clients find what they know.
 * @module
 */
import { timestampQueryBytesMax } from './limits.ts'
import { bytesAnswer, routeTable } from './route.ts'

const reply = bytesAnswer(
  'a TimeStampResp in DER: a token, or the reason why there is none',
  'application/timestamp-reply',
)

export const timestampRoutes = routeTable({
  requestTimestamp: {
    method: 'POST',
    path: '/tsa',
    tag: 'timestamps',
    summary: 'Ask for a time stamp (RFC 3161)',
    scope: null,
    body: { mediaType: 'application/timestamp-query', schema: null },
    bodyBytesMax: timestampQueryBytesMax,
    answers: { 200: reply },
  },
  requestSigstoreTimestamp: {
    method: 'POST',
    path: '/api/v1/timestamp',
    tag: 'timestamps',
    summary: 'Ask for a time stamp as sigstore does: SigstoreTimestampRequest as JSON, or application/timestamp-query',
    scope: null,
    body: { mediaType: 'application/json', schema: null },
    bodyBytesMax: timestampQueryBytesMax,
    answers: { 201: reply },
  },
  getTimestampChain: {
    method: 'GET',
    path: '/api/v1/timestamp/certchain',
    tag: 'timestamps',
    summary: 'Certificates from that of the time-stamp authority up to its root, PEM',
    scope: null,
    answers: { 200: bytesAnswer('the certificates', 'application/pem-certificate-chain') },
  },
})
