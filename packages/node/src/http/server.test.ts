/**
 * Limits against slow, big, broken and many, on real sockets, the server's own and those of a front thread; TLS; the
 * graceful end.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { get as httpsGet } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { silentLogger } from '../observe/logger.ts'
import { FrontThreads } from './front/frontThreads.ts'
import { createHttpServer, headerBytesMax, listen, stopServer, type ServerOptions } from './server.ts'
import { testApp } from './testApp.fixtures.ts'

const address = { host: '127.0.0.1', port: 0 }
const plain: ServerOptions = { hotPaths: [], connectionsMax: 100, tls: null, logger: silentLogger }

type Application = (request: IncomingMessage, response: ServerResponse) => void

interface Listening {
  readonly server: Server
  readonly port: number
  readonly stop: () => Promise<void>
}

type Start = (t: TestContext, options: ServerOptions, application?: Application) => Promise<Listening>

async function make(options: ServerOptions, application?: Application): Promise<Server> {
  const { app } = await testApp()
  return createHttpServer(options, application ?? app.routing.bind(app))
}

async function start(t: TestContext, options: ServerOptions, application?: Application): Promise<Listening> {
  const server = await make(options, application)
  await listen(server, address)
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, port: (server.address() as AddressInfo).port, stop: () => stopServer(server) }
}

async function startBehindThread(
  t: TestContext,
  options: ServerOptions,
  application?: Application,
): Promise<Listening> {
  const server = await make(options, application)
  const fatal = (error: unknown): void => assert.fail(String(error))
  const { connectionsMax } = options
  const front = new FrontThreads({ threads: 1, connectionsMax, lane: new Map(), server, fatal, warn: fatal })
  const port = await front.listen(address)
  front.open()
  const stop = async (): Promise<void> => {
    await front.drain()
    await stopServer(server)
    await front.close()
  }
  t.after(async () => {
    server.closeAllConnections()
    await stop()
  })
  return { server, port, stop }
}

const open = ({ port }: Listening): Socket => connect(port, '127.0.0.1')

const connects = (server: Listening): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = open(server).once('error', () => resolve(false))
    socket.once('connect', () => resolve(true)).once('connect', () => socket.destroy())
  })

/** Everything that the server sends until it closes. */
function exchange(server: Listening, ...parts: string[]): Promise<string> {
  const socket = open(server)
  for (const part of parts) socket.write(part)
  return textOf(socket)
}

function textOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('error', () => resolve(text))
    socket.on('close', () => resolve(text))
  })
}

const places: readonly (readonly [string, Start])[] = [
  ['on its own sockets', start],
  ['behind a front thread', startBehindThread],
]

for (const [where, start] of places) {
  test(`${where}: what is no HTTP, and headers beyond the limit, get a problem document and the end`, async (t) => {
    const server = await start(t, plain)
    const big = `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(headerBytesMax)}\r\n\r\n`
    for (const [text, status, code] of [
      ['hello\r\n\r\n', 400, 'request-malformed'],
      ['GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400, 'request-malformed'],
      [
        'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
        400,
        'request-malformed',
      ],
      [big, 431, 'headers-too-big'],
    ] as const) {
      const answer = await exchange(server, text)
      assert.ok(answer.startsWith(`HTTP/1.1 ${status}`), answer)
      assert.ok(answer.includes(`"code":"${code}"`), answer)
    }
  })

  test(`${where}: what node:http would answer itself gets a problem document, or is answered`, async (t) => {
    const server = await start(t, plain)
    const without = await exchange(server, 'GET /health HTTP/1.1\r\n\r\n')
    assert.match(without, /^HTTP\/1\.1 400 .*application\/problem\+json.*"code":"request-malformed"/s)
    const older = await exchange(server, 'GET /health HTTP/1.0\r\n\r\n')
    assert.match(older, /^HTTP\/1\.1 200 /)
    const expecting = 'GET /health HTTP/1.1\r\nhost: a\r\nexpect: nonsense\r\nconnection: close\r\n\r\n'
    assert.match(await exchange(server, expecting), /^HTTP\/1\.1 200 /)
  })

  test(`${where}: headers that never end are cut off`, async (t) => {
    const server = await start(t, plain)
    server.server.headersTimeout = 200
    const socket = open(server)
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n')
    const drip = setInterval(() => socket.writable && socket.write('x: y\r\n'), 50)
    const answer = await textOf(socket)
    clearInterval(drip)
    assert.ok(answer.startsWith('HTTP/1.1 408') && answer.includes('request-timeout'), answer)
  })

  test(`${where}: a connection too many is closed`, async (t) => {
    const server = await start(t, { ...plain, connectionsMax: 2 })
    const [first, second] = [open(server), open(server)]
    await Promise.all([first, second].map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    assert.equal(await exchange(server, 'GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'), '')
    first.destroy()
    second.destroy()
  })

  test(`${where}: a body beyond the limit is refused before it is read`, async (t) => {
    const server = await start(t, plain)
    const head = 'POST /v1/transactions HTTP/1.1\r\nhost: a\r\ncontent-type: application/cbor\r\n'
    const declared = await exchange(server, `${head}content-length: 9999999\r\n\r\n`, 'x')
    assert.ok(declared.startsWith('HTTP/1.1 413') && declared.includes('connection: close'), declared)
    const chunk = `40000\r\n${'x'.repeat(0x40000)}\r\n`
    const chunked = await exchange(
      server,
      `${head}transfer-encoding: chunked\r\n\r\n`,
      ...Array.from({ length: 5 }, () => chunk),
    )
    assert.ok(chunked.startsWith('HTTP/1.1 413'), chunked)
  })

  test(`${where}: a stop lets requests on their way finish and takes no new ones`, async (t) => {
    let reached = (_response: ServerResponse): void => {}
    const arrived = new Promise<ServerResponse>((resolve) => (reached = resolve))
    const server = await start(t, plain, (_request, response) => reached(response))
    const answer = exchange(server, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    const response = await arrived
    const stopped = server.stop()
    // A front thread hears of it by a message; until then it takes a connection, and ends it.
    while (await connects(server)) await sleep(10)
    response.end('done')
    await stopped
    assert.ok((await answer).endsWith('done'))
  })
}

test('TLS by certificate files', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'jurat-'))
  t.after(() => rm(folder, { recursive: true }))
  const [certificate, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  try {
    execFileSync(
      'openssl',
      ['req', '-x509', ...curve, '-nodes', '-keyout', key, '-out', certificate, '-days', '2', ...subject],
      { stdio: 'pipe' },
    )
  } catch {
    t.skip('openssl is not here')
    return
  }
  const { port } = await start(t, { ...plain, tls: { certificate, key } })
  const status = await new Promise((resolve, reject) => {
    httpsGet({ port, host: '127.0.0.1', path: '/health', rejectUnauthorized: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).once('error', reject)
  })
  assert.equal(status, 200)
})
