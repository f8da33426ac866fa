/**
 * The front door: the server with its hot paths, closed until the node is ready to answer.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Deposits } from '../features/deposits.ts'
import type { RawFront } from '../features/rawFront.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Authenticator } from './authentication.ts'
import { answerFailure } from './failure.ts'
import { hotDeposits } from './hotDeposits.ts'
import { hotRaw } from './hotRaw.ts'
import {
  createGate,
  createHttpServer,
  type HotPath,
  listen,
  renewCertificate,
  type ServerOptions,
  stopServer,
} from './server.ts'

/** What stands behind the door. */
export interface FrontDoorOptions {
  readonly app: FastifyInstance
  readonly keys: Authenticator
  readonly deposits: Pick<Deposits, 'deposit'>
  readonly rawFront: Pick<RawFront, 'add'> | null
  readonly connectionsMax: number
  readonly tls: ServerOptions['tls']
  readonly logger: Logger
  readonly metrics: Metrics
}

/** The door. */
export interface FrontDoor {
  /** Takes connections, but answers nothing before `open`; gives the address. */
  readonly listen: (address: { host: string; port: number }) => Promise<string>
  readonly open: () => void
  readonly renew: () => Promise<void>
  /** Lets requests on their way finish. */
  readonly stop: () => Promise<void>
}

/** Makes the door around an application that is ready. */
export async function createFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const { app, connectionsMax, tls, logger } = options
  const application = app.routing.bind(app)
  const hotPaths = hotPathsOf(options, application)
  const gate = createGate()
  const server = await createHttpServer(
    { hotPaths: [gate.path, ...hotPaths], connectionsMax, tls, logger },
    application,
  )
  return {
    listen: (address) => listen(server, address),
    open() {
      gate.open((request, response) => {
        if (!hotPaths.some((path) => path(request, response))) application(request, response)
        return true
      })
    },
    async renew() {
      if (tls !== null) await renewCertificate(server, tls)
    },
    async stop() {
      await stopServer(server)
      await app.close()
    },
  }
}

function hotPathsOf(
  { keys, deposits, rawFront, logger, metrics }: FrontDoorOptions,
  application: (request: IncomingMessage, response: ServerResponse) => void,
): HotPath[] {
  const counts = hotCounts(metrics)
  const fail =
    (route: string) =>
    (request: IncomingMessage, response: ServerResponse, error: unknown): void =>
      counts.add(route, answerFailure(request, response, error, logger), 0)
  const answered =
    (route: string) =>
    (status: number, durationMs: number): void =>
      counts.add(route, status, durationMs)
  const paths = [
    hotDeposits({
      keys,
      deposit: (job) => deposits.deposit(job),
      application,
      fail: fail('createDeposits'),
      answered: answered('createDeposits'),
    }),
  ]
  if (rawFront !== null) {
    paths.push(hotRaw({ add: (body) => rawFront.add(body), fail: fail('addRaw'), answered: answered('addRaw') }))
  }
  return paths
}

/** How often counts of the hot paths are handed to the metrics, milliseconds. */
const hotCountMs = 1_000

interface HotCounts {
  add(route: string, status: number, durationMs: number): void
}

/** Counts of the hot paths: one addition a request here, one labelled increment a second there. */
function hotCounts(metrics: Metrics): HotCounts {
  const counts = new Map<string, { route: string; status: number; count: number }>()
  setInterval(() => {
    for (const { route, status, count } of counts.values())
      metrics.count('http_requests_total', count, { route, status })
    counts.clear()
  }, hotCountMs).unref()
  return {
    add(route, status, durationMs) {
      const key = `${route} ${status}`
      const entry = counts.get(key)
      if (entry === undefined) counts.set(key, { route, status, count: 1 })
      else if (++entry.count % 64 === 0) metrics.observe('http_request_seconds', durationMs / 1000, { route })
    },
  }
}
