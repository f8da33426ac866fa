/**
 * What the parts of a run share.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CanaryName } from './canaries.ts'
import type { Chance } from './chance.ts'
import type { Judge } from './judge.ts'
import type { Member } from './member.ts'
import type { VirtualNetwork } from './network.ts'
import type { Schedule } from './schedule.ts'

/** One run. */
export interface World {
  readonly schedule: Schedule
  readonly chance: Chance
  readonly network: VirtualNetwork
  readonly judge: Judge
  readonly canary: CanaryName | null
  /** Block times of transactions by hash: the memory of one canary. */
  readonly seenAt: Map<string, number>
  /** Whether a signature is valid; asked for once for all members. */
  readonly verify: (publicKey: Bytes, message: Bytes, signature: Bytes) => boolean
  /** The items of the decided blocks; the first has height 1. */
  readonly decided: (readonly Bytes[])[]
  readonly members: Member[]
  /** The member that lies about its roots, or null. */
  readonly liar: number | null
  /** Ends the run: something must never happen and did. */
  readonly fail: (error: unknown) => void
}
