/**
 * What a front thread must not lose between the clients' sockets and the main thread, and what becomes of it when it
 * stops, dies, or cannot listen. That its answers are the application's is a test of each address (fastPaths.fixtures.ts).
 * @module
 */
import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLogger } from '../../observe/logger.ts'
import type { LaneHandler } from '../fastLane.ts'
import { keptHeadsMax } from '../laneHead.ts'
import { createHttpServer } from '../server.ts'
import { FrontThreads } from './frontThreads.ts'

const host = '127.0.0.1'

interface Front {
  readonly threads: FrontThreads
  readonly server: Server
  readonly port: number
  /** What would have ended the process. */
  readonly deaths: unknown[]
}

interface Wanted {
  readonly threads?: number
  readonly port?: number
  readonly connectionsMax?: number
}

/** The lane answers `POST /lane` with its body; the HTTP server everything else with what it saw. */
async function start(t: TestContext, handler: LaneHandler, wanted: Wanted = {}): Promise<Front> {
  const limits = { connectionsMax: 100, tls: null, logger: silentLogger, hotPaths: [] }
  const server = await createHttpServer(limits, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { remoteAddress, remotePort } = request.socket
      response.end(JSON.stringify({ url: request.url, remoteAddress, remotePort, body: Buffer.concat(chunks).length }))
    })
  })
  const deaths: unknown[] = []
  const threads = new FrontThreads({
    threads: wanted.threads ?? 1,
    connectionsMax: wanted.connectionsMax ?? 100,
    lane: new Map([['POST /lane', handler]]),
    server,
    fatal: (error) => deaths.push(error),
    warn: () => {},
  })
  t.after(async () => {
    server.closeAllConnections()
    server.close()
    await threads.terminate()
  })
  const port = await threads.listen({ host, port: wanted.port ?? 0 })
  threads.open()
  return { threads, server, port, deaths }
}

const ok = (body: string): { status: number; headers: string; body: string } => ({ status: 200, headers: '', body })
const echo: LaneHandler = async (_head, body) => ok(body.toString())

const post = (path: string, body: string, more = ''): string =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\n${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`

/** Everything that comes until the server ends the connection. */
function textOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('error', () => resolve(text))
    socket.on('close', () => resolve(text))
  })
}

async function exchange(port: number, ...parts: string[]): Promise<string> {
  const socket = connect(port, host)
  const text = textOf(socket)
  for (const part of parts) {
    socket.write(part)
    await sleep(5)
  }
  return text
}

test('requests in pieces, one behind another, and for both ways on one connection', async (t) => {
  const { port } = await start(t, echo)
  const [first, second] = [post('/lane', 'one'), post('/lane', 'two')]
  const text = await exchange(
    port,
    first + second.slice(0, -1),
    second.slice(-1) + post('/other', 'three') + get('/last'),
  )
  const bodies = [...text.matchAll(/\r\n\r\n(one|two|\{"url":"[^"]*)/g)].map(([, body]) => body)
  assert.deepEqual(bodies, ['one', 'two', '{"url":"/other', '{"url":"/last'])
})

test('the server knows the address of a client whose connection is relayed', async (t) => {
  const { port } = await start(t, echo)
  const socket = connect(port, host)
  socket.write(get('/'))
  const answer = await textOf(socket.once('connect', () => {}))
  const { remoteAddress, remotePort } = JSON.parse(answer.split('\r\n\r\n')[1] ?? '') as Record<string, unknown>
  assert.equal(remoteAddress, host)
  assert.equal(typeof remotePort, 'number')
  assert.notEqual(remotePort, 0)
})

test('nobody else can relay to the server', async (t) => {
  const { server } = await start(t, echo)
  const path = server.address()
  assert.ok(typeof path === 'string' && path.startsWith('\0'))
  for (const text of [get('/'), `${'0'.repeat(32)} 1 1.2.3.4\n${get('/')}`, 'x'.repeat(300)]) {
    const socket: Socket = connect(path)
    socket.write(text)
    assert.equal(await textOf(socket), '')
  }
})

test('a request that the main thread leaves goes to the HTTP server, also when its client has ended its side', async (t) => {
  const { port } = await start(t, async () => {
    await sleep(20)
    return null
  })
  const left = /^HTTP\/1\.1 200 .*"url":"\/lane".*"body":4/s
  const socket = connect({ port, host, allowHalfOpen: true })
  socket.end(post('/lane', 'left'))
  assert.match(await textOf(socket.on('end', () => socket.destroy())), left)
  const several = await exchange(port, post('/lane', 'left') + post('/lane', 'behind') + get('/last'))
  assert.match(several, left)
  assert.match(several, /"body":4.*"url":"\/lane".*"body":6.*"url":"\/last"/s)
})

test('an early answer reaches a client that still sends', async (t) => {
  const { port, server } = await start(t, echo)
  server.removeAllListeners('request')
  server.on('request', (_request, response) => response.writeHead(413, { connection: 'close' }).end('too big'))
  const chunk = 'x'.repeat(1_000_000)
  for (let round = 0; round < 5; round++) {
    const socket = connect(port, host)
    socket.write(`POST /other HTTP/1.1\r\nhost: a\r\ncontent-length: 100000000\r\n\r\n`)
    const send = setInterval(() => socket.writable && socket.write(chunk), 1)
    const text = await textOf(socket)
    clearInterval(send)
    assert.match(text, /^HTTP\/1\.1 413 .*too big/s)
  }
})

test('more heads than both sides remember', async (t) => {
  const { port } = await start(t, async (head) => ok(head.headers['x-number'] ?? ''))
  const count = keptHeadsMax * 2 + 10
  const requests = Array.from({ length: count }, (_, n) => post('/lane', '', `x-number: ${n}\r\n`)).join('')
  const text = await exchange(port, requests + get('/last'))
  const numbers = [...text.matchAll(/content-length: \d+\r\n(?:[^\r]+\r\n)*\r\n(\d+)/g)].map(([, number]) =>
    Number(number),
  )
  assert.deepEqual(
    numbers,
    Array.from({ length: count }, (_, n) => n),
  )
})

test('a stop answers what is on its way, takes no new connection, and ends the threads', async (t) => {
  let arrived = (_answer: () => void): void => {}
  const onItsWay = new Promise<() => void>((resolve) => (arrived = resolve))
  const late: LaneHandler = async () => {
    await new Promise<void>((resolve) => arrived(resolve))
    return ok('late')
  }
  const { threads, server, port, deaths } = await start(t, late, { threads: 2 })
  const idle = textOf(connect(port, host))
  const waiting = exchange(port, post('/lane', 'x'))
  const answer = await onItsWay
  const drained = threads.drain()
  assert.equal(await idle, '')
  // Each thread hears of it in its own time; until then it takes a connection, and ends it.
  while (await connects(port)) await sleep(10)
  answer()
  assert.match(await waiting, /Connection: close\r\n\r\nlate$/)
  await drained
  server.close()
  await threads.close()
  assert.deepEqual(deaths, [])
})

const connects = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host).once('error', () => resolve(false))
    socket.once('connect', () => resolve(true)).once('connect', () => socket.destroy())
  })

test('a connection too many is closed', async (t) => {
  const { port } = await start(t, echo, { connectionsMax: 2 })
  const open = [connect(port, host), connect(port, host)]
  await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  await sleep(50)
  assert.equal(await exchange(port, get('/')), '')
  for (const socket of open) socket.destroy()
})

test('a port that is taken is refused, by one thread and by several that share it', async (t) => {
  const other = createServer()
  const port = await new Promise<number>((resolve) =>
    other.listen(0, host, () => resolve((other.address() as { port: number }).port)),
  )
  t.after(() => other.close())
  for (const threads of [1, 2]) await assert.rejects(start(t, echo, { threads, port }), { code: 'EADDRINUSE' })
})

test('a thread that dies ends the node', async (t) => {
  const { threads, deaths } = await start(t, echo)
  await threads.terminate()
  assert.match(String(deaths[0]), /a front thread has ended/)
})
