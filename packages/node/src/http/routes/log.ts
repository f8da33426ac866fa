/**
 * Handlers of the log, the witness and the node itself.
 * @module
 */
import type { logRoutes } from '@jurat/api/logRoutes'
import type { Health } from '@jurat/api/network'
import type { LogResponse } from '../../log/tileServer.ts'
import type { WitnessResponse } from '../../log/witnessServer.ts'
import type { Handler, Reply } from '../handler.ts'
import { ProblemError } from '../problems.ts'
import { referencePage, referenceScript } from '../reference.ts'

/** What these handlers stand on. */
export interface LogServices {
  /** Answers a path below `/log/`. */
  readonly log: (path: string) => Promise<LogResponse>
  /** Adds a raw body; null: the raw front is off. */
  readonly addRaw: ((body: Uint8Array) => Promise<number>) | null
  /** Answers tlog-witness `add-checkpoint`. */
  readonly addCheckpoint: (body: Uint8Array) => Promise<WitnessResponse>
  /** Answers the monitoring of tlog-witness, by the SHA-256 of an origin. */
  readonly cosigned: (originHash: string) => WitnessResponse
  readonly health: () => Health
  readonly metrics: () => Promise<string>
  readonly openapi: () => object
}

/** The handlers. */
export function logHandlers(services: LogServices): {
  [Id in keyof typeof logRoutes]: Handler<(typeof logRoutes)[Id]>
} {
  const serve = async (path: string): Promise<Reply> => {
    const { status, headers, body } = await services.log(path)
    if (status === 200) return { status, headers, body }
    throw new ProblemError(status === 503 ? 'not-ready' : 'not-found')
  }
  return {
    getCheckpoint: () => serve('checkpoint'),
    getTile: ({ params }) => serve(`tile/${params.path}`),
    getWitnessedCheckpoint: () => serve('witnessed/checkpoint'),
    getWitnessedTile: ({ params }) => serve(`witnessed/tile/${params.path}`),
    async addRaw({ bytes }) {
      if (services.addRaw === null) throw new ProblemError('feature-off')
      return { status: 200, body: String(await services.addRaw(new Uint8Array(bytes))) }
    },
    async addCheckpoint({ bytes }) {
      return services.addCheckpoint(new Uint8Array(bytes))
    },
    getCosignedCheckpoint({ params }) {
      const { status, headers, body } = services.cosigned(params.origin)
      if (status === 200) return { status, headers, body }
      throw new ProblemError('not-found')
    },
    getHealth() {
      const health = services.health()
      return { status: health.status === 'ok' ? 200 : 503, body: health, headers: { 'cache-control': 'no-store' } }
    },
    async getMetrics() {
      return { status: 200, body: await services.metrics(), headers: { 'cache-control': 'no-store' } }
    },
    getOpenapi: () => ({ status: 200, body: services.openapi(), headers: { 'cache-control': 'no-cache' } }),
    getReference: () => ({ status: 200, ...referencePage() }),
    getReferenceScript: ({ params }) => referenceScript(params.file),
  }
}
