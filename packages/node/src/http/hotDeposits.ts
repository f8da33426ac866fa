/**
 * The fast paths of POST /v1/deposits: parsed by hand, in the fast lane or on the raw request. They answer only what they
 * recognise whole; everything else, every error included, goes to the application with the body that was read, so that
 * all paths give the same answers. The equality is a test (hotDeposits.test.ts).
 * @module
 */
import { isAscii } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DepositAnswer, DepositItem } from '@jurat/api/deposits'
import type { DepositJob } from '../features/deposits.ts'
import { senderOf, type Authenticator } from './authentication.ts'
import { keepBody } from './body.ts'
import type { LaneAnswer, LaneHandler } from './fastLane.ts'
import { type FailedRequest, headerList, headerText } from './failure.ts'
import type { ProblemAnswer } from './problems.ts'
import type { HotPath } from './server.ts'

/** Bodies up to this size are parsed here. */
export const hotBodyBytesMax = 65_536

/** What the fast paths need. */
export interface HotDepositsOptions {
  readonly keys: Authenticator
  readonly deposit: (job: DepositJob) => Promise<DepositAnswer>
  /** The application: gets what the fast path does not recognise. */
  readonly application: (request: IncomingMessage, response: ServerResponse) => void
  /** Describes an error of `deposit` just as the application would. */
  readonly describe: (request: FailedRequest, error: unknown) => ProblemAnswer
  /** Called for each answer, with the time that it took in milliseconds. */
  readonly answered: (status: number, durationMs: number) => void
}

const waits: Readonly<Record<string, boolean>> = {
  '/v1/deposits': false,
  '/v1/deposits?wait=committed': false,
  '/v1/deposits?wait=witnessed': true,
}

/** The fast path on the raw request: for connections that have left the fast lane. */
export function hotDeposits(options: HotDepositsOptions): HotPath {
  return (request, response) => {
    if (request.method !== 'POST') return false
    const url = request.url ?? ''
    const length = Number(request.headers['content-length'])
    if (!(length > 0 && length <= hotBodyBytesMax) || request.headers['expect'] !== undefined) return false
    const begun = beginJob(options.keys, url, request.headers)
    if (begun === null) return false
    collect(request, length, (body) => {
      const items = recognise(body)
      if (items !== null) {
        void answerRaw(options, request, response, { ...begun, items, body })
        return
      }
      keepBody(request, body)
      options.application(request, response)
    })
    return true
  }
}

/** The same for the fast lane. */
export function laneDeposits(options: HotDepositsOptions): LaneHandler {
  return ({ url, headers }, body) => {
    const begun = beginJob(options.keys, url, headers)
    const items = begun === null ? null : recognise(body)
    if (begun === null || items === null) return null
    return answer(options, { method: 'POST', url, headers, complete: true }, { ...begun, items, body })
  }
}

/** What head and query say of a deposit; null when the application must look at it. */
function beginJob(
  keys: Authenticator,
  url: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Omit<DepositJob, 'items' | 'body'> | null {
  const witnessed = waits[url]
  if (witnessed === undefined || headers['content-type'] !== 'application/json') return null
  const key = headers['idempotency-key']
  if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(key))) return null
  const principal = senderOf({ headers }, keys)
  if (principal === null || !principal.scopes.has('deposit') || principal.account === null) return null
  const { organisation, account } = principal
  return { organisation, account, idempotencyKey: key ?? null, witnessed }
}

async function answer(options: HotDepositsOptions, request: FailedRequest, job: DepositJob): Promise<LaneAnswer> {
  const started = performance.now()
  let result: LaneAnswer
  try {
    const body = JSON.stringify(await options.deposit(job))
    result = { status: 200, headers: answerHeaders, body }
  } catch (error) {
    const { status, headers, body } = options.describe(request, error)
    result = { status, headers: headerText(headers), body }
  }
  options.answered(result.status, performance.now() - started)
  return result
}

async function answerRaw(
  options: HotDepositsOptions,
  request: IncomingMessage,
  response: ServerResponse,
  job: DepositJob,
): Promise<void> {
  const { status, headers, body } = await answer(options, request, job)
  response.writeHead(status, [...headerList(headers), 'content-length', String(Buffer.byteLength(body))])
  response.end(body)
}

const answerHeaders = 'x-content-type-options: nosniff\r\ncontent-type: application/json; charset=utf-8\r\n'

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

const hexDigits: Readonly<Record<string, number>> = {
  'sha-256': 64,
  sm3: 64,
  'sha-512': 128,
}

/** The items of a body of the plainest form, `{"items":[{"algorithm":…,"digest":…}]}`; null for any other. */
export function recognise(body: Buffer): DepositItem[] | null {
  // Bytes beyond ASCII are left to the other path: only there is UTF-8 checked.
  if (!isAscii(body)) return null
  let value: unknown
  try {
    value = JSON.parse(body.toString('latin1'))
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { items } = value as { items?: unknown }
  if (!Array.isArray(items) || items.length === 0 || Object.keys(value).length !== 1) return null
  for (const item of items as unknown[]) {
    if (typeof item !== 'object' || item === null || Object.keys(item).length !== 2) return null
    const { algorithm, digest } = item as { algorithm?: unknown; digest?: unknown }
    if (typeof algorithm !== 'string' || typeof digest !== 'string') return null
    if (digest.length !== hexDigits[algorithm] || !/^[0-9a-f]+$/.test(digest)) return null
  }
  return items as DepositItem[]
}
