/**
 * What certificates of this CA are for, and what follows from it: key usages, purposes, lifetimes (RFC 5280; RFC 3161, 2.3).
 * docs/spec/certificates.md.
 * @module
 */

/** Purposes of a certificate by identifier. */
export const purposes = {
  timeStamping: '1.3.6.1.5.5.7.3.8',
} as const

/** What a certificate is for. */
export interface Profile {
  /** What stands before the network's name as the subject's common name. */
  readonly title: string
  /** Whether its key signs certificates, and over how many further authorities; null: it is no authority. */
  readonly authorities: number | null
  /** Extended key usage, critical and alone; null: none. */
  readonly purpose: string | null
  readonly lifetimeDays: number
}

/** Every profile. Lifetimes end within that of the issuer. */
export const profiles = {
  root: { title: 'Root', authorities: 1, purpose: null, lifetimeDays: 7_305 },
  issuing: { title: 'Issuing', authorities: 0, purpose: null, lifetimeDays: 3_652 },
  timeStamping: { title: 'Time stamps', authorities: null, purpose: purposes.timeStamping, lifetimeDays: 1_826 },
} as const satisfies Readonly<Record<string, Profile>>

/** Name of a profile. */
export type ProfileName = keyof typeof profiles
