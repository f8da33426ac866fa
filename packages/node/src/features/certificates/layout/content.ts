/**
 * What stands on a certificate of deposit and on a correction letter: plain values, which somebody else has proven.
 * docs/spec/certificate-file.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { Language } from '@jurat/verify/messages/language'

/** Most deposits on one certificate. */
export const certificateDepositsMax: number = 64
/** Longest text that comes from outside (a name, a phase, a finding), in UTF-16 code units. */
export const certificateTextUnitsMax: number = 512
/** Most members, tokens, targets, findings and texts, of each kind. */
export const certificateListMax: number = 64
/** Largest logo, in bytes. */
export const logoBytesMax: number = 262_144

/** How surely the depositor is known (evidence levels of identity). */
export type IdentityLevel = 'declared' | 'contact' | 'certificate' | 'provider'

/** A picture of a member. */
export interface Logo {
  readonly type: 'svg' | 'png'
  readonly bytes: Bytes
}

/** One deposit. */
export interface CertifiedDeposit {
  /** Name of the original; null when nobody has disclosed it. */
  readonly name: string | null
  readonly mediaType: string | null
  readonly bytes: number | null
  /** As people write it: `SHA-256`. */
  readonly algorithm: string
  /** Hexadecimal, lower case. */
  readonly digest: string
  /** Position in the log, and the size of the tree in which it was proven. */
  readonly index: number | bigint
  readonly treeSize: number | bigint
  /** Time of the network, milliseconds since 1970 UTC. */
  readonly recordedAtMs: number
  readonly depositor: string
  readonly level: IdentityLevel
  readonly phase: string | null
  /** How it was captured, in the language of the certificate; null when nothing was. */
  readonly capture: string | null
  /** Text of the receipt, which is attached. */
  readonly receipt: string
}

/** A member whose cosignature counts, and stands in every receipt of the certificate. */
export interface CertifiedMember {
  readonly name: string
  /** Milliseconds since 1970 UTC. */
  readonly signedAtMs: number
  readonly logo: Logo | null
}

/** A time-stamp token over the deposits. */
export interface CertifiedToken {
  readonly authority: string
  /** Milliseconds since 1970 UTC. */
  readonly timeMs: number
  readonly accuracySeconds: number
  readonly independent: boolean
}

/** The same digests on another network. */
export interface CertifiedTarget {
  readonly network: string
  readonly index: number | bigint
  /** Milliseconds since 1970 UTC. */
  readonly timeMs: number
}

/** What certificate and letter have in common. */
export interface DocumentContent {
  readonly language: Language
  readonly number: string
  readonly issuer: string
  readonly network: {
    readonly name: string
    /** Hexadecimal. */
    readonly id: string
    /** Hexadecimal fingerprint of the trust file. */
    readonly trustFingerprint: string
  }
  /** Where the pages of verification are: `https://host`, without a slash at the end. */
  readonly address: string
  /** In which zone times are shown, minutes east of UTC: 480 for Beijing and Taipei. */
  readonly zoneMinutes: number
}

/** A picture of a signature: what a reader of the document sees of it. */
export interface AppearanceContent {
  readonly language: Language
  /** The first stands out: usually the name. */
  readonly lines: readonly string[]
  /** Points: that of the rectangle in which it stands. */
  readonly width: number
  readonly height: number
  /** Milliseconds since 1970 UTC: the date of the picture's file. */
  readonly timeMs: number
}

/** Most lines of a picture of a signature, and its longest side, in points. */
export const appearanceLinesMax: number = 8
export const appearancePointsMax: number = 600

/** A certificate of deposit. */
export interface CertificateContent extends DocumentContent {
  readonly deposits: readonly CertifiedDeposit[]
  /** Nobody in a solo network without witnesses. */
  readonly members: readonly CertifiedMember[]
  readonly threshold: number
  readonly finality: { readonly height: number | bigint; readonly timeMs: number } | null
  readonly tokens: readonly CertifiedToken[]
  readonly targets: readonly CertifiedTarget[]
  /** What is not in order, in the language of the certificate: a phase that is missing, or not the one that it should be. */
  readonly findings: readonly string[]
  /** Further paragraphs of the network's profile, in the language of the certificate. */
  readonly texts: readonly string[]
  /** SHA-256 of `verify.html`, hexadecimal; null when it is not known. */
  readonly verifierSha256: string | null
  /** Number of the certificate in whose place this one was issued; null for a first one. */
  readonly replaces: string | null
}

/** A correction letter: the certificate that it names stays as it is. */
export interface CorrectionContent extends DocumentContent {
  /** Number of the certificate that is corrected. */
  readonly corrects: string
  readonly reason: string
  readonly changes: readonly { readonly what: string; readonly was: string; readonly is: string }[]
  /** When the correction was decided, milliseconds since 1970 UTC: the date of the letter. */
  readonly decidedAtMs: number
  /** Digest of the certificate file that is corrected, SHA-256, hexadecimal. */
  readonly certificateSha256: string
}
