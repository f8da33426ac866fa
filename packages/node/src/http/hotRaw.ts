/**
 * The fast paths of POST /log/add, in the fast lane or on the raw request: one body, one entry, its index in decimal.
 * They answer as the application does (hotRaw.test.ts), and leave to it what only it checks.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { rawBodyBytesMax } from '@jurat/api/limits'
import { type FailedRequest, headerList, headerText } from './failure.ts'
import type { LaneAnswer, LaneHandler } from './fastLane.ts'
import type { ProblemAnswer } from './problems.ts'
import type { HotPath } from './server.ts'

/** What the fast paths need. */
export interface HotRawOptions {
  /** Adds one body as an entry; its index when the served checkpoint covers it. */
  readonly add: (body: Uint8Array) => Promise<number>
  readonly describe: (request: FailedRequest, error: unknown) => ProblemAnswer
  readonly answered: (status: number, durationMs: number) => void
}

/** The fast path on the raw request. Bodies without a declared length, or too long, are left to the application. */
export function hotRaw(options: HotRawOptions): HotPath {
  return (request, response) => {
    if (request.method !== 'POST' || request.url !== '/log/add') return false
    const length = Number(request.headers['content-length'])
    if (!(length > 0 && length <= rawBodyBytesMax) || request.headers['expect'] !== undefined) return false
    if (!isPlain(request.headers)) return false
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      if (body.length === length) void answerRaw(options, request, response, body)
    })
    return true
  }
}

/** The same for the fast lane. */
export function laneRaw(options: HotRawOptions): LaneHandler {
  return ({ url, headers }, body) => {
    if (url !== '/log/add' || body.length === 0 || body.length > rawBodyBytesMax) return null
    if (!isPlain(headers)) return null
    return answer(options, { method: 'POST', url, headers, complete: true }, body)
  }
}

/** A media type without parameters (RFC 9110, section 8.3.1). */
const plainMediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/

/** Whether no header is there that the application checks: it alone refuses what is malformed in one. */
function isPlain({ 'idempotency-key': key, 'content-type': type }: FailedRequest['headers']): boolean {
  return key === undefined && (type === undefined || (typeof type === 'string' && plainMediaType.test(type)))
}

async function answer(options: HotRawOptions, request: FailedRequest, body: Buffer): Promise<LaneAnswer> {
  const started = performance.now()
  let result: LaneAnswer
  try {
    // The buffer that it arrived in is shared with other requests: the entry needs its own bytes.
    result = { status: 200, headers: answerHeaders, body: String(await options.add(Uint8Array.from(body))) }
  } catch (error) {
    const problem = options.describe(request, error)
    result = { status: problem.status, headers: headerText(problem.headers), body: problem.body }
  }
  options.answered(result.status, performance.now() - started)
  return result
}

async function answerRaw(
  options: HotRawOptions,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<void> {
  const { status, headers, body: text } = await answer(options, request, body)
  response.writeHead(status, [...headerList(headers), 'content-length', String(Buffer.byteLength(text))])
  response.end(text)
}

const answerHeaders = 'x-content-type-options: nosniff\r\ncontent-type: text/plain; charset=utf-8\r\n'
