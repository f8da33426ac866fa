/**
 * The verifier in a real browser: the same code, bundled, gives the same verdicts as Node on the whole tamper table.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  consortiumEvidence,
  identifiedEvidence,
  type Evidence,
  listedEvidence,
  type MadeEvidence,
  soloEvidence,
  stampedEvidence,
  witnessedEvidence,
} from '../../packages/verify/src/evidence.fixtures.ts'
import { crypto } from '../../packages/verify/src/network.fixtures.ts'
import { applyRow, type EvidenceKind } from '../../packages/verify/src/tamper.cases.ts'
import { tamperRows } from '../../packages/verify/src/tamperTable.cases.ts'
import { verifyReceipt } from '../../packages/verify/src/verify.ts'
import { tool } from './tools.ts'
import { openVerifyPage, type PageEvidence, type VerifyPage, type VerifyPageGlobals } from './verifyPage.ts'

const executablePath = tool('chromium')
const skip = executablePath === null && 'chromium is not installed'

let opened: VerifyPage | null = null

before(async () => {
  if (executablePath !== null) opened = await openVerifyPage(executablePath)
})

after(async () => {
  await opened?.close()
})

async function inBrowser({ original, receipt, trust }: Evidence): Promise<unknown> {
  assert.ok(opened !== null)
  const given: PageEvidence = { original: Buffer.from(original).toString('hex'), receipt, trust }
  const verdict = await opened.page.evaluate(
    (evidence) => (globalThis as unknown as VerifyPageGlobals).verifyEvidence(evidence),
    given,
  )
  return JSON.parse(verdict)
}

async function inNode(evidence: Evidence): Promise<unknown> {
  return JSON.parse(JSON.stringify(await verifyReceipt({ ...evidence, crypto })))
}

test('genuine evidence has the same verdict in the browser', { skip }, async () => {
  const { before, superseded, after, retired, refreshed } = consortiumEvidence()
  for (const evidence of [soloEvidence(), stampedEvidence(), before, superseded, after, retired, refreshed]) {
    assert.deepEqual(await inBrowser(evidence), await inNode(evidence))
  }
})

test('every row of the tamper table has the same verdict in the browser', { skip }, async () => {
  const genuine: Record<EvidenceKind, MadeEvidence> = {
    witnessed: witnessedEvidence(),
    listed: listedEvidence(),
    consortium: consortiumEvidence().after,
    stamped: stampedEvidence(),
    identified: identifiedEvidence(),
  }
  for (const row of tamperRows) {
    const { evidence = 'witnessed', file, field, change } = row
    const tampered = applyRow(row, genuine[evidence])
    assert.deepEqual(await inBrowser(tampered), await inNode(tampered), `${file} ${field}: ${change}`)
  }
})

test('the browser hashes a stream, and asks the network for nothing', { skip }, async () => {
  assert.ok(opened !== null)
  const { original, receipt, trust } = soloEvidence()
  const verdict = await opened.page.evaluate(
    ([papers, text]) => (globalThis as unknown as VerifyPageGlobals).verifyBlob(papers, text),
    [{ receipt, trust }, Buffer.from(original).toString()] as const,
  )
  assert.equal((JSON.parse(verdict) as { summary: string }).summary, 'verified')
  assert.deepEqual(opened.requests, [])
})
