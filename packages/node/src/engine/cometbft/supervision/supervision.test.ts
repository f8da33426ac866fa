/**
 * Which program is run, what it may write into our log, and when it is ended: over children that are scripts, and time
 * that stands still.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLogger } from '../../../observe/logger.ts'
import { createMetrics, type MetricsRegistry } from '../../../observe/metrics.ts'
import { VirtualTime } from '../../virtualTime.fixtures.ts'
import { CometbftBinaryError, cometbftVersion, findCometbft } from './binary.ts'
import { type ChainProbe, chainProbe, type ChainStatus } from './chainProbe.ts'
import { ChildLog, linesPerSecondMax } from './childLog.ts'
import {
  brokenMsMax,
  redialMs,
  restartPauseMaxMs,
  silentMsMax,
  stopTimeoutMs,
  stuckMsMax,
  Supervisor,
} from './supervisor.ts'

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-comet-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('a program that is missing or of another version is named, with what to do', async (t) => {
  const folder = freshFolder(t)
  const isCode = (code: string) => (error: unknown) =>
    error instanceof CometbftBinaryError && error.code === code && error.message.includes('npm run engine:install')
  await assert.rejects(findCometbft({ configured: null, cache: folder, path: folder }), isCode('missing'))
  const other = join(folder, 'cometbft')
  writeFileSync(other, '#!/bin/sh\necho 0.38.0\n', { mode: 0o755 })
  await assert.rejects(findCometbft({ configured: other, cache: folder, path: '' }), isCode('wrong-version'))
  writeFileSync(other, `#!/bin/sh\necho v${cometbftVersion}+abc\n`, { mode: 0o755 })
  assert.equal(await findCometbft({ configured: null, cache: folder, path: '' }), other)
})

test('where Go is not installed, the installation says what to do', (t) => {
  const folder = freshFolder(t)
  const script = join(import.meta.dirname, '../../../../../../scripts/engine-install.js')
  const install = (): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [script, folder], { encoding: 'utf8', env: { PATH: folder } })
  const { status, stderr } = install()
  assert.equal(status, 1)
  for (const part of ['go.dev', cometbftVersion, '--cometbft PATH', folder]) assert.ok(stderr.includes(part), part)
  writeFileSync(join(folder, 'cometbft'), `#!/bin/sh\necho ${cometbftVersion}\n`, { mode: 0o755 })
  assert.match(install().stdout, /is there already/)
})

test("CometBFT's lines reach our log without keys, cut and counted", () => {
  const lines: [string, object, string][] = []
  const take =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push([level, fields, message])
  const logger = { debug: take('debug'), info: take('info'), warn: take('warn'), error: take('error') }
  let nowMs = 0
  const log = new ChildLog(logger, () => nowMs)
  log.write('{"level":"info","_msg":"committed","height":7,"privKey":"x","signature":"y","ts":"now"}\n{"level":"err')
  log.write('or","_msg":"bad"}\npanic: out of luck\n')
  assert.deepEqual(lines.splice(0), [
    ['debug', { height: 7 }, 'cometbft: committed'],
    ['error', {}, 'cometbft: bad'],
    ['warn', {}, 'cometbft: panic: out of luck'],
  ])
  log.write('x\n'.repeat(linesPerSecondMax + 7))
  nowMs = 1_000
  log.write(`${'y'.repeat(100_000)}\n`)
  const [dropped, last] = lines.slice(-2)
  assert.deepEqual(dropped?.slice(0, 2), ['warn', { lines: 10 }])
  assert.equal(last?.[2].length, 'cometbft: '.length + 8_192)
})

test('the probe reads the texts that CometBFT calls numbers', async () => {
  const answers: Record<string, unknown> = {
    status: { sync_info: { latest_block_height: '12', catching_up: true } },
    net_info: { n_peers: '3' },
    dump_consensus_state: {
      peers: [{ peer_state: { round_state: { height: '14' } } }, { peer_state: { round_state: { height: '9' } } }],
    },
  }
  const probe = chainProbe({ call: (method) => Promise.resolve(answers[method]) })
  assert.deepEqual(await probe.status(), { height: 12, catchingUp: true, peers: 3 })
  assert.equal(await probe.peerHeight(), 14)
  answers['status'] = {}
  await assert.rejects(probe.status(), /undefined for a number/)
})

/** A chain under a test's hand. */
class FakeChain implements ChainProbe {
  answer: ChainStatus | null = { height: 5, catchingUp: false, peers: 3 }
  highest = 5
  dialled: (readonly string[])[] = []

  status(): Promise<ChainStatus> {
    return this.answer === null ? Promise.reject(new Error('silence')) : Promise.resolve(this.answer)
  }

  peerHeight(): Promise<number> {
    return Promise.resolve(this.highest)
  }

  dial(peers: readonly string[]): Promise<void> {
    this.dialled.push(peers)
    return Promise.resolve()
  }
}

/** A child that only ends when it is killed. */
const stubborn = '#!/bin/sh\ntrap "" TERM\necho > "$3/ready"\nwhile :; do sleep 0.05; done\n'

const neighbours = ['a@one:1', 'b@two:2', 'c@three:3']

interface Run {
  readonly metrics: MetricsRegistry
  readonly folder: string
  readonly supervisor: Supervisor
  readonly time: VirtualTime
  readonly chain: FakeChain
  connections: number
}

function running(t: TestContext, script: string): Run {
  const folder = freshFolder(t)
  const binary = join(folder, 'cometbft')
  writeFileSync(binary, script, { mode: 0o755 })
  const [time, chain, metrics] = [new VirtualTime(), new FakeChain(), createMetrics()]
  const run: Run = {
    metrics,
    folder,
    time,
    chain,
    connections: 4,
    supervisor: new Supervisor({
      binary,
      home: folder,
      rpcSocket: join(folder, 'rpc.sock'),
      logger: silentLogger,
      clock: time,
      timers: time,
      probe: chain,
      connections: () => run.connections,
      peers: () => neighbours,
      metrics,
    }),
  }
  t.after(() => {
    const { pid } = run.supervisor.health()
    if (pid !== null) process.kill(pid, 'SIGKILL')
  })
  run.supervisor.start()
  return run
}

/** Lets real processes go on while time stands still. */
async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 60_000
  while (!condition()) {
    assert.ok(performance.now() < end, 'within a minute')
    await sleep(10)
  }
}

for (const [what, disturb, waitMs] of [
  ['answers nothing', (run: Run) => (run.chain.answer = null), silentMsMax],
  ['lost its connections to the ledger', (run: Run) => (run.connections = 3), brokenMsMax],
  ['stands still while a peer goes on', (run: Run) => (run.chain.highest = 7), stuckMsMax],
] as const) {
  test(`a child that ${what} is ended and started again`, async (t) => {
    const run = running(t, stubborn)
    const { supervisor, time } = run
    await time.pass(5_000)
    assert.deepEqual(supervisor.health().status, { height: 5, catchingUp: false, peers: 3 })
    disturb(run)
    await time.pass(waitMs - 8_000)
    assert.equal(supervisor.health().restarts, 0, 'not before its time')
    await time.pass(10_000)
    await until(() => supervisor.health().restarts === 1)
    await time.pass(restartPauseMaxMs)
    assert.notEqual(supervisor.health().pid, null)
    // The new one has its own patience.
    await time.pass(2_000)
    assert.equal(supervisor.health().restarts, 1)
  })
}

test('a chain that rests at all members is left alone', async (t) => {
  const { supervisor, time, chain } = running(t, stubborn)
  chain.highest = 6
  await time.pass(30 * stuckMsMax)
  const { restarts, withoutProgressMs } = supervisor.health()
  assert.equal(restarts, 0)
  assert.ok(withoutProgressMs >= 29 * stuckMsMax)
})

test('members that are missing are dialled again and again, and shown', async (t) => {
  const { time, chain, metrics } = running(t, stubborn)
  await time.pass(10 * redialMs)
  assert.deepEqual(chain.dialled, [])
  chain.answer = { height: 6, catchingUp: true, peers: 2 }
  await time.pass(3 * redialMs)
  assert.ok(chain.dialled.length === 3 && chain.dialled[0] === neighbours)
  const text = await metrics.text()
  for (const line of ['jurat_engine_height 6', 'jurat_engine_peers 2', 'jurat_engine_catching_up 1']) {
    assert.ok(text.includes(`${line}\n`), line)
  }
})

test('a child that ends at once is started again with growing pauses', async (t) => {
  const { supervisor, time, chain } = running(t, '#!/bin/sh\nexit 1\n')
  chain.answer = null
  for (const [at, pauseMs] of [250, 500, 1_000].entries()) {
    await until(() => supervisor.health().restarts === at + 1)
    await time.pass(pauseMs - 1)
    assert.equal(supervisor.health().pid, null, `before ${pauseMs} ms`)
    await time.pass(1)
  }
  await until(() => supervisor.health().restarts === 4)
  await supervisor.stop()
  await time.pass(restartPauseMaxMs)
  assert.equal(supervisor.health().restarts, 4)
})

test('a stop asks, then kills', async (t) => {
  const { supervisor, time, folder } = running(t, stubborn)
  const { pid } = supervisor.health()
  await until(() => existsSync(join(folder, 'ready')))
  assert.ok(pid !== null)
  const stopped = supervisor.stop()
  await sleep(200)
  assert.equal(supervisor.health().pid, pid, 'it was asked, and goes on')
  await time.pass(stopTimeoutMs)
  await stopped
  assert.equal(supervisor.health().pid, null)
  assert.equal(supervisor.health().restarts, 0)
})
