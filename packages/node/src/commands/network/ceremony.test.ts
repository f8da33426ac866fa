/**
 * The ceremony: four institutions make their keys, one assembles, all check; and what must be refused on the way.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { type Bytes, toHex } from '@jurat/core/bytes'
import { type Member, type OutsideWitness, roles } from '@jurat/core/ledger/consortium'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import { readConfig } from '../../config.ts'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { peersOf } from '../../engine/cometbft/supervision/peers.ts'
import { createSealer } from '../../features/keys/seal.ts'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import { createNodeFiles } from '../../platform/nodeFiles.ts'
import { openDataFolder } from '../dataFolder.ts'
import { assembleGenesis } from './assemble.ts'
import { describeGenesis, joinDifferences, readGenesis } from './check.ts'
import { makeJoin } from './join.ts'
import { formatJoin, type Join, memberAccountNames, parseJoin } from './joinFile.ts'

const network = 'jurat.example/ceremony'
const names = ['court', 'notary', 'forensics', '杭州公证处'] as const
const program = join(import.meta.dirname, '../../cli.ts')

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function run(folder: string, words: readonly string[]): { code: number | null; output: string } {
  const env = { ...process.env, JURAT_MASTER_KEY_FILE: join(folder, 'master.key') }
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    cwd: folder,
    env,
    encoding: 'utf8',
  })
  return { code: status, output: stdout + stderr }
}

const joinWords = (at: number): string[] => {
  const place = `--url https://m${at}.example --consensus m${at}.example:26656 --members m${at}.example:26657`
  return `network join --name ${names[at]} --network ${network} --data m${at} ${place} --out ${at}.join.json`.split(' ')
}

test('four institutions found a network, and each sees itself in it', async (t) => {
  const folder = freshFolder(t)
  for (const at of names.keys()) {
    const { code, output } = run(folder, joinWords(at))
    assert.equal(code, 0, output)
  }
  const files = names.map((_, at) => `${at}.join.json`)
  const { code, output } = run(folder, ['network', 'assemble', ...files, '--name', network, '--out', 'genesis.cbor'])
  assert.equal(code, 0, output)
  const hash = /^hash +([0-9a-f]{64})$/m.exec(output)?.[1]
  assert.ok(hash !== undefined, output)
  for (const [at, name] of names.entries()) {
    const checked = run(folder, ['network', 'check', 'genesis.cbor', '--data', `m${at}`])
    assert.equal(checked.code, 0, checked.output)
    assert.match(checked.output, new RegExp(`${name} stands in it unchanged.*${hash}`))
  }

  // Nothing secret leaves: the private keys are sealed, and not in the join file.
  const keys = join(folder, 'm0', 'keys')
  for (const name of readdirSync(keys)) assert.equal(statSync(join(keys, name)).mode & 0o777, 0o600, name)
  assert.ok(readdirSync(join(folder, 'm0', 'signer')).includes('cometbft'))

  // The folder is a member's from now on, and takes no other genesis.
  const environment = { JURAT_MASTER_KEY_FILE: join(folder, 'master.key') }
  const open = async (...words: string[]): ReturnType<typeof openDataFolder> => {
    const { config } = await readConfig(['--data', join(folder, 'm0'), ...words], environment)
    return openDataFolder(config, createNodeFiles(), environment, true)
  }
  await assert.rejects(open(), /waits for its genesis/)
  const genesis = join(folder, 'genesis.cbor')
  const first = await open('--genesis', genesis)
  assert.equal(first.member.member, 'court')
  assert.equal(toHex(first.genesis), toHex(readFileSync(genesis)))
  assert.ok(first.founding !== null && !first.beginsSigner)
  await first.founded()
  await first.release()
  const second = await open()
  assert.equal(second.founding, null)
  await second.release()
  const again = run(folder, ['network', 'assemble', ...files, '--name', network, '--out', 'other.cbor'])
  assert.equal(again.code, 0, again.output)
  await assert.rejects(open('--genesis', join(folder, 'other.cbor')), /is another genesis/)
  const existing = run(folder, ['network', 'assemble', ...files, '--name', network, '--out', 'other.cbor'])
  assert.match(existing.output, /other\.cbor exists already/)
  assert.equal(existing.code, 1)
  assert.match(run(folder, joinWords(0)).output, /has joined a network already/)
})

test('a changed join file, a wrong folder, missing words', (t) => {
  const folder = freshFolder(t)
  assert.equal(run(folder, joinWords(0)).code, 0)
  const text = readFileSync(join(folder, '0.join.json'), 'utf8')
  writeFileSync(join(folder, 'changed.json'), text.replace('"name": "court"', '"name": "palace"'))
  const assemble = (file: string): string =>
    run(folder, ['network', 'assemble', file, '--name', network, '--out', 'g']).output
  assert.match(assemble('changed.json'), /changed\.json: the key ballot is not proven for palace/)
  assert.match(assemble('0.join.json'), /a consortium has 4 to 31 members, these are 1/)
  assert.equal(run(folder, ['network']).code, 2)
  assert.equal(run(folder, ['network', 'join', '--name', 'x']).code, 2)
  assert.equal(run(folder, ['network', 'check', '0.join.json', '--data', 'm0']).code, 1)
  const started = run(folder, ['start', '--data', 'fresh', '--genesis', '0.join.json'])
  assert.match(started.output, /has joined no network/)
})

/** Joins over a disk in memory, with master keys of their own. */
async function madeJoins(count: number): Promise<Join[]> {
  const joins: Join[] = []
  for (let at = 0; at < count; at++) {
    const files = new MemoryFiles()
    const addresses = [`https://m${at}.example`, `jurat-consensus://m${at}.example:26656`]
    const request = { network, name: `m${at}`, addresses }
    joins.push(await makeJoin(files, '/data', createSealer(new Uint8Array(32).fill(at)), request))
  }
  return joins
}

test('what two institutions cannot share is named with its owners', async () => {
  const joins = await madeJoins(4)
  const [first, second] = joins as [Join, Join, Join, Join]
  const assembly = {
    network,
    joins,
    timeMs: 1_800_000_000_000,
    quorum: null,
    witnesses: [],
    witnessQuorum: 0,
    parameters: defaultParameters,
  }
  const withMember = (change: Partial<Member>): Join[] => [
    { ...first, member: { ...first.member, ...change } },
    ...joins.slice(1),
  ]
  for (const [what, changed, expected] of [
    ['name', { joins: withMember({ name: 'm1' }) }, /the member name m1 stands twice/],
    [
      'address',
      { joins: withMember({ addresses: second.member.addresses }) },
      /the address https:\/\/m1.example stands twice: m0 and m1/,
    ],
    [
      'key',
      { joins: withMember({ keys: { ...first.member.keys, transport: second.member.keys.log } }) },
      /the key [0-9a-f]{16}… stands twice: transport of m0 and log of m1/,
    ],
    ['file', { joins: [...joins, first] }, /the member name m0 stands twice/],
    [
      'other network',
      { network: 'jurat.example/other' },
      /has joined jurat.example\/ceremony, not jurat.example\/other/,
    ],
    ['quorum', { quorum: 2 }, /a quorum of 2 of 4 is not between 3 and 4/],
    ['too few', { joins: joins.slice(1) }, /4 to 31 members, these are 3/],
    [
      'too many to vote on',
      { joins: await madeJoins(16) },
      /^the ballot for a document of 16 members has 6\d{4} bytes, and may have 65536: this network could never change/,
    ],
  ] as const) {
    assert.throws(() => assembleGenesis(nodeCrypto, { ...assembly, ...changed }), { message: expected }, what)
  }
  const genesis = assembleGenesis(nodeCrypto, assembly)
  const reordered = assembleGenesis(nodeCrypto, { ...assembly, joins: joins.toReversed() })
  assert.deepEqual(genesis, reordered, 'the order of the files decides nothing')
  const checked = readGenesis(nodeCrypto, genesis, 'genesis')
  for (const join of joins) assert.deepEqual(joinDifferences(checked, join), [])
  const shown = (of: Bytes): string[] =>
    describeGenesis(nodeCrypto, readGenesis(nodeCrypto, of, 'genesis')).filter((line) => line.startsWith('log'))
  assert.deepEqual(shown(genesis), [])
  const key = nodeCrypto.publicKeyOf(Uint8Array.of(1, ...new Uint8Array(32).fill(9)))
  const witness: OutsideWitness = { name: 'witness.example', url: 'https://witness.example', keys: [key] }
  const witnessed = { ...assembly, witnesses: [witness], witnessQuorum: 1 }
  // What a witness has to be told: one log for each member, in one order for everybody.
  const logs = shown(assembleGenesis(nodeCrypto, witnessed))
  assert.deepEqual(
    logs.map((line) => line.replace(/^log +([^+]+)\+[0-9a-f]{8}\+.*$/, '$1')),
    ['m0', 'm1', 'm2', 'm3'].map((name) => `${network}/${name}`),
  )
  const peers = peersOf(nodeCrypto, checked.document, 'm0')
  assert.deepEqual(
    peers.map((peer) => peer.replace(/^[0-9a-f]{40}@/, '')),
    ['m1.example:26656', 'm2.example:26656', 'm3.example:26656'],
  )

  // Whoever assembles cannot change a member unseen.
  const [stranger] = await madeJoins(1)
  assert.ok(stranger !== undefined)
  const differing = joinDifferences(checked, stranger)
  assert.equal(differing.filter((line) => line.startsWith('the key')).length, roles.length)
  assert.equal(differing.filter((line) => line.startsWith('the account')).length, 3)
  const moved = { ...first, member: { ...first.member, addresses: ['https://else.example'] } }
  assert.match(joinDifferences(checked, moved)[0] ?? '', /^the addresses are https:\/\/m0/)
})

test('a join file is read narrowly', async () => {
  const [join] = await madeJoins(1)
  assert.ok(join !== undefined)
  const text = formatJoin(join)
  assert.deepEqual(parseJoin(nodeCrypto, text, 'f'), join)
  const value = JSON.parse(text) as Record<string, unknown>
  for (const [what, changed] of [
    ['no JSON', '{'],
    ['no object', '[]'],
    ['another format', JSON.stringify({ ...value, format: 'jurat-join/2' })],
    ['a further field', JSON.stringify({ ...value, more: 1 })],
    ['no keys', JSON.stringify({ ...value, keys: {} })],
    ['no base64', text.replace(/"proof": "./, '"proof": "!')],
    ['another account', text.replace('"registrar.m0"', '"registrar.m1"')],
    ['too long', text + ' '.repeat(65_536)],
    ['a prototype', JSON.stringify({ ...value, keys: { ...(value['keys'] as object), ['__proto__x']: 1 } })],
  ] as const) {
    assert.throws(() => parseJoin(nodeCrypto, changed, 'f'), { code: 'ceremony-refused' }, what)
  }
})

test('names of accounts follow from the member, whatever its name', () => {
  for (const [member, registrar] of [
    ['court', /^registrar\.court$/],
    ['杭州公证处', /^registrar\.杭州公证处$/],
    ['Court/Hangzhou', /^registrar\.[a-z2-7]{26}$/],
    ['x'.repeat(60), /^registrar\.[a-z2-7]{26}$/],
  ] as const) {
    assert.match(memberAccountNames(nodeCrypto, member).registrar, registrar)
  }
})
