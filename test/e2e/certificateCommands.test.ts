/**
 * `jurat ca`: the key of the root goes under a passphrase and out of the data folder, and back for a renewal; certificates are issued and
 * revoked from the command line.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { JuratError } from '@jurat/core/errors'
import { ca } from '@jurat/node/commands/ca'
import { freshFolder, nodeEnvironment, startNode } from '../runningNode.ts'

const command = join(import.meta.dirname, '../../packages/cli/bin/jurat.js')

test('a root goes into the safe and back; certificates are issued and revoked by command', async () => {
  const folder = freshFolder()
  const data = join(folder, 'data')
  const at = (name: string): string => join(folder, name)
  const authority = (name: string): string => join(data, 'keys', 'authority', name)
  const jurat = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): { code: number; said: string } => {
    const env = { ...nodeEnvironment(folder), JURAT_CONFIG_DIR: at('config'), ...environment }
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...words], { env, encoding: 'utf8' })
    return { code: status ?? -1, said: stdout + stderr }
  }
  /** The node's own part of it, which the command starts as a program: here without a process for each case. */
  const stopped = async (words: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> => {
    try {
      return await ca(words.slice(1), { ...nodeEnvironment(folder), ...environment })
    } catch (error) {
      assert.ok(error instanceof JuratError, String(error))
      return 1
    }
  }
  const secret = { JURAT_PASSPHRASE: 'correct horse battery' }
  const founded = await startNode(folder, ['--database-url', 'off'])
  assert.match(jurat(['ca', 'root', 'export', at('root.key'), '--data', data], secret).said, /another process/u)
  await founded.stop()
  const own = ['--data', data] as const
  const cases: readonly (readonly [string, readonly string[], NodeJS.ProcessEnv, number])[] = [
    ['made already', ['ca', 'init', ...own], {}, 1],
    ['no passphrase', ['ca', 'root', 'export', at('root.key'), ...own], {}, 1],
    ['a short passphrase', ['ca', 'root', 'export', at('root.key'), ...own], { JURAT_PASSPHRASE: 'short' }, 1],
    ['no export yet', ['ca', 'root', 'remove', at('root.key'), ...own], secret, 1],
    ['exported', ['ca', 'root', 'export', at('root.key'), ...own], secret, 0],
    ['never over an export', ['ca', 'root', 'export', at('root.key'), ...own], secret, 1],
    [
      'another passphrase',
      ['ca', 'root', 'remove', at('root.key'), ...own],
      { JURAT_PASSPHRASE: 'another one here' },
      1,
    ],
    ['removed', ['ca', 'root', 'remove', at('root.key'), ...own], secret, 0],
    ['nothing to export', ['ca', 'root', 'export', at('again.key'), ...own], secret, 1],
    ['no key for a renewal', ['ca', 'renew', ...own], secret, 1],
    ['no such word', ['ca', 'root', 'lose', at('root.key'), ...own], secret, 2],
  ]
  for (const [what, words, environment, code] of cases) {
    assert.equal(await stopped(words, environment), code, what)
  }
  assert.ok(!existsSync(authority('root.key')))
  const root = new X509Certificate(readFileSync(authority('root.pem')))
  const key = { key: readFileSync(at('root.key')), passphrase: secret.JURAT_PASSPHRASE }
  assert.ok(root.checkPrivateKey(createPrivateKey(key)), 'any program that reads PKCS #8 opens it')
  const before = readFileSync(authority('issuing.pem'), 'utf8')
  assert.equal(await stopped(['ca', 'renew', '--root', at('root.key'), ...own], secret), 0)
  assert.notEqual(readFileSync(authority('issuing.pem'), 'utf8'), before)

  const node = await startNode(folder, ['--database-url', 'off'])
  const admin = ['--node', node.url, '--key', node.apiKey]
  const issued = (words: readonly string[]): { code: number; said: string } =>
    jurat(['ca', 'issue', ...words, ...admin])
  const organisations = await fetch(`${node.url}/v1/organisations`, {
    headers: { authorization: `Bearer ${node.apiKey}` },
  })
  const [{ id: organisation }] = ((await organisations.json()) as { organisations: [{ id: string }] }).organisations
  const words = ['王小明', '--profile', 'documentSigning', '--organisation', organisation, '--out', at('own.pem')]
  const { code, said } = issued(words)
  assert.equal(code, 0, said)
  const serial = new X509Certificate(readFileSync(at('own.pem'))).serialNumber.toLowerCase()
  const listed = jurat(['ca', 'list', '--json', ...admin])
  const certificates = (JSON.parse(listed.said) as { certificates: { profile: string; serial: string }[] }).certificates
  assert.deepEqual(
    certificates.map(({ profile }) => profile),
    ['timeStamping', 'documentSigning', 'documentSigning'],
  )
  assert.match(jurat(['ca', 'revoke', serial, '--reason', 'superseded', ...admin]).said, /revoked: superseded/u)
  assert.match(jurat(['ca', 'show', serial, ...admin]).said, /王小明 {2}revoked: superseded/u)
  await node.stop()

  rmSync(join(data, 'keys', 'authority'), { recursive: true })
  assert.equal(await stopped(['ca', 'init', ...own], {}), 0)
  assert.ok(existsSync(authority('root.pem')))
})
