/**
 * A start whose disk fails ends, and is not a start: the door stays closed, the founding is not finished.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const program = join(import.meta.dirname, 'failingStart.fixtures.ts')

test('a failed sync in the midst of a start ends the process before it answers anybody', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-start-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const data = join(folder, 'data')
  const options = ['--data', data, '--listen', '127.0.0.1:0', '--database-url=off']
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options], {
    encoding: 'utf8',
    env: { ...process.env, JURAT_MASTER_KEY_FILE: join(folder, 'master.key') },
  })
  assert.equal(status, 1, stderr)
  assert.match(stderr, /The node must end: EIO/)
  assert.doesNotMatch(stdout, /is ready/)
  const left = readdirSync(data)
  assert.ok(left.includes('founding') && !left.includes('genesis.cbor'), `the founding went on: ${left.join(', ')}`)
})
