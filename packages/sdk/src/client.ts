/**
 * The typed client: one call for every route of the table, with checked answers, problem documents as errors, and
 * attempts again where that is safe.
 * @module
 */
import { Problem, problemMediaType } from '@jurat/api/problems'
import type { Route } from '@jurat/api/route'
import { routes } from '@jurat/api/routes'
import type { OperationId } from '@jurat/api/routes'
import { toHex, toText } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import { Check } from 'typebox/value'
import type { CallInput, CallResult } from './calls.ts'
import { SdkError } from './errors.ts'
import { platformRandom } from './keyFile.ts'
import { comesAgain, pauseBefore, retryDefault } from './retry.ts'
import type { RetryPolicy } from './retry.ts'

/** How a node is reached. */
export interface ClientOptions {
  /** Address of the node, such as `https://jurat.example`; a path is kept. */
  readonly address: string
  readonly apiKey?: string | null
  /** Language of problem documents (RFC 9110, 12.5.4). */
  readonly language?: string
  readonly retry?: RetryPolicy
  /** Longest time of one attempt; 0 for no limit. Default a minute. */
  readonly timeoutMs?: number
  readonly fetch?: typeof globalThis.fetch
  /** Waits between attempts. Default: a timer. */
  readonly sleep?: (delayMs: number) => Promise<void>
  readonly now?: () => number
  /** In [0, 1); spreads attempts. */
  readonly chance?: () => number
}

/** A client of one node. */
export interface Client {
  readonly address: string
  /**
   * Calls a route by its operation id.
   * @throws {SdkError} with the code of the problem document, or `node-unreachable`, `answer-malformed`.
   */
  call<Id extends OperationId>(operationId: Id, input: CallInput<Id>): Promise<CallResult<Id>>
}

const timeoutMsDefault = 60_000
const idempotencyKeyBytes = 16

/** The input without the types of the route: what the transport reads. */
interface LooseInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

/** Makes a client. */
export function createClient(options: ClientOptions): Client {
  const settings = {
    retry: retryDefault,
    timeoutMs: timeoutMsDefault,
    fetch: (input: string, init: RequestInit) => globalThis.fetch(input, init),
    sleep: (delayMs: number) => new Promise<void>((resolve) => setTimeout(resolve, delayMs)),
    now: () => Date.now(),
    chance: () => Math.random(),
    ...options,
  }
  return {
    address: options.address,
    async call<Id extends OperationId>(operationId: Id, input: CallInput<Id>): Promise<CallResult<Id>> {
      const route: Route = routes[operationId]
      const request = buildRequest(options, route, input)
      const response = await attempt(settings, route, request)
      // The schema of the status was checked at run time, which is what the type of the result says.
      return (await readAnswer(route, response)) as unknown as CallResult<Id>
    },
  }
}

interface Request {
  readonly url: string
  readonly init: RequestInit
  /** Whether a request that was perhaps received may be sent again. */
  readonly repeatable: boolean
}

function buildRequest(options: ClientOptions, route: Route, input: LooseInput): Request {
  const headers = new Headers()
  if (options.apiKey !== undefined && options.apiKey !== null) headers.set('authorization', `Bearer ${options.apiKey}`)
  if (options.language !== undefined) headers.set('accept-language', options.language)
  if (route.idempotent === true) {
    headers.set('idempotency-key', input.idempotencyKey ?? toHex(platformRandom(idempotencyKeyBytes)))
  }
  const init: RequestInit = { method: route.method, headers }
  if (route.body !== undefined && input.body !== undefined) {
    headers.set('content-type', route.body.mediaType)
    init.body = bodyOf(input.body)
  }
  if (input.signal !== undefined) init.signal = input.signal
  const url = new URL(options.address.replace(/\/+$/u, '') + fillPath(route.path, input.params ?? {}))
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  // The ledger knows a transaction by its hash: the same bytes again give the same answer.
  const repeatable =
    route.method !== 'POST' || route.idempotent === true || route.body?.mediaType === 'application/cbor'
  return { url: url.href, init, repeatable }
}

function bodyOf(body: unknown): NonNullable<RequestInit['body']> {
  // A file is sent as it is read.
  if (body instanceof Blob) return body
  return body instanceof Uint8Array ? body.slice() : JSON.stringify(body)
}

function fillPath(template: string, params: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)(\*?)\}/gu, (_, name: string, rest: string) => {
    const value = params[name]
    if (value === undefined) throw new SdkError('parameter-missing', `The parameter "${name}" is missing.`)
    return rest === '' ? encodeURIComponent(value) : value.split('/').map(encodeURIComponent).join('/')
  })
}

type Settings = Required<Pick<ClientOptions, 'retry' | 'timeoutMs' | 'sleep' | 'now' | 'chance'>> & {
  readonly fetch: (input: string, init: RequestInit) => Promise<Response>
  readonly address: string
}

async function attempt(settings: Settings, route: Route, request: Request): Promise<Response> {
  const { retry } = settings
  for (let count = 1; ; count++) {
    let response: Response | null = null
    let cause: unknown = null
    try {
      response = await settings.fetch(request.url, withTimeout(request.init, settings.timeoutMs))
    } catch (error) {
      cause = error
      if (request.init.signal?.aborted === true) throw new SdkError('gave-up', 'The call was stopped.', { cause })
    }
    const declared = response !== null && route.answers[response.status] !== undefined
    const again = response === null ? request.repeatable : !declared && comesAgain(response.status)
    if (response !== null && (!again || count >= retry.attemptsMax)) return response
    if (!again || count >= retry.attemptsMax) {
      throw new SdkError('node-unreachable', `${settings.address} does not answer.`, { cause })
    }
    const retryAfter = response?.headers.get('retry-after') ?? null
    await response?.body?.cancel()
    await settings.sleep(pauseBefore(retry, count, retryAfter, settings.chance(), settings.now()))
  }
}

function withTimeout(init: RequestInit, timeoutMs: number): RequestInit {
  if (timeoutMs === 0) return init
  const timeout = AbortSignal.timeout(timeoutMs)
  return { ...init, signal: init.signal ? AbortSignal.any([init.signal, timeout]) : timeout }
}

async function readAnswer(
  route: Route,
  response: Response,
): Promise<{ status: number; headers: Headers; value: unknown }> {
  const bytes = await readBody(response)
  const answer = route.answers[response.status]
  const { status, headers } = response
  if (answer === undefined) throw asProblem(response, bytes)
  if (answer.schema === null) return { status, headers, value: bytes }
  const value = parseJson(bytes)
  if (value === undefined || !Check(answer.schema, value)) {
    throw new SdkError('answer-malformed', `The answer to ${route.method} ${route.path} is not what it should be.`, {
      status,
    })
  }
  return { status, headers, value }
}

async function readBody(response: Response): Promise<Bytes> {
  try {
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    throw new SdkError('node-unreachable', 'The answer broke off.', { cause, status: response.status })
  }
}

function parseJson(bytes: Bytes): unknown {
  try {
    return JSON.parse(toText(bytes))
  } catch {
    return undefined
  }
}

function asProblem(response: Response, bytes: Bytes): SdkError {
  const { status } = response
  const type = response.headers.get('content-type') ?? ''
  const value = type.startsWith(problemMediaType) ? parseJson(bytes) : undefined
  if (value !== undefined && Check(Problem, value)) {
    return new SdkError(value.code, value.title, { status, problem: value })
  }
  return new SdkError('answer-malformed', `The node answered with HTTP ${String(status)} and no explanation.`, {
    status,
  })
}
