/**
 * Where a value comes from, and what is refused.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { configOptions, readConfig } from './config.ts'
import { configManual } from './config/manual.ts'

test('flag wins over environment, that over file, that over default', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'jurat-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'jurat.json')
  await writeFile(file, JSON.stringify({ connectionsMax: 3, logLevel: 'warn', rawFront: true, listen: '[::1]:1' }))
  const environment = { JURAT_CONFIG: file, JURAT_CONNECTIONS_MAX: '2', JURAT_LISTEN: ':2' }
  const { config, rest } = await readConfig(['--connections-max', '1', 'x', '--unknown', '--data=/d'], environment)
  assert.deepEqual(
    [config.connectionsMax, config.listen, config.logLevel, config.rawFront, config.data, config.originalBytesMax],
    [1, { host: '0.0.0.0', port: 2 }, 'warn', true, '/d', 10_737_418_240],
  )
  assert.deepEqual(rest, ['x', '--unknown'])
})

test('addresses', async () => {
  for (const [text, host, port] of [
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['[::1]:0', '::1', 0],
    ['localhost:65535', 'localhost', 65535],
  ] as const) {
    assert.deepEqual((await readConfig(['--listen', text], {})).config.listen, { host, port })
  }
})

test('what cannot be meant is refused', async () => {
  for (const args of [
    ['--listen', '127.0.0.1'],
    ['--listen', 'a:65536'],
    ['--listen', 'a:b'],
    ['--listen'],
    ['--connections-max', '0'],
    ['--connections-max', '1.5'],
    ['--http-threads', '17'],
    ['--log-level', 'loud'],
    ['--raw-front=maybe'],
    ['--tls-key', 'k.pem'],
    ['--witnesses', 'ftp://x key'],
    ['--witnesses', 'https://x'],
    ['--mirrors', 'ftp://x'],
    ['--config', '/nowhere/jurat.json'],
  ]) {
    await assert.rejects(readConfig(args, {}), { code: 'config-invalid' }, args.join(' '))
  }
})

test('witnesses', async () => {
  const { config } = await readConfig(['--witnesses', 'https://w.example/x a+1+k; http://b v1 v2 '], {})
  assert.deepEqual(config.witnesses, [
    { url: 'https://w.example/x', vkeys: ['a+1+k'] },
    { url: 'http://b', vkeys: ['v1', 'v2'] },
  ])
})

test('the manual is what the options say', async () => {
  const manual = new URL('../../../docs/operating/configuration.md', import.meta.url)
  assert.equal(await readFile(manual, 'utf8'), configManual())
  const { config } = await readConfig([], {})
  assert.deepEqual(new Set(configOptions.map(({ name }) => name)), new Set(Object.keys(config)))
})
