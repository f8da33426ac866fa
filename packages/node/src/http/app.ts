/**
 * The HTTP application: every route of the table, registered in one and the same way. Tested in memory by `inject`; the
 * server that listens is server.ts.
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { idempotencyKeyBytesMax } from '@jurat/api/limits'
import type { Route } from '@jurat/api/route'
import { routes } from '@jurat/api/routes'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Authenticator } from './authentication.ts'
import { authorize } from './authentication.ts'
import { isMediaType, parseJson, readBody } from './body.ts'
import type { Call, Handler, Handlers, Reply } from './handler.ts'
import { commonHeaders, describeFailure } from './failure.ts'
import { ProblemError, toProblem } from './problems.ts'
import { validate, validateQuery } from './validation.ts'

/** What the application stands on. */
export interface AppOptions {
  readonly handlers: Handlers
  readonly keys: Authenticator
  readonly logger: Logger
  readonly metrics: Metrics
  /** Answers a repeated request to an idempotent route; see idempotency.ts. */
  readonly repeat: RepeatedAnswers
}

/** Keeps answers of routes whose effect is not a deposit, so that a repetition gets the same one. */
export interface RepeatedAnswers {
  /** Runs `make` once for a key and a request; @throws `idempotency-conflict` for another request under the key. */
  once(key: { organisation: string; key: string; request: Uint8Array }, make: () => Promise<Reply>): Promise<Reply>
}

/** Builds the application. After `ready()`, `inject` and `routing` answer requests; it never listens itself. */
export function createApp(options: AppOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: false, caseSensitive: true },
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => sendProblem(options, request, reply, error),
  })
  app.removeAllContentTypeParsers()
  // Bodies are read in `answerRoute`, after the sender is known and with the limit of the route.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.setErrorHandler((error, request, reply) => sendProblem(options, request, reply, error))
  app.setNotFoundHandler((request, reply) => sendProblem(options, request, reply, notFound(request)))
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    const handler = options.handlers[operationId as keyof Handlers] as Handler<Route>
    app.route({
      method: route.method,
      url: route.path.replace(/\{\w+\*\}/, '*').replaceAll(/\{(\w+)\}/g, ':$1'),
      handler: (request, reply) => answerRoute(options, operationId, route, handler, { request, reply }),
    })
  }
  return app
}

/**
 * Routes whose effect keeps its keys itself: deposits with the block that carries them (features/deposits), those of flows with
 * their numbers (features/flows/numbering.ts).
 */
const ownKeys: ReadonlySet<string> = new Set(['createDeposits', 'createFlowDeposit'])

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

async function answerRoute(
  options: AppOptions,
  operationId: string,
  route: Route,
  handler: Handler<Route>,
  { request, reply }: Exchange,
): Promise<void> {
  const started = performance.now()
  let status = 500
  try {
    const call = await checkedCall(options, route, request)
    const { idempotencyKey, principal } = call
    const keeps = route.idempotent === true && idempotencyKey !== null && !ownKeys.has(operationId)
    const run = async (): Promise<Reply> => handler(call)
    const answer = keeps
      ? await options.repeat.once(
          {
            organisation: principal?.organisation ?? '',
            key: idempotencyKey,
            request: Buffer.from(`${operationId}\n${request.url}\n${call.bytes.toString('base64')}`),
          },
          run,
        )
      : await run()
    status = answer.status
    send(reply, route, answer)
    await reply
  } catch (error) {
    const problem = toProblem(error)
    status = problem.status
    sendProblem(options, request, reply, problem)
  } finally {
    options.metrics.count('http_requests_total', 1, { route: operationId, status })
    options.metrics.observe('http_request_seconds', (performance.now() - started) / 1000, { route: operationId })
  }
}

async function checkedCall(options: AppOptions, route: Route, request: FastifyRequest): Promise<Call> {
  const principal = authorize(request.raw, route.scope, options.keys)
  const params = paramsOf(request)
  if (route.params !== undefined) checkParams(route, params)
  const query = request.query as Record<string, unknown>
  if (route.query !== undefined) validateQuery(route.query, query)
  const { bytes, body } = await bodyOf(route, request)
  const gone = new AbortController()
  request.raw.once('close', () => {
    if (!request.raw.complete || request.raw.destroyed) gone.abort()
  })
  return {
    principal: principal as never,
    params: params as never,
    query: query as never,
    body: body as never,
    bytes,
    request: request.raw,
    idempotencyKey: idempotencyKeyOf(request.raw),
    gone: gone.signal,
  }
}

function paramsOf(request: FastifyRequest): Record<string, unknown> {
  const params = { ...(request.params as Record<string, unknown>) }
  if ('*' in params) {
    params['path'] = params['*']
    delete params['*']
  }
  return params
}

/** A parameter that cannot be one names nothing that exists. */
function checkParams(route: Route, params: Record<string, unknown>): void {
  try {
    if (route.params !== undefined) validate(route.params, params, 'request-malformed')
  } catch (cause) {
    throw new ProblemError('not-found', {}, { cause })
  }
}

async function bodyOf(route: Route, { raw }: FastifyRequest): Promise<{ bytes: Buffer; body: unknown }> {
  const empty = { bytes: Buffer.alloc(0), body: undefined }
  if (route.body === undefined || route.bodyBytesMax === undefined) {
    if (route.method === 'GET') refuseIdleBody(raw)
    return empty
  }
  const { mediaType, schema } = route.body
  if (schema !== null && !isMediaType(raw, mediaType)) {
    throw new ProblemError('media-type-unknown', { detail: `this takes ${mediaType}` })
  }
  if (schema === null && route.tag === 'originals') return empty
  if (mediaType === 'application/cbor' && !isMediaType(raw, mediaType)) {
    throw new ProblemError('media-type-unknown', { detail: `this takes ${mediaType}` })
  }
  const bytes = await readBody(raw, route.bodyBytesMax)
  if (schema === null) return { bytes, body: undefined }
  const body = parseJson(bytes)
  validate(schema, body, 'body-malformed')
  return { bytes, body }
}

/** A body that means nothing (RFC 9110, 9.3.1) may have this many bytes. */
export const idleBodyBytesMax = 4_096

/**
 * Nobody reads the body of a GET, and bytes that wait unread cut off a long answer when the connection ends.
 * @throws ProblemError `body-too-big`, `length-required`
 */
function refuseIdleBody({ headers }: IncomingMessage): void {
  if (headers['transfer-encoding'] !== undefined) throw new ProblemError('length-required')
  if (Number(headers['content-length'] ?? 0) > idleBodyBytesMax) {
    throw new ProblemError('body-too-big', { detail: `at most ${idleBodyBytesMax} bytes` })
  }
}

/** @throws ProblemError `header-malformed` */
export function idempotencyKeyOf(request: IncomingMessage): string | null {
  const key = request.headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key) || key.length > idempotencyKeyBytesMax) {
    throw new ProblemError('header-malformed', {
      detail: `Idempotency-Key: 1 to ${idempotencyKeyBytesMax} visible ASCII characters`,
    })
  }
  return key
}

function send(reply: FastifyReply, route: Route, answer: Reply): void {
  const { status, body, headers } = answer
  const mediaType = answer.mediaType ?? route.answers[status]?.mediaType ?? ''
  const crossOrigin = route.scope === null && route.method === 'GET'
  reply.code(status).headers({
    ...commonHeaders,
    ...(mediaType !== '' && {
      'content-type': mediaType === 'application/json' ? 'application/json; charset=utf-8' : mediaType,
    }),
    ...(crossOrigin && { 'access-control-allow-origin': '*' }),
    ...headers,
  })
  const ready = typeof body === 'string' || body instanceof Uint8Array || body instanceof Readable
  if (status === 204) reply.send()
  else if (ready) reply.send(body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.length) : body)
  else reply.send(JSON.stringify(body))
}

function notFound(request: FastifyRequest): ProblemError {
  const [path = ''] = request.url.split('?', 1)
  const allowed = Object.values<Route>(routes)
    .filter((route) => pathPattern(route.path).test(path))
    .map(({ method }) => method)
  if (allowed.length === 0) return new ProblemError('not-found')
  return new ProblemError('method-not-allowed', { headers: { allow: allowed.join(', ') } })
}

const pathPattern = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replaceAll('.', '\\.')
      .replace(/\{\w+\*\}/, '.+')
      .replaceAll(/\{\w+\}/g, '[^/]+')}$`,
  )

function sendProblem(options: AppOptions, request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const { status, headers, body } = describeFailure(request.raw, fromFastify(error), options.logger)
  if (reply.sent) reply.raw.destroy()
  // As bytes: to a text Fastify adds a charset, which application/problem+json does not have (RFC 9457, section 6.1).
  else reply.code(status).headers(headers).send(Buffer.from(body))
}

/** Fastify's own refusals (a malformed address, a broken header) are the client's fault. */
function fromFastify(error: unknown): ProblemError {
  const { statusCode } = error as { statusCode?: number }
  if (!(error instanceof ProblemError) && typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new ProblemError('request-malformed', {}, { cause: error })
  }
  return toProblem(error)
}
