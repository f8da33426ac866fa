/**
 * Blocks to be executed elsewhere: every row of the table of operations as a network of its own, and what the simulator's
 * members decided in one run. All of it follows from the code and a seed.
 * @module
 */
import { toHex, type Bytes } from '@jurat/core/bytes'
import { TestLedger, crypto, type KeptBlock } from '@jurat/core/ledger/network.cases'
import { table } from '@jurat/core/ledger/operations.cases'
import { treeHash } from '@jurat/core/merkle/hash'
import { encodeTimeItem } from '@jurat/node/engine/timeItem'
import type { RunResult } from '../../simulation/simulation.ts'
import { genesis as simulatedGenesis } from '../../simulation/founding.ts'

/** A network and its blocks; byte strings are hexadecimal. */
export interface Course {
  readonly name: string
  readonly genesis: string
  readonly blocks: readonly { readonly height: number; readonly items: readonly string[] }[]
}

/** A course, and the root to which it led where it was made. */
export interface RecordedCourse extends Course {
  readonly root: string
}

/** Every row of the table, refusals and failures included, by core's own cryptography and a state in memory. */
export function operationCourses(): RecordedCourse[] {
  return table.map(({ name, given, send }) => {
    const ledger = new TestLedger()
    given?.(ledger)
    ledger.send(typeof send === 'function' ? send(ledger) : send)
    const root = toHex(treeHash(crypto, ledger.entries))
    return { name, genesis: toHex(ledger.genesis), blocks: ledger.blocks.map(blockOf), root }
  })
}

function blockOf({ height, timeMs, transactions }: KeptBlock): Course['blocks'][number] {
  return { height, items: [encodeTimeItem(timeMs), ...transactions].map(toHex) }
}

/** The decided blocks of a run of the simulator. */
export function simulatedCourse({ seed, decided }: Pick<RunResult, 'seed' | 'decided'>): Course {
  const blocks = decided.map((items: readonly Bytes[], at) => ({ height: at + 1, items: items.map(toHex) }))
  return { name: `seed ${seed} of the simulator`, genesis: toHex(simulatedGenesis), blocks }
}
