import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText, toHex, toText, type Bytes } from '@jurat/core/bytes'
import { consistencyProof } from '@jurat/core/merkle/proof'
import { formatAddCheckpoint } from '@jurat/core/note/addCheckpoint'
import { formatCheckpoint } from '@jurat/core/note/checkpoint'
import { formatNote, openNote } from '@jurat/core/note/note'
import type { ExecutedLog } from '@jurat/core/note/witness'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { systemClock } from '../platform/clock.ts'
import { MemoryLog, MemorySigner } from './memoryLog.fixtures.ts'
import { cosignersOf, logSigner, logVerifier, origin, witnessAt } from './publisher.fixtures.ts'
import { WitnessServer, witnessWaitingMax, type WitnessServerOptions } from './witnessServer.ts'

interface Bench {
  readonly server: WitnessServer
  readonly signer: MemorySigner
  readonly alarms: string[]
  readonly failures: unknown[]
}

async function bench(changes: Partial<WitnessServerOptions> = {}, signer = new MemorySigner()): Promise<Bench> {
  if (!signer.witnessReady()) await signer.beginWitness()
  const alarms: string[] = []
  const failures: unknown[] = []
  const server = new WitnessServer({
    crypto: nodeCrypto,
    clock: systemClock,
    signer,
    cosigners: cosignersOf('member/witness', true),
    logs: new Map([[origin, [logVerifier]]]),
    networks: [],
    executed: () => null,
    fatal: (error) => failures.push(error),
    alarm: (message) => alarms.push(message),
    ...changes,
  })
  return { server, signer, alarms, failures }
}

function noteOf(size: number, root: Bytes, name = origin): Bytes {
  const body = formatCheckpoint({ origin: name, size, root })
  return formatNote(body, [logSigner.sign(body)])
}

async function requestOf(log: MemoryLog, oldSize: number): Promise<Bytes> {
  const { size, root } = log.durable
  const proof =
    oldSize === 0 || oldSize >= size
      ? []
      : await log.withHashes((read) => consistencyProof(nodeCrypto, read, oldSize, size))
  return formatAddCheckpoint(oldSize, proof, noteOf(size, root))
}

const verifiers = witnessAt('', cosignersOf('member/witness', true)).verifiers

test('the answers of tlog-witness, in their order', async () => {
  const { server, signer, alarms } = await bench()
  const log = new MemoryLog(fromText('document'))
  const steps: [what: string, status: number, request: () => Promise<Bytes>][] = [
    ['garbage', 400, async () => fromText('garbage')],
    ['an unknown log', 404, async () => formatAddCheckpoint(0, [], noteOf(1, new Uint8Array(32), 'other.example'))],
    ['the first checkpoint', 200, () => requestOf(log, 0)],
    ['the same again', 200, () => requestOf(log, 2)],
    ['a wrong old size', 409, () => requestOf(log, 0)],
    ['an old size beyond the checkpoint', 400, () => requestOf(log, 3)],
    ['another root', 422, async () => formatAddCheckpoint(2, [], noteOf(2, new Uint8Array(32)))],
    ['no proof', 422, async () => formatAddCheckpoint(2, [], noteOf(3, new Uint8Array(32)))],
    [
      'growth',
      200,
      () => {
        log.grow(['a', 'b'])
        return requestOf(log, 2)
      },
    ],
  ]
  for (const [what, status, request] of steps) {
    assert.equal((await server.addCheckpoint(await request())).status, status, what)
  }
  assert.equal(signer.witness(origin)?.size, 4)
  assert.equal(alarms.length, 1)
})

test('a 409 states the size in its own media type', async () => {
  const { server } = await bench()
  const log = new MemoryLog(fromText('document'))
  await server.addCheckpoint(await requestOf(log, 0))
  const { status, headers, body } = await server.addCheckpoint(await requestOf(log, 0))
  assert.deepEqual([status, headers['content-type'], toText(body)], [409, 'text/x.tlog.size', '2\n'])
})

test('both keys cosign, and the note is there for monitors after a restart', async () => {
  const { server, signer } = await bench()
  const log = new MemoryLog(fromText('document'))
  const { body } = await server.addCheckpoint(await requestOf(log, 0))
  const signed = openNote(new Uint8Array([...noteOf(2, log.durable.root), ...body]), verifiers)
  assert.equal(signed.verified.length, 2)
  const again = await bench({}, signer)
  const answer = again.server.monitoring(toHex(nodeCrypto.sha256(fromText(origin))))
  assert.equal(openNote(answer.body, [logVerifier, ...verifiers]).verified.length, 3)
  assert.equal(again.server.monitoring('00').status, 404)
})

test('requests of one origin are judged one after the other', async () => {
  const { server } = await bench()
  const log = new MemoryLog(fromText('document'))
  const request = await requestOf(log, 0)
  const answers = await Promise.all(Array.from({ length: 5 }, () => server.addCheckpoint(request)))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 409, 409, 409, 409],
  )
  const flood = await Promise.all(Array.from({ length: witnessWaitingMax + 3 }, () => server.addCheckpoint(request)))
  assert.equal(flood.filter(({ status }) => status === 429).length, 3)
})

test('no answer leaves before the state is durable', async () => {
  for (const fault of ['before', 'after'] as const) {
    const { server, signer, failures } = await bench()
    const log = new MemoryLog(fromText('document'))
    signer.fault = fault
    const answer = await server.addCheckpoint(await requestOf(log, 0))
    assert.equal(answer.status, 503)
    assert.equal(failures.length, 1)
  }
})

test('a witness key without its state signs nothing', async () => {
  const { server, signer } = await bench()
  const lost = new WitnessServer({
    crypto: nodeCrypto,
    clock: systemClock,
    signer: new MemorySigner(),
    cosigners: cosignersOf('member/witness'),
    logs: new Map([[origin, [logVerifier]]]),
    networks: [],
    executed: () => null,
    fatal: (error) => assert.ifError(error),
  })
  const request = await requestOf(new MemoryLog(fromText('document')), 0)
  assert.equal((await lost.addCheckpoint(request)).status, 503)
  assert.equal((await server.addCheckpoint(request)).status, 200)
  assert.equal(signer.witness(origin)?.size, 2)
})

test('what the node executes it never witnesses', async () => {
  const log = new MemoryLog(fromText('document'))
  const lines = fromText('— member AAAAAAA=\n')
  const own: ExecutedLog = { kind: 'executed', verifiers: [logVerifier], own: log.durable, lines }
  for (const network of [origin, 'jurat.example']) {
    const { server, signer, alarms } = await bench({ networks: [network], executed: () => own })
    const cases: [what: string, status: number, request: Bytes][] = [
      ['its own', 200, await requestOf(log, 0)],
      ['another size', 409, formatAddCheckpoint(2, [], noteOf(3, new Uint8Array(32)))],
      ['another root', 422, formatAddCheckpoint(2, [], noteOf(2, new Uint8Array(32)))],
    ]
    for (const [what, status, request] of cases) {
      assert.equal((await server.addCheckpoint(request)).status, status, `${network}: ${what}`)
    }
    assert.equal(signer.witness(origin), null)
    assert.equal(alarms.length, 1)
  }
  const silent = await bench({ networks: [origin], executed: () => ({ ...own, lines: new Uint8Array(0) }) })
  assert.equal((await silent.server.addCheckpoint(await requestOf(log, 0))).status, 403)
})
