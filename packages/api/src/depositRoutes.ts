/**
 * Routes of deposits, receipts and originals.
 * @module
 */
import { Deposit, DepositAnswer, DepositQuery, DepositRequest, DigestMatches, DigestQuery } from './deposits.ts'
import { jsonBodyBytesMax, originalBytesMax } from './limits.ts'
import { OriginalParams, StoredOriginal } from './organisations.ts'
import { DepositParams, Receipt, receiptMediaType, Trust } from './receipts.ts'
import { answer, bytesAnswer, json, routeTable } from './route.ts'

export const depositRoutes = routeTable({
  createDeposits: {
    method: 'POST',
    path: '/v1/deposits',
    tag: 'deposits',
    summary: 'Deposit items, signed by a hosted account',
    scope: 'deposit',
    query: DepositQuery,
    body: json(DepositRequest),
    bodyBytesMax: jsonBodyBytesMax,
    idempotent: true,
    answers: { 200: answer('every item is on disk and in the tree', DepositAnswer) },
  },
  findDeposits: {
    method: 'GET',
    path: '/v1/deposits',
    tag: 'deposits',
    summary: 'Ask whether a digest has been deposited',
    scope: null,
    query: DigestQuery,
    answers: { 200: answer('where and when, never by whom', DigestMatches) },
  },
  getDeposit: {
    method: 'GET',
    path: '/v1/deposits/{id}',
    tag: 'deposits',
    summary: 'One deposit and its state',
    scope: null,
    params: DepositParams,
    answers: { 200: answer('the deposit', Deposit) },
  },
  getReceipt: {
    method: 'GET',
    path: '/v1/receipts/{id}',
    tag: 'deposits',
    summary: 'The receipt of a deposit, verifiable offline',
    scope: null,
    params: DepositParams,
    answers: {
      200: { description: 'the receipt', mediaType: receiptMediaType, schema: Receipt },
      202: answer('committed, but no checkpoint covers it yet; ask again after Retry-After', Deposit),
    },
  },
  getTrust: {
    method: 'GET',
    path: '/v1/trust',
    tag: 'deposits',
    summary: 'The trust file; pin it by its fingerprint, compared over another way',
    scope: null,
    answers: { 200: answer('the trust file', Trust) },
  },
  putOriginal: {
    method: 'PUT',
    path: '/v1/originals/{sha256}',
    tag: 'originals',
    summary: 'Store an original; its bytes must have this SHA-256',
    scope: 'deposit',
    params: OriginalParams,
    body: { mediaType: 'application/octet-stream', schema: null },
    bodyBytesMax: originalBytesMax,
    answers: {
      200: answer('it was there already', StoredOriginal),
      201: answer('stored', StoredOriginal),
    },
  },
  getOriginal: {
    method: 'GET',
    path: '/v1/originals/{sha256}',
    tag: 'originals',
    summary: 'An original of the own organisation, checked while it is read',
    scope: 'read',
    params: OriginalParams,
    answers: { 200: bytesAnswer('the bytes', 'application/octet-stream') },
  },
})
