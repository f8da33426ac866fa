/**
 * The front door: the server with its hot paths, closed until the node is ready to answer.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Deposits } from '../features/deposits.ts'
import type { RawFront } from '../features/rawFront.ts'
import type { Transactions } from '../features/transactions.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Authenticator } from './authentication.ts'
import { describeFailure } from './failure.ts'
import { type FastLane, type LaneHandler, putFastLane } from './fastLane.ts'
import { type FastRoute, type FastSurroundings, hotPathOf, laneOf } from './fastRoute.ts'
import { fastDeposits } from './fastDeposits.ts'
import { fastRaw } from './fastRaw.ts'
import { fastTransactions } from './fastTransactions.ts'
import { FrontThreads } from './front/frontThreads.ts'
import {
  createGate,
  createHttpServer,
  type HotPath,
  listen,
  renewCertificate,
  type ServerOptions,
  stopServer,
  urlOf,
} from './server.ts'

/** What stands behind the door. */
export interface FrontDoorOptions {
  readonly app: FastifyInstance
  readonly keys: Authenticator
  readonly deposits: Pick<Deposits, 'deposit'>
  readonly transactions: Pick<Transactions, 'submit'>
  readonly rawFront: Pick<RawFront, 'add'> | null
  readonly connectionsMax: number
  /** Threads that own the clients' sockets; 0: the main thread has them. Without effect over TLS, which ends here. */
  readonly httpThreads: number
  readonly tls: ServerOptions['tls']
  readonly logger: Logger
  readonly metrics: Metrics
  /** Ends the process: a front thread has died. */
  readonly fatal: (error: unknown) => void
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
  const { app, connectionsMax, tls, logger, fatal } = options
  const threads = tls === null ? options.httpThreads : 0
  const application = app.routing.bind(app)
  const fast = fastPathsOf(options, application)
  let lane: FastLane | null = null
  const gate = createGate()
  const server = await createHttpServer(
    { hotPaths: [gate.path, ...fast.paths], connectionsMax, tls, logger },
    application,
  )
  const warn = (reason: string): void => logger.warn({ reason }, 'A connection could not be taken')
  const front =
    threads === 0 ? null : new FrontThreads({ threads, connectionsMax, lane: fast.lane, server, fatal, warn })
  return {
    async listen(address) {
      if (front === null) return listen(server, address)
      return urlOf('http', { ...address, port: await front.listen(address) })
    },
    open() {
      gate.open((request, response) => {
        if (!fast.paths.some((path) => path(request, response))) application(request, response)
        return true
      })
      // Only now: the gate cannot hold a connection of the lane.
      if (front === null) lane = putFastLane(server, fast.lane)
      else front.open()
    },
    async renew() {
      if (tls !== null) await renewCertificate(server, tls)
    },
    async stop() {
      // Requests that a thread's lane has taken may still come to the HTTP server.
      if (front !== null) await front.drain()
      void lane?.stop()
      await stopServer(server)
      await front?.close()
      await app.close()
    },
  }
}

interface Fast {
  readonly paths: readonly HotPath[]
  readonly lane: ReadonlyMap<string, LaneHandler>
}

function fastPathsOf(
  { keys, deposits, transactions, rawFront, logger, metrics }: FrontDoorOptions,
  application: (request: IncomingMessage, response: ServerResponse) => void,
): Fast {
  const counts = hotCounts(metrics)
  const surroundings: FastSurroundings = {
    application,
    describe: (request, error) => describeFailure(request, error, logger),
    answered: (operationId, status, durationMs) => counts.add(operationId, status, durationMs),
  }
  const routes: FastRoute[] = [
    fastDeposits({ keys, deposit: (job) => deposits.deposit(job) }),
    fastTransactions((tx, witnessed) => transactions.submit(tx, witnessed)),
  ]
  if (rawFront !== null) routes.push(fastRaw((body) => rawFront.add(body)))
  return {
    paths: routes.map((route) => hotPathOf(route, surroundings)),
    lane: new Map(routes.map((route) => [route.route, laneOf(route, surroundings)])),
  }
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
