/**
 * What a verification says: named steps, a summary, and since when the data is known to be unchanged.
 * docs/spec/verification.md.
 * @module
 */
import type { IdentityLevel } from '@jurat/core/identity/levels'
import type { StepName } from '@jurat/core/receipt/steps'
import type { VerifyMessages } from './messages/verify/en.ts'

/** Why a step is as it is: below `verify.code.` in the catalogue. */
export type StepCode = keyof VerifyMessages extends infer Key
  ? Key extends `verify.code.${infer Code}`
    ? Code
    : never
  : never

/** What a step came to. `absent`: there was nothing to check it with. */
export type StepState = 'passed' | 'failed' | 'absent'

/** Values for the placeholders of a message. */
export type Values = Readonly<Record<string, string | number>>

/** One step. */
export interface Step {
  readonly name: StepName
  readonly state: StepState
  /** Whether the verdict cannot be `verified` without it. */
  readonly required: boolean
  readonly code: StepCode
  readonly values: Values
  /** Code and values as an English sentence. */
  readonly detail: string
}

/** Where a time comes from. */
export type TimeSource =
  /** A time-stamp token of an independent authority. */
  | 'token'
  /** The cosignature that completed the quorum. */
  | 'quorum'
  /** The header that made the block final. */
  | 'finality'
  /** The network's own clock, for which nobody independent vouches. */
  | 'network'

/** Somebody whose cosignature counts. */
export interface Signatory {
  readonly name: string
  /** When it had cosigned, milliseconds since 1970 UTC; null when it did not. */
  readonly timeMs: number | null
}

/** What a network says about who stood behind an account. Nobody else has said it. */
export interface StatedIdentity {
  readonly level: IdentityLevel
  /** Who looked. */
  readonly provider: string
  /** Milliseconds since 1970 UTC. */
  readonly issuedAtMs: number
  readonly expiresAtMs: number
  /** The fields that the holder shows. */
  readonly fields: readonly { readonly name: string; readonly value: string }[]
}

/** The result of a verification. Only what was proven is in it, whatever the summary. */
export interface Verdict {
  /** `verified`: every required step passed, and none failed. */
  readonly summary: 'verified' | 'failed' | 'incomplete'
  /** The latest time by which the data surely existed as it is; null unless verified. Milliseconds since 1970 UTC. */
  readonly unchangedSince: { readonly timeMs: number; readonly source: TimeSource } | null
  /** The network's own time of the deposit, milliseconds since 1970 UTC; null when the log has not signed for it. */
  readonly recordedAtMs: number | null
  /** Origin and id (hexadecimal) of the network of the trust file. */
  readonly network: string | null
  readonly networkId: string | null
  /** Fingerprint of the trust file, hexadecimal. */
  readonly trustFingerprint: string | null
  /** Sequence of the newest consortium document that the trust file knows. */
  readonly newestDocument: number | null
  /** The members, or the outside witnesses of a solo network, as far as their cosignatures were counted. */
  readonly signatories: readonly Signatory[]
  /** How many of them are needed: 0 is no independent witness; null when the quorum was not reached or not judged. */
  readonly threshold: number | null
  /**
   * The outside witnesses of a consortium, and when each had cosigned this very tree: additional evidence that nothing
   * requires. Nobody in a solo network.
   */
  readonly outsideWitnesses: readonly Signatory[]
  /** Whether the operator held the depositor's keys, so signed on the depositor's behalf; null when not proven. */
  readonly signedByOperator: boolean | null
  /** Disclosed metadata, as the commitment confirms it. */
  readonly metadata: readonly { readonly name: string; readonly value: string }[]
  /** Identity statements that held at the time of the deposit. */
  readonly identities: readonly StatedIdentity[]
  readonly steps: readonly Step[]
}
