/**
 * The tamper table: one change for every field of receipt and trust file, and the step that must fail.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nobleCrypto } from '@jurat/core/crypto/noble'
import {
  consortiumEvidence,
  identifiedEvidence,
  listedEvidence,
  type MadeEvidence,
  stampedEvidence,
  witnessedEvidence,
} from './evidence.fixtures.ts'
import { remembering } from './remembering.fixtures.ts'
import { applyRow, deletable, type EvidenceKind, type JsonObject, leafFields, remove } from './tamper.cases.ts'
import { tamperRows } from './tamperTable.cases.ts'
import type { Verdict } from './verdict.ts'
import { verifyReceipt } from './verify.ts'

const crypto = remembering(nobleCrypto)
const genuine: Record<EvidenceKind, MadeEvidence> = {
  witnessed: witnessedEvidence(),
  listed: listedEvidence(),
  consortium: consortiumEvidence().after,
  stamped: stampedEvidence(),
  identified: identifiedEvidence(),
}

const ranks: Record<Verdict['summary'], number> = { failed: 0, incomplete: 1, verified: 2 }

/** Whether a verdict claims anything that another did not. */
function improvement(before: Verdict, after: Verdict): string | null {
  if (ranks[after.summary] > ranks[before.summary]) return `${before.summary} became ${after.summary}`
  for (const [at, step] of after.steps.entries()) {
    if (step.state === 'passed' && before.steps[at]?.state !== 'passed') return `${step.name} passed`
  }
  if (after.unchangedSince === null) return null
  if (after.unchangedSince.timeMs < (before.unchangedSince?.timeMs ?? Infinity)) return 'an earlier time'
  const signed = (verdict: Verdict): number => verdict.signatories.filter(({ timeMs }) => timeMs !== null).length
  return signed(after) > signed(before) ? 'more signatories' : null
}

test('every row of the table gives its step', async (t) => {
  for (const row of tamperRows) {
    const { file, field, change, step, says, state = 'failed', evidence = 'witnessed' } = row
    await t.test(`${file} ${field}: ${change}`, async () => {
      const tampered = applyRow(row, genuine[evidence])
      const verdict = await verifyReceipt({ ...tampered, crypto })
      if (step === null) {
        assert.equal(verdict.summary, 'verified')
        return
      }
      const found = verdict.steps.find(({ name }) => name === step)
      assert.deepEqual([found?.state, found?.code], [state, says], JSON.stringify(verdict.steps, null, 1))
      assert.equal(verdict.summary, state === 'failed' ? 'failed' : 'incomplete')
    })
  }
})

test('every field of receipt and trust file has a row', () => {
  for (const file of ['receipt', 'trust'] as const) {
    const rows = new Set(tamperRows.filter((row) => row.file === file).map(({ field }) => field))
    for (const evidence of Object.values(genuine)) {
      for (const field of leafFields(JSON.parse(evidence[file]))) {
        assert.ok(rows.has(field) || rows.has(`${field}[]`), `${file}: no row changes ${field}`)
      }
    }
  }
})

test('deleting anything from genuine evidence never improves the verdict', async () => {
  for (const evidence of Object.values(genuine)) {
    const before = await verifyReceipt({ ...evidence, crypto })
    for (const file of ['receipt', 'trust'] as const) {
      for (const path of deletable(JSON.parse(evidence[file]))) {
        const json = JSON.parse(evidence[file]) as JsonObject
        remove(json, path)
        const after = await verifyReceipt({ ...evidence, [file]: JSON.stringify(json), crypto })
        assert.equal(improvement(before, after), null, `${file} without ${path}`)
      }
    }
  }
})

const parts = ['disclosure', 'signature', 'account', 'head', 'witnesses', 'timestamps', 'finality', 'statements']

test('no set of parts is better than a larger one', async () => {
  for (const evidence of Object.values(genuine)) {
    const verdicts: Verdict[] = []
    for (let mask = 0; mask < 16; mask++) {
      const json = JSON.parse(evidence.receipt) as JsonObject
      for (const [at, part] of parts.slice(0, 4).entries()) if ((mask & (1 << at)) === 0) remove(json, part)
      verdicts.push(await verifyReceipt({ ...evidence, receipt: JSON.stringify(json), crypto }))
    }
    for (const [mask, smaller] of verdicts.entries()) {
      for (const [other, larger] of verdicts.entries()) {
        if ((mask & other) === mask) assert.equal(improvement(larger, smaller), null, `${other} to ${mask}`)
      }
    }
  }
})

test('tampering with one part is not undone by deleting another', async () => {
  for (const row of tamperRows) {
    if (row.step === null || row.file !== 'receipt' || row.editText !== undefined) continue
    const { evidence = 'witnessed', field } = row
    const [own = ''] = field.split(/[.[]/)
    const tampered = applyRow(row, genuine[evidence])
    const before = await verifyReceipt({ ...tampered, crypto })
    for (const part of parts) {
      const json = JSON.parse(tampered.receipt) as JsonObject
      remove(json, part)
      const after = await verifyReceipt({ ...tampered, receipt: JSON.stringify(json), crypto })
      if (part !== own) {
        const allowed = after.summary === 'verified' ? 'verified' : null
        assert.equal(allowed, null, `${field}: ${row.change}: verified without ${part} (was ${before.summary})`)
        continue
      }
      // Deleting what was tampered with leaves exactly what the genuine receipt without that part is worth.
      const plain = JSON.parse(genuine[evidence].receipt) as JsonObject
      remove(plain, part)
      const expected = await verifyReceipt({ ...genuine[evidence], receipt: JSON.stringify(plain), crypto })
      assert.equal(improvement(expected, after), null, `${field}: ${row.change}, without ${part}`)
    }
  }
})
