/**
 * The report: the state that a verdict has for people, and the sentences that belong to it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultRequired, sortSteps } from '@jurat/core/receipt/steps'
import { type Evidence, original, soloEvidence, witnessedEvidence } from './evidence.fixtures.ts'
import { message } from './messages/message.ts'
import { crypto } from './network.fixtures.ts'
import type { StatedDigest } from './original.ts'
import { type Report, reportOf } from './report.ts'
import { verifyReceipt } from './verify.ts'

async function report(
  evidence: Omit<Evidence, 'original' | 'trust'> & { original?: Uint8Array; trust: string | null },
  stated: StatedDigest | null = null,
): Promise<Report & { digest: string }> {
  const verdict = await verifyReceipt({ ...evidence, stated, crypto })
  const digest = verdict.steps.find(({ name }) => name === 'digest')
  return { ...reportOf(verdict, (key, values) => message('en', key, values)), digest: `${digest?.code}` }
}

test('the state, and no sentence about what was shown unless it was', async () => {
  const solo = soloEvidence()
  const { receipt } = solo
  const timed = solo.network.trust(sortSteps([...defaultRequired, 'time']))
  const final = solo.network.trust(sortSteps([...defaultRequired, 'finality']))
  const states = [
    ['valid', await report(solo)],
    ['invalid', await report({ ...solo, original: new Uint8Array(1) })],
    ['pending', await report({ ...solo, trust: timed })],
    // Of one member no commit says anything: that step fails, or waits for one that never comes.
    ['pending', await report({ ...solo, trust: final })],
    ['unchecked', await report({ receipt, trust: timed })],
    ['unchecked', await report({ ...solo, trust: null })],
  ] as const
  for (const [at, [state, found]] of states.entries()) {
    assert.equal(found.state, state, String(at))
    assert.equal(found.caveats.length > 0, state === 'valid', String(at))
    assert.equal(found.headline.startsWith('unchanged since'), state === 'valid', String(at))
  }
})

test('a step that stands on another names it in the language of the reader', async () => {
  const { receipt } = soloEvidence()
  const verdict = await verifyReceipt({ receipt, trust: null, crypto })
  const { steps } = reportOf(verdict, (key, values) => message('zh-CN', key, values))
  assert.equal(steps.find(({ name }) => name === 'time')?.reason, '所依赖的步骤 见证签名 未通过')
})

test('a stated digest stands for the original, and is named as what it is', async () => {
  const { receipt, trust } = witnessedEvidence()
  const digest = crypto.sha256(original)
  const other = crypto.sha256(digest)
  const cases: readonly (readonly [string, StatedDigest, Uint8Array | undefined, state: string, code: string])[] = [
    ['the digest', { algorithm: 1, digest }, undefined, 'valid', 'digest-stated'],
    ['the digest without its algorithm', { algorithm: null, digest }, undefined, 'valid', 'digest-stated'],
    ['beside the original', { algorithm: null, digest }, original, 'valid', 'digest-same'],
    ['another digest', { algorithm: 1, digest: other }, undefined, 'invalid', 'stated-differs'],
    ['another digest beside the original', { algorithm: 1, digest: other }, original, 'invalid', 'stated-differs'],
    ['beside another original', { algorithm: 1, digest }, other, 'invalid', 'digest-differs'],
    ['of another algorithm', { algorithm: 2, digest }, undefined, 'unchecked', 'stated-other'],
    ['of another length', { algorithm: null, digest: new Uint8Array(64) }, undefined, 'unchecked', 'stated-other'],
    ['of another length, and the original differs', { algorithm: 3, digest }, other, 'invalid', 'digest-differs'],
  ]
  for (const [what, stated, given, state, code] of cases) {
    const found = await report({ receipt, trust, ...(given !== undefined && { original: given }) }, stated)
    assert.deepEqual([found.state, found.digest], [state, code], what)
    assert.equal(found.caveats.length, state !== 'valid' ? 0 : given === undefined ? 2 : 1, what)
  }
})
