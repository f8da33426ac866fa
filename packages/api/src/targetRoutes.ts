/**
 * Routes of deposits on further networks.
 * @module
 */
import { DepositParams } from './receipts.ts'
import { answer, routeTable } from './route.ts'
import { TargetStandings } from './targets.ts'

export const targetRoutes = routeTable({
  sendToTargets: {
    method: 'POST',
    path: '/v1/deposits/{id}/targets',
    tag: 'deposits',
    summary: 'Bring the fingerprint of an own deposit to the further networks of the profile',
    scope: 'deposit',
    params: DepositParams,
    answers: { 202: answer('where it stands', TargetStandings) },
  },
  listTargets: {
    method: 'GET',
    path: '/v1/deposits/{id}/targets',
    tag: 'deposits',
    summary: 'Where an own deposit stands on further networks; of others only for admin',
    scope: 'read',
    params: DepositParams,
    answers: { 200: answer('where it stands', TargetStandings) },
  },
})
