/**
 * Supervision of the real CometBFT: the files that we write start it, it is started again when it dies, and it ends with the
 * node, however that ends.
 * @module
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeCrypto } from '../../../crypto/nodeCrypto.ts'
import { silentLogger } from '../../../observe/logger.ts'
import { systemClock, systemTimers } from '../../../platform/clock.ts'
import { createNodeFiles } from '../../../platform/nodeFiles.ts'
import { freePort } from '../../../platform/ports.fixtures.ts'
import { testNetwork, testSecret } from '../../network.fixtures.ts'
import { type CometRpc, cometRpc } from '../rpc.ts'
import { engineFolder, findCometbft } from './binary.ts'
import { type ChainProbe, chainProbe } from './chainProbe.ts'
import { type CometbftPaths, cometbftPaths, type HomeOptions, writeHome } from './home.ts'
import { nodeIdOf } from './keyFiles.ts'
import { setprivPath, Supervisor } from './supervisor.ts'

const fixture = join(import.meta.dirname, 'supervised.fixtures.ts')

/** Longest wait for anything that the child does, milliseconds. */
const patienceMs = 120_000

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await condition())) {
    assert.ok(performance.now() < end, `${what} within ${patienceMs} ms`)
    await sleep(50)
  }
}

const search = { configured: null, cache: engineFolder, path: process.env['PATH'] ?? '' }
const program = await findCometbft(search).catch((error: unknown) => {
  if (process.env['JURAT_REQUIRE_TOOLS'] === '1') throw error
  return ''
})
const skip = program === '' && 'CometBFT is not installed (npm run engine:install)'

interface Place {
  readonly data: string
  readonly paths: CometbftPaths
  readonly home: HomeOptions
  /** What is to end before the folder goes. */
  readonly ends: (() => Promise<void> | void)[]
}

/** A data folder with CometBFT's files for a chain of one validator. */
async function preparedPlace(t: TestContext, peerListen = '127.0.0.1:0'): Promise<Place> {
  const data = mkdtempSync(join(tmpdir(), 'jurat-comet-'))
  const ends: Place['ends'] = []
  t.after(async () => {
    for (const end of ends) await end()
    rmSync(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
  const paths = cometbftPaths(data)
  const files = createNodeFiles()
  await files.makeFolder(join(data, 'signer'))
  const home = {
    crypto: nodeCrypto,
    paths,
    genesis: testNetwork({ timeMs: Date.now() - 10_000 }).genesis,
    keys: { validator: testSecret('validator'), transport: testSecret('transport') },
    settings: {
      moniker: 'm',
      peerListen,
      peers: [],
      transactionBytesMax: 1_048_576,
      heartbeatMs: 500,
      metricsListen: null,
      stateSync: null,
    },
    fresh: true,
  }
  assert.equal(await writeHome(files, home), 'own')
  return { data, paths, home, ends }
}

const signedHeight = (paths: CometbftPaths): number =>
  Number((JSON.parse(readFileSync(paths.signerState, 'utf8')) as { height: string }).height)

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // A child whose parent was killed is a zombie until somebody collects it.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Runs CometBFT with its own kvstore instead of our application. */
function supervised({ paths, ends }: Place): { supervisor: Supervisor; rpc: CometRpc; probe: ChainProbe } {
  const config = join(paths.home, 'config', 'config.toml')
  writeFileSync(config, readFileSync(config, 'utf8').replace(/proxy_app = ".*"/, 'proxy_app = "kvstore"'))
  const rpc = cometRpc(paths.rpcSocket)
  const probe = chainProbe(rpc)
  const options = { binary: program, home: paths.home, rpcSocket: paths.rpcSocket, logger: silentLogger, probe }
  const supervisor = new Supervisor({ ...options, clock: systemClock, timers: systemTimers })
  ends.push(async () => {
    await supervisor.stop()
    rpc.close()
  })
  supervisor.start()
  return { supervisor, rpc, probe }
}

test('CometBFT starts from our files, is started again, and stops', { skip }, async (t) => {
  const place = await preparedPlace(t)
  const { paths, home } = place
  for (const name of ['priv_validator_key.json', 'node_key.json']) {
    assert.equal(statSync(join(paths.home, 'config', name)).mode & 0o777, 0o600, name)
  }
  const { supervisor, rpc, probe } = supervised(place)
  await until('it makes blocks', () => (supervisor.health().status?.height ?? 0) > 1)
  const { node_info: info } = (await rpc.call('status')) as { node_info: { id: string } }
  assert.equal(info.id, nodeIdOf(nodeCrypto, nodeCrypto.publicKeyOf(home.keys.transport)))
  assert.equal(await probe.peerHeight(), 0)

  const { pid, status: before } = supervisor.health()
  assert.ok(pid !== null && before !== null)
  process.kill(pid, 'SIGKILL')
  await until('it is started again and goes on', () => {
    const { restarts, status } = supervisor.health()
    return restarts === 1 && (status?.height ?? 0) > before.height
  })
  await supervisor.stop()
  assert.equal(supervisor.health().pid, null)
  // A later start goes on with what the key has signed, and never writes it anew.
  const signed = signedHeight(paths)
  assert.ok(signed > 0)
  assert.equal(await writeHome(createNodeFiles(), home), 'own')
  assert.equal(signedHeight(paths), signed)
})

test('a peer that is dialled is there, and is left alone when it is dialled again', { skip }, async (t) => {
  const listen = `127.0.0.1:${await freePort()}`
  const first = await preparedPlace(t, listen)
  const second = await preparedPlace(t)
  // Another key, in no validator set: two that vote with one key would convict each other.
  const keys = { ...second.home.keys, transport: testSecret('other transport') }
  rmSync(second.paths.signerState)
  assert.equal(
    await writeHome(createNodeFiles(), { ...second.home, keys, genesis: first.home.genesis, fresh: false }),
    'throwaway',
  )
  const [{ supervisor }, follower] = [supervised(first), supervised(second)]
  const answered = (): boolean => supervisor.health().status !== null && follower.supervisor.health().status !== null
  await until('both answer', answered)
  assert.equal(follower.supervisor.health().status?.peers, 0)
  const peer = `${nodeIdOf(nodeCrypto, nodeCrypto.publicKeyOf(first.home.keys.transport))}@${listen}`
  await follower.probe.dial([peer])
  await until('they are connected', () => follower.supervisor.health().status?.peers === 1)
  await follower.probe.dial([peer])
  await until('the follower has blocks', () => (follower.supervisor.health().status?.height ?? 0) > 2)
  assert.equal(follower.supervisor.health().status?.peers, 1)
  assert.ok((await follower.probe.peerHeight()) > 2)
})

test('a validator whose signer state is lost gets a key that votes for nobody', async (t) => {
  const { paths, home } = await preparedPlace(t)
  const keyFile = join(paths.home, 'config', 'priv_validator_key.json')
  const own = readFileSync(keyFile, 'utf8')
  rmSync(paths.signerState)
  assert.equal(await writeHome(createNodeFiles(), { ...home, fresh: false }), 'throwaway')
  assert.notEqual(readFileSync(keyFile, 'utf8'), own)
  assert.doesNotMatch(readFileSync(join(paths.home, 'config', 'config.toml'), 'utf8'), /signer/)
})

for (const [how, setpriv] of [
  ['because the system kills it', setprivPath],
  ['because its connections break', ''],
] as const) {
  test(`CometBFT ends with a node that is killed, ${how}`, { skip }, async (t) => {
    const { data, ends } = await preparedPlace(t)
    const node = spawn(process.execPath, [fixture, program, data, setpriv], { stdio: ['ignore', 'pipe', 'inherit'] })
    ends.push(() => void node.kill('SIGKILL'))
    let seen = { pid: null as number | null, height: 0, restarts: 0, connections: 0 }
    createInterface({ input: node.stdout }).on('line', (line) => {
      seen = JSON.parse(line) as typeof seen
    })
    await until('it makes blocks', () => seen.height > 1 && seen.connections === 4)
    const { pid } = seen
    assert.ok(pid !== null && isAlive(pid))
    ends.push(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')))
    node.kill('SIGKILL')
    await until('nothing is left behind', () => !isAlive(pid))
  })
}
