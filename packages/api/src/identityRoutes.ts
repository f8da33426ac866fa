/**
 * Routes of identities.
 * @module
 */
import {
  DisclosureRequest,
  Identities,
  IdentityAnswer,
  IdentityProviders,
  IdentityStart,
  IdentityStatement,
  IdentityVerification,
  statementMediaType,
  StatementParams,
  VerificationParams,
} from './identity.ts'
import { identityBodyBytesMax } from './limits.ts'
import { answer, bytesAnswer, json, routeTable } from './route.ts'

export const identityRoutes = routeTable({
  listIdentityProviders: {
    method: 'GET',
    path: '/v1/identity/providers',
    tag: 'identity',
    summary: 'Who verifies people and enterprises at this node, and what it is worth',
    scope: null,
    answers: { 200: answer('the providers', IdentityProviders) },
  },
  startIdentityVerification: {
    method: 'POST',
    path: '/v1/identity/verifications',
    tag: 'identity',
    summary: 'Begin to verify who stands behind hosted accounts of the own organisation',
    scope: 'account',
    body: json(IdentityStart),
    bodyBytesMax: identityBodyBytesMax,
    answers: { 201: answer('what the provider needs next', IdentityVerification) },
  },
  answerIdentityVerification: {
    method: 'POST',
    path: '/v1/identity/verifications/{verification}/answer',
    tag: 'identity',
    summary: 'Answer a verification; the statement is signed when the answer is right',
    scope: 'account',
    params: VerificationParams,
    body: json(IdentityAnswer),
    bodyBytesMax: identityBodyBytesMax,
    answers: { 201: answer('the statement', IdentityStatement) },
  },
  listIdentities: {
    method: 'GET',
    path: '/v1/identity/statements',
    tag: 'identity',
    summary: 'Verifications and statements of the own organisation, without what is personal',
    scope: 'read',
    answers: { 200: answer('the newest first', Identities) },
  },
  getIdentityStatement: {
    method: 'GET',
    path: '/v1/identity/statements/{statement}',
    tag: 'identity',
    summary: 'One statement of the own organisation, with no field shown',
    scope: 'read',
    params: StatementParams,
    answers: { 200: answer('the statement', IdentityStatement) },
  },
  discloseIdentityStatement: {
    method: 'POST',
    path: '/v1/identity/statements/{statement}/disclosures',
    tag: 'identity',
    summary: 'A statement with the named fields shown, and no others',
    scope: 'account',
    params: StatementParams,
    body: json(DisclosureRequest),
    bodyBytesMax: identityBodyBytesMax,
    answers: { 200: bytesAnswer('its bytes', statementMediaType) },
  },
  revokeIdentityStatement: {
    method: 'POST',
    path: '/v1/identity/statements/{statement}/revocation',
    tag: 'identity',
    summary: 'End a statement before its time; it goes on saying what held before',
    scope: 'account',
    params: StatementParams,
    answers: { 200: answer('the statement', IdentityStatement) },
  },
  eraseIdentityFields: {
    method: 'DELETE',
    path: '/v1/identity/statements/{statement}/fields',
    tag: 'identity',
    summary: 'Erase what is personal of a statement for ever; what was signed stays',
    scope: 'account',
    params: StatementParams,
    answers: { 204: bytesAnswer('erased', '') },
  },
})
