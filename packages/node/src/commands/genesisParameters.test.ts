import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import { readGenesisParameters } from './genesisParameters.ts'

test('parameters of a new network: what is named differs, the rest stays', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'jurat-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'parameters.json')
  assert.deepEqual(await readGenesisParameters(null), defaultParameters)
  await writeFile(path, '{"resetDelayMs": 3000}')
  assert.deepEqual(await readGenesisParameters(path), { ...defaultParameters, resetDelayMs: 3000 })
  for (const text of [
    '',
    '[]',
    'null',
    '{"resetDelay": 1}',
    '{"resetDelayMs": "1"}',
    '{"resetDelayMs": 1}',
    '{"keysMax": 1.5}',
  ]) {
    await writeFile(path, text)
    await assert.rejects(readGenesisParameters(path), { code: 'config-invalid' }, text)
  }
})
