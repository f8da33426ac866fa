/**
 * Operation 60: a whole new consortium document in place of the present one. docs/spec/network.md, "Change-over".
 * @module
 */
import { type Bytes, equal } from '../../bytes.ts'
import { codes } from '../codes.ts'
import { decodeDocument, documentHash } from '../consortium.ts'
import { changeOverFault, documentFault } from '../consortiumRules.ts'
import { encodeEntry } from '../entry.ts'
import { arePossessed } from '../possession.ts'
import { stateKeys } from '../state.ts'
import { encodeConsortiumState } from '../workspace.ts'
import type { OperationContext, Run } from './context.ts'

/** 60: admin alone, at most one a block; it counts from the next block. */
export const replaceConsortium: Run = (context, sender, { payload }) => {
  if (payload.type !== 60) return codes.malformed
  const { crypto, workspace, consortium, networkId, timeMs, txHash, effects } = context
  if (!mayReplace(context, payload.document, payload.replaces)) return codes.contradictsState
  if (sender !== null) return codes.notAllowed
  const { network, entryIndex: previousIndex } = consortium
  const sequence = consortium.sequence + 1
  const entryIndex = context.firstIndex + effects.entries.length
  const state = encodeConsortiumState({ network, sequence, entryIndex, documentBytes: payload.document })
  workspace.set(stateKeys.consortium, state)
  const hash = documentHash(crypto, payload.document)
  const entry = { kind: 0, timeMs, networkId, sequence, previousIndex, documentHash: hash, txHash } as const
  effects.entries.push(encodeEntry(entry))
  return codes.success
}

/** Whether the document obeys all rules and replaces the one in force; the costly proofs of possession come last. */
function mayReplace(context: OperationContext, bytes: Bytes, replaces: Bytes): boolean {
  const { crypto, consortium } = context
  if (context.consortiumChanged || !equal(replaces, documentHash(crypto, consortium.documentBytes))) return false
  const document = decodeDocument(bytes)
  if (documentFault(crypto, consortium.network, document) !== null) return false
  return changeOverFault(consortium.document, document) === null && arePossessed(crypto, consortium.network, document)
}
