/**
 * Flows: every fault is found and named, templates and files are read strictly, the shipped templates are what they were,
 * and outsiders link nothing.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromText, toHex, toText } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { commit } from '../deposit/commitment.ts'
import { flowId } from '../deposit/flow.ts'
import { encodeItem } from '../deposit/item.ts'
import { ReceiptError } from '../receipt/error.ts'
import {
  contractHash,
  contractPlan,
  deposited,
  flowCases,
  flowKey,
  flowVectors,
  initiator,
  wholeContract,
  written,
} from './flow.cases.ts'
import { flowDepositsMax, formatFlowFile, parseFlowFile } from './flowFile.ts'
import { judgeFlow } from './judge.ts'
import { planHash } from './plan.ts'
import { formatTemplate, parseTemplate, phasesMax } from './template.ts'
import { contractTemplate } from './templates/contract.ts'
import { labourContractTemplate } from './templates/labourContract.ts'
import { shippedTemplates } from './templates/shipped.ts'

for (const { name, deposits, knowledge = {}, judgement } of flowCases) {
  test(`judgement: ${name}`, () => {
    const judged = judgeFlow(contractPlan, deposits, { planHash: contractHash, ...knowledge })
    assert.deepEqual(written(judged), judgement)
    assert.equal(judged.state === 'open', judged.awaited.length > 0)
  })
}

test('deadlines: late when it came late, overdue when it did not come', () => {
  const plan = {
    template: labourContractTemplate,
    parties: [
      { role: 'employer', name: 'e', accounts: [initiator] },
      { role: 'employee', name: 'w', accounts: [initiator] },
    ],
  }
  const hash = toHex(planHash(crypto, plan))
  const [entry, signed] = deposited([
    ['entry', initiator],
    ['sign-employee', initiator],
  ]).map((deposit) => ({ ...deposit, plan: hash }))
  assert.ok(entry !== undefined && signed !== undefined)
  const days = (count: number): number => entry.timeMs + count * 86_400_000
  const faults = (dayOfSigning: number, nowMs: number): string[] =>
    judgeFlow(plan, [entry, { ...signed, timeMs: days(dayOfSigning) }], { planHash: hash, nowMs }).findings.map(
      ({ fault, phase }) => `${fault} ${phase}`,
    )
  assert.deepEqual(faults(30, days(30)), ['skipped text', 'skipped intent-employee'])
  assert.deepEqual(faults(31, days(31)).slice(2), ['late sign-employee', 'overdue sign-employer'])
})

test('vectors: the shipped templates, a plan, flow ids and judgements (JURAT_WRITE_VECTORS=1 writes them)', () => {
  const place = new URL('../../../../vectors/flow.json', import.meta.url)
  const made = JSON.parse(JSON.stringify(flowVectors())) as unknown
  if (process.env['JURAT_WRITE_VECTORS'] === '1') writeFileSync(place, `${JSON.stringify(made, null, 2)}\n`)
  assert.deepEqual(made, JSON.parse(readFileSync(place, 'utf8')))
})

test('templates and files read back as they were written', () => {
  for (const template of shippedTemplates) {
    assert.deepEqual(parseTemplate(formatTemplate(template)), template, template.id)
    for (const names of [
      template.names,
      ...template.roles.map((role) => role.names),
      ...template.phases.map((phase) => phase.names),
    ]) {
      assert.ok(
        Object.values(names).every((name: string) => name !== ''),
        JSON.stringify(names),
      )
    }
  }
  const file = {
    plan: contractPlan,
    key: flowKey,
    deposits: [
      { phase: 'draft', name: '0000-draft' },
      { phase: 'x', name: null },
    ],
  }
  assert.deepEqual(parseFlowFile(formatFlowFile(file)), file)
})

test('what is no template, or no file of a flow, is refused with its reason', () => {
  const text = formatTemplate(contractTemplate)
  const template = (change: (value: Record<string, unknown>) => void): string => {
    const value = JSON.parse(text) as Record<string, unknown>
    change(value)
    return JSON.stringify(value)
  }
  const phases = (value: Record<string, unknown>): Record<string, unknown>[] => value['phases'] as never
  const cases: Record<string, readonly [text: string, code: string]> = {
    'no JSON': ['{', 'json-malformed'],
    'another format': [text.replace('template/v1', 'template/v2'), 'format-unknown'],
    'version 0': [template((value) => (value['version'] = 0)), 'field-malformed'],
    'no phases': [template((value) => (value['phases'] = [])), 'field-malformed'],
    'more phases than the bound': [
      template((value) => (value['phases'] = Array(phasesMax + 1).fill(phases(value)[0]))),
      'too-big',
    ],
    'a phase twice': [template((value) => phases(value).push(phases(value)[0] ?? {})), 'field-malformed'],
    'a role that there is not': [text.replace('"roles":["counterparty"]', '"roles":["nobody"]'), 'field-malformed'],
    'a name in two languages only': [
      template((value) => (value['names'] = { en: 'a', 'zh-CN': 'b' })),
      'field-missing',
    ],
    'an identifier that is none': [text.replace('"id":"draft"', '"id":"../draft"'), 'field-malformed'],
    'an unknown act': [text.replace('"act":"refusal"', '"act":"wish"'), 'field-malformed'],
    'a refusal that is required': [
      text.replace(/("act":"refusal","order":null,"required":)false/, '$1true'),
      'field-malformed',
    ],
    'a deadline after nothing': [
      text.replace('"deadline":null', '"deadline":{"after":"nothing","seconds":1}'),
      'field-malformed',
    ],
    'an account that is none': [text.replace('"accounts":[]', '"accounts":["x"]'), 'field-malformed'],
    'a field more': [template((value) => (value['more'] = 1)), 'field-unknown'],
  }
  for (const [name, [given, code]] of Object.entries(cases)) {
    assert.notEqual(given, text, name)
    assert.throws(
      () => parseTemplate(given),
      (error) => error instanceof ReceiptError && error.code === code,
      name,
    )
  }
  const file = formatFlowFile({ plan: contractPlan, key: flowKey, deposits: [] })
  const many = Array.from({ length: flowDepositsMax + 1 }, () => ({ phase: 'draft', name: null }))
  const files: Record<string, string> = {
    'a party without a role': file.replace('"role": "counterparty"', '"role": "judge"'),
    'a short key': file.replace(/"key": "[^"]*"/, '"key": "AAAA"'),
    'more deposits than the bound': file.replace('"deposits": []', `"deposits": ${JSON.stringify(many)}`),
  }
  for (const [name, given] of Object.entries(files)) {
    assert.notEqual(given, file, name)
    assert.throws(() => parseFlowFile(given), ReceiptError, name)
  }
})

test('another plan has another hash: a party, an account, a phase', () => {
  const [first, second] = contractPlan.parties
  assert.ok(first !== undefined && second !== undefined)
  const others = [
    { ...contractPlan, parties: [first] },
    { ...contractPlan, parties: [second, first] },
    { ...contractPlan, parties: [first, { ...second, accounts: [initiator] }] },
    { ...contractPlan, template: { ...contractTemplate, version: 2 } },
    { ...contractPlan, template: { ...contractTemplate, phases: contractTemplate.phases.slice(1) } },
  ]
  const hashes = [contractPlan, ...others].map((plan) => toHex(planHash(crypto, plan)))
  assert.equal(new Set(hashes).size, hashes.length)
})

test('outsiders link nothing: items of one flow are no more alike than items of different flows', () => {
  const flows = 24
  const steps = 6
  const random = (name: string): Uint8Array => crypto.sha256(fromText(name))
  const account = random('account')
  // What an outsider sees of a deposit beside account and digest: commitment and flow id.
  const seen = Array.from({ length: flows }, (_, flow) =>
    Array.from({ length: steps }, (__, sequence) => {
      const digest = random(`digest ${flow} ${sequence}`)
      const fields = [
        { name: 'phase', value: fromText('draft') },
        { name: 'flow.plan', value: fromText(contractHash) },
      ]
      const { commitment } = commit(crypto, { account, digest, fields, secret: random(`secret ${flow} ${sequence}`) })
      const item = { algorithm: 1, digest, commitment, flow: flowId(crypto, random(`key ${flow}`), sequence) }
      assert.ok(!toText(encodeItem(item).filter((byte) => byte < 0x80)).includes('draft'))
      return [item.commitment, item.flow] as const
    }),
  )
  for (const part of [0, 1] as const) {
    const all = seen.flatMap((items, flow) => items.map((item, sequence) => ({ flow, sequence, bytes: item[part] })))
    assert.equal(new Set(all.map(({ bytes }) => toHex(bytes))).size, flows * steps)
    const distances = { 'one flow': [] as number[], 'one number': [] as number[], 'nothing in common': [] as number[] }
    for (const [at, a] of all.entries()) {
      for (const b of all.slice(at + 1)) {
        const common = a.flow === b.flow ? 'one flow' : a.sequence === b.sequence ? 'one number' : 'nothing in common'
        distances[common].push(differingBits(a.bytes, b.bytes))
      }
    }
    for (const [common, bits] of Object.entries(distances)) {
      const mean = bits.reduce((sum, each) => sum + each, 0) / bits.length
      // 256 fair bits differ in 128 with a deviation of 8; five deviations of the mean of so many.
      const allowed = (5 * 8) / Math.sqrt(bits.length)
      assert.ok(Math.abs(mean - 128) < allowed, `${common}: ${mean}`)
      assert.ok(Math.min(...bits) > 80, `${common}: two are nearly alike`)
    }
  }
  assert.equal(wholeContract.length, 5)
})

function differingBits(a: Uint8Array, b: Uint8Array): number {
  let bits = 0
  for (const [at, byte] of a.entries()) for (let rest = byte ^ (b[at] ?? 0); rest > 0; rest &= rest - 1) bits++
  return bits
}
