/**
 * Supervision of the real CometBFT with its built-in kvstore: the files that we write start it, it is started again when
 * it dies, and it ends with the node.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeCrypto } from '../../../crypto/nodeCrypto.ts'
import { silentLogger } from '../../../observe/logger.ts'
import { systemClock, systemTimers } from '../../../platform/clock.ts'
import { createNodeFiles } from '../../../platform/nodeFiles.ts'
import { testNetwork, testSecret } from '../../network.fixtures.ts'
import { cometRpc } from '../rpc.ts'
import { cometbftVersion, CometbftBinaryError, findCometbft } from './binary.ts'
import { cometbftPaths, writeHome } from './home.ts'
import { nodeIdOf } from './keyFiles.ts'
import { type ChainStatus, Supervisor } from './supervisor.ts'

const cache = join(import.meta.dirname, '../../../../../../.cache/tools/bin')
const search = { configured: null, cache, path: process.env['PATH'] ?? '' }

/** Longest wait for anything that the child does, milliseconds. */
const patienceMs = 60_000

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await condition())) {
    assert.ok(performance.now() < end, `${what} within ${patienceMs} ms`)
    await sleep(50)
  }
}

test('a program that is missing or of another version is named, with what to do', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-comet-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const isCode = (code: string) => (error: unknown) =>
    error instanceof CometbftBinaryError && error.code === code && error.message.includes('npm run engine:install')
  await assert.rejects(findCometbft({ configured: null, cache: folder, path: folder }), isCode('missing'))
  const other = join(folder, 'cometbft')
  writeFileSync(other, '#!/bin/sh\necho 0.38.0\n', { mode: 0o755 })
  await assert.rejects(findCometbft({ configured: other, cache: folder, path: '' }), isCode('wrong-version'))
  writeFileSync(other, `#!/bin/sh\necho v${cometbftVersion}+abc\n`, { mode: 0o755 })
  assert.equal(await findCometbft({ configured: null, cache: folder, path: '' }), other)
})

const program = await findCometbft(search).catch((error: unknown) => {
  if (process.env['JURAT_REQUIRE_TOOLS'] === '1') throw error
  return null
})

test(
  'CometBFT starts from our files, is started again, and stops',
  {
    skip: program === null && 'CometBFT is not installed (npm run engine:install)',
  },
  async (t) => {
    assert.ok(program !== null)
    const data = mkdtempSync(join(tmpdir(), 'jurat-comet-'))
    const paths = cometbftPaths(data)
    const network = testNetwork({ timeMs: Date.now() - 10_000 })
    const keys = { validator: testSecret('validator'), transport: testSecret('transport') }
    const settings = { moniker: 'm', peerListen: '127.0.0.1:0', peers: [], heartbeatMs: 1_000, metricsListen: null }
    const files = createNodeFiles()
    await files.makeFolder(join(data, 'signer'))
    const home = { crypto: nodeCrypto, paths, genesis: network.genesis, keys, settings, fresh: true }
    await assert.rejects(writeHome(files, { ...home, fresh: false }), /what this validator has signed is unknown/)
    await writeHome(files, home)
    for (const name of ['priv_validator_key.json', 'node_key.json']) {
      assert.equal(statSync(join(paths.home, 'config', name)).mode & 0o777, 0o600, name)
    }
    const config = join(paths.home, 'config', 'config.toml')
    writeFileSync(config, readFileSync(config, 'utf8').replace(/proxy_app = ".*"/, 'proxy_app = "kvstore"'))

    const rpc = cometRpc(paths.rpcSocket)
    let nodeId = ''
    const status = async (): Promise<ChainStatus> => {
      const { sync_info: sync, node_info: node } = (await rpc.call('status')) as {
        sync_info: { latest_block_height: string; catching_up: boolean }
        node_info: { id: string }
      }
      nodeId = node.id
      return { height: Number(sync.latest_block_height), catchingUp: sync.catching_up, peers: 0 }
    }
    const options = { binary: program, home: paths.home, rpcSocket: paths.rpcSocket, logger: silentLogger, status }
    const supervisor = new Supervisor({ ...options, clock: systemClock, timers: systemTimers })
    t.after(async () => {
      await supervisor.stop()
      rpc.close()
      rmSync(data, { recursive: true, force: true })
    })
    supervisor.start()
    await until('it makes blocks', () => (supervisor.health().status?.height ?? 0) > 1)
    assert.equal(nodeId, nodeIdOf(nodeCrypto, nodeCrypto.publicKeyOf(keys.transport)))

    const { pid, status: before } = supervisor.health()
    assert.ok(pid !== null && before !== null)
    process.kill(pid, 'SIGKILL')
    await until('it is started again and goes on', () => {
      const health = supervisor.health()
      return health.restarts === 1 && (health.status?.height ?? 0) > before.height
    })
    await supervisor.stop()
    assert.equal(supervisor.health().pid, null)
    assert.ok(JSON.parse(readFileSync(paths.signerState, 'utf8')).height > 0)
    // A later start goes on with what the key has signed, and never writes it anew.
    await writeHome(files, { ...home, fresh: false })
    assert.ok(JSON.parse(readFileSync(paths.signerState, 'utf8')).height > 0)
    assert.ok(existsSync(paths.home))
  },
)
