/**
 * What a member that lacks something is answered with: from memory while a head is open, from the kept notes afterwards.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { parseNote } from '@jurat/core/note/note'
import type { Store } from '../../store/store.ts'
import type { CosignedHead, Exchange, ReportedHead } from './exchange.ts'
import type { OpenHead, OpenHeads } from './heads.ts'

/** Where answers come from. */
export interface AnswerSources {
  readonly store: Pick<Store, 'notes' | 'blockOfEntry' | 'durable'>
  readonly heads: OpenHeads
  readonly completeSize: () => number
  /** Whether one look-up more may be made. */
  readonly mayLookUp: () => boolean
}

/**
 * For each wanted size the report of the head of exactly this size, if there is one; and cosignatures: of that head
 * while it is open, else of the earliest kept note that covers it.
 */
export async function answerWanted(sources: AnswerSources, sizes: readonly number[]): Promise<Exchange> {
  const { store, heads, completeSize, mayLookUp } = sources
  const reports = new Map<number, ReportedHead>()
  const cosigned = new Map<number, CosignedHead>()
  for (const size of new Set(sizes)) {
    if (size === 0 || size > store.durable.size || !mayLookUp()) continue
    const head = heads.get(size)
    const report = head === undefined ? await storedReport(store, size) : reportOf(head)
    if (report !== null) reports.set(size, report)
    if (size <= completeSize()) {
      const kept = await store.notes.covering(size)
      if (kept !== null) cosigned.set(kept.size, keptLines(kept.note))
    } else if (head !== undefined && head.cosignatures.size > 0) cosigned.set(size, linesOf(head))
  }
  return { reports: [...reports.values()], cosigned: [...cosigned.values()], wanted: [] }
}

/** What is reported of a head. */
export function reportOf({ height, size, root }: OpenHead): ReportedHead {
  return { height, size, root }
}

/** The lines of a head that this node made itself; null when it made none. */
export function ownLines(head: OpenHead): CosignedHead | null {
  const { lines, ...rest } = linesOf(head)
  const own = lines.filter(({ name }) => name === head.policy.self?.member.name)
  return own.length === 0 ? null : { ...rest, lines: own }
}

/** All lines of a head. */
function linesOf({ size, root, cosignatures }: OpenHead): CosignedHead {
  return { size, root, lines: [...cosignatures.values()].map(({ name, id, blob }) => ({ name, id, blob })) }
}

/** All lines of a note. The log's line is the member's own: only who was no member then needs another's. */
function keptLines(note: Bytes): CosignedHead {
  const { body, signatures } = parseNote(note)
  const { size, root } = parseCheckpoint(body)
  return { size, root, lines: signatures }
}

async function storedReport(store: Pick<Store, 'blockOfEntry'>, size: number): Promise<ReportedHead | null> {
  const block = await store.blockOfEntry(size - 1)
  return block?.treeSizeAfter === size ? { height: block.height, size, root: block.rootAfter } : null
}
