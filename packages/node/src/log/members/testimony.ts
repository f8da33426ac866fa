/**
 * What members tell a member that has lost its signer state: the question, the answer, and what follows from the answers.
 * Format and rules: docs/spec/members.md, Lost signer state.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import { CborReader } from '@jurat/core/cbor/reader'
import { CborWriter } from '@jurat/core/cbor/writer'
import { formatNote, parseNote } from '@jurat/core/note/note'
import type { VotePlace } from '../../engine/cometbft/votePlace.ts'
import type { TreeHead } from '../checkpointSigner.ts'
import { ExchangeError } from './exchange.ts'

/** Longest note in an answer, bytes: a checkpoint and two executor lines. */
export const signedNoteBytesMax = 16_384

const version = 2
const networkIdBytes = 32
const roundMax = 0x7fff_ffff

/** An answer. */
export interface SignedAnswer {
  /** Whether the one that answers has lost its own signer state. */
  readonly muted: boolean
  /** The newest checkpoint that it has seen the asker sign, or null: none. */
  readonly note: Bytes | null
  /** The asker's highest vote that its CometBFT holds at the height that is being decided; null when that does not answer. */
  readonly place: VotePlace | null
}

/** The question. */
export function encodeQuestion(networkId: Bytes): Bytes {
  return new CborWriter(64).array(2).uint(version).bytes(networkId).finish()
}

/** The bytes of an answer. */
export function encodeAnswer(networkId: Bytes, { muted, note, place }: SignedAnswer): Bytes {
  const writer = new CborWriter(256).array(5).uint(version).bytes(networkId).boolean(muted)
  writer.nullable(note, (bytes) => writer.bytes(bytes))
  writer.nullable(place, ({ height, round, step }) => writer.array(3).uint(height).uint(round).uint(step))
  return writer.finish()
}

/** Reads an answer. Untrusted. @throws {ExchangeError} */
export function decodeAnswer(networkId: Bytes, bytes: Bytes): SignedAnswer {
  try {
    const reader = new CborReader(bytes, { bytesMax: signedNoteBytesMax + 256 })
    reader.array(5)
    if (reader.uint() !== version) throw new ExchangeError('the version is unknown')
    if (!equal(reader.bytes(networkIdBytes), networkId)) throw new ExchangeError('it is of another network')
    const answer = {
      muted: reader.boolean(),
      note: reader.nullOr(() => reader.bytesUpTo(signedNoteBytesMax)),
      place: reader.nullOr(() => {
        reader.array(3)
        return { height: reader.uint(), round: reader.uint(roundMax), step: reader.uint(3) }
      }),
    }
    reader.end()
    return answer
  } catch (error) {
    if (error instanceof ExchangeError) throw error
    throw new ExchangeError('it is malformed', { cause: error })
  }
}

/** The newest of a remembered note of a member and the newest kept one, if the member has signed that. */
export function signedNote(
  member: string,
  remembered: { readonly size: number; readonly note: Bytes } | null,
  kept: { readonly size: number; readonly note: Bytes } | null,
): Bytes | null {
  if (kept === null || (remembered !== null && remembered.size >= kept.size)) return remembered?.note ?? null
  const { body, signatures } = parseNote(kept.note)
  const own = signatures.filter(({ name }) => name === member)
  return own.length === 0 ? (remembered?.note ?? null) : formatNote(body, own)
}

/** An answer whose note has the asker's own valid signature, or that has none. */
export interface Testimony {
  readonly member: string
  readonly muted: boolean
  readonly head: TreeHead | null
  readonly place: VotePlace | null
}

/** What is judged. */
export interface Hearing {
  /** The other members. */
  readonly others: readonly string[]
  readonly testimonies: readonly Testimony[]
  /** What this node itself has kept of its signatures. */
  readonly kept: TreeHead | null
  /** What its own CometBFT shows at the height that is being decided; null when it does not answer, or none is asked for. */
  readonly own: VotePlace | null
  /** Whether the validator's state is lost. */
  readonly validator: boolean
  /** Others that have lost their state by the word of the operator, who wants to go on nevertheless; null without it. */
  readonly resumption: readonly string[] | null
}

/** What the answers amount to: everything that was signed, and where the validator goes on (null when it is not asked for). */
export type Verdict =
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'known'; readonly heads: readonly TreeHead[]; readonly place: VotePlace | null }

/** Judges the answers. */
export function judge(hearing: Hearing): Verdict {
  const { others, testimonies, kept, validator } = hearing
  const count = others.length + 1
  const heard = validator ? testimonies.filter(({ place }) => place !== null) : testimonies
  if (3 * (heard.length + 1) <= 2 * count) {
    const silent = others.filter((name) => !heard.some(({ member }) => member === name))
    return waiting(`too few members have answered; missing: ${silent.join(', ')}`)
  }
  const muted = testimonies.filter((testimony) => testimony.muted).map(({ member }) => member)
  if (3 * (muted.length + 1) > count) {
    const reason = resumptionFault(hearing, muted)
    if (reason !== null) return waiting(reason)
  }
  const heads = [kept, ...testimonies.map(({ head }) => head)].filter((head) => head !== null)
  if (!validator) return { kind: 'known', heads, place: null }
  const place = placeOf(hearing, count)
  return place === null ? waiting('this CometBFT has not caught up with the network') : { kind: 'known', heads, place }
}

/** Why nobody goes on when more than a third have lost their state; null when the operator's word covers all of it. */
function resumptionFault({ others, testimonies, resumption }: Hearing, muted: readonly string[]): string | null {
  if (resumption === null) {
    return `more than a third of the members have lost their signer state; also: ${muted.join(', ')}`
  }
  const unnamed = muted.filter((name) => !resumption.includes(name))
  if (unnamed.length > 0)
    return `the operator has not named all that have lost their state; also: ${unnamed.join(', ')}`
  // What is forgotten by so many may be known to one alone: nobody is left out.
  const silent = others.filter((name) => !testimonies.some(({ member }) => member === name))
  return silent.length > 0
    ? `after the operator's command all members must answer; missing: ${silent.join(', ')}`
    : null
}

/**
 * Where the validator may go on: above its votes that the members hold at the height that is being decided, and not as the
 * proposer of a round that has begun. Null while the own CometBFT is not at that height.
 *
 * A place is a claim without proof. Of the members that answer, as many may lie as the consortium bears beside those that
 * are silent; so many of the greatest claims are left out. An honest member's vote that is left out with them reaches
 * the own CometBFT from that member, with its signature.
 */
function placeOf({ testimonies, own }: Hearing, count: number): VotePlace | null {
  if (own === null) return null
  const places = testimonies.map(({ place }) => place).filter((place) => place !== null)
  const liars = Math.max(0, Math.floor((count - 1) / 3) - (count - 1 - places.length))
  const tip = places.toSorted((a, b) => b.height - a.height)[liars]
  if (tip === undefined || tip.height > own.height) return null
  const begin = { height: own.height, round: 0, step: 0 }
  const claims = places.map((place) => (place.height === own.height ? place : begin)).toSorted((a, b) => compare(b, a))
  return [claims[liars] ?? begin, { ...own, step: Math.max(own.step, proposalStep) }].toSorted(compare)[1] ?? null
}

const proposalStep = 1

function compare(a: VotePlace, b: VotePlace): number {
  return a.height - b.height || a.round - b.round || a.step - b.step
}

const waiting = (reason: string): Verdict => ({ kind: 'waiting', reason })
