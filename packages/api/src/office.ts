/**
 * Office work: its events.
 * @module
 */
import { Type } from 'typebox'
import { pageRowsMax } from './limits.ts'
import { TimeMs } from './values.ts'

/** Query of GET /v1/events. */
export const EventQuery = Type.Object(
  {
    after: Type.Optional(
      Type.String({ pattern: '^(0|[1-9][0-9]{0,14})$', description: 'the last number that is known; default 0: none' }),
    ),
    limit: Type.Optional(
      Type.String({
        pattern: '^[1-9][0-9]{0,3}$',
        description: `most events of the answer; default 100, at most ${pageRowsMax}`,
      }),
    ),
  },
  { additionalProperties: false },
)

/** One change of office work. */
export const OfficeEvent = Type.Object(
  {
    sequence: Type.Integer({
      minimum: 1,
      description: 'the number; later changes have greater ones, none is left out',
    }),
    timeMs: TimeMs,
    organisation: Type.Union([Type.String(), Type.Null()], { description: 'whose change; null: of the node itself' }),
    subject: Type.String({ description: 'what changed' }),
    kind: Type.String({ description: 'what happened' }),
    body: Type.Record(Type.String(), Type.Unknown()),
  },
  { $id: 'OfficeEvent' },
)

/** Answer of GET /v1/events. */
export const OfficeEvents = Type.Object(
  {
    events: Type.Array(OfficeEvent, { maxItems: pageRowsMax }),
    next: Type.Integer({ minimum: 0, description: '`after` of the next question' }),
    more: Type.Boolean({ description: 'whether there is more by now' }),
  },
  { $id: 'OfficeEvents' },
)
export type OfficeEvents = Type.Static<typeof OfficeEvents>
