/**
 * Judging a checkpoint by a policy: C2SP tlog-policy. Rules: docs/spec/policy.md.
 * @module
 */
import { assert } from '../assert.ts'
import type { Bytes } from '../bytes.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { parseForeignCheckpoint } from './checkpoint.ts'
import type { ForeignCheckpoint } from './checkpoint.ts'
import { verifierOf } from './cosignature.ts'
import { openNote } from './note.ts'
import type { Note, OpenedNote, VerifiedSignature } from './note.ts'
import { groupThreshold } from './policy.ts'
import type { Policy } from './policy.ts'
import type { Verifier, Vkey } from './vkey.ts'

/** One member of the quorum. */
export interface PolicyMember {
  readonly name: string
  /** When it was complete, in seconds since 1970 UTC (for `all` of two keys the later time); null when it is not. */
  readonly timeSeconds: number | null
}

/** What a policy says of a checkpoint. */
export interface PolicyVerdict {
  /** An accepted log signed, and the quorum is reached. */
  readonly satisfied: boolean
  /** The accepted log key that signed, or null. */
  readonly log: Vkey | null
  /** Whether the quorum is reached; always true for `quorum none`. */
  readonly quorumReached: boolean
  /** When the cosignature that completed the quorum was made, in seconds since 1970 UTC; null without one. */
  readonly quorumTimeSeconds: number | null
  /** The direct members of the quorum: of a group its members, of a single witness itself, of `none` nobody. */
  readonly members: readonly PolicyMember[]
  /** How many of `members` are needed. */
  readonly threshold: number
}

/** A checkpoint whose known signatures were all checked. Whether they suffice is in `verdict`. */
export interface OpenedCheckpoint {
  readonly checkpoint: ForeignCheckpoint
  readonly note: OpenedNote
  readonly verdict: PolicyVerdict
}

/** Verifiers of all keys of a policy. */
export function policyVerifiers(crypto: CryptoProvider, policy: Policy): Verifier[] {
  return [...policy.logs, ...policy.witnesses].map(({ vkey }) => verifierOf(crypto, vkey))
}

/**
 * Opens a checkpoint with the keys of a policy and judges it.
 * @throws {NoteError} as {@link openNote}, and `checkpoint-malformed`. A missing quorum is not thrown but in `verdict`.
 */
export function openCheckpoint(crypto: CryptoProvider, policy: Policy, bytes: Bytes | Note): OpenedCheckpoint {
  const note = openNote(bytes, policyVerifiers(crypto, policy))
  const checkpoint = parseForeignCheckpoint(note.body)
  return { checkpoint, note, verdict: evaluatePolicy(policy, checkpoint.origin, note.verified) }
}

/** Judges signatures that were verified over a checkpoint of this origin. A key counts once, however often it signed. */
export function evaluatePolicy(policy: Policy, origin: string, verified: readonly VerifiedSignature[]): PolicyVerdict {
  // A log key is accepted for the origin that it is named after, and for no other.
  const log = policy.logs.find(({ vkey }) => vkey.name === origin && signatureOf(vkey, verified) !== undefined)
  const times = componentTimes(policy, verified)
  const quorumTimeSeconds = policy.quorum === null ? null : (times.get(policy.quorum) ?? null)
  const quorumReached = policy.quorum === null || quorumTimeSeconds !== null
  const group = policy.groups.find(({ name }) => name === policy.quorum)
  const names = group?.members ?? (policy.quorum === null ? [] : [policy.quorum])
  return {
    satisfied: log !== undefined && quorumReached,
    log: log?.vkey ?? null,
    quorumReached,
    quorumTimeSeconds,
    members: names.map((name) => ({ name, timeSeconds: times.get(name) ?? null })),
    threshold: group === undefined ? names.length : groupThreshold(group),
  }
}

/** When each witness and group was complete. A cosignature without a time makes no statement that could count. */
function componentTimes(policy: Policy, verified: readonly VerifiedSignature[]): Map<string, number> {
  const times = new Map<string, number>()
  for (const { name, vkey } of policy.witnesses) {
    const time = signatureOf(vkey, verified)?.timeSeconds ?? null
    if (time !== null) times.set(name, time)
  }
  // Groups refer to earlier names only, so one pass in their order is enough.
  for (const group of policy.groups) {
    const needed = groupThreshold(group)
    assert(needed >= 1 && needed <= group.members.length, 'a group needs at least one of its members')
    const present = group.members.map((member) => times.get(member)).filter((time) => time !== undefined)
    const completed = present.toSorted((a, b) => a - b)[needed - 1]
    if (completed !== undefined) times.set(group.name, completed)
  }
  return times
}

function signatureOf(vkey: Vkey, verified: readonly VerifiedSignature[]): VerifiedSignature | undefined {
  return verified.find(({ name, id }) => name === vkey.name && id === vkey.id)
}
