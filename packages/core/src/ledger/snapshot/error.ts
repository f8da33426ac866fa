/**
 * Why a snapshot is refused. Rules: docs/spec/snapshot.md.
 * @module
 */
import { JuratError } from '../../errors.ts'

/** Every way in which a snapshot can be refused. */
export const snapshotErrorCodes = [
  // Longer than a snapshot may be.
  'too-big',
  // The bytes are none of the format.
  'malformed',
  // It is of another network.
  'network-differs',
  // The right edge does not give the trusted size and root.
  'tree-differs',
  // A block entry does not stand in the tree where the chain of blocks says.
  'block-unproven',
  // The list of a block's transactions is not that of its entry.
  'transactions-differ',
  // The blocks do not reach back to the beginning of the replay window, or go on beyond it.
  'window-incomplete',
  // The state is not that of the last block entry.
  'state-differs',
  // An account record is not that of an entry of the tree.
  'account-unproven',
  // A consortium document is not that of an entry of the tree, or the chain of documents has a gap.
  'document-unproven',
] as const

/** One of {@link snapshotErrorCodes}. */
export type SnapshotErrorCode = (typeof snapshotErrorCodes)[number]

/** A snapshot that is not taken. */
export class SnapshotError extends JuratError<SnapshotErrorCode> {}
