/**
 * Addresses that are answered without the application, because most requests go there: in the fast lane, or on the raw
 * request of a connection that has left it. Such an address answers only what it recognises whole; everything else goes
 * to the application with the body that was read. So all ways give the same answers, which is a test of each address.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { keepBody } from './body.ts'
import { type FailedRequest, headerList, headerText } from './failure.ts'
import type { LaneAnswer, LaneHandler } from './fastLane.ts'
import type { ProblemAnswer } from './problems.ts'
import type { HotPath } from './server.ts'

/** The head of a request, as both ways know it. */
export interface FastHead {
  /** Path with query. */
  readonly url: string
  readonly headers: FailedRequest['headers']
}

/** The body of an answer 200, or null: the application must look at this request. Rejects with what it would throw. */
export type FastBody = (body: Buffer) => Promise<string> | null

/** An address. */
export interface FastRoute {
  /** Name of its operation. */
  readonly operationId: string
  /** Method and path without query: `POST /v1/deposits`. */
  readonly route: string
  /** Longer bodies are the application's. */
  readonly bodyBytesMax: number
  /** Media type of an answer 200. */
  readonly mediaType: string
  /** Looks at the head; null leaves the request to the application before its body is read. */
  readonly begin: (head: FastHead) => FastBody | null
}

/** What stands around the addresses. */
export interface FastSurroundings {
  readonly application: (request: IncomingMessage, response: ServerResponse) => void
  /** Describes an error just as the application would. */
  readonly describe: (request: FailedRequest, error: unknown) => ProblemAnswer
  /** Called for each answer, with the time that it took in milliseconds. */
  readonly answered: (operationId: string, status: number, durationMs: number) => void
}

/** A media type without parameters (RFC 9110, section 8.3.1). */
const plainMediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/

/** Whether a content type is absent or without parameters: what is malformed in one, only the application refuses. */
export function isPlainType(type: string | string[] | undefined): boolean {
  return type === undefined || (typeof type === 'string' && plainMediaType.test(type))
}

/** The way through the fast lane. */
export function laneOf(route: FastRoute, surroundings: FastSurroundings): LaneHandler {
  return ({ url, headers }, body) => {
    if (body.length === 0 || body.length > route.bodyBytesMax) return null
    const answering = route.begin({ url, headers })?.(body) ?? null
    if (answering === null) return null
    return answer(route, surroundings, { method: 'POST', url, headers, complete: true }, answering)
  }
}

/** The way on the raw request. */
export function hotPathOf(route: FastRoute, surroundings: FastSurroundings): HotPath {
  const [method, path] = route.route.split(' ')
  return (request, response) => {
    const { url = '', headers } = request
    if (request.method !== method || url.split('?', 1)[0] !== path) return false
    const length = Number(headers['content-length'])
    if (!(length > 0 && length <= route.bodyBytesMax) || headers['expect'] !== undefined) return false
    const begun = route.begin({ url, headers })
    if (begun === null) return false
    collect(request, length, (body) => {
      const answering = begun(body)
      if (answering !== null) {
        void answerRaw(route, surroundings, { request, response }, answering)
        return
      }
      keepBody(request, body)
      surroundings.application(request, response)
    })
    return true
  }
}

async function answer(
  { operationId, mediaType }: FastRoute,
  { describe, answered }: FastSurroundings,
  request: FailedRequest,
  answering: Promise<string>,
): Promise<LaneAnswer> {
  const started = performance.now()
  let result: LaneAnswer
  try {
    const headers = `x-content-type-options: nosniff\r\ncontent-type: ${mediaType}\r\n`
    result = { status: 200, headers, body: await answering }
  } catch (error) {
    const { status, headers, body } = describe(request, error)
    result = { status, headers: headerText(headers), body }
  }
  answered(operationId, result.status, performance.now() - started)
  return result
}

async function answerRaw(
  route: FastRoute,
  surroundings: FastSurroundings,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  answering: Promise<string>,
): Promise<void> {
  const { status, headers, body } = await answer(route, surroundings, request, answering)
  response.writeHead(status, [...headerList(headers), 'content-length', String(Buffer.byteLength(body))])
  response.end(body)
}

/** Gives the whole body. A request that breaks off needs no answer. */
function collect(request: IncomingMessage, length: number, done: (body: Buffer) => void): void {
  let first: Buffer | null = null
  let rest: Buffer[] | null = null
  request.on('data', (chunk: Buffer) => {
    if (first === null) first = chunk
    else (rest ??= [first]).push(chunk)
  })
  request.on('end', () => {
    const body = rest === null ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest)
    if (body.length === length) done(body)
  })
}
