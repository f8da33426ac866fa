/**
 * HTTP/1.1 by hand, so that a test can send what no client would: any bytes in any pieces, and a reader that takes
 * nothing from the server but whole, well-formed answers.
 * @module
 */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A request that can be written out. */
export interface RawRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

/** An answer. */
export interface RawAnswer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

/** What came back on one connection. */
export interface Exchange {
  readonly bytes: Buffer
  /** Whether the server closed the connection before the deadline. */
  readonly closed: boolean
}

/** The bytes of a request; its length is declared when it has a body. */
export function requestBytes({ method, target, headers, body }: RawRequest): Buffer {
  const length = body.length > 0 ? [['content-length', String(body.length)] as const] : []
  const lines = [...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), body])
}

/**
 * Sends pieces over a new connection, with a pause between them, and collects what comes until the server closes it.
 * @param end - whether our side ends after the last piece.
 */
export function exchange(port: number, pieces: readonly Buffer[], end: boolean, deadlineMs: number): Promise<Exchange> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const finish = (closed: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ bytes: Buffer.concat(chunks), closed })
    }
    const timer = setTimeout(() => finish(false), deadlineMs)
    socket.on('data', (chunk) => chunks.push(chunk))
    // A reset is the end of a connection as well: the server does not read what it refused.
    socket.on('error', () => finish(true))
    socket.on('close', () => finish(true))
    socket.on('end', () => finish(true))
    void (async () => {
      for (const [at, piece] of pieces.entries()) {
        if (at > 0) await sleep(1)
        if (!socket.write(piece) && !socket.destroyed) {
          await Promise.race([new Promise((drained) => socket.once('drain', drained)), closing(socket)])
        }
      }
      if (end) socket.end()
    })()
  })
}

const closing = (socket: { once(event: 'close', listener: () => void): unknown }): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()))

/** Reads whole answers. @throws AssertionError when the bytes are anything else, or an answer is cut off. */
export function parseAnswers(bytes: Buffer, methods: readonly string[]): RawAnswer[] {
  const answers: RawAnswer[] = []
  let at = 0
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n\r\n', at)
    assert.ok(end !== -1, `no end of the head: ${bytes.toString('latin1', at, at + 200)}`)
    const [first = '', ...lines] = bytes.toString('latin1', at, end).split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) [\x20-\x7e]+$/.exec(first)?.[1])
    assert.ok(status >= 100, `no status line: ${first}`)
    const headers = new Map(
      lines.map((line): [string, string] => {
        const [, name, value] = /^([A-Za-z0-9-]+): ?(.*)$/.exec(line) ?? []
        assert.ok(name !== undefined && value !== undefined, `no header: ${line}`)
        return [name.toLowerCase(), value]
      }),
    )
    at = end + 4
    if (status < 200) continue
    const isHead = methods[answers.length] === 'HEAD'
    const body = isHead || status === 204 ? { bytes: Buffer.alloc(0), next: at } : readBody(bytes, at, headers)
    answers.push({ status, headers, body: body.bytes })
    at = body.next
  }
  return answers
}

function readBody(bytes: Buffer, from: number, headers: ReadonlyMap<string, string>): { bytes: Buffer; next: number } {
  const length = headers.get('content-length')
  if (length !== undefined) {
    const next = from + Number(length)
    assert.ok(next <= bytes.length, 'an answer is cut off')
    return { bytes: bytes.subarray(from, next), next }
  }
  if (headers.get('transfer-encoding') !== 'chunked') return { bytes: bytes.subarray(from), next: bytes.length }
  const chunks: Buffer[] = []
  for (let at = from; ;) {
    const end = bytes.indexOf('\r\n', at)
    assert.ok(end !== -1, 'an answer in chunks is cut off')
    const size = Number.parseInt(bytes.toString('latin1', at, end), 16)
    chunks.push(bytes.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
    if (size === 0) return { bytes: Buffer.concat(chunks), next: at }
  }
}
