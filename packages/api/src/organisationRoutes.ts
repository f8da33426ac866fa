/**
 * Routes of organisations, API keys and hosted accounts.
 * @module
 */
import { jsonBodyBytesMax } from './limits.ts'
import {
  ApiKeyParams,
  ApiKeyRequest,
  ApiKeys,
  HostedAccount,
  HostedAccounts,
  NewApiKey,
  Organisation,
  OrganisationParams,
  OrganisationRequest,
  Organisations,
} from './organisations.ts'
import { answer, bytesAnswer, json, routeTable } from './route.ts'

export const organisationRoutes = routeTable({
  createOrganisation: {
    method: 'POST',
    path: '/v1/organisations',
    tag: 'organisations',
    summary: 'Make an organisation',
    scope: 'admin',
    body: json(OrganisationRequest),
    bodyBytesMax: jsonBodyBytesMax,
    idempotent: true,
    answers: { 201: answer('the organisation', Organisation) },
  },
  listOrganisations: {
    method: 'GET',
    path: '/v1/organisations',
    tag: 'organisations',
    summary: 'All organisations',
    scope: 'admin',
    answers: { 200: answer('by id', Organisations) },
  },
  createApiKey: {
    method: 'POST',
    path: '/v1/organisations/{organisation}/keys',
    tag: 'organisations',
    summary: 'Make an API key; its secret is shown this once',
    scope: 'admin',
    params: OrganisationParams,
    body: json(ApiKeyRequest),
    bodyBytesMax: jsonBodyBytesMax,
    idempotent: true,
    answers: { 201: answer('the key with its secret', NewApiKey) },
  },
  listApiKeys: {
    method: 'GET',
    path: '/v1/organisations/{organisation}/keys',
    tag: 'organisations',
    summary: 'API keys of an organisation, without their secrets; of others only for admin',
    scope: 'read',
    params: OrganisationParams,
    answers: { 200: answer('by id', ApiKeys) },
  },
  deleteApiKey: {
    method: 'DELETE',
    path: '/v1/organisations/{organisation}/keys/{key}',
    tag: 'organisations',
    summary: 'Revoke an API key at once',
    scope: 'admin',
    params: ApiKeyParams,
    answers: { 204: bytesAnswer('revoked', '') },
  },
  createHostedAccount: {
    method: 'POST',
    path: '/v1/organisations/{organisation}/accounts',
    tag: 'organisations',
    summary: 'Make an account whose key this node holds; of others only for admin',
    scope: 'account',
    params: OrganisationParams,
    idempotent: true,
    answers: { 201: answer('the account', HostedAccount) },
  },
  listHostedAccounts: {
    method: 'GET',
    path: '/v1/organisations/{organisation}/accounts',
    tag: 'organisations',
    summary: 'Hosted accounts of an organisation; of others only for admin',
    scope: 'read',
    params: OrganisationParams,
    answers: { 200: answer('by id', HostedAccounts) },
  },
})
