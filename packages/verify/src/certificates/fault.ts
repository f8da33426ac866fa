/**
 * Why the certificate of a person or an enterprise is not believed.
 * @module
 */

/** Every reason; each has its sentence below `identity.reason.` in the catalogue. */
export type HolderFaultCode =
  | 'certificate-unreadable'
  | 'certificate-usage'
  | 'certificate-unknown'
  | 'certificate-expired'
  | 'certificate-revoked'
  | 'list-stale'
  | 'list-unreadable'

/** A certificate that is not believed. */
export class HolderFault extends Error {
  readonly code: HolderFaultCode
  readonly values: Readonly<Record<string, string>>

  constructor(code: HolderFaultCode, values: Readonly<Record<string, string>> = {}) {
    super(code)
    this.name = 'HolderFault'
    this.code = code
    this.values = values
  }
}
