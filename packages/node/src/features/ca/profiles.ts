/**
 * What certificates of this CA are for, and what follows from it: key usages, purposes, lifetimes (RFC 5280; RFC 3161, 2.3;
 * RFC 9336). docs/spec/certificates.md.
 * @module
 */

import { statementPurpose } from '@jurat/core/identity/statement'

/** Purposes of a certificate by identifier. */
export const purposes = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  documentSigning: '1.3.6.1.5.5.7.3.36',
  identityStatements: statementPurpose,
} as const

/** What a certificate is for. */
export interface Profile {
  /** What stands before the network's name as the common name of an authority's own certificate. */
  readonly title: string
  /** Whether its key signs certificates, and over how many further authorities; null: it is no authority. */
  readonly authorities: number | null
  /** Extended key usages. */
  readonly purposes: readonly string[]
  /** Whether programs that do not know them must refuse the certificate (RFC 3161 asks for it). */
  readonly purposesCritical: boolean
  /** Whether signatures are meant to bind whoever makes them: nonRepudiation besides digitalSignature. */
  readonly binding: boolean
  readonly lifetimeDays: number
  /** The node renews a certificate of its own when it is valid for less than this, days. */
  readonly renewDays: number
}

const plain = { authorities: null, purposes: [], purposesCritical: false, binding: false } as const

/** Every profile. Lifetimes end within that of the issuer. */
export const profiles = {
  root: { ...plain, title: 'Root', authorities: 1, lifetimeDays: 7_305, renewDays: 0 },
  issuing: { ...plain, title: 'Issuing', authorities: 0, lifetimeDays: 3_652, renewDays: 1_461 },
  timeStamping: {
    ...plain,
    title: 'Time stamps',
    purposes: [purposes.timeStamping],
    purposesCritical: true,
    lifetimeDays: 1_826,
    renewDays: 365,
  },
  // Programs that check signed documents ask for either purpose: those of mail are older than RFC 9336.
  documentSigning: {
    ...plain,
    title: 'Documents',
    purposes: [purposes.documentSigning, purposes.emailProtection],
    binding: true,
    lifetimeDays: 1_096,
    renewDays: 180,
  },
  member: {
    ...plain,
    title: 'Member',
    purposes: [purposes.clientAuth, purposes.serverAuth],
    lifetimeDays: 731,
    renewDays: 90,
  },
  identity: {
    ...plain,
    title: 'Identity',
    purposes: [purposes.clientAuth, purposes.emailProtection],
    lifetimeDays: 731,
    renewDays: 90,
  },
  // Not among those that others may be given: only the network itself says who somebody is.
  identityStatements: {
    ...plain,
    title: 'Identity statements',
    purposes: [purposes.identityStatements],
    purposesCritical: true,
    lifetimeDays: 1_826,
    renewDays: 30,
  },
} as const satisfies Readonly<Record<string, Profile>>

/** Name of a profile. */
export type ProfileName = keyof typeof profiles

/** Profiles of certificates that others may be given. */
export const leafProfiles = ['timeStamping', 'documentSigning', 'member', 'identity'] as const

/** Name of such a profile. */
export type LeafProfile = (typeof leafProfiles)[number]
