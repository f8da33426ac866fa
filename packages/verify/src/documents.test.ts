/**
 * The pages and vectors that are made from code are up to date, and pinned bytes keep their verdicts.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fromText } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { receiptErrorCodes, trustErrorCodes } from '@jurat/core/receipt/error'
import { formatReceipt, parseReceipt } from '@jurat/core/receipt/receipt'
import { steps } from '@jurat/core/receipt/steps'
import { formatTrust, parseTrust } from '@jurat/core/receipt/trustChain'
import { receiptVectors, type ReceiptVector } from './receiptVectors.cases.ts'
import { tamperMarkdown } from './tamperTable.cases.ts'
import { verifyReceipt } from './verify.ts'

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const page = (name: string): string => readFileSync(join(root, 'docs/spec', name), 'utf8')
const folder = join(root, 'vectors/receipts')

/** Tables as they were before they were aligned. */
const unaligned = (text: string): string => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---')

test('the tamper table in docs/spec/verification.md is that of the tests (npm run gen)', () => {
  assert.ok(unaligned(page('verification.md')).includes(unaligned(tamperMarkdown())))
})

test('every error code and every step has its row, and there is no other', () => {
  const rows = (text: string): string[] => [...text.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, code = '']) => code)
  const receipt = rows(page('receipt.md').split('## Errors')[1] ?? '')
  assert.deepEqual(receipt.toSorted(), receiptErrorCodes.toSorted())
  const trust = rows(page('trust-file.md').split('## Chain')[1] ?? '')
  assert.deepEqual(trust.toSorted(), trustErrorCodes.toSorted())
  const verification = rows(page('verification.md').split('## Which document')[0] ?? '')
  assert.deepEqual(verification, [...steps])
})

test('vectors/receipts: the same network makes the same bytes for ever (npm run gen)', async () => {
  const made = await receiptVectors()
  assert.deepEqual(
    readdirSync(folder).toSorted(),
    Object.keys(made)
      .map((name) => `${name}.json`)
      .toSorted(),
  )
  for (const [name, vector] of Object.entries(made)) {
    assert.deepEqual(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')), vector, name)
  }
})

test('vectors/receipts: pinned files are read, written and verified as they were', async () => {
  for (const name of readdirSync(folder)) {
    const vector = JSON.parse(readFileSync(join(folder, name), 'utf8')) as ReceiptVector
    const { original, receipt, trust } = vector
    assert.equal(formatReceipt(parseReceipt(receipt)), receipt, name)
    assert.equal(formatTrust(crypto, parseTrust(crypto, trust).file), trust, name)
    const verdict = await verifyReceipt({ original: fromText(original), receipt, trust, crypto })
    assert.equal(verdict.summary, vector.verdict.summary, name)
  }
})
