/**
 * CometBFT's configuration: every key exists in the pinned version, the manual tells every value, and the traps are
 * avoided.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeCrypto } from '../../../crypto/nodeCrypto.ts'
import { testNetwork } from '../../network.fixtures.ts'
import { engineFolder, findCometbft } from './binary.ts'
import { configFile } from './configFile.ts'
import { genesisFile } from './genesisFile.ts'

const settings = {
  moniker: 'court "of" 杭州\n[p2p]',
  abciSocket: '/data/cometbft/abci.sock',
  rpcSocket: '/data/cometbft/rpc.sock',
  peerListen: '0.0.0.0:26656',
  peers: ['aa@one:1', 'bb@two:2'],
  signerStateFile: '/data/signer/cometbft',
  transactionBytesMax: 1_234_567,
  heartbeatMs: 30_000,
  metricsListen: null,
  stateSync: null,
}

/** Keys with their section, and values without quotes. */
function entriesOf(toml: string): Map<string, string> {
  const entries = new Map<string, string>()
  let section = ''
  for (const line of toml.split('\n')) {
    section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section
    const [, key, value = ''] = /^([a-z0-9_]+) = (.*)$/.exec(line) ?? []
    if (key !== undefined) entries.set(section === '' ? key : `${section}.${key}`, value.replaceAll(/^"|"$/g, ''))
  }
  return entries
}

const ours = entriesOf(configFile(settings))

const program = await findCometbft({ configured: null, cache: engineFolder, path: process.env['PATH'] ?? '' }).catch(
  (error: unknown) => {
    if (process.env['JURAT_REQUIRE_TOOLS'] === '1') throw error
    return ''
  },
)
const skip = program === '' && 'CometBFT is not installed (npm run engine:install)'

test('every key that we write exists in this version', { skip }, (t) => {
  const home = mkdtempSync(join(tmpdir(), 'jurat-comet-'))
  t.after(() => rmSync(home, { recursive: true }))
  execFileSync(program, ['init', '--home', home], { stdio: 'ignore' })
  const defaults = entriesOf(readFileSync(join(home, 'config', 'config.toml'), 'utf8'))
  assert.ok(defaults.size > 80)
  for (const key of ours.keys()) assert.ok(defaults.has(key), `${key} is no key of CometBFT`)
})

test('the manual names every key, and the values that do not differ from member to member', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../../../docs/operating/cometbft.md'), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const told = new Set(
    rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1])),
  )
  const own = ['moniker', 'p2p.laddr', 'statesync.enable', 'rpc.max_open_connections', 'rpc.pprof_laddr']
  const unsaid = [...ours.keys()].filter((key) => !told.has(key) && !own.includes(key))
  assert.deepEqual(
    unsaid.filter((key) => !/_delta$|prometheus_listen_addr$/.test(key)),
    [],
  )
  for (const key of told) assert.ok(ours.has(key ?? ''), `${key} is not written`)
  for (const row of rows) {
    const [, keys = '', values = ''] = row.split('|')
    const said = [...values.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
    const written = [...keys.matchAll(/`([^`]+)`/g)].map((match) => ours.get(match[1] ?? '') ?? '')
    for (const value of said) {
      const there = written.some((other) => milliseconds(other) === milliseconds(value) || other.endsWith(value))
      assert.ok(there, `${value} is not ${written.join(', ')}`)
    }
  }
})

/** `30s` and `30000ms` are one. */
const milliseconds = (text: string): string => {
  const [, number, unit] = /^(\d+)(ms|s)$/.exec(text) ?? []
  return number === undefined ? text : `${Number(number) * (unit === 's' ? 1_000 : 1)} ms`
}

test('a name cannot become a section, and the traps are avoided', () => {
  assert.equal(ours.get('p2p.laddr'), 'tcp://0.0.0.0:26656')
  assert.equal(ours.get('p2p.persistent_peers'), 'aa@one:1,bb@two:2')
  assert.equal(ours.get('consensus.double_sign_check_height'), '0')
  assert.equal(ours.get('consensus.create_empty_blocks'), 'false')
  assert.equal(ours.get('priv_validator_state_file'), '/data/signer/cometbft')
  assert.equal(ours.get('mempool.max_tx_bytes'), '1234567')
})

test('two members write the same genesis file', () => {
  const { genesis, networkId } = testNetwork()
  const text = genesisFile(nodeCrypto, genesis)
  assert.equal(text, genesisFile(nodeCrypto, Uint8Array.from(genesis)))
  const { chain_id: chainId, app_hash: appHash } = JSON.parse(text) as { chain_id: string; app_hash: string }
  assert.equal(chainId, `jurat-${Buffer.from(networkId).toString('hex').slice(0, 40)}`)
  // The application gives the hash when the chain begins.
  assert.equal(appHash, '')
})
