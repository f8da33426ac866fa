/**
 * Handlers of office work.
 * @module
 */
import { pageRowsMax } from '@jurat/api/limits'
import type { OfficeEvents } from '@jurat/api/office'
import type { officeRoutes } from '@jurat/api/officeRoutes'
import type { Principal } from '../../features/credentials.ts'
import { ok, type Handler } from '../handler.ts'
import { ProblemError } from '../problems.ts'

/** Events of an answer when the question names no number. */
const eventsDefault = 100

/** What these handlers stand on; null without a database. */
export interface OfficeServices {
  /** Events of an organisation, or all for null. */
  events(question: { organisation: string | null; after: number; limit: number }): Promise<OfficeEvents>
}

/** The handlers. */
export function officeHandlers(services: OfficeServices | null): {
  [Id in keyof typeof officeRoutes]: Handler<(typeof officeRoutes)[Id]>
} {
  const office = (): OfficeServices => {
    if (services === null) throw new ProblemError('feature-off', { detail: 'this node runs without a database' })
    return services
  }
  return {
    async listEvents({ principal, query }) {
      const after = Number(query.after ?? 0)
      const limit = Math.min(pageRowsMax, Number(query.limit ?? eventsDefault))
      return ok(await office().events({ organisation: seenBy(principal), after, limit }), {
        'cache-control': 'no-store',
      })
    },
  }
}

/** The organisation whose work the sender may see; null: all. */
const seenBy = ({ organisation, scopes }: Principal): string | null => (scopes.has('admin') ? null : organisation)
