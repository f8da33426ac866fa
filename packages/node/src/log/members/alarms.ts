/**
 * Names members that show another history, with the notes that prove it. An alarm is for people: nothing is decided by
 * it, and a member that lies cannot fill the logs with its lies.
 * @module
 */
import { toBase64, toText, type Bytes } from '@jurat/core/bytes'
import { formatCheckpoint } from '@jurat/core/note/checkpoint'
import { formatNote } from '@jurat/core/note/note'
import type { AgreementAlarm, MemberReport } from '../agreement.ts'
import type { CosignedHead } from './exchange.ts'
import type { OpenHead, OpenHeads } from './heads.ts'

/** Alarms about one member that are told in full until the node starts again. */
export const alarmsOfMemberMax = 16

/** Raises alarms about members. */
export class MemberAlarms {
  readonly #origin: string
  readonly #alarm: (message: string, details: Record<string, unknown>) => void
  /** What was said of each member already. */
  readonly #told = new Map<string, Set<string>>()

  constructor(origin: string, alarm: (message: string, details: Record<string, unknown>) => void) {
    this.#origin = origin
    this.#alarm = alarm
  }

  /** A member reported something else than this node executed, or than it reported before. */
  disagreed(alarm: AgreementAlarm, heads: Pick<OpenHeads, 'get'>): void {
    const own = heads.get(alarm.kind === 'otherRoot' ? alarm.own.size : alarm.first.size)
    const { kind, member } = alarm
    const details =
      kind === 'otherRoot'
        ? { own: shown(alarm.own), theirs: shown(alarm.theirs), note: own === undefined ? null : this.noteOf(own) }
        : { first: shown(alarm.first), second: shown(alarm.second) }
    const message =
      kind === 'otherRoot'
        ? 'A member has executed another tree than this node'
        : 'A member has reported two different trees of one height'
    this.#tell(member, `${kind} ${JSON.stringify(details)}`, message, details)
  }

  /** A member's executor key signed a tree that is not the one here. Both notes are the proof. */
  signedOther(member: string, head: CosignedHead, ownNote: string | null): void {
    const { size, root, lines } = head
    const theirs = toText(formatNote(formatCheckpoint({ origin: this.#origin, size, root }), lines))
    const message = 'A member has signed another tree than this node has'
    this.#tell(member, `signed ${size} ${toBase64(root)}`, message, { size, ownNote, theirNote: theirs })
  }

  /** The note of an open head with the signatures that it has, or null without any. */
  noteOf({ body, cosignatures, logSignature }: OpenHead): string | null {
    const lines = [...(logSignature === null ? [] : [logSignature]), ...cosignatures.values()]
    return lines.length === 0 ? null : noteText(formatNote(body, lines))
  }

  #tell(member: string, what: string, message: string, details: Record<string, unknown>): void {
    const told = this.#told.get(member) ?? new Set<string>()
    this.#told.set(member, told)
    if (told.has(what) || told.size >= alarmsOfMemberMax) return
    told.add(what)
    this.#alarm(message, { member, ...details })
  }
}

/** A note as people read it. */
export function noteText(note: Bytes): string {
  return toText(note)
}

function shown({ height, size, root }: MemberReport): object {
  return { height, size, root: toBase64(root) }
}
