/**
 * The server that listens: limits against slow and many clients, TLS, a graceful end. The hot paths look at each
 * request first; what they leave goes to the application.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { randomBytes } from 'node:crypto'
import type { Logger } from '../observe/logger.ts'
import { backlogMax, silenceMsMax, stopTimeoutMs } from './connectionLimits.ts'
import { commonHeaders } from './failure.ts'
import { type ProblemAnswer, problemAnswer, ProblemError } from './problems.ts'

/** Bytes of all headers of a request together. */
export const headerBytesMax = 16_384
/** Longest time until all headers of a request are here, milliseconds. */
export const headersTimeoutMs = 10_000
/** How long a connection is kept for the next request, milliseconds. */
export const keepAliveMs = 65_000
/** Requests on one connection before it is closed, so that proxies spread their load anew. */
export const requestsPerConnectionMax = 1_000_000

/** Answers a request itself, or leaves it (false) untouched. */
export type HotPath = (request: IncomingMessage, response: ServerResponse) => boolean

/** What the server needs. */
export interface ServerOptions {
  readonly hotPaths: readonly HotPath[]
  readonly connectionsMax: number
  readonly tls: { readonly certificate: string; readonly key: string } | null
  readonly logger: Logger
}

/** A door in front of everything: requests wait until it is opened. */
export function createGate(): { readonly path: HotPath; readonly open: (next: HotPath) => void } {
  let waiting: [IncomingMessage, ServerResponse][] | null = []
  return {
    path(request, response) {
      if (waiting === null) return false
      waiting.push([request, response])
      return true
    },
    open(next) {
      const held = waiting ?? []
      waiting = null
      for (const [request, response] of held) next(request, response)
    },
  }
}

/** Makes the server around the application's handler. */
export async function createHttpServer(
  options: ServerOptions,
  application: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const { hotPaths } = options
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.headers.host === undefined && request.httpVersionMinor > 0) {
      refuseWithoutHost(response)
      return
    }
    for (const hotPath of hotPaths) if (hotPath(request, response)) return
    application(request, response)
  }
  const limits = {
    maxHeaderSize: headerBytesMax,
    headersTimeout: headersTimeoutMs,
    // A big original takes as long as it takes; silence is what ends a connection.
    requestTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: 2_000,
    noDelay: true,
    // It is required (refuseWithoutHost); node:http would refuse without a problem document.
    requireHostHeader: false,
  }
  const server =
    options.tls === null
      ? createServer(limits, listener)
      : createTlsServer({ ...limits, ...(await readCertificate(options.tls)), minVersion: 'TLSv1.2' }, listener)
  server.maxConnections = options.connectionsMax
  server.maxRequestsPerSocket = requestsPerConnectionMax
  server.timeout = silenceMsMax
  // node:http would answer 417 without a problem document. Whoever expects what we do not know, may (RFC 9110, 10.1.1).
  server.on('checkExpectation', listener)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuseBrokenRequest(error, socket))
  return server
}

/** Reads the certificate files again, after a renewal. Connections that are open keep the old one. */
export async function renewCertificate(server: Server, tls: NonNullable<ServerOptions['tls']>): Promise<void> {
  ;(server as TlsServer).setSecureContext(await readCertificate(tls))
}

async function readCertificate(tls: NonNullable<ServerOptions['tls']>): Promise<{ cert: Buffer; key: Buffer }> {
  const [cert, key] = await Promise.all([readFile(tls.certificate), readFile(tls.key)])
  return { cert, key }
}

/** Listens, and gives the address that others on this machine reach it by. */
export async function listen(server: Server, address: { host: string; port: number }): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...address, backlog: backlogMax }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo
  return urlOf('setSecureContext' in server ? 'https' : 'http', { ...address, port })
}

/** The address that others on this machine reach a server by. */
export function urlOf(scheme: 'http' | 'https', address: { host: string; port: number }): string {
  const anywhere = address.host === '0.0.0.0' || address.host === '::'
  const host = anywhere ? 'localhost' : address.host
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}

/** Takes no new connection, lets requests on their way finish, and cuts what is left after `stopTimeoutMs`. */
export async function stopServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const sweep = setInterval(() => server.closeIdleConnections(), 100)
  const cut = setTimeout(() => server.closeAllConnections(), stopTimeoutMs)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}

/** Answers what is no HTTP at all, or came too slowly or too big. */
function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'headers-too-big'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'request-timeout'
        : 'request-malformed'
  const { status, headers, body } = lastAnswer(new ProblemError(code))
  const lines = Object.entries(headers)
  socket.end(
    `HTTP/1.1 ${status} Problem\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  )
}

/** Answers a request of HTTP/1.1 that names no host (RFC 9112, section 3.2). */
function refuseWithoutHost(response: ServerResponse): void {
  const { status, headers, body } = lastAnswer(new ProblemError('request-malformed', { detail: 'there is no Host' }))
  response.writeHead(status, headers).end(body)
}

/** The last answer of a connection. */
function lastAnswer(problem: ProblemError): ProblemAnswer {
  const { status, headers, body } = problemAnswer(problem, 'en', randomBytes(8).toString('hex'))
  const length = String(Buffer.byteLength(body))
  return { status, body, headers: { ...commonHeaders, ...headers, 'content-length': length, connection: 'close' } }
}
