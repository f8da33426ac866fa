/**
 * What `doctor` names, and that each sentence says what to do: over real ports, real servers and real clocks that are wrong.
 * @module
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { roles, type Member } from '@jurat/core/ledger/consortium'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import { languages } from '@jurat/verify/messages/language'
import { catalogue, message } from '@jurat/verify/messages/message'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { cometbftVersion } from '../../engine/cometbft/supervision/binary.ts'
import { createSealer } from '../../features/keys/seal.ts'
import { systemClock } from '../../platform/clock.ts'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import { createNodeFiles } from '../../platform/nodeFiles.ts'
import { freePort } from '../../platform/ports.fixtures.ts'
import { assembleGenesis } from '../network/assemble.ts'
import { makeJoin } from '../network/join.ts'
import type { Join } from '../network/joinFile.ts'
import { checkDisk, checkEngine, checkPeers, checkPort, type Finding, freeBytesMin } from './checks.ts'

const network = 'jurat.example/doctor'
const nodeProgram = join(import.meta.dirname, '../../cli.ts')
const cliProgram = join(import.meta.dirname, '../../../../cli/bin/jurat.js')

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Listens on a free port, for as long as the test runs. */
async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A node whose clock is ahead by so much. */
const nodeAhead = (t: TestContext, aheadMs: number): Promise<number> =>
  listening(
    t,
    createHttpServer((_, response) => {
      response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString())
      response.end('{}')
    }),
  )

const none = new Uint8Array(0)
const noKeys = Object.fromEntries(roles.map((role) => [role, none])) as Member['keys']
const member = (name: string, ...addresses: string[]): Member => ({ name, addresses, keys: noKeys, proofs: noKeys })

/** Name, verdict and key of each finding. */
const told = (findings: readonly Finding[]): string[] =>
  findings.map(({ name, finding, key }) => `${name} ${finding} ${key.replace('cli.doctor.', '')}`)

test('CometBFT: there, missing, of another version', async (t) => {
  const folder = freshFolder(t)
  const program = join(folder, 'cometbft')
  const check = (needed: boolean): Promise<Finding> =>
    checkEngine({ configured: null, cache: folder, path: '' }, needed)
  assert.deepEqual(told([await check(true)]), ['CometBFT missing engineMissing'])
  assert.deepEqual(told([await check(false)]), ['CometBFT optional engineMissing'])
  writeFileSync(program, '#!/bin/sh\necho v0.38.25\n', { mode: 0o755 })
  const wrong = await check(true)
  assert.deepEqual(told([wrong]), ['CometBFT missing engineWrong'])
  assert.match(message('en', wrong.key, wrong.values), new RegExp(`0\\.38\\.25.*${cometbftVersion}.*engine:install`))
  writeFileSync(program, `#!/bin/sh\necho v${cometbftVersion}\n`, { mode: 0o755 })
  assert.deepEqual(told([await check(true)]), ['CometBFT good engine'])
})

test('a port that is free, taken, or none of ours', async (t) => {
  const taken = await listening(t, createServer())
  const check = async (host: string, port: number): Promise<string> => {
    const { key, values } = await checkPort({ host, port, flag: 'members-listen' })
    return message('en', key, values)
  }
  assert.match(await check('127.0.0.1', await freePort()), /is free/)
  assert.match(await check('127.0.0.1', taken), /another program listens.*--members-listen/)
  // An address of documentation (RFC 5737) that no machine has.
  assert.match(await check('192.0.2.1', 1), /cannot be listened on \(EADDRNOTAVAIL\)/)
})

test('a full disk', async (t) => {
  const folder = freshFolder(t)
  assert.deepEqual(told([await checkDisk(folder, () => Promise.resolve(freeBytesMin))]), ['disk good disk'])
  assert.deepEqual(told([await checkDisk(folder, () => Promise.resolve(freeBytesMin - 1))]), ['disk missing diskFull'])
  assert.equal((await checkDisk(folder)).name, 'disk')
})

test('members that do not answer, and what the others say of the clock', async (t) => {
  const closed = await freePort()
  const [right, slow, wrong] = [await nodeAhead(t, 0), await nodeAhead(t, 400), await nodeAhead(t, 3_600_000)]
  const consensus = await listening(t, createServer())
  const url = (port: number): string => `http://127.0.0.1:${port}`
  const found = await checkPeers(
    [
      member('a', url(right), `jurat-consensus://127.0.0.1:${consensus}`),
      member('b', url(slow), `jurat-consensus://127.0.0.1:${closed}`, `jurat-members://127.0.0.1:${closed}`),
      member('c', url(closed)),
      member('d', url(wrong)),
    ],
    systemClock,
  )
  assert.deepEqual(told(found), [
    'a good peer',
    'b missing peerUnreachable',
    'b missing peerUnreachable',
    'c missing peerUnreachable',
    'd good peer',
    'clock good clockPeers',
  ])
  assert.equal(found[1]?.values['reason'], 'ECONNREFUSED')

  const off = await checkPeers([member('d', url(wrong))], systemClock)
  assert.equal(off[1]?.key, 'cli.doctor.clockPeersOff')
  assert.ok(Math.abs(Number(off[1].values['seconds']) + 3_600) <= 2)
  assert.deepEqual(told(await checkPeers([], systemClock)), ['clock optional clockUnknown'])
})

test('every trouble is said in every language, with its values', () => {
  const keys = Object.keys(catalogue.en).filter((key) => key.startsWith('cli.doctor.')) as Finding['key'][]
  for (const key of keys) {
    const holes = (language: (typeof languages)[number]): string[] =>
      [...catalogue[language][key].matchAll(/\{\w+\}/g)].map(String).toSorted()
    for (const language of languages) assert.deepEqual(holes(language), holes('en'), `${key} in ${language}`)
  }
})

interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Runs a program without stopping the servers of this process. */
function run(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(process.execPath, words, { env: { ...process.env, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((resolve) => void child.on('close', (code) => resolve({ code, output })))
}

test('jurat doctor tells of a member whose neighbours are away and whose port is taken', async (t) => {
  const folder = freshFolder(t)
  const [data, taken, closed] = [join(folder, 'data'), await listening(t, createServer()), await freePort()]
  const joins: Join[] = []
  for (const name of ['m0', 'm1', 'm2', 'm3']) {
    const port = name === 'm0' ? taken : closed
    const addresses = [`http://127.0.0.1:${closed}/${name}`, `jurat-consensus://127.0.0.1:${port}/${name}`]
    const [files, place] = name === 'm0' ? [createNodeFiles(), data] : [new MemoryFiles(), '/data']
    joins.push(await makeJoin(files, place, createSealer(new Uint8Array(32)), { network, name, addresses }))
  }
  const genesis = assembleGenesis(nodeCrypto, {
    network,
    joins,
    timeMs: 1_800_000_000_000,
    quorum: null,
    witnesses: [],
    witnessQuorum: 0,
    parameters: defaultParameters,
  })
  writeFileSync(join(data, 'genesis.cbor'), genesis)
  const env = {
    JURAT_CONFIG_DIR: join(folder, 'config'),
    JURAT_COMETBFT: join(folder, 'none'),
    JURAT_LISTEN: '127.0.0.1:0',
  }
  const ended = await run([nodeProgram, 'doctor', '--data', data], env)
  assert.equal(ended.code, 1, ended.output)
  assert.match(ended.output, /✘ CometBFT: .*engine:install/)
  assert.match(ended.output, new RegExp(`✘ port ${taken}: another program.*--consensus-listen`))
  assert.match(ended.output, /✔ disk/)
  for (const name of ['m1', 'm2', 'm3']) assert.match(ended.output, new RegExp(`✘ ${name}: ${name} does not answer`))
  const said = await run([cliProgram, 'doctor', '--data', data, '--language', 'zh-CN'], env)
  assert.equal(said.code, 1, said.output)
  assert.match(said.output, /✘ m1: m1 在 .*没有应答/)
})
