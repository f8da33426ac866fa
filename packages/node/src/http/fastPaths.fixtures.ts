/**
 * One application behind its fast paths: the same request to the server with the paths on the raw request, to the one
 * with a fast lane in front, to one behind a front thread, and to the application in memory; all answers must be the same.
 * @module
 */
import assert from 'node:assert/strict'
import { request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { silentLogger } from '../observe/logger.ts'
import { describeFailure } from './failure.ts'
import { putFastLane } from './fastLane.ts'
import { type FastRoute, type FastSurroundings, hotPathOf, laneOf } from './fastRoute.ts'
import { FrontThreads } from './front/frontThreads.ts'
import { createHttpServer } from './server.ts'

/** A POST request. Its length is declared. */
interface Sent {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** An answer. */
interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** The servers. */
interface FastPaths {
  /** Sends one request on all four ways. @throws AssertionError when two answers differ; gives the answer. */
  same(request: Sent): Promise<Got>
  /** How many requests were answered without the application. */
  readonly answeredFast: number
  close(): Promise<void>
}

/** Listens with all servers. */
export async function fastPathsOf(app: FastifyInstance, route: FastRoute): Promise<FastPaths> {
  const application = app.routing.bind(app)
  let answeredFast = 0
  const surroundings: FastSurroundings = {
    application,
    describe: (request, error) => describeFailure(request, error, silentLogger),
    answered: () => void answeredFast++,
  }
  const hotPaths = [hotPathOf(route, surroundings)]
  const limits = { connectionsMax: 100, tls: null, logger: silentLogger, hotPaths }
  const server = await createHttpServer(limits, application)
  const laneServer = await createHttpServer(limits, application)
  const lane = new Map([[route.route, laneOf(route, surroundings)]])
  const fastLane = putFastLane(laneServer, lane)
  for (const one of [server, laneServer]) await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
  const relayServer = await createHttpServer(limits, application)
  const fatal = (error: unknown): void => assert.fail(String(error))
  const front = new FrontThreads({ threads: 1, connectionsMax: 100, lane, server: relayServer, fatal, warn: fatal })
  const frontPort = await front.listen({ host: '127.0.0.1', port: 0 })
  front.open()
  return {
    get answeredFast() {
      return answeredFast
    },
    async same({ url, headers: sentHeaders, body }) {
      const headers = { ...sentHeaders, 'content-length': String(body.length) }
      const request = { url, headers, body }
      const ports = [portOf(server), portOf(laneServer), frontPort]
      const fast = await Promise.all(ports.map((port) => send(port, request)))
      const { statusCode: status, ...rest } = await app.inject({ method: 'POST', url, headers, payload: body })
      const slow = { ...rest, status }
      for (const [at, way] of ['on the raw request', 'in the fast lane', 'behind a front thread'].entries()) {
        assert.deepEqual(comparable(fast[at]), comparable(slow), way)
      }
      return slow
    },
    async close() {
      await Promise.all([fastLane.stop(), front.drain()])
      for (const one of [laneServer, server, relayServer]) {
        one.closeAllConnections()
        one.close()
      }
      await front.close()
    },
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

function send(port: number, { url, headers, body }: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, method: 'POST', path: url, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

const volatile = ['date', 'connection', 'keep-alive', 'transfer-encoding']

/** What must not differ: everything but times and the trace id. */
function comparable(got: Got | undefined): unknown {
  assert.ok(got !== undefined)
  const { status, headers, body } = got
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !volatile.includes(name)))
  return {
    status,
    headers: { ...kept, 'content-length': String(kept['content-length']) },
    body: body.replace(/"traceId":"\w+"/, ''),
  }
}
