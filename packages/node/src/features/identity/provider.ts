/**
 * What a provider of identities is: it begins a verification, and judges the answer. It keeps nothing itself: what it must
 * remember between the two is sealed by the caller, and comes back. docs/operating/identity.md.
 * @module
 */
import type { IdentityLevel } from '@jurat/core/identity/levels'
import type { Language } from '@jurat/verify/messages/language'

/** Whom a verification is for. */
export interface IdentitySubject {
  /** Id of the verification. */
  readonly id: string
  readonly organisation: string
  /** Ids of accounts, hexadecimal, ascending. */
  readonly accounts: readonly string[]
  /** Language of the person. */
  readonly language: Language
}

/** Names and values: what goes over HTTP, into a statement, or into a seal. */
export type Texts = Readonly<Record<string, string>>

/** A verification that was begun. */
export interface Begun {
  /** What the person needs: a challenge, an address to go to. Not secret from whoever began. */
  readonly shown: Texts
  /** What the judgement needs; sealed. */
  readonly kept: Texts
}

/** What was found. */
export interface Verified {
  /** Fields of the statement. */
  readonly fields: Texts
  /** The statement ends then at the latest, milliseconds since 1970 UTC; null: when statements end. */
  readonly untilMs: number | null
}

/** A provider. */
export interface IdentityProvider {
  readonly name: string
  readonly level: IdentityLevel
  /** How long an answer is waited for, milliseconds. */
  readonly lifeMs: number
  /** Answers that are judged; the last wrong one ends the verification. */
  readonly attemptsMax: number
  /** @throws {IdentityRefusal} */
  begin(subject: IdentitySubject, input: Texts): Promise<Begun> | Begun
  /** @throws {IdentityRefusal} */
  judge(subject: IdentitySubject, kept: Texts, answer: Texts): Promise<Verified> | Verified
}

/** Every reason of a refusal; each has its sentence below `identity.reason.` in the catalogue. */
export type RefusalCode =
  | 'field-missing'
  | 'field-unknown'
  | 'field-malformed'
  | 'field-check'
  | 'certificate-unreadable'
  | 'certificate-usage'
  | 'certificate-unknown'
  | 'certificate-expired'
  | 'certificate-revoked'
  | 'certificate-key'
  | 'list-stale'
  | 'list-unreadable'
  | 'signature-wrong'
  | 'code-wrong'
  | 'mail-failed'
  | 'login-refused'
  | 'login-unreachable'
  | 'redirect-unknown'
  | 'ended'

/** Somebody was not verified, for a reason that he is told. */
export class IdentityRefusal extends Error {
  readonly code: RefusalCode
  readonly values: Texts

  constructor(code: RefusalCode, values: Texts = {}, options: { cause?: unknown } = {}) {
    super(code, options)
    this.name = 'IdentityRefusal'
    this.code = code
    this.values = values
  }
}

/** A field that must be there. @throws {IdentityRefusal} */
export function required(input: Texts, field: string): string {
  const value = input[field]
  if (value === undefined || value === '') throw new IdentityRefusal('field-missing', { field })
  return value
}

/** No other fields than these. @throws {IdentityRefusal} */
export function onlyFields(input: Texts, names: readonly string[]): void {
  const field = Object.keys(input).find((name) => !names.includes(name))
  if (field !== undefined) throw new IdentityRefusal('field-unknown', { field: field.slice(0, 64) })
}
