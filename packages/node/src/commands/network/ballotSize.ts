/**
 * How long a consortium document may be to be voted on: a ballot is a proposal of the ledger, whose operation has a bound.
 * docs/decisions/0044-documents-go-by-ballots.md.
 * @module
 */
import { type Bytes } from '@jurat/core/bytes'
import { type ConsortiumDocument, encodeDocument } from '@jurat/core/ledger/consortium'
import { types } from '@jurat/core/ledger/operationTypes'
import { encodeOperation, encodePayload, operationBytesMax } from '@jurat/core/ledger/payloads'

/** Hash of the document that it replaces: always so long. */
const anyHash: Bytes = new Uint8Array(32)

/** Bytes of the operation that puts a document in force, as a proposal carries it. */
export function ballotBytes(document: ConsortiumDocument): number {
  const payload = encodePayload({ type: types.consortium, document: encodeDocument(document), replaces: anyHash })
  return encodeOperation({ type: types.consortium, to: null, value: 0, gasLimit: 0, payload }).length
}

/** Why a document cannot be voted on; null when it can. */
export function ballotFault(document: ConsortiumDocument): string | null {
  const bytes = ballotBytes(document)
  if (bytes <= operationBytesMax) return null
  const { members } = document
  return `the ballot for a document of ${members.length} members has ${bytes} bytes, and may have ${operationBytesMax}`
}
