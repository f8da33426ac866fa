/**
 * Flows in evidence packages: a flow that is whole is verified, and everything that is missing, swapped or strange is named with
 * its phase, in three languages; what is made anew without it does not pass for whole.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { contractTemplate } from '@jurat/core/flow/templates/contract'
import type { Trust } from '@jurat/core/receipt/trustChain'
import { flowStatement } from '../flowReport.ts'
import { languages } from '../messages/language.ts'
import { message } from '../messages/message.ts'
import { plainHashers } from '../original.ts'
import { verifyReceipt } from '../verify.ts'
import { flowFileOf, flowPackage, flowParts, type Made, otherKey, plan, wholeFlow } from './flow.fixtures.ts'
import { repacked, unpacked } from './package.fixtures.ts'
import { flowPath } from './places.ts'
import { packageReportOf } from './report.ts'
import { type PackageVerdict, verifyPackage } from './verifyPackage.ts'

const verify = ({ bytes, trust }: { bytes: Uint8Array; trust: string | Trust | null }): Promise<PackageVerdict> =>
  verifyPackage({ file: new Blob([bytes.slice()]), trustOf: () => trust, crypto, hashers: plainHashers })

/** Everything that is said of the flow, but how far it has come. */
const said = ({ steps }: PackageVerdict): string[] =>
  steps
    .filter(({ name }) => name === 'flow')
    .map(({ code, values }) => `${code} ${values['number'] ?? values['name'] ?? ''} ${values['phase'] ?? ''}`.trim())

interface Case {
  readonly name: string
  readonly made: readonly Made[]
  readonly without?: readonly number[]
  readonly flow?: string
  readonly summary: PackageVerdict['summary']
  readonly said: readonly string[]
}

const put = (at: number, change: Partial<Made>): Made[] =>
  wholeFlow.map((made, place) => (place === at ? { ...made, ...change } : made))
const swapped = [...wholeFlow.slice(0, 3), ...wholeFlow.slice(3).toReversed()]
const otherPlan = { ...plan, template: { ...contractTemplate, version: 2 } }

const cases: readonly Case[] = [
  { name: 'a whole flow', made: wholeFlow, summary: 'verified', said: ['flow-complete'] },
  {
    name: 'a missing phase',
    made: wholeFlow,
    without: [3],
    summary: 'failed',
    said: ['flow-gap 3 sign-initiator', 'flow-skipped – sign-initiator', 'flow-open  sign-initiator'],
  },
  {
    name: 'a missing phase that nobody lists',
    made: put(3, { sequence: 4 }).toSpliced(4, 1),
    summary: 'failed',
    said: ['flow-gap 3 sign-initiator', 'flow-open  sign-counterparty'],
  },
  {
    name: 'a missing last phase',
    made: wholeFlow,
    without: [4],
    summary: 'failed',
    said: ['flow-gap 4 sign-counterparty', 'flow-open  sign-counterparty'],
  },
  {
    name: 'swapped phases',
    made: swapped,
    summary: 'failed',
    said: ['flow-swapped 4 sign-initiator', 'flow-complete'],
  },
  {
    name: 'missing and swapped',
    made: swapped,
    without: [1],
    summary: 'failed',
    said: [
      'flow-gap 1 intent-initiator',
      'flow-swapped 4 sign-initiator',
      'flow-skipped – intent-initiator',
      'flow-open  intent-initiator',
    ],
  },
  {
    name: 'a phase by somebody who may not',
    made: put(4, { by: 'firm' }),
    summary: 'failed',
    said: ['flow-stranger-account 4 sign-counterparty', 'flow-open  sign-counterparty'],
  },
  {
    name: 'a deposit of another flow',
    made: [...wholeFlow, { phase: 'perform', by: 'other', key: otherKey }],
    flow: flowFileOf(wholeFlow, flowParts(wholeFlow).parts),
    summary: 'failed',
    said: ['flow-stranger 0005-perform', 'flow-complete'],
  },
  {
    name: 'under another plan',
    made: put(0, { plan: otherPlan }),
    summary: 'failed',
    said: ['flow-stranger-plan 0 draft', 'flow-skipped – draft', 'flow-open  draft'],
  },
  {
    name: 'withheld metadata',
    made: put(2, { shown: 'nothing' }),
    summary: 'incomplete',
    said: ['flow-withheld 2 –', 'flow-open  intent-counterparty'],
  },
  { name: 'not finished', made: wholeFlow.slice(0, 4), summary: 'incomplete', said: ['flow-open  sign-counterparty'] },
  {
    name: 'refused',
    made: [...wholeFlow.slice(0, 3), { phase: 'refusal', by: 'other' }],
    summary: 'verified',
    said: ['flow-refused'],
  },
  {
    name: 'a file that is none',
    made: wholeFlow.slice(0, 1),
    flow: '{}',
    summary: 'failed',
    said: ['flow-unreadable'],
  },
]

for (const { name, made, without = [], flow, summary, said: expected } of cases) {
  test(`a package with ${name}`, async () => {
    const verdict = await verify(await flowPackage(made, { without, ...(flow === undefined ? {} : { flow }) }))
    assert.deepEqual(said(verdict), expected)
    assert.equal(verdict.summary, summary)
  })
}

test('without a trust file a flow is not proven; without its file in the package the list of files says so', async () => {
  const whole = await flowPackage(wholeFlow)
  const verdict = await verify({ ...whole, trust: null })
  assert.equal(verdict.summary, 'incomplete')
  assert.equal(said(verdict).filter((line) => line.startsWith('flow-unproven')).length, wholeFlow.length)
  const files = await unpacked(whole.bytes)
  files.delete(flowPath)
  const lacking = await verify({ ...whole, bytes: await repacked(files) })
  assert.equal(lacking.summary, 'failed')
  assert.equal(lacking.steps.find(({ state }) => state === 'failed')?.code, 'contents-missing')
})

test('the statement names template, phases, parties and faults in the language of the reader', async () => {
  const verdict = await verify(await flowPackage(swapped, { without: [1] }))
  assert.ok(verdict.flow !== null)
  const [first, ...others] = languages.map((language) => flowStatement(verdict.flow ?? assert.fail(), language))
  assert.equal(first?.title, 'Contract (contract 1)')
  assert.deepEqual(first.stations[0], {
    sequence: 0,
    phase: 'Contract text',
    party: '甲公司',
    timeMs: first.stations[0]?.timeMs,
  })
  assert.deepEqual(first.findings.slice(0, 2), [
    'number 1 is missing (Signing intent of the initiating party)',
    'number 4: Signature of the initiating party came after Signature of the counterparty, before which it belongs',
  ])
  assert.equal(first.state, '4 deposits; it is not complete: Signing intent of the initiating party')
  assert.equal(others[0]?.findings[1], '第 4 号：发起方签署发生在相对方签署之后，顺序颠倒')
  assert.equal(others[1]?.findings[0], '缺少第 1 號（發起方簽署意願）')
})

test('the report of a package says it with the names of its phases, and calls an unfinished flow unchecked', async () => {
  const report = packageReportOf(
    await verify(await flowPackage(wholeFlow.slice(0, 4))),
    (key, values) => message('zh-TW', key, values),
    'zh-TW',
  )
  assert.equal(report.state, 'unchecked')
  const { title, reason, wanted } = report.steps.at(-1) ?? assert.fail()
  assert.deepEqual(
    { title, reason, wanted },
    {
      title: '證據包的流程',
      reason: '共 4 份存證；尚未完成：相對方簽署',
      wanted: true,
    },
  )
})

test('a receipt alone says which number and phase it is, and no more than since when it is unchanged', async () => {
  const { parts, trust } = flowParts(swapped)
  const [part] = parts.slice(3)
  assert.ok(part !== undefined)
  const original = new Uint8Array((await part.original?.arrayBuffer()) ?? new ArrayBuffer(0))
  const verdict = await verifyReceipt({ receipt: part.receipt, trust, original, crypto })
  const step = verdict.steps.find(({ name }) => name === 'flow')
  assert.equal(step?.detail, 'phase sign-counterparty, number 3 of the flow whose key is shown')
  assert.equal(verdict.summary, 'verified')
})
