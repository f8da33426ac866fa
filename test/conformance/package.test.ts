/**
 * Programs that nobody here wrote open an evidence package: unzip takes it apart, its list names the digests that we compute
 * from the files, and openssl verifies the time-stamp token over the list.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { manifestPath, tokenPath } from '@jurat/verify/package/places'
import { freshFolder, type Node, startNode } from '../runningNode.ts'
import { tool } from './tools.ts'

const unzip = tool('unzip')
const openssl = tool('openssl')
const skip = (unzip === null && 'unzip is not installed') || (openssl === null && 'openssl is not installed')
const folder = freshFolder()
const at = (...names: readonly string[]): string => join(folder, ...names)
const jurat = join(import.meta.dirname, '../../packages/cli/bin/jurat.js')

let node: Node | null = null

before(async () => {
  if (skip !== false) return
  node = await startNode(freshFolder(), ['--database-url', 'off', '--network', 'jurat.test/packages'])
  mkdirSync(at('case/annex'), { recursive: true })
  writeFileSync(at('case/contract.txt'), 'The contract.\n')
  writeFileSync(at('case/annex/合同 附件&1.txt'), 'The annex.\n')
  writeFileSync(at('trust.json'), await (await fetch(`${node.url}/v1/trust`)).text())
})

after(() => node?.stop())

/** Runs a program, which must end with this code. @returns what it said */
function run(program: string, args: readonly string[], code = 0): string {
  const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, JURAT_CONFIG_DIR: at('config') } } as const
  const { status, stdout, stderr } = spawnSync(program, args, options)
  assert.equal(status, code, `${program} ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

const command = (args: readonly string[], code = 0): string => run(process.execPath, [jurat, ...args], code)

test('a package of real deposits opens everywhere, and verifies offline', { skip }, async () => {
  const { url = '', apiKey = '' } = node ?? {}
  const access = ['--node', url, '--key', apiKey]
  command(['deposit', 'case', '--receipt', 'receipts/', ...access])
  command(['package', 'case', '--receipts', 'receipts/', '--out', 'case.asice', '--attach', 'trust.json', ...access])
  command(['record', 'make', 'case.asice', '--out', 'case.ers', ...access])
  command(['record', 'renew', 'case.ers', ...access])
  command(['record', 'renew', 'case.ers', 'case.asice', '--algorithm', 'sha512', ...access])
  command(['record', 'renew', 'case.ers', '--algorithm', 'sha384', ...access], 2)
  const chain = await (await fetch(`${url}/api/v1/timestamp/certchain`)).text()
  writeFileSync(at('root.pem'), chain.split(/(?<=-----END CERTIFICATE-----\n)/u).at(-1) || chain)
  await node?.stop()

  assert.match(command(['verify', 'case.asice', '--trust', 'trust.json']), /^the package holds: 2 receipt/u)
  const judge = ['record', 'verify', 'case.ers', 'case.asice', '--trust', 'trust.json']
  assert.match(command(judge), /unchanged since [^]*3 time stamp\(s\) in 2 chain\(s\)/u)
  command([...judge, '--at', '2999-01-01T00:00:00Z'], 3)
  command([...judge, '--weak', 'sha256=2001-01-01'], 1)
  command([...judge, '--weak', 'sha256=2001-02-30'], 2)
  command(['record', 'verify', 'case.ers', 'trust.json', '--trust', 'trust.json'], 1)
  run(unzip ?? '', ['-q', 'case.asice', '-d', 'opened'])
  const manifest = readFileSync(at('opened', manifestPath), 'utf8')
  const listed = [...manifest.matchAll(/ObjectReference URI="([^"]+)">[^]*?<ds:DigestValue>([^<]+)</gu)]
  const files = readdirSync(at('opened'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  assert.equal(listed.length + 3, files.length, 'all but the three files of the container')
  for (const [, uri = '', digest] of listed) {
    const bytes = readFileSync(at('opened', decodeURIComponent(uri)))
    assert.equal(createHash('sha256').update(bytes).digest('base64'), digest, uri)
  }
  const verification = ['ts', '-verify', '-token_in', '-in', join('opened', tokenPath), '-CAfile', 'root.pem']
  run(openssl ?? '', [...verification, '-data', join('opened', manifestPath)])
  run(openssl ?? '', [...verification, '-data', join('opened', 'README.en.txt')], 1)
})

test('what cannot be packed or verified says why', { skip }, () => {
  writeFileSync(at('no.asice'), 'no archive')
  command(['verify', 'no.asice', '--trust', 'trust.json'], 1)
  command(['verify', 'missing.asice'], 2)
  command(['package', 'case', '--receipts', 'nowhere/', '--out', 'x.asice', '--authority', 'http://127.0.0.1:9/tsa'], 2)
  command(
    ['package', 'case', '--receipts', 'receipts/', '--out', 'x.asice', '--authority', 'http://127.0.0.1:9/tsa'],
    4,
  )
  assert.ok(!readdirSync(folder).some((name) => name.startsWith('x.asice')), 'nothing half made is left')
})
