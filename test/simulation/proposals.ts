/**
 * Proposals that no honest member makes: every member must refuse them.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { encodeTimeItem } from '@jurat/node/engine/timeItem'
import type { Chance } from './chance.ts'
import { broken } from './clients.ts'
import { membersCount } from './founding.ts'
import { startMs } from './schedule.ts'

/** So much ahead of every good clock that the tolerance is exceeded, milliseconds. */
const farAheadMs = 10_000

/** A proposal and what is wrong with it. */
export interface SpoiledProposal {
  readonly what: string
  readonly spoiled: readonly Bytes[]
}

/** Spoils a proposal in one of many ways. */
export function spoil(
  items: readonly Bytes[],
  decided: readonly (readonly Bytes[])[],
  chance: Chance,
  nowMs: number,
): SpoiledProposal {
  const [time = new Uint8Array(0), ...transactions] = items
  const ways: SpoiledProposal[] = [
    { what: 'has no time', spoiled: transactions },
    { what: 'has two times', spoiled: [time, ...items] },
    { what: 'comes from the past', spoiled: [encodeTimeItem(startMs - 1), ...transactions] },
    {
      what: 'comes from the future',
      spoiled: [encodeTimeItem(Math.floor(startMs + nowMs + farAheadMs)), ...transactions],
    },
    { what: 'holds bytes that are no transaction', spoiled: [...items, chance.one(items).subarray(1)] },
  ]
  const [first, ...rest] = transactions
  if (first !== undefined) {
    ways.push({ what: 'holds a transaction twice', spoiled: [...items, first] })
    ways.push({ what: 'holds a broken signature', spoiled: [time, broken(first), ...rest] })
  }
  const old = decided.length === 0 ? [] : chance.one(decided).slice(1)
  if (old.length > 0) ways.push({ what: 'repeats a transaction', spoiled: [...items, chance.one(old)] })
  return chance.one(ways)
}

/** The members in some order. */
export function randomOrder(chance: Chance): number[] {
  return chance.shuffled(Array.from({ length: membersCount }, (_, member) => member))
}
