/**
 * The fast path of POST /log/add on the raw request: one body, one entry, its index in decimal.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { rawBodyBytesMax } from '@jurat/api/limits'
import type { HotPath } from './server.ts'

/** What the fast path needs. */
export interface HotRawOptions {
  /** Adds one body as an entry; its index when the served checkpoint covers it. */
  readonly add: (body: Uint8Array) => Promise<number>
  readonly fail: (request: IncomingMessage, response: ServerResponse, error: unknown) => void
  readonly answered: (status: number, durationMs: number) => void
}

/** The fast path. Bodies without a declared length, or beyond the limit, are left to the application. */
export function hotRaw(options: HotRawOptions): HotPath {
  return (request, response) => {
    if (request.method !== 'POST' || request.url !== '/log/add') return false
    const length = Number(request.headers['content-length'])
    if (!(length > 0 && length <= rawBodyBytesMax) || request.headers['expect'] !== undefined) return false
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
      if (body.length !== length) return
      void answer(options, request, response, body)
    })
    return true
  }
}

async function answer(
  options: HotRawOptions,
  request: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array,
): Promise<void> {
  const started = performance.now()
  try {
    const text = String(await options.add(body))
    response.writeHead(200, [...answerHeaders, 'content-length', String(text.length)])
    response.end(text)
    options.answered(200, performance.now() - started)
  } catch (error) {
    options.fail(request, response, error)
  }
}

const answerHeaders = ['x-content-type-options', 'nosniff', 'content-type', 'text/plain; charset=utf-8']
