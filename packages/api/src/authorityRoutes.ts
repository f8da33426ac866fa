/**
 * Routes of the certification authority: issuing and revoking for administrators; revocation lists, certificates and status
 * (RFC 5280, RFC 6960 appendix A) for everybody.
 * @module
 */
import {
  AuthorityStatementParams,
  AuthorityCertificate,
  AuthorityCertificateParams,
  AuthorityCertificateQuery,
  AuthorityCertificateRequest,
  AuthorityCertificates,
  CertificateRevocationRequest,
  CertificateStatusParams,
} from './authority.ts'
import { jsonBodyBytesMax, statusRequestBytesMax } from './limits.ts'
import { answer, bytesAnswer, json, routeTable } from './route.ts'

const status = bytesAnswer('an OCSPResponse in DER', 'application/ocsp-response')

export const authorityRoutes = routeTable({
  issueAuthorityCertificate: {
    method: 'POST',
    path: '/v1/authority/certificates',
    tag: 'authority',
    summary: 'Issue a certificate: name and use are decided here, the key is that of the request',
    scope: 'admin',
    body: json(AuthorityCertificateRequest),
    bodyBytesMax: jsonBodyBytesMax,
    idempotent: true,
    answers: { 201: answer('the certificate', AuthorityCertificate) },
  },
  listAuthorityCertificates: {
    method: 'GET',
    path: '/v1/authority/certificates',
    tag: 'authority',
    summary: 'AuthorityCertificates that were issued after a number, in order',
    scope: 'admin',
    query: AuthorityCertificateQuery,
    answers: { 200: answer('the certificates', AuthorityCertificates) },
  },
  getAuthorityCertificate: {
    method: 'GET',
    path: '/v1/authority/certificates/{serial}',
    tag: 'authority',
    summary: 'A certificate that was issued',
    scope: 'admin',
    params: AuthorityCertificateParams,
    answers: { 200: answer('the certificate', AuthorityCertificate) },
  },
  revokeAuthorityCertificate: {
    method: 'POST',
    path: '/v1/authority/certificates/{serial}/revocation',
    tag: 'authority',
    summary: 'Revoke a certificate, for ever',
    scope: 'admin',
    params: AuthorityCertificateParams,
    body: json(CertificateRevocationRequest),
    bodyBytesMax: jsonBodyBytesMax,
    answers: { 200: answer('the certificate', AuthorityCertificate) },
  },
  getAuthorityStatement: {
    method: 'GET',
    path: '/ca/{document}',
    tag: 'authority',
    summary: 'AuthorityCertificate or revocation list of the root or of the issuing authority, DER',
    scope: null,
    params: AuthorityStatementParams,
    answers: { 200: bytesAnswer('application/pkix-cert or application/pkix-crl', 'application/pkix-cert') },
  },
  postCertificateStatus: {
    method: 'POST',
    path: '/ocsp',
    tag: 'authority',
    summary: 'Ask for the status of certificates (RFC 6960)',
    scope: null,
    body: { mediaType: 'application/ocsp-request', schema: null },
    bodyBytesMax: statusRequestBytesMax,
    answers: { 200: status },
  },
  getCertificateStatus: {
    method: 'GET',
    path: '/ocsp/{path*}',
    tag: 'authority',
    summary: 'Ask for the status of certificates, the request in the address',
    scope: null,
    params: CertificateStatusParams,
    answers: { 200: status },
  },
})
