/**
 * What is wrong with a Merkle proof, a tile or a bundle. Rules: docs/spec/tree.md.
 * @module
 */
import { JuratError } from '../errors.ts'

/** Every way in which a proof, a tile or a bundle can be refused. */
export const proofErrorCodes = [
  // An index or a size is no whole number in range, or the index lies outside the tree.
  'out-of-range',
  // A hash is not 32 bytes long.
  'hash-length',
  // More hashes than any tree can need (`proofHashesMax`).
  'too-many-hashes',
  // The number of hashes does not fit the index and the sizes.
  'path-length',
  // The path leads to another root.
  'root-mismatch',
  // A tile that holds a needed hash cannot be read.
  'hash-missing',
  // A tile path is not in the one canonical form.
  'tile-path',
  // An entry bundle is cut short, or holds another number of entries than its width.
  'bundle',
  // An entry is longer than a bundle can hold (`bundleEntryBytesMax`).
  'entry-too-long',
] as const

/** One of {@link proofErrorCodes}. */
export type ProofErrorCode = (typeof proofErrorCodes)[number]

/** A Merkle proof, a tile or a bundle that is refused. */
export class ProofError extends JuratError<ProofErrorCode> {}
