/**
 * One application behind its fast paths: the same request to the server with the paths on the raw request, to the one
 * with a fast lane in front, and to the application in memory; all answers must be the same.
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
  /** Sends one request on all three ways. @throws AssertionError when two answers differ; gives the answer. */
  same(request: Sent): Promise<Got>
  /** How many requests were answered without the application. */
  readonly answeredFast: number
  close(): void
}

/** Listens with both servers. */
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
  const fastLane = putFastLane(laneServer, new Map([[route.route, laneOf(route, surroundings)]]))
  for (const one of [server, laneServer]) await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
  return {
    get answeredFast() {
      return answeredFast
    },
    async same({ url, headers: sentHeaders, body }) {
      const headers = { ...sentHeaders, 'content-length': String(body.length) }
      const request = { url, headers, body }
      const [fast, faster] = await Promise.all([send(server, request), send(laneServer, request)])
      const { statusCode: status, ...rest } = await app.inject({ method: 'POST', url, headers, payload: body })
      const slow = { ...rest, status }
      assert.deepEqual(comparable(fast), comparable(slow), 'on the raw request')
      assert.deepEqual(comparable(faster), comparable(slow), 'in the fast lane')
      return slow
    },
    close() {
      fastLane.stop()
      for (const one of [laneServer, server]) {
        one.closeAllConnections()
        one.close()
      }
    },
  }
}

function send(server: Server, { url, headers, body }: Sent): Promise<Got> {
  const { port } = server.address() as AddressInfo
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
function comparable({ status, headers, body }: Got): unknown {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !volatile.includes(name)))
  return {
    status,
    headers: { ...kept, 'content-length': String(kept['content-length']) },
    body: body.replace(/"traceId":"\w+"/, ''),
  }
}
