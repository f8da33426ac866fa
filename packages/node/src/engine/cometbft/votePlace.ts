/**
 * How far a validator's votes go that this node's CometBFT holds, at the height that is being decided. Read from CometBFT's own
 * state of consensus; it has checked the signature of every vote in there.
 * @module
 */
import { fromText, toHex, type Bytes } from '@jurat/core/bytes'
import type { CometRpc } from './rpc.ts'

/** A place in a validator's order of signatures: height, round, and step (0 nothing, 1 proposal, 2 prevote, 3 precommit). */
export interface VotePlace {
  readonly height: number
  readonly round: number
  readonly step: number
}

/** A vote as CometBFT writes it: `Vote{<index>:<first 6 bytes of the address> ...}`. */
const votePattern = /^Vote\{\d+:([0-9A-F]{12})/
const addressDigits = 12

interface StateAnswer {
  readonly round_state?: {
    readonly 'height/round/step'?: unknown
    readonly height_vote_set?: readonly { round?: unknown; prevotes?: unknown; precommits?: unknown }[]
  }
}

/** Asks CometBFT: where it is itself, and the highest vote of the validator. Null when it does not answer. */
export async function votePlaces(
  rpc: Pick<CometRpc, 'call'>,
  address: Bytes,
): Promise<{ readonly tip: VotePlace; readonly vote: VotePlace } | null> {
  try {
    return readPlaces(await rpc.call('consensus_state'), address)
  } catch {
    return null
  }
}

/** Reads its answer. @throws {Error} when it is none */
export function readPlaces(answer: unknown, address: Bytes): { readonly tip: VotePlace; readonly vote: VotePlace } {
  const { round_state: state } = answer as StateAnswer
  const [, height, round] = /^(\d+)\/(\d+)\/\d+$/.exec(String(state?.['height/round/step'])) ?? []
  if (height === undefined) throw new Error('CometBFT does not say at which height it is')
  const voter = toHex(address).slice(0, addressDigits)
  const begin = { height: Number(height), round: 0, step: 0 }
  let vote: VotePlace = begin
  for (const votes of state?.height_vote_set ?? []) {
    const step = holdsVote(votes.precommits, voter) ? 3 : holdsVote(votes.prevotes, voter) ? 2 : 0
    const at = Number(votes.round)
    if (step > 0 && (at > vote.round || (at === vote.round && step > vote.step))) vote = { ...begin, round: at, step }
  }
  return { tip: { ...begin, round: Number(round) }, vote }
}

function holdsVote(votes: unknown, voter: string): boolean {
  if (!Array.isArray(votes)) return false
  return votes.some((vote) => typeof vote === 'string' && votePattern.exec(vote)?.[1]?.toLowerCase() === voter)
}

/** The validator state that lets CometBFT sign from a place on, and nothing at or before it. */
export function signerStateAt({ height, round, step }: VotePlace): Bytes {
  return fromText(`${JSON.stringify({ height: String(height), round, step }, null, 2)}\n`)
}
