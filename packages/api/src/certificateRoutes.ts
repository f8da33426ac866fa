/**
 * Routes of certificates.
 * @module
 */
import {
  CertificateParams,
  CertificateQuery,
  CertificateRequest,
  CertificateRequestParams,
  CertificateStanding,
  CertificateStandings,
  CorrectionRequest,
  PublicCertificate,
} from './certificates.ts'
import { jsonBodyBytesMax } from './limits.ts'
import { answer, bytesAnswer, json, routeTable } from './route.ts'

export const certificateRoutes = routeTable({
  requestCertificate: {
    method: 'POST',
    path: '/v1/certificates',
    tag: 'certificates',
    summary: 'Ask for a certificate of own deposits; it is issued when everything that the profile names has succeeded',
    scope: 'deposit',
    body: json(CertificateRequest),
    bodyBytesMax: jsonBodyBytesMax,
    idempotent: true,
    answers: { 202: answer('the request', CertificateStanding) },
  },
  listCertificates: {
    method: 'GET',
    path: '/v1/certificates',
    tag: 'certificates',
    summary: 'Certificates and letters of the own organisation; of others only for admin',
    scope: 'read',
    query: CertificateQuery,
    answers: { 200: answer('oldest first', CertificateStandings) },
  },
  getCertificateRequest: {
    method: 'GET',
    path: '/v1/certificate-requests/{request}',
    tag: 'certificates',
    summary: 'A request: what it waits for, or the number that it got',
    scope: 'read',
    params: CertificateRequestParams,
    answers: { 200: answer('the request', CertificateStanding) },
  },
  getCertificate: {
    method: 'GET',
    path: '/v1/certificates/{number}',
    tag: 'certificates',
    summary: 'What anybody may know of an issued certificate',
    scope: null,
    params: CertificateParams,
    answers: { 200: answer('the certificate, without names', PublicCertificate) },
  },
  getCertificateFile: {
    method: 'GET',
    path: '/v1/certificates/{number}/file',
    tag: 'certificates',
    summary: 'The file of an own certificate',
    scope: 'read',
    params: CertificateParams,
    answers: { 200: bytesAnswer('the PDF', 'application/pdf') },
  },
  reissueCertificate: {
    method: 'POST',
    path: '/v1/certificates/{number}/reissue',
    tag: 'certificates',
    summary: 'Ask for the same content in a new file, under a new number that refers to the earlier one',
    scope: 'deposit',
    params: CertificateParams,
    answers: { 202: answer('the request', CertificateStanding) },
  },
  correctCertificate: {
    method: 'POST',
    path: '/v1/certificates/{number}/corrections',
    tag: 'certificates',
    summary: 'Ask for a letter that corrects an issued certificate, which stays as it is',
    scope: 'deposit',
    params: CertificateParams,
    body: json(CorrectionRequest),
    bodyBytesMax: jsonBodyBytesMax,
    idempotent: true,
    answers: { 202: answer('the request', CertificateStanding) },
  },
})
