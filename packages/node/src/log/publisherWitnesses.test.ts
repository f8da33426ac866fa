import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fromText, toHex, toText, type Bytes } from '@jurat/core/bytes'
import { formatCheckpoint, parseCheckpoint } from '@jurat/core/note/checkpoint'
import { formatNote, openNote } from '@jurat/core/note/note'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { nodeNetwork } from '../platform/nodeNetwork.ts'
import { MemoryLog } from './memoryLog.fixtures.ts'
import { cosignersOf, logSigner, logVerifier, origin, policyOf } from './publisher.fixtures.ts'
import { Publisher } from './publisher.ts'
import { startWitness, textAnswer, type RunningWitness } from './witness.fixtures.ts'

interface Bench {
  readonly publisher: Publisher
  readonly failures: unknown[]
  readonly alarms: string[]
}

const beginning = { size: 0, root: nodeCrypto.sha256(new Uint8Array(0)), timeMs: 0 }

async function freshLog(): Promise<MemoryLog> {
  const log = new MemoryLog(fromText('document 0'))
  await log.signer.begin(beginning)
  return log
}

/** Starts witnesses that end with the test. */
async function witnessesOf(t: TestContext, names: readonly string[], both = false): Promise<RunningWitness[]> {
  const running = await Promise.all(names.map((name) => startWitness(name, { both })))
  t.after(() => Promise.all(running.map((witness) => witness.close())))
  return running
}

/** Starts a publisher that ends with the test. */
async function publish(
  t: TestContext,
  log: MemoryLog,
  running: readonly RunningWitness[],
  quorum: number,
): Promise<Bench> {
  const failures: unknown[] = []
  const alarms: string[] = []
  const policy = policyOf(
    running.map(({ witness }) => witness),
    quorum,
  )
  const publisher = new Publisher({
    origin,
    store: log,
    crypto: nodeCrypto,
    clock: systemClock,
    timers: systemTimers,
    network: nodeNetwork,
    signers: [logSigner],
    policyOf: () => policy,
    fatal: (error) => failures.push(error),
    alarm: (message) => alarms.push(message),
  })
  t.after(() => publisher.stop())
  await publisher.start()
  return { publisher, failures, alarms }
}

/** Opens a note with the log's key and those of the witnesses; gives its size and the names that signed. */
function signedBy(note: Bytes | null, running: readonly RunningWitness[]): { size: number; names: string[] } {
  assert.ok(note !== null, 'there is a note')
  const verifiers = [logVerifier, ...running.flatMap(({ witness }) => witness.verifiers)]
  const { body, verified } = openNote(note, verifiers)
  return { size: parseCheckpoint(body).size, names: verified.map(({ name }) => name) }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (condition()) return
    await systemTimers.sleep(10)
  }
  assert.fail(`waited in vain for: ${what}`)
}

test('a checkpoint is served once its quorum is complete, with both keys of each witness', async (t) => {
  const running = await witnessesOf(t, ['w1', 'w2', 'w3'], true)
  const log = await freshLog()
  const { publisher, failures } = await publish(t, log, running, 3)
  publisher.onBlock(log.grow(['a', 'b']))
  const note = await publisher.waitCovered(4, 5_000)
  assert.deepEqual(signedBy(note, running), { size: 4, names: [origin, 'w1', 'w1', 'w2', 'w2', 'w3', 'w3'] })
  assert.deepEqual(publisher.checkpoint(), note)
  assert.deepEqual(failures, [])
  assert.ok(publisher.standings.every(({ answer, cosignedAtMs }) => answer === 'cosigned' && cosignedAtMs !== null))
})

test('a round covers whatever came while the last one was under way', async (t) => {
  const running = await witnessesOf(t, ['w1'])
  const log = await freshLog()
  const { publisher } = await publish(t, log, running, 1)
  for (let i = 0; i < 50; i++) publisher.onBlock(log.grow([`entry ${i}`]))
  await publisher.waitCovered(52, 5_000)
  const rounds = running[0]?.requests.length ?? 0
  assert.ok(rounds >= 2 && rounds <= 5, `${rounds} requests`)
})

test('a quorum of two does not wait for the third, which may be dead, slow or lying', async (t) => {
  const bad: RunningWitness['behave'][] = [
    async () => textAnswer(500, 'broken\n'),
    async () => textAnswer(200, 'garbage'),
    async () =>
      textAnswer(200, '— w3 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n'),
    async () => textAnswer(200, 'x'.repeat(1_000_000)),
    async () => textAnswer(403, 'no\n'),
    async () => textAnswer(404, 'unknown log\n'),
    async () => textAnswer(422, 'bad proof\n'),
    async () => textAnswer(409, 'not a number\n', 'text/x.tlog.size'),
    async () => textAnswer(409, '9007199254740991\n', 'text/x.tlog.size'),
    async () => textAnswer(409, '1\n', 'text/x.tlog.size'),
    () => new Promise(() => undefined),
  ]
  const running = await witnessesOf(t, ['w1', 'w2', 'w3'])
  for (const [i, behave] of bad.entries()) {
    const log = await freshLog()
    for (const { signer } of running) signer.forget()
    Object.assign(running[2] ?? {}, { behave })
    const { publisher, failures } = await publish(t, log, running, 2)
    publisher.onBlock(log.grow(['a']))
    assert.deepEqual(signedBy(await publisher.waitCovered(3, 5_000), running).names, [origin, 'w1', 'w2'], `case ${i}`)
    assert.equal(publisher.closed(), null)
    assert.deepEqual(failures, [])
    await publisher.stop()
  }
})

test('without a quorum nothing is served; when witnesses come back it completes', async (t) => {
  const running = await witnessesOf(t, ['w1', 'w2'])
  const log = await freshLog()
  const dead = async () => textAnswer(503, 'down\n')
  for (const witness of running) witness.behave = dead
  const { publisher } = await publish(t, log, running, 2)
  publisher.onBlock(log.grow(['a']))
  assert.equal(await publisher.waitCovered(1, 600), null)
  assert.equal(publisher.checkpoint(), null)
  for (const witness of running) witness.behave = null
  assert.ok((await publisher.waitCovered(3, 10_000)) !== null)
})

test('a witness that stands at another size is followed by a consistency proof', async (t) => {
  const running = await witnessesOf(t, ['w1'])
  const log = await freshLog()
  const first = await publish(t, log, running, 1)
  first.publisher.onBlock(log.grow(['a', 'b', 'c']))
  await first.publisher.waitCovered(5, 5_000)
  await first.publisher.stop()
  // After a restart the client knows nothing of the witness and begins with 0.
  const second = await publish(t, log, running, 1)
  second.publisher.onBlock(log.grow(['d', 'e']))
  assert.equal(signedBy(await second.publisher.waitCovered(7, 5_000), running).size, 7)
  assert.deepEqual(
    running[0]?.requests.slice(-2).map(({ status }) => status),
    [409, 200],
  )
})

test('a witness with another history of this log, signed by its key, ends the log', async (t) => {
  const running = await witnessesOf(t, ['w1'])
  const older = await freshLog()
  older.grow(['a', 'b'])
  const first = await publish(t, older, running, 1)
  await first.publisher.waitCovered(4, 5_000)
  await first.publisher.stop()
  // A snapshot of the whole machine, signer state included, from before that.
  const restored = await freshLog()
  restored.grow(['x'])
  const { publisher, alarms } = await publish(t, restored, running, 1)
  await until(() => publisher.mode === 'readOnly', 'the log ends')
  assert.equal(publisher.closed()?.code, 'readOnly')
  assert.equal(alarms.length, 2)
  await publisher.stop()
  // The next start knows it at once, with every witness dead.
  for (const witness of running) witness.behave = async () => textAnswer(503, 'down\n')
  const signed = restored.signer.history.length
  const again = await publish(t, restored, running, 1)
  assert.equal(again.publisher.mode, 'readOnly')
  assert.match(again.publisher.closed()?.message ?? '', /w1 holds a checkpoint/)
  assert.equal(again.alarms.length, 1)
  again.publisher.onBlock(restored.grow(['y']))
  assert.equal(await again.publisher.waitCovered(4, 500), null)
  assert.equal(restored.signer.history.length, signed)
})

test('a log that had ended goes on when the missing blocks are here again and every witness has answered', async (t) => {
  const running = await witnessesOf(t, ['w1'])
  const log = await freshLog()
  log.grow(['a', 'b'])
  const first = await publish(t, log, running, 1)
  await first.publisher.waitCovered(4, 5_000)
  await first.publisher.stop()
  const late = await freshLog()
  late.grow(['a'])
  const ending = await publish(t, late, running, 1)
  await until(() => ending.publisher.mode === 'readOnly', 'the log ends')
  await ending.publisher.stop()
  late.grow(['b'])
  const dead = async () => textAnswer(503, 'down\n')
  for (const witness of running) witness.behave = dead
  const { publisher } = await publish(t, late, running, 1)
  assert.equal(publisher.mode, 'muted')
  for (const witness of running) witness.behave = null
  await until(() => publisher.mode === 'signing', 'the witness has answered')
  assert.equal(late.signer.ended(), null)
  assert.equal(late.signer.log()?.size, 4)
  publisher.onBlock(late.grow(['c']))
  assert.equal(signedBy(await publisher.waitCovered(5, 5_000), running).size, 5)
})

test('muted: a backup that the witnesses have seen nothing beyond goes on', async (t) => {
  const running = await witnessesOf(t, ['w1', 'w2'])
  const log = await freshLog()
  log.grow(['a', 'b'])
  const first = await publish(t, log, running, 2)
  await first.publisher.waitCovered(4, 5_000)
  await first.publisher.stop()
  const restored = log.backup()
  const { publisher, failures } = await publish(t, restored, running, 2)
  await until(() => publisher.mode === 'signing', 'the signer state is known')
  assert.equal(restored.signer.log()?.size, 4)
  publisher.onBlock(restored.grow(['c']))
  assert.equal(signedBy(await publisher.waitCovered(5, 5_000), running).size, 5)
  assert.deepEqual(failures, [])
})

test('muted: a backup that the witnesses have seen more than is read-only for ever, and signs nothing', async (t) => {
  const running = await witnessesOf(t, ['w1', 'w2'])
  const log = await freshLog()
  log.grow(['a', 'b'])
  const first = await publish(t, log, running, 2)
  await first.publisher.waitCovered(4, 5_000)
  const restored = log.backup()
  first.publisher.onBlock(log.grow(['lost']))
  await first.publisher.waitCovered(5, 5_000)
  await first.publisher.stop()
  restored.grow(['other'])
  const { publisher } = await publish(t, restored, running, 2)
  await until(() => publisher.mode === 'readOnly', 'the log ends')
  assert.equal(restored.signer.log(), null)
  assert.deepEqual(restored.signer.history, [])
  await publisher.stop()
  for (const witness of running) witness.behave = async () => textAnswer(503, 'down\n')
  const again = await publish(t, restored, running, 2)
  assert.equal(again.publisher.mode, 'readOnly')
})

test('muted: it waits for every witness, and a claim without a note is none', async (t) => {
  const running = await witnessesOf(t, ['w1', 'w2'])
  const log = await freshLog()
  log.grow(['a', 'b'])
  const first = await publish(t, log, running, 2)
  await first.publisher.waitCovered(4, 5_000)
  await first.publisher.stop()
  const [, second] = running
  assert.ok(second !== undefined)
  const claims: RunningWitness['behave'][] = [
    async () => textAnswer(404, 'never cosigned\n'),
    async () => textAnswer(409, '3\n', 'text/x.tlog.size'),
    async () => textAnswer(200, forgedNote(log.durable.size + 1)),
  ]
  for (const claim of claims) {
    second.behave = claim
    const restored = log.backup()
    const { publisher } = await publish(t, restored, running, 2)
    await systemTimers.sleep(400)
    assert.equal(publisher.mode, 'muted')
    assert.equal(publisher.closed()?.code, 'muted')
    assert.equal(restored.signer.log(), null)
    second.behave = null
    await until(() => publisher.mode === 'signing', 'the second witness answered')
    await publisher.stop()
  }
})

test('muted: a witness without a monitoring endpoint answers by cosigning the kept note again', async (t) => {
  const running = await witnessesOf(t, ['w1'])
  const log = await freshLog()
  const first = await publish(t, log, running, 1)
  await first.publisher.waitCovered(2, 5_000)
  await first.publisher.stop()
  const [witness] = running
  assert.ok(witness !== undefined)
  const blind = await startWitness('w1')
  t.after(() => blind.close())
  blind.behave = async (method, path, body) => {
    if (method === 'GET') return textAnswer(404, 'no such page\n')
    const response = await nodeNetwork.post(`${witness.witness.url}${path}`, body, {
      contentType: 'text/plain',
      timeoutMs: 5_000,
      bodyBytesMax: 100_000,
    })
    return { status: response.status, headers: { 'content-type': response.contentType }, body: response.body }
  }
  const { publisher } = await publish(t, log.backup(), [blind], 1)
  await until(() => publisher.mode === 'signing', 'the signer state is known')
})

test('the monitoring endpoint shows the note with the signatures of log and witness', async (t) => {
  const running = await witnessesOf(t, ['w1'])
  const log = await freshLog()
  const { publisher } = await publish(t, log, running, 1)
  await publisher.waitCovered(2, 5_000)
  const hash = toHex(nodeCrypto.sha256(fromText(origin)))
  const response = await nodeNetwork.get(`${running[0]?.witness.url}/${hash}/checkpoint`, {
    timeoutMs: 5_000,
    bodyBytesMax: 100_000,
  })
  assert.deepEqual(signedBy(response.body, running), { size: 2, names: [origin, 'w1'] })
})

/** A larger checkpoint that the witness signed, but with a log line that is not the log's. */
function forgedNote(size: number): string {
  const body = formatCheckpoint({ origin, size, root: new Uint8Array(32) })
  const [cosigner] = cosignersOf('w2')
  assert.ok(cosigner !== undefined)
  return toText(formatNote(body, [cosigner.cosign(body, Math.floor(Date.now() / 1000))]))
}
