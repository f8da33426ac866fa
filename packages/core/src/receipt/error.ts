/**
 * What is wrong with a receipt or a trust file. Rules: docs/spec/receipt.md, docs/spec/trust-file.md.
 * @module
 */
import { JuratError } from '../errors.ts'

/** Every way in which a receipt or a trust file can be refused before anything in it is verified. */
export const receiptErrorCodes = [
  // Longer, deeper, or with more parts, than a named limit allows.
  'too-big',
  // The text is no JSON, names a field twice, or holds a number that is no whole number from 0 to 2^53 - 1.
  'json-malformed',
  // The format is missing or one that these rules do not know.
  'format-unknown',
  // A field that the format does not have.
  'field-unknown',
  // A field that must be there is not.
  'field-missing',
  // A field is not of its type, length or encoding.
  'field-malformed',
] as const

/** One of {@link receiptErrorCodes}. */
export type ReceiptErrorCode = (typeof receiptErrorCodes)[number]

/** A receipt or a trust file that cannot be read. */
export class ReceiptError extends JuratError<ReceiptErrorCode> {}

/** Every way in which a trust file that can be read contradicts itself. */
export const trustErrorCodes = [
  // The network id is not the hash of the genesis.
  'network-id-differs',
  // The genesis breaks a rule, or cannot be decoded.
  'genesis-invalid',
  // The origin is not the name in the genesis.
  'origin-differs',
  // The profile leaves out a step that is always required.
  'profile-incomplete',
  // The fingerprint that the file states is not its own.
  'fingerprint-differs',
  // The log keys that the file states do not follow from its newest document.
  'log-keys-differ',
  // A consortium document breaks a rule, or may not replace the one before.
  'document-invalid',
  // The entry of a document does not continue the chain.
  'document-out-of-chain',
  // The checkpoint that should prove a document is not accepted by the one before, or does not hold its entry.
  'document-unproven',
] as const

/** One of {@link trustErrorCodes}. */
export type TrustErrorCode = (typeof trustErrorCodes)[number]

/** A trust file that contradicts itself. */
export class TrustError extends JuratError<TrustErrorCode> {}
