/**
 * What stands in front of every handler: problems, languages, limits, media types, repeated requests.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemStatuses, type ProblemCode } from '@jurat/api/problems'
import { codes } from '@jurat/core/ledger/codes'
import { languages } from '@jurat/verify/messages/language'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { idleBodyBytesMax } from './app.ts'
import { ledgerProblem } from './problems.ts'
import { chooseLanguage, problemText } from './language.ts'
import { testApp } from './testApp.fixtures.ts'

const hash = 'ab'.repeat(32)

test('what is wrong with a request is a problem with its code', async () => {
  const { app, key } = await testApp()
  const authorization = `Bearer ${await key('deposit', 'admin')}`
  const deposit = (
    payload: string,
    headers: Record<string, string> = {},
  ): Omit<InjectOptions, 'payload'> & { payload: string; url: string } => ({
    method: 'POST',
    url: '/v1/deposits',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    payload,
  })
  const cases: [Omit<InjectOptions, 'payload'> & { payload?: string; url: string }, ProblemCode][] = [
    [{ url: '/nowhere' }, 'not-found'],
    [{ url: '/v1/receipts/short' }, 'not-found'],
    [{ url: '/v1/deposits?digest=xyz' }, 'request-malformed'],
    [{ url: `/v1/deposits?digest=${hash}&digest=${hash}` }, 'request-malformed'],
    [{ url: `/v1/deposits?digest=${hash}&more=1` }, 'request-malformed'],
    [{ url: '/v1/deposits' }, 'request-malformed'],
    [{ url: '/%zz' }, 'request-malformed'],
    [{ method: 'DELETE', url: '/v1/deposits' }, 'method-not-allowed'],
    [deposit('{"items":['), 'body-malformed'],
    [deposit('null'), 'body-malformed'],
    [deposit('{}'), 'body-malformed'],
    [deposit('{"items":[]}'), 'body-malformed'],
    [deposit('\xff\xfe'), 'body-malformed'],
    [deposit(`{"items":[{"algorithm":"sm3","digest":"${hash}","metadata":{"a":"\\ud800"}}]}`), 'body-malformed'],
    [deposit(`{"items":[{"algorithm":"sm3","digest":"${hash}","metadata":{"\\uDC00":"a"}}]}`), 'body-malformed'],
    [deposit(JSON.stringify({ items: [{ algorithm: 'md5', digest: hash }] })), 'body-malformed'],
    [deposit(JSON.stringify({ items: [{ algorithm: 'sha-256', digest: hash, extra: 1 }] })), 'body-malformed'],
    [deposit('{}', { 'content-type': 'text/plain' }), 'media-type-unknown'],
    [deposit('{}', { 'content-length': '99999999' }), 'body-too-big'],
    [deposit(`{"items":[${' '.repeat(2_097_152)}]}`), 'body-too-big'],
    [deposit('{"items":[{"algorithm":"sm3","digest":"00"}]}', { 'idempotency-key': 'a b' }), 'body-malformed'],
    [{ ...deposit('{}'), url: '/v1/deposits?wait=long' }, 'request-malformed'],
    [{ method: 'POST', url: '/v1/transactions', payload: 'x' }, 'media-type-unknown'],
  ]
  for (const [request, code] of cases) {
    const response = await app.inject(request)
    const name = `${request.method ?? 'GET'} ${request.url} ${(request.payload ?? '').slice(0, 80)}`
    assert.equal(response.json<{ code: string }>().code, code, name)
    assert.equal(response.statusCode, problemStatuses[code], name)
    assert.match(response.headers['content-type'] as string, /^application\/problem\+json/)
    assert.match(response.json<{ traceId: string }>().traceId, /^[0-9a-f]{16}$/)
  }
})

test('a bad Idempotency-Key is named', async () => {
  const { app, key } = await testApp()
  const authorization = `Bearer ${await key('admin')}`
  for (const value of ['', ' ', 'a b', 'ä', 'x'.repeat(129)]) {
    const response = await app.inject({
      method: 'POST',
      url: '/v1/organisations',
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': value },
      payload: '{"name":"A"}',
    })
    assert.equal(response.json<{ code: string }>().code, 'header-malformed', JSON.stringify(value))
  }
})

test('a body that a GET carries means nothing, and is refused when it is long or of unknown length', async () => {
  const { app } = await testApp()
  const ask = async (payload: string, headers: Record<string, string> = {}): Promise<number> =>
    (await app.inject({ method: 'GET', url: '/v1/network', headers, payload })).statusCode
  assert.equal(await ask('x'.repeat(idleBodyBytesMax)), 200)
  assert.equal(await ask('x'.repeat(idleBodyBytesMax + 1)), 413)
  assert.equal(await ask('', { 'transfer-encoding': 'chunked' }), 411)
})

test('problems speak the language of the reader', async () => {
  const { app } = await testApp()
  for (const [header, language] of [
    ['zh-TW,zh;q=0.8', 'zh-TW'],
    ['zh', 'zh-CN'],
    ['en;q=0.1, zh-Hant;q=0.9', 'zh-TW'],
    ['zh-CN;q=0, en', 'en'],
    ['fr', 'en'],
    [';;;,,q=x', 'en'],
  ] as const) {
    assert.equal(chooseLanguage(header), language, header)
    const response = await app.inject({ url: '/nowhere', headers: { 'accept-language': header } })
    assert.equal(response.headers['content-language'], language)
    assert.equal(response.json<{ title: string }>().title, problemText('not-found', language).title)
  }
})

test('every problem has a title and an action in every language', () => {
  for (const code of Object.keys(problemStatuses) as ProblemCode[]) {
    const all = languages.map((language) => problemText(code, language))
    for (const { title, action } of all) assert.ok(title.length > 3 && action.length > 3, code)
    assert.equal(new Set(all.map(({ title }) => title)).size, languages.length, code)
  }
})

test('every result code of the ledger but success has a problem', () => {
  for (const code of Object.values(codes).filter((code) => code !== 0)) {
    const problem = ledgerProblem(code, null)
    assert.ok(problem.status >= 400 && problem.status < 500)
  }
})

test('a repeated administrative request gets the same answer, another one under its key a conflict', async () => {
  let made = 0
  const { app, key } = await testApp({
    createOrganisation: async ({ body }) => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      return { status: 201, body: { id: `org-${++made}`, name: body.name, createdAt: 0 } }
    },
  })
  const authorization = `Bearer ${await key('admin')}`
  const ask = (name: string, idempotencyKey: string): Promise<LightMyRequestResponse> =>
    app.inject({
      method: 'POST',
      url: '/v1/organisations',
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      payload: JSON.stringify({ name }),
    })
  const [first, second, other] = await Promise.all([ask('A', 'k'), ask('A', 'k'), ask('B', 'k')])
  const third = await ask('A', 'k')
  assert.deepEqual([first.statusCode, first.body], [201, second.body])
  assert.deepEqual([third.statusCode, third.body], [201, first.body])
  assert.equal(other.json<{ code: string }>().code, 'idempotency-conflict')
  assert.equal((await ask('C', 'k')).statusCode, 409)
  assert.equal((await ask('C', 'k2')).json<{ id: string }>().id, 'org-2')
})

test('an error that nobody expected is a 500 that tells nothing but its trace id', async () => {
  const { app } = await testApp({
    getTrust: () => {
      throw new Error('the secret is 42')
    },
  })
  const response = await app.inject({ url: '/v1/trust' })
  assert.equal(response.statusCode, 500)
  assert.ok(!response.body.includes('42'))
})
