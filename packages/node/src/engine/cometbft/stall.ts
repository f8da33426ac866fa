/**
 * Why no block is being made: which members' votes are there in the round that stands still, and which are missing. Read from
 * CometBFT's own state of consensus.
 * @module
 */
import { toHex } from '@jurat/core/bytes'
import type { ChainValidator } from './chain.ts'
import type { CometRpc } from './rpc.ts'

/** A vote as CometBFT writes it: `Vote{<index>:<first 6 bytes of the address> ...}`. */
const votePattern = /^Vote\{\d+:([0-9A-F]{12})/

/** Digits of an address in a vote. */
const addressDigits = 12

interface ConsensusState {
  readonly round_state?: { readonly height_vote_set?: readonly { prevotes?: unknown; precommits?: unknown }[] }
}

/** A sentence on who takes part, for people. Never rejects. */
export async function describeStall(rpc: CometRpc, validators: readonly ChainValidator[]): Promise<string> {
  try {
    return sentenceOf(votersOf(await rpc.call('consensus_state')), validators)
  } catch {
    return "This member's CometBFT does not answer; it is being started again, or its log says why not."
  }
}

/** First bytes of the addresses, in hexadecimal, whose votes of the present height are there. */
export function votersOf(state: unknown): ReadonlySet<string> {
  const voters = new Set<string>()
  for (const { prevotes, precommits } of (state as ConsensusState).round_state?.height_vote_set ?? []) {
    for (const vote of [prevotes, precommits].flat()) {
      const voter = typeof vote === 'string' ? votePattern.exec(vote)?.[1] : undefined
      if (voter !== undefined) voters.add(voter.toLowerCase())
    }
  }
  return voters
}

/** What the votes say. */
export function sentenceOf(voters: ReadonlySet<string>, validators: readonly ChainValidator[]): string {
  const missing = validators.filter(({ address }) => !voters.has(toHex(address).slice(0, addressDigits)))
  const [count, there] = [validators.length, validators.length - missing.length]
  const needed = Math.floor((2 * count) / 3) + 1
  if (there === 0) return 'Consensus has not begun a round.'
  if (there >= needed) return `${there} of ${count} members take part, which is enough: it should go on shortly.`
  const names = missing.map(({ member }) => member).join(', ')
  return `${there} of ${count} members take part, and ${needed} are needed; missing: ${names}.`
}
