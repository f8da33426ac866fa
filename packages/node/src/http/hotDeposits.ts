/**
 * The fast path of POST /v1/deposits: parsed by hand on the raw request. It answers only what it recognises whole;
 * everything else, every error included, goes to the application with the body that was read, so that both paths give
 * the same answers. The equality is a test (hotDeposits.test.ts).
 * @module
 */
import { isAscii } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DepositAnswer, DepositItem } from '@jurat/api/deposits'
import type { DepositJob } from '../features/deposits.ts'
import { senderOf, type Authenticator } from './authentication.ts'
import { keepBody } from './body.ts'
import type { HotPath } from './server.ts'

/** Bodies up to this size are parsed here. */
export const hotBodyBytesMax = 65_536

/** What the fast path needs. */
export interface HotDepositsOptions {
  readonly keys: Authenticator
  readonly deposit: (job: DepositJob) => Promise<DepositAnswer>
  /** The application: gets what the fast path does not recognise. */
  readonly application: (request: IncomingMessage, response: ServerResponse) => void
  /** Answers an error of `deposit` just as the application would. */
  readonly fail: (request: IncomingMessage, response: ServerResponse, error: unknown) => void
  /** Called for each answer, with the time that it took in milliseconds. */
  readonly answered: (status: number, durationMs: number) => void
}

const waits: Readonly<Record<string, boolean>> = {
  '/v1/deposits': false,
  '/v1/deposits?wait=committed': false,
  '/v1/deposits?wait=witnessed': true,
}

/** The fast path. */
export function hotDeposits(options: HotDepositsOptions): HotPath {
  return (request, response) => {
    if (request.method !== 'POST') return false
    const witnessed = waits[request.url ?? '']
    if (witnessed === undefined) return false
    const { headers } = request
    const length = Number(headers['content-length'])
    const known = headers['content-type'] === 'application/json' && length > 0 && length <= hotBodyBytesMax
    if (!known || headers['expect'] !== undefined) return false
    const key = headers['idempotency-key']
    if (key !== undefined && (typeof key !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(key))) return false
    const principal = senderOf(request, options.keys)
    if (principal === null || !principal.scopes.has('deposit') || principal.account === null) return false
    const { organisation, account } = principal
    collect(request, length, (body) => {
      const items = recognise(body)
      if (items === null) {
        keepBody(request, body)
        options.application(request, response)
        return
      }
      const job: DepositJob = { organisation, account, items, idempotencyKey: key ?? null, body, witnessed }
      void answer(options, request, response, job)
    })
    return true
  }
}

async function answer(
  options: HotDepositsOptions,
  request: IncomingMessage,
  response: ServerResponse,
  job: DepositJob,
): Promise<void> {
  const started = performance.now()
  try {
    const text = JSON.stringify(await options.deposit(job))
    response.writeHead(200, [...answerHeaders, 'content-length', String(Buffer.byteLength(text))])
    response.end(text)
    options.answered(200, performance.now() - started)
  } catch (error) {
    options.fail(request, response, error)
  }
}

const answerHeaders = ['x-content-type-options', 'nosniff', 'content-type', 'application/json; charset=utf-8']

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
