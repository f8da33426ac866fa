/**
 * The heads that this node has executed and whose checkpoints are not complete yet, with the cosignatures that came.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { NoteSignature } from '@jurat/core/note/note'
import { cosignatureSkewMaxMs, type Cosignature } from '../witnessClient.ts'
import type { ReportedHead } from './exchange.ts'
import type { MembersPolicy, SigningMember } from './membersPolicy.ts'

/** Most heads without a quorum that are held; beyond, the oldest go, but no station. */
export const openHeadsMax = 4_096

/** A member sent a line that does not verify: it is cut off for a while. */
export class OffenceError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'OffenceError'
  }
}

/** A head of the own execution. */
export interface OpenHead extends ReportedHead {
  /** Time of the block. */
  readonly timeMs: number
  readonly body: Bytes
  /** Of the document in force before the block. */
  readonly policy: MembersPolicy
  /** The tree after a consortium block. */
  readonly station: boolean
  /** Monotonic time of its execution here. */
  readonly sinceMs: number
  /** Verified executor lines, own ones included, by key. */
  readonly cosignatures: Map<string, Cosignature>
  logSignature: NoteSignature | null
}

/** The heads, by size. */
export class OpenHeads {
  readonly #bySize = new Map<number, OpenHead>()

  add(head: OpenHead): void {
    this.#bySize.set(head.size, head)
    if (this.#bySize.size <= openHeadsMax) return
    for (const { size, station } of this.#bySize.values()) {
      if (station) continue
      this.#bySize.delete(size)
      break
    }
  }

  get(size: number): OpenHead | undefined {
    return this.#bySize.get(size)
  }

  /** In their order. */
  all(): OpenHead[] {
    return [...this.#bySize.values()]
  }

  /** The smallest station: nothing later is signed or shown before it is complete. */
  get station(): OpenHead | undefined {
    return this.all().find(({ station }) => station)
  }

  /** Everything up to this size is covered by a complete checkpoint. */
  covered(size: number): void {
    for (const known of this.#bySize.keys()) if (known <= size) this.#bySize.delete(known)
  }
}

/**
 * Takes the valid lines of members that are new. Lines of unknown keys are ignored, and lines with a time that cannot
 * be: before the block, or in the future.
 * @returns the names of the members whose lines were taken
 * @throws {OffenceError} at the first line of a known key that does not verify
 */
export function takeLines(head: OpenHead, lines: readonly NoteSignature[], nowMs: number): string[] {
  const names: string[] = []
  for (const line of lines) {
    const key = keyOf(line)
    if (takeLogLine(head, line)) names.push(line.name)
    if (head.cosignatures.has(key)) continue
    const timeSeconds = verifyLine(head.policy.members, head.body, line)
    if (timeSeconds === null) continue
    const timeMs = timeSeconds * 1000
    if (timeMs < head.timeMs - cosignatureSkewMaxMs || timeMs > nowMs + cosignatureSkewMaxMs) continue
    head.cosignatures.set(key, { ...line, timeSeconds })
    names.push(line.name)
  }
  return names
}

/**
 * Takes the log's line of any member, when this node was no member at this head and cannot sign it: the checkpoints before
 * its admission, which its trust file needs, are the others'.
 */
function takeLogLine(head: OpenHead, line: NoteSignature): boolean {
  if (head.policy.self !== null || head.logSignature !== null) return false
  const verifier = head.policy.members
    .map(({ logVerifier }) => logVerifier)
    .find(({ name, id }) => name === line.name && id === line.id)
  if (verifier === undefined) return false
  if (verifier.verify(head.body, line.blob) === null) throw new OffenceError(`a line of ${line.name} does not verify`)
  head.logSignature = line
  return true
}

/**
 * When a member signed a body; null when the line is of no known executor key, or states no time.
 * @throws {OffenceError} when it does not verify
 */
export function verifyLine(members: readonly SigningMember[], body: Bytes, line: NoteSignature): number | null {
  const verifier = members
    .flatMap(({ executors }) => executors)
    .find(({ name, id }) => name === line.name && id === line.id)
  if (verifier === undefined) return null
  const verified = verifier.verify(body, line.blob)
  if (verified === null) throw new OffenceError(`a line of ${line.name} does not verify`)
  return verified.timeSeconds
}

/** Key names contain no space. */
export function keyOf({ name, id }: { readonly name: string; readonly id: number }): string {
  return `${name} ${id}`
}
