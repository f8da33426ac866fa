/**
 * The parts of a receipt as files that tools of other people read. docs/spec/receipt.md.
 * @module
 */
import { type Bytes, fromText } from '../bytes.ts'
import { parseTlogProof } from '../note/tlogProof.ts'
import { grantedReply } from '../timestamp/reply.ts'
import type { Receipt } from './receipt.ts'

/** A file to write. */
export interface ExportedFile {
  readonly name: string
  readonly bytes: Bytes
}

/**
 * `entry.cbor`, `entry.tlog-proof`, `checkpoint.note`, and for each time stamp `token.tsr`, `token-2.tsr`, ...
 * @throws {NoteError} `proof-malformed` when the proof cannot be read.
 */
export function exportFiles(receipt: Receipt): ExportedFile[] {
  const proof = fromText(receipt.proof)
  return [
    { name: 'entry.cbor', bytes: receipt.entry },
    { name: 'entry.tlog-proof', bytes: proof },
    { name: 'checkpoint.note', bytes: parseTlogProof(proof).note },
    ...receipt.timestamps.map(({ token }, at) => ({
      name: at === 0 ? 'token.tsr' : `token-${at + 1}.tsr`,
      // As the answer of an authority: programs expect that in a file of this name.
      bytes: grantedReply(token),
    })),
  ]
}
