import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { concat, type Bytes } from '@jurat/core/bytes'
import { encodeRequest, TestClient } from './client.fixtures.ts'
import { FrameError, frameBytesMax, FrameReader, type AbciRequest, type AbciResponse } from './frames.ts'
import { CheckTxType } from './generated/tendermint/abci/types.ts'
import { AbciServer, requestsWaitingMax } from './server.ts'

const echo = (message: string): AbciRequest & { $case: 'echo' } => ({ $case: 'echo', value: { message } })
const flush: AbciRequest & { $case: 'flush' } = { $case: 'flush', value: {} }
const commit: AbciRequest & { $case: 'commit' } = { $case: 'commit', value: {} }
const checkTx = (number: number): AbciRequest & { $case: 'checkTx' } => ({
  $case: 'checkTx',
  value: { tx: Uint8Array.of(number), type: CheckTxType.NEW },
})

const accepted = { data: new Uint8Array(0), log: '', info: '', gasUsed: 0n, events: [], codespace: '' }

interface Bench {
  readonly server: AbciServer
  readonly path: string
  readonly failures: unknown[]
  readonly warnings: string[]
  /** Requests in the order in which they were begun. */
  readonly begun: string[]
  readonly open: () => Promise<TestClient>
}

/** A server whose checks end in the reverse of their order: the first byte of a transaction is the delay in turns. */
async function bench(t: TestContext, handle = answer): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-abci-'))
  const path = join(folder, 'abci.sock')
  const [failures, warnings, begun]: [unknown[], string[], string[]] = [[], [], []]
  const server = new AbciServer({
    socketPath: path,
    handle: (request) => {
      begun.push(request.$case)
      return handle(request)
    },
    fatal: (error) => failures.push(error),
    warn: (message) => warnings.push(message),
  })
  await server.listen()
  const clients: TestClient[] = []
  t.after(async () => {
    for (const client of clients) client.close()
    await server.close()
    rmSync(folder, { recursive: true })
  })
  const open = async (): Promise<TestClient> => {
    const client = await TestClient.open(path)
    clients.push(client)
    return client
  }
  return { server, path, failures, warnings, begun, open }
}

async function answer(request: AbciRequest): Promise<AbciResponse> {
  const { $case: kind } = request
  if (kind === 'echo' || kind === 'flush') return request
  if (kind === 'commit') return { $case: 'commit', value: { retainHeight: 0n } }
  if (kind !== 'checkTx') throw new Error('told to fail')
  const [turns = 0] = request.value.tx
  for (let i = 0; i < turns; i++) await new Promise(setImmediate)
  return { $case: 'checkTx', value: { ...accepted, code: 0, gasWanted: BigInt(turns) } }
}

test('answers stand in the order of their requests, whatever finishes first', async (t) => {
  const { open } = await bench(t)
  const client = await open()
  const turns = [9, 1, 5, 0, 7, 3]
  client.send(...turns.map(checkTx), echo('behind'), flush)
  for (const number of turns) {
    const response = await client.next()
    assert.equal(response?.$case === 'checkTx' && response.value.gasWanted, BigInt(number))
  }
  assert.deepEqual(await client.next(), echo('behind'))
  assert.deepEqual(await client.next(), flush)
})

test('checks run beside one another, everything else waits for what is before it', async (t) => {
  const { open, begun } = await bench(t)
  const client = await open()
  client.send(checkTx(20), checkTx(0), commit, checkTx(1))
  while (begun.length < 3) await new Promise(setImmediate)
  assert.deepEqual(begun, ['checkTx', 'checkTx', 'checkTx'])
  for (const kind of ['checkTx', 'checkTx', 'commit', 'checkTx']) assert.equal((await client.next())?.$case, kind)
})

test('a message may arrive in any pieces', async (t) => {
  const { open } = await bench(t)
  const client = await open()
  const bytes = concat(...['a', 'b'.repeat(300), ''].map((text) => encodeRequest(echo(text))))
  for (const byte of bytes) {
    client.socket.write(Uint8Array.of(byte))
    await new Promise(setImmediate)
  }
  for (const text of ['a', 'b'.repeat(300), '']) assert.deepEqual(await client.next(), echo(text))
})

test('four connections go on while one waits', async (t) => {
  const { open, server } = await bench(t)
  const clients = await Promise.all([open(), open(), open(), open()])
  clients[0]?.send(checkTx(255))
  for (const [at, client] of clients.slice(1).entries()) {
    assert.deepEqual(await client.ask(echo(`${at}`)), { message: `${at}` })
  }
  assert.equal(server.connections, 4)
  assert.equal((await clients[0]?.next())?.$case, 'checkTx')
})

test('garbage closes its connection and harms no other', async (t) => {
  const { open, failures, warnings } = await bench(t)
  const good = await open()
  const hostile: Record<string, Bytes> = {
    'a length without end': new Uint8Array(16).fill(0xff),
    'a length above the limit': Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x08),
    'an unknown request': Uint8Array.of(3, 0xa2, 0x06, 0x00),
    'an empty message': Uint8Array.of(0),
    'a request of the application mempool': encodeRequest({ $case: 'reapTxs', value: { maxBytes: 1n, maxGas: 1n } }),
    'a field that ends too late': Uint8Array.of(4, 0x0a, 0x7f, 0x41, 0x41),
    'groups in groups': concat(Uint8Array.of(0xa0, 0x8d, 0x06), new Uint8Array(100_000).fill(0x0b)),
    'a request of HTTP': new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${'jurat.'.repeat(20)}\r\n\r\n`),
  }
  for (const [name, bytes] of Object.entries(hostile)) {
    const client = await open()
    client.socket.write(bytes)
    assert.equal(await client.next(), null, name)
    assert.deepEqual(await good.ask(echo(name)), { message: name })
  }
  assert.equal(warnings.length, Object.keys(hostile).length)
  assert.deepEqual(failures, [])
})

test('a client that goes away in the middle of a message or of an answer harms nobody', async (t) => {
  const { open, failures, begun } = await bench(t)
  const good = await open()
  const half = await open()
  half.socket.write(encodeRequest(echo('half')).subarray(0, 3))
  half.close()
  const waiting = await open()
  waiting.send(checkTx(50), commit)
  while (!begun.includes('checkTx')) await new Promise(setImmediate)
  waiting.close()
  assert.deepEqual(await good.ask(echo('still there')), { message: 'still there' })
  assert.deepEqual(failures, [])
})

test('an error is told to CometBFT and stops both sides', async (t) => {
  const { open, failures } = await bench(t)
  const client = await open()
  client.send({ $case: 'listSnapshots', value: {} }, echo('never'))
  assert.deepEqual(await client.next(), { $case: 'exception', value: { error: 'told to fail' } })
  assert.equal(await client.next(), null)
  assert.equal(failures.length, 1)
})

test('a flood is read no faster than it is answered', async (t) => {
  let release: (() => void) | undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  let begun = 0
  const { open } = await bench(t, async (request) => {
    begun++
    await gate
    return answer(request)
  })
  const client = await open()
  // One chunk of a socket has 64 KiB: so much may be read before it is noticed that too much waits.
  const request = encodeRequest({ $case: 'checkTx', value: { tx: new Uint8Array(1_000), type: CheckTxType.NEW } })
  const count = 8_000
  for (let i = 0; i < count; i++) client.socket.write(request)
  let before = -1
  while (begun !== before) {
    before = begun
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  }
  assert.ok(begun <= requestsWaitingMax + 128, `${begun} were begun`)
  release?.()
  for (let i = 0; i < count; i++) assert.equal((await client.next())?.$case, 'checkTx')
})

test('the socket is for its user alone, and replaces what stands there', async (t) => {
  const { path } = await bench(t)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const folder = mkdtempSync(join(tmpdir(), 'jurat-abci-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const options = { handle: answer, fatal: () => undefined }
  writeFileSync(join(folder, 'left'), 'from the last run')
  const server = new AbciServer({ ...options, socketPath: join(folder, 'left') })
  await server.listen()
  await server.close()
  const long = new AbciServer({ ...options, socketPath: join(folder, 'x'.repeat(100)) })
  await assert.rejects(long.listen(), /at most 107 bytes/)
})

test('frames come out as they went in, however the stream is cut', () => {
  const message = fc.uint8Array({ maxLength: 300 })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 12 }), (messages, cuts) => {
      const stream = concat(...messages.map((bytes) => concat(lengthOf(bytes), bytes)))
      const reader = new FrameReader()
      const got: Bytes[] = []
      let at = 0
      for (const cut of [...cuts, stream.length]) {
        got.push(...reader.push(stream.subarray(at, at + cut)))
        at += cut
      }
      assert.deepEqual(got, messages)
    }),
    { seed: 1, numRuns: 200 },
  )
})

test('a message of the longest length is read, a longer one is not', () => {
  const reader = new FrameReader(1_000)
  assert.equal(reader.push(concat(Uint8Array.of(0xe8, 0x07), new Uint8Array(1_000)))[0]?.length, 1_000)
  assert.throws(() => reader.push(Uint8Array.of(0xe9, 0x07)), FrameError)
  assert.ok(frameBytesMax > 16 * 1_048_576)
})

function lengthOf({ length }: Bytes): Bytes {
  return length < 128 ? Uint8Array.of(length) : Uint8Array.of((length & 0x7f) | 0x80, length >> 7)
}
