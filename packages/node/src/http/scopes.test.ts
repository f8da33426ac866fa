/**
 * The whole table of scopes and routes: who reaches which handler.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Route } from '@jurat/api/route'
import { routes } from '@jurat/api/routes'
import { scopeNames } from '@jurat/api/scopes'
import { testApp } from './testApp.fixtures.ts'

/** Values with which every parameter of the table is well formed. */
const parameters: Readonly<Record<string, string>> = {
  id: 'a'.repeat(58),
  sha256: 'ab'.repeat(32),
  txHash: 'ab'.repeat(32),
  account: 'admin',
  height: '1',
  organisation: 'org',
  key: 'key',
  path: '0/000',
  origin: 'ab'.repeat(32),
  flow: 'a'.repeat(16),
  access: 'b'.repeat(16),
  file: 'start.js',
  job: '1',
  request: '1',
  number: 'JC-2027-000001',
  serial: 'ab'.repeat(16),
  document: 'root.crl',
  statement: 'ab'.repeat(16),
  verification: 'a'.repeat(16),
}

/** Bodies that pass the checks in front of the handlers. */
const bodies: Readonly<Record<string, unknown>> = {
  createDeposits: { items: [{ algorithm: 'sha-256', digest: 'ab'.repeat(32) }] },
  createAccount: { authMap: [{ publicKey: `01${'ab'.repeat(32)}`, weight: 100 }], recoverKey: `01${'ab'.repeat(32)}` },
  proposeBallot: { type: 18, to: 'ab'.repeat(32), payload: '' },
  voteBallot: { operationHash: 'ab'.repeat(32) },
  createOrganisation: { name: 'A' },
  createApiKey: { label: 'l', scopes: ['deposit'] },
  createFlowTemplate: {
    format: 'jurat-flow-template/v1',
    id: 't',
    version: 1,
    names: {
      en: 't',
      'zh-CN': 't',
      'zh-TW': 't',
    },
    roles: [],
    phases: [
      {
        id: 'p',
        names: {
          en: 'p',
          'zh-CN': 'p',
          'zh-TW': 'p',
        },
        act: 'record',
        order: null,
        required: false,
        repeats: false,
        roles: [],
        accounts: [],
        deadline: null,
      },
    ],
  },
  createFlow: { name: 'n', template: 'contract', parties: [] },
  createFlowDeposit: { phase: 'draft', item: { algorithm: 'sha-256', digest: 'ab'.repeat(32) } },
  createFlowAccess: { label: 'l' },
  openFlow: { code: 'c' },
  openFlowPackage: { code: 'c' },
  issueAuthorityCertificate: { profile: 'identity', commonName: 'A' },
  revokeAuthorityCertificate: { reason: 'superseded' },
  startIdentityVerification: { provider: 'declaration' },
  answerIdentityVerification: { answer: {} },
  discloseIdentityStatement: { fields: [] },
  createVerification: { receipt: {} },
  requestCertificate: { deposits: [{ id: 'a'.repeat(58) }] },
  correctCertificate: { reason: 'r', changes: [{ what: 'w', was: 'a', is: 'b' }] },
}

test('every route is open to its scope and to no other', async () => {
  const { app, key, reached } = await testApp()
  const holders = [
    { name: 'nobody', scopes: [] as string[], token: null as string | null },
    { name: 'stranger', scopes: [], token: `jrt_${'a'.repeat(16)}_${'a'.repeat(52)}` },
    ...(await Promise.all(
      scopeNames.map(async (scope) => ({ name: scope as string, scopes: [scope as string], token: await key(scope) })),
    )),
    { name: 'all', scopes: [...scopeNames] as string[], token: await key(...scopeNames) },
  ]
  for (const [id, route] of Object.entries<Route>(routes)) {
    for (const { name, scopes, token } of holders) {
      reached.length = 0
      const query = id === 'findDeposits' ? `?digest=${'ab'.repeat(32)}` : ''
      const response = await app.inject({
        method: route.method,
        url: route.path.replaceAll(/\{(\w+)\*?\}/g, (_, parameter: string) => parameters[parameter] ?? '') + query,
        headers: {
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...(route.body !== undefined && { 'content-type': route.body.mediaType }),
        },
        ...(route.body !== undefined && { payload: id in bodies ? JSON.stringify(bodies[id]) : 'x' }),
      })
      const allowed = route.scope === null || scopes.includes(route.scope)
      const known = token !== null && name !== 'stranger'
      assert.equal(response.statusCode, allowed ? 200 : known ? 403 : 401, `${id} by ${name}: ${response.body}`)
      assert.deepEqual(reached, allowed ? [id] : [], `${id} by ${name}`)
    }
  }
})
