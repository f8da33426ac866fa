/**
 * What is wrong with bytes that are not our CBOR. Rules: docs/spec/cbor.md.
 * @module
 */
import { JuratError } from '../errors.ts'

/** Every way in which bytes can fail to be our deterministic CBOR, or not the expected structure. */
export type CborErrorCode =
  | 'too-big'
  | 'truncated'
  | 'trailing-bytes'
  | 'not-minimal'
  | 'unsupported'
  | 'wrong-type'
  | 'wrong-length'
  | 'out-of-range'
  | 'not-utf8'
  | 'too-deep'

/** Bytes that are not our deterministic CBOR, or not the expected structure. */
export class CborError extends JuratError<CborErrorCode> {}
