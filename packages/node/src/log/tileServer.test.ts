import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText, toText } from '@jurat/core/bytes'
import { serveLog, type LogSource } from './tileServer.ts'

const source: LogSource = {
  store: { tileBytes: async (path) => (path === 'tile/0/000.p/5' ? fromText(path) : null) },
  checkpoint: () => fromText('note'),
  witnessed: async () => fromText('note of outside witnesses'),
}

test('media types and cache headers of tlog-tiles', async () => {
  const checkpoint = await serveLog(source, 'checkpoint')
  assert.equal(checkpoint.status, 200)
  assert.equal(checkpoint.headers['content-type'], 'text/plain; charset=utf-8')
  assert.match(checkpoint.headers['cache-control'] ?? '', /max-age=1\b/)
  const tile = await serveLog(source, 'tile/0/000.p/5')
  assert.equal(tile.headers['content-type'], 'application/octet-stream')
  assert.match(tile.headers['cache-control'] ?? '', /immutable/)
  assert.equal(toText(tile.body), 'tile/0/000.p/5')
})

test('the log as a member serves it to outside witnesses: another checkpoint, the same tiles', async () => {
  const checkpoint = await serveLog(source, 'witnessed/checkpoint')
  assert.equal(checkpoint.status, 200)
  assert.equal(toText(checkpoint.body), 'note of outside witnesses')
  assert.match(checkpoint.headers['cache-control'] ?? '', /max-age=1\b/)
  assert.deepEqual(await serveLog(source, 'witnessed/tile/0/000.p/5'), await serveLog(source, 'tile/0/000.p/5'))
  for (const path of ['witnessed/', 'witnessed/witnessed/checkpoint', 'witnessed/tile/0/000.p/0']) {
    assert.equal((await serveLog(source, path)).status, 404)
  }
  const none = await serveLog({ ...source, witnessed: async () => null }, 'witnessed/checkpoint')
  assert.deepEqual([none.status, none.headers['cache-control']], [404, 'no-store'])
})

test('what is not there is 404 and not cached; before the first checkpoint 503', async () => {
  const paths = [
    '',
    'tile',
    'tile/0/001',
    'tile/0/000.p/0',
    'tile/64/000',
    'tile/0/../../state',
    'tile/0/x000/001',
    '%2e',
  ]
  for (const path of [...paths, 'x'.repeat(100_000)]) {
    const { status, headers } = await serveLog(source, path)
    assert.deepEqual([status, headers['cache-control']], [404, 'no-store'], path.slice(0, 40))
  }
  const young = await serveLog({ ...source, checkpoint: () => null }, 'checkpoint')
  assert.deepEqual([young.status, young.headers['retry-after']], [503, '1'])
})
