import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { depositVectors, ledgerVectors } from './vectors.cases.ts'

const pinned = { 'ledger.json': ledgerVectors, 'deposit.json': depositVectors }

for (const [name, make] of Object.entries(pinned)) {
  test(`${name}: the pinned bytes are made as they always were (JURAT_WRITE_VECTORS=1 writes them)`, () => {
    const place = new URL(`../../../../vectors/${name}`, import.meta.url)
    const made = make()
    if (process.env['JURAT_WRITE_VECTORS'] === '1') writeFileSync(place, `${JSON.stringify(made, null, 2)}\n`)
    assert.deepEqual(made, JSON.parse(readFileSync(place, 'utf8')))
  })
}
