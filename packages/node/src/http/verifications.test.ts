/**
 * POST /v1/verifications: the verdict of the command, whose trust file judged, and what hostile bodies get.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verificationBodyBytesMax } from '@jurat/api/limits'
import { toHex } from '@jurat/core/bytes'
import { type MadeEvidence, original, soloEvidence, witnessedEvidence } from '@jurat/verify/evidence.fixtures'
import type { Verdict } from '@jurat/verify/verdict'
import { verifyReceipt } from '@jurat/verify/verify'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { Verifications } from '../features/verifications.ts'
import { systemTimers } from '../platform/clock.ts'
import { verificationHandlers } from './routes/verifications.ts'
import { testApp } from './testApp.fixtures.ts'

const witnessed = witnessedEvidence()
const sha256 = toHex(nodeCrypto.sha256(original))
const given = { algorithm: 'sha-256', digest: sha256 }

interface Answer {
  readonly status: number
  readonly body: Verdict & { readonly trustFrom: string; readonly code: string }
}

/** Asks an application of which `own` is the network. */
async function asking(own: MadeEvidence, t: { after(run: () => Promise<void>): void }) {
  const verifications = new Verifications(systemTimers)
  t.after(() => verifications.stop())
  const trust = { text: own.trust, fingerprint: '' }
  const handlers = verificationHandlers({ verifications, receipts: { trust: () => Promise.resolve(trust) } })
  const { app } = await testApp(handlers)
  return async (body: string | object, type = 'application/json'): Promise<Answer> => {
    const payload = typeof body === 'string' ? body : JSON.stringify(body)
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/verifications',
      headers: { 'content-type': type },
      payload,
    })
    return { status: answer.statusCode, body: answer.json() }
  }
}

test('the verdict is that of the command, from text or JSON, and names whose trust file judged', async (t) => {
  const ask = await asking(witnessed, t)
  const { receipt, trust } = witnessed
  const stated = { algorithm: 1, digest: nodeCrypto.sha256(original) } as const
  const expected = JSON.parse(JSON.stringify(await verifyReceipt({ receipt, trust, stated, crypto: nodeCrypto })))
  assert.equal(expected.summary, 'verified')
  const json = (text: string): unknown => JSON.parse(text)
  const bodies = [
    ['node', { receipt, original: given }],
    ['request', { receipt, original: given, trust }],
    ['request', { receipt: json(receipt), original: given, trust: json(trust) }],
    ['node', { receipt, original: given, fingerprint: expected.trustFingerprint }],
  ] as const
  for (const [trustFrom, body] of bodies) {
    assert.deepEqual(await ask(body), { status: 200, body: { ...expected, trustFrom } })
  }
})

test('what does not hold is a verdict, not an error', async (t) => {
  const ask = await asking(witnessed, t)
  const { receipt } = witnessed
  const twice = receipt.replace('{', '{"format":"jurat-receipt/v1",')
  const cases = [
    ['no digest', { receipt }, 'incomplete'],
    ['another digest', { receipt, original: { ...given, digest: '0'.repeat(64) } }, 'failed'],
    ['another algorithm', { receipt, original: { ...given, algorithm: 'sm3' } }, 'incomplete'],
    ['another fingerprint', { receipt, original: given, fingerprint: '0'.repeat(64) }, 'failed'],
    ['a receipt of another network', { receipt: soloEvidence().receipt, original: given, trust: '{}' }, 'failed'],
    ['a field twice', { receipt: twice, original: given }, 'failed'],
    ['no receipt at all', { receipt: 'PDF', original: given }, 'failed'],
    ['an empty object', { receipt: {}, original: given }, 'failed'],
    ['deep nesting', { receipt: '['.repeat(100_000), original: given }, 'failed'],
  ] as const
  for (const [what, body, summary] of cases) {
    const answer = await ask(body)
    assert.equal(answer.status, 200, what)
    assert.equal(answer.body.summary, summary, what)
    assert.equal(answer.body.unchangedSince, null, what)
  }
})

test('bodies that cannot be get a problem', async (t) => {
  const ask = await asking(witnessed, t)
  const { receipt } = witnessed
  const tooBig = { receipt: ' '.repeat(verificationBodyBytesMax) }
  const cases = [
    ['no JSON', '{', 400, 'body-malformed'],
    ['no receipt', {}, 400, 'body-malformed'],
    ['an empty receipt', { receipt: '' }, 400, 'body-malformed'],
    ['a receipt that is a number', { receipt: 7 }, 400, 'body-malformed'],
    ['a receipt that is a list', { receipt: [] }, 400, 'body-malformed'],
    ['an unknown field', { receipt, pin: 1 }, 400, 'body-malformed'],
    ['an unknown algorithm', { receipt, original: { ...given, algorithm: 'md5' } }, 400, 'body-malformed'],
    ['a digest of another length', { receipt, original: { ...given, algorithm: 'sha-512' } }, 400, 'body-malformed'],
    ['a digest that is none', { receipt, original: { ...given, digest: 'x' } }, 400, 'body-malformed'],
    ['a fingerprint that is none', { receipt, fingerprint: 'x' }, 400, 'body-malformed'],
    ['more bytes than there may be', tooBig, 413, 'body-too-big'],
  ] as const
  for (const [what, body, status, code] of cases) {
    const answer = await ask(body)
    assert.deepEqual([answer.status, answer.body.code], [status, code], what)
  }
  assert.equal((await ask({ receipt }, 'text/plain')).status, 415)
})
