/**
 * The witness of torchwood cosigns our log, and its refusals are handled: 403, 404, 409, 422.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { fromText } from '@jurat/core/bytes'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { verifierOf } from '@jurat/core/note/cosignature'
import { openNote } from '@jurat/core/note/note'
import { formatVkey, makeVkey, signatureTypes } from '@jurat/core/note/vkey'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import { MemoryLog } from '@jurat/node/log/memoryLog.fixtures'
import { cosignersOf, logSigner, logVerifier, origin, policyOf } from '@jurat/node/log/publisher.fixtures'
import { Publisher } from '@jurat/node/log/publisher'
import type { Witness } from '@jurat/node/log/witnessClient'
import { systemClock, systemTimers } from '@jurat/node/platform/clock'
import { nodeNetwork } from '@jurat/node/platform/nodeNetwork'
import { type FreshLitewitness, startLitewitness, withoutLitewitness } from './litewitness.ts'

describe('litewitness', { skip: withoutLitewitness }, () => {
  let running: FreshLitewitness
  let witness: Witness

  before(async () => {
    running = await startLitewitness('example.com/witness')
    const { url, vkey } = running.witness
    witness = { name: vkey.name, url, verifiers: [verifierOf(nodeCrypto, vkey)] }
  })
  after(() => running.close())

  async function publish(t: TestContext, log: MemoryLog): Promise<{ publisher: Publisher; alarms: string[] }> {
    const alarms: string[] = []
    const publisher = new Publisher({
      origin,
      store: log,
      crypto: nodeCrypto,
      clock: systemClock,
      timers: systemTimers,
      network: nodeNetwork,
      signers: [logSigner],
      policyOf: () => policyOf([witness], 1),
      fatal: (error) => assert.ifError(error),
      alarm: (message) => alarms.push(message),
    })
    t.after(() => publisher.stop())
    await publisher.start()
    return { publisher, alarms }
  }

  async function freshLog(): Promise<MemoryLog> {
    const log = new MemoryLog(fromText('document'))
    await log.signer.begin({ size: 0, root: nodeCrypto.sha256(new Uint8Array(0)), timeMs: 0 })
    return log
  }

  const shared: { log: MemoryLog | null } = { log: null }

  test('404: an unknown log is told and tried again, until the witness knows it', async (t) => {
    const log = await freshLog()
    shared.log = log
    const { publisher } = await publish(t, log)
    assert.equal(await publisher.waitCovered(2, 600), null)
    assert.deepEqual(
      publisher.standings.map(({ answer, reason }) => [answer, reason]),
      [['refused', 'unknown log']],
    )
    running.witness.addLog(formatVkey(logSigner.vkey))
    const note = await publisher.waitCovered(2, 5_000)
    assert.ok(note !== null)
    const { verified } = openNote(note, [logVerifier, ...witness.verifiers])
    assert.deepEqual(
      verified.map(({ name }) => name),
      [origin, witness.name],
    )
  })

  test('200: it follows the growing log', async (t) => {
    assert.ok(shared.log !== null)
    const { publisher } = await publish(t, shared.log)
    for (let i = 0; i < 20; i++) {
      publisher.onBlock(shared.log.grow(Array.from({ length: i }, (_, at) => `entry ${i} ${at}`)))
      const note = await publisher.waitCovered(shared.log.durable.size, 5_000)
      assert.ok(note !== null)
      assert.equal(parseCheckpoint(openNote(note, witness.verifiers).body).size, shared.log.durable.size)
    }
  })

  test('409: a client that knows nothing of the witness follows it to its size', async (t) => {
    assert.ok(shared.log !== null)
    const { publisher } = await publish(t, shared.log)
    publisher.onBlock(shared.log.grow(['after the restart']))
    assert.ok((await publisher.waitCovered(shared.log.durable.size, 5_000)) !== null)
  })

  test('409 with a larger size, 422: a claim to another history raises an alarm and serves nothing', async (t) => {
    for (const entries of [1, 1_000]) {
      const other = new MemoryLog(fromText('document'))
      other.grow(Array.from({ length: entries }, (_, i) => `other ${i}`))
      await other.signer.begin({ ...other.durable, timeMs: 0 })
      const { publisher, alarms } = await publish(t, other)
      assert.equal(await publisher.waitCovered(3, 600), null)
      assert.ok(alarms.length > 0)
      assert.equal(publisher.standings[0]?.answer, entries === 1 ? 'ahead' : 'splitView')
      // It gives no note, so it is not believed: the log is not ended by a bare claim.
      assert.equal(publisher.mode, 'signing')
    }
  })

  test('403: a log whose key the witness does not know is refused and told', async (t) => {
    const { vkey } = cosignersOf('another')[0] ?? assert.fail()
    const name = 'jurat.example/another'
    running.witness.addLog(formatVkey(makeVkey(nodeCrypto, name, signatureTypes.ed25519, vkey.publicKey)))
    const log = await freshLog()
    const publisher = new Publisher({
      origin: name,
      store: log,
      crypto: nodeCrypto,
      clock: systemClock,
      timers: systemTimers,
      network: nodeNetwork,
      signers: [logSigner],
      policyOf: () => policyOf([witness], 1),
      fatal: (error) => assert.ifError(error),
    })
    t.after(() => publisher.stop())
    await publisher.start()
    assert.equal(await publisher.waitCovered(2, 600), null)
    assert.deepEqual(
      publisher.standings.map(({ answer, reason }) => [answer, reason]),
      [['refused', 'invalid signature']],
    )
  })

  test('muted: without a monitoring endpoint it answers by cosigning the kept note again', async (t) => {
    assert.ok(shared.log !== null)
    const restored = shared.log.backup()
    const { publisher } = await publish(t, restored)
    for (let i = 0; i < 100 && publisher.mode === 'muted'; i++) await systemTimers.sleep(20)
    assert.equal(publisher.mode, 'signing')
    assert.equal(restored.signer.log()?.size, shared.log.durable.size)
  })
})
