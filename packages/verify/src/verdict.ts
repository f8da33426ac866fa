/**
 * What a verification says: named steps, a summary, and since when the data is known to be unchanged.
 * docs/spec/verification.md.
 * @module
 */
import type { StepName } from '@jurat/core/receipt/steps'
import type { DetailCode } from './messages/verify/en.ts'

/** What a step came to. `absent`: there was nothing to check it with. */
export type StepState = 'passed' | 'failed' | 'absent'

/** Values for the placeholders of a message. */
export type Values = Readonly<Record<string, string | number>>

/** One step. */
export interface Step {
  readonly name: StepName
  readonly state: StepState
  /** Whether the profile of the trust file requires it. */
  readonly required: boolean
  /** Why: key of the catalogue below `verify.detail.`; null when there is nothing to say. */
  readonly code: DetailCode | null
  readonly values: Values
  /** The same in English. */
  readonly detail: string
}

/** Where `unchangedSince` comes from. */
export type TimeSource =
  /** A time-stamp token of an independent authority. */
  | 'token'
  /** The cosignature that completed the quorum. */
  | 'quorum'
  /** The header that made the block final. */
  | 'finality'
  /** The network's own clock, and no independent witness. */
  | 'network-clock'

/** The result of a verification. */
export interface Verdict {
  /** `verified`: every required step passed, and none failed. */
  readonly summary: 'verified' | 'failed' | 'incomplete'
  /** The latest time by which the data surely existed as it is; null unless verified. Milliseconds since 1970 UTC. */
  readonly unchangedSince: { readonly timeMs: number; readonly source: TimeSource } | null
  /** The network's own time of the deposit; null when the entry could not be proven. Milliseconds since 1970 UTC. */
  readonly recordedAtMs: number | null
  /** The network of the trust file. */
  readonly network: { readonly networkId: string; readonly origin: string } | null
  /** Fingerprint of the trust file, hexadecimal. */
  readonly trustFingerprint: string | null
  /** Sequence of the newest consortium document that the trust file knows. */
  readonly newestDocument: number | null
  /** Who cosigned: `signed` of `of`, `needed` of them needed; null for no independent witness. */
  readonly members: {
    readonly signed: readonly string[]
    readonly of: number
    readonly needed: number
  } | null
  /** Who held the keys of the depositor's account; null when that was not proven. */
  readonly custody: 'own' | 'hosted' | null
  /** Disclosed metadata that the commitment confirms. */
  readonly metadata: readonly { readonly name: string; readonly value: string }[]
  readonly steps: readonly Step[]
}
