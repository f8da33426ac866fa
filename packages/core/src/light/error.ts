/**
 * What is wrong with headers and commits of CometBFT. Rules: docs/spec/light-client.md.
 * @module
 */
import { JuratError } from '../errors.ts'

/** Every way in which a header, a commit or a validator set can be refused. */
export const lightErrorCodes = [
  // A field is not of its type, length or bounds, so that its bytes could not be computed.
  'block-malformed',
  // The validators are none, too many, or one stands twice.
  'validators-malformed',
  // The header does not name these validators.
  'validators-differ',
  // The commit is of another height or another block than the header.
  'commit-other',
  // A signature is by nobody of the set, or a validator signed twice.
  'signer-unknown',
  // A signature is not valid.
  'signature-wrong',
  // Two thirds of the power of the set, or less, signed.
  'power-too-small',
  // The block to begin with has not the hash that is trusted.
  'trusted-other',
  // The trusted header is older than the trusting period.
  'trust-expired',
  // The header is of another chain.
  'chain-differs',
  // The height is not above the trusted one.
  'height-not-above',
  // The time is not after that of the trusted header.
  'time-not-after',
  // The time lies further in the future than clocks may differ.
  'time-in-future',
  // The next header's validators are not those that the trusted header announced.
  'next-validators-differ',
  // A third of the trusted power, or less, signed: a header between the two is needed.
  'overlap-too-small',
  // Two sources show different headers of one height.
  'sources-differ',
] as const

/** One of {@link lightErrorCodes}. */
export type LightErrorCode = (typeof lightErrorCodes)[number]

/** A header, commit or validator set that is not accepted. */
export class LightError extends JuratError<LightErrorCode> {}
