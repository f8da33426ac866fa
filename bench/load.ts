/**
 * A light closed-loop HTTP/1.1 load generator: each connection sends its next request when the last one was answered.
 * It parses only status and length, so that most of the machine stays for the server.
 * @module
 */
import { connect, type Socket } from 'node:net'
import { percentile } from './report.ts'

/** One load run. */
export interface Load {
  readonly host: string
  readonly port: number
  readonly connections: number
  readonly durationMs: number
  /** Time at the start that is not counted. */
  readonly warmUpMs: number
  /**
   * Head and body of request number `sequence` of all, complete, for a connection (from 0), which has had its last answer;
   * null when there are no more for it.
   */
  readonly request: (sequence: number, connection: number) => Buffer | null
  /** Called with every answer that is 200, and what was asked. */
  readonly onAnswer?: (body: () => string, request: Buffer) => void
  /** Called with every answer that is not 200, and what was asked. */
  readonly onError?: (status: number, body: string, request: Buffer) => void
}

/** What came of it. Times in milliseconds. */
export interface LoadResult {
  readonly answered: number
  readonly failed: number
  readonly perSecond: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Runs the load to its end. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const latencies: number[] = []
  let failed = 0
  let sequence = 0
  const start = performance.now()
  const countFrom = start + load.warmUpMs
  const end = countFrom + load.durationMs
  const finished: Finished = (request, sentAt, status, body) => {
    const now = performance.now()
    if (status !== 200) {
      failed++
      load.onError?.(status, body(), request)
      return
    }
    load.onAnswer?.(body, request)
    if (sentAt >= countFrom && now <= end) latencies.push(now - sentAt)
  }
  const next = (connection: number): Buffer | null =>
    performance.now() >= end ? null : load.request(sequence++, connection)
  await Promise.all(
    Array.from({ length: load.connections }, (_, connection) =>
      oneConnection(connect(load.port, load.host), () => next(connection), finished),
    ),
  )
  const sorted = Float64Array.from(latencies).toSorted()
  return {
    answered: sorted.length,
    failed,
    perSecond: Math.round((sorted.length / load.durationMs) * 1000),
    p50: round(percentile(sorted, 0.5)),
    p95: round(percentile(sorted, 0.95)),
    p99: round(percentile(sorted, 0.99)),
    max: round(sorted.at(-1) ?? 0),
  }
}

const round = (value: number): number => Math.round(value * 100) / 100

/** The head and body of a POST, ready to be sent. */
export function post(path: string, headers: Readonly<Record<string, string>>, body: string | Uint8Array): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length)
  const lines = Object.entries({ host: 'localhost', ...headers, 'content-length': String(bytes.length) })
  const head = `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes])
}

/** Makes POSTs of ASCII bodies to one address; the head is made once, because what the client costs the server lacks. */
export function postsTo(path: string, headers: Readonly<Record<string, string>>): (body: string) => Buffer {
  const head = post(path, headers, '')
    .toString('latin1')
    .replace(/content-length: 0\r\n\r\n$/, '')
  return (body) => Buffer.from(`${head}content-length: ${body.length}\r\n\r\n${body}`, 'latin1')
}

type Finished = (request: Buffer, sentAt: number, status: number, body: () => string) => void

/** Sends request after request until `next` gives none. */
async function oneConnection(socket: Socket, next: () => Buffer | null, finished: Finished): Promise<void> {
  socket.setNoDelay(true)
  await new Promise<void>((resolve, reject) => {
    let pending = Buffer.alloc(0)
    let sentAt = 0
    let sent: Buffer = Buffer.alloc(0)
    const send = (): void => {
      const request = next()
      if (request === null) {
        socket.end()
        resolve()
        return
      }
      sentAt = performance.now()
      sent = request
      socket.write(request)
    }
    socket.once('connect', send)
    socket.once('error', reject)
    socket.once('close', () => resolve())
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      const head = pending.indexOf('\r\n\r\n')
      if (head === -1) return
      const text = pending.toString('latin1', 0, head)
      const length = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0)
      if (pending.length < head + 4 + length) return
      const body = pending.subarray(head + 4, head + 4 + length)
      const status = Number(text.slice(9, 12))
      pending = Buffer.alloc(0)
      finished(sent, sentAt, status, () => body.toString('utf8'))
      send()
    })
  })
}
