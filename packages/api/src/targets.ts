/**
 * Deposits on further networks.
 * @module
 */
import { Type } from 'typebox'
import { Count, DepositId, TimeMs } from './values.ts'

/** A deposit on the further networks of the profile. */
export const TargetStandings = Type.Object(
  {
    targets: Type.Array(
      Type.Object({
        deposit: DepositId,
        target: Type.String({ description: 'name of the network' }),
        state: Type.Enum(['waiting', 'sent', 'succeeded', 'failed']),
        remote: Type.Union([Type.String(), Type.Null()], { description: 'id of the deposit there' }),
        index: Type.Union([Count, Type.Null()]),
        timeMs: Type.Union([TimeMs, Type.Null()]),
        reason: Type.Union([Type.String(), Type.Null()], { description: 'why it has not succeeded' }),
      }),
    ),
  },
  { $id: 'TargetStandings' },
)
export type TargetStandings = Type.Static<typeof TargetStandings>
