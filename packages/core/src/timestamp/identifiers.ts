/**
 * Object identifiers of RFC 3161, RFC 5816, RFC 5652 and RFC 5035, and the hash algorithms of imprints.
 * docs/spec/timestamps.md.
 * @module
 */

/** What tokens are made of. */
export const identifiers = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  ecdsaSha256: '1.2.840.10045.4.3.2',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const

/** Hash algorithms that an imprint may have: identifier and length of the digest in bytes. */
export const imprintAlgorithms: Readonly<
  Record<ImprintAlgorithm, { readonly identifier: string; readonly bytes: number }>
> = {
  sha256: { identifier: identifiers.sha256, bytes: 32 },
  sha384: { identifier: '2.16.840.1.101.3.4.2.2', bytes: 48 },
  sha512: { identifier: '2.16.840.1.101.3.4.2.3', bytes: 64 },
}

/** Name of such an algorithm. */
export type ImprintAlgorithm = 'sha256' | 'sha384' | 'sha512'

/** The algorithm of an identifier, or null. */
export function imprintAlgorithmOf(identifier: string): ImprintAlgorithm | null {
  const names = Object.keys(imprintAlgorithms) as ImprintAlgorithm[]
  return names.find((name) => imprintAlgorithms[name].identifier === identifier) ?? null
}

/**
 * Policy of tokens whose clock nobody compared with another: networks for tests. It is never independent, whatever a trust
 * file says. Arcs below 2.25 are UUIDs (ITU-T X.667) and need no registration.
 */
export const testPolicy = '2.25.38390154022442761966963318306700825331'

/** Policy of tokens whose clock was compared with the configured sources, unless the operator names its own. */
export const comparedPolicy = '2.25.29465365702611685537053372784471258488'
