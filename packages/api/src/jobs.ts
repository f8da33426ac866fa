/**
 * Jobs of office work: what is still to be done, and what could not be done.
 * @module
 */
import { Type } from 'typebox'
import { pageRowsMax } from './limits.ts'
import { Count, TimeMs } from './values.ts'

const JobNumber = Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'number of the job' })

/** Path of one job. */
export const JobParams = Type.Object({ job: JobNumber })

/** Query of GET /v1/jobs. */
export const JobQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum(['waiting', 'dead'], { description: 'only these; default: all' })),
    after: Type.Optional(JobNumber),
    limit: Type.Optional(
      Type.String({
        pattern: '^[1-9][0-9]{0,3}$',
        description: `most jobs of the answer; default 100, at most ${pageRowsMax}`,
      }),
    ),
  },
  { additionalProperties: false },
)

/** A job that is not done. */
export const OfficeJob = Type.Object(
  {
    id: JobNumber,
    kind: Type.String(),
    key: Type.String({ description: 'what it is about; one job of a kind for a key' }),
    state: Type.Enum(['waiting', 'dead'], { description: 'dead: the last attempt failed' }),
    madeMs: TimeMs,
    dueMs: TimeMs,
    deadlineMs: TimeMs,
    attempts: Count,
    error: Type.Union([Type.String(), Type.Null()], { description: 'why the last attempt failed' }),
  },
  { $id: 'OfficeJob' },
)

/** Answer of GET /v1/jobs. */
export const OfficeJobs = Type.Object(
  { jobs: Type.Array(OfficeJob, { maxItems: pageRowsMax, description: 'oldest first' }) },
  { $id: 'OfficeJobs' },
)
export type OfficeJobs = Type.Static<typeof OfficeJobs>
