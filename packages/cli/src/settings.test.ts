import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { CliError } from './exitCodes.ts'
import { configFile, configFolder, readSettings, settingsTable, writeSetting } from './settings.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jurat-settings-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

test('a flag wins over the environment, that over the file', () => {
  const environment = { JURAT_CONFIG_DIR: folder }
  writeSetting(environment, 'node', 'http://file')
  const cases: readonly [Record<string, string>, { node?: string }, string, string][] = [
    [{}, {}, 'http://file', 'file'],
    [{ JURAT_NODE: 'http://environment' }, {}, 'http://environment', 'environment'],
    [{ JURAT_NODE: 'http://environment' }, { node: 'http://flag' }, 'http://flag', 'flag'],
    [{ JURAT_NODE: '' }, {}, 'http://file', 'file'],
  ]
  for (const [variables, flags, value, source] of cases) {
    assert.deepEqual(readSettings({ ...environment, ...variables }, flags).node, { value, source })
  }
  writeSetting(environment, 'node', null)
  assert.deepEqual(readSettings(environment, {}).node, { value: null, source: 'default' })
})

test('every setting has a variable of its own', () => {
  const variables = Object.values(settingsTable).map(({ variable }) => variable)
  assert.equal(new Set(variables).size, variables.length)
  for (const variable of variables) assert.match(variable, /^JURAT_[A-Z_]+$/u)
})

test('where the configuration lies', () => {
  assert.equal(configFolder({ JURAT_CONFIG_DIR: '/a', XDG_CONFIG_HOME: '/b' }), '/a')
  assert.equal(configFolder({ XDG_CONFIG_HOME: '/b' }), '/b/jurat')
  assert.match(configFolder({}), /\.config\/jurat$/u)
})

test(
  'nobody else reads the configuration file',
  { skip: process.platform === 'win32' && 'Windows has no modes' },
  () => {
    writeSetting({ JURAT_CONFIG_DIR: folder }, 'key', 'secret')
    assert.equal(statSync(configFile({ JURAT_CONFIG_DIR: folder })).mode & 0o777, 0o600)
    assert.match(readFileSync(configFile({ JURAT_CONFIG_DIR: folder }), 'utf8'), /secret/u)
  },
)

test('a configuration file that cannot be used is a usage error, a misspelt name too', () => {
  for (const text of ['{', '[]', 'null', '{"nodes": "x"}', '{"node": 1}']) {
    writeFileSync(join(folder, 'config.json'), text)
    assert.throws(
      () => readSettings({ JURAT_CONFIG_DIR: folder }, {}),
      (error: unknown) => error instanceof CliError && error.exitCode === 2,
      text,
    )
  }
})
