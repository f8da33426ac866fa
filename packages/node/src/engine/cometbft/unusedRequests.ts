/**
 * Requests of CometBFT that ask the ledger nothing: answered truthfully, at once. Vote extensions are off, so an extension is none
 * of ours; a ledger that runs takes no snapshot; queries are what the node's own HTTP interface is for.
 * @module
 */
import type { AbciRequest, AbciResponse } from '../abci/frames.ts'
import {
  ResponseApplySnapshotChunk_Result as ApplyResult,
  ResponseOfferSnapshot_Result as OfferResult,
  ResponseVerifyVoteExtension_VerifyStatus as VerifyStatus,
} from '../abci/generated/tendermint/abci/types.ts'

const none = new Uint8Array(0)

/** Code of a query's answer: there is nothing to ask. */
const noQueriesCode = 1

type Content = { readonly [Request in AbciRequest as Request['$case']]: Request['value'] }
type Kind = 'echo' | 'flush' | 'query' | 'offerSnapshot' | 'applySnapshotChunk' | 'extendVote' | 'verifyVoteExtension'

const answers: { readonly [Key in Kind]: (content: Content[Key], height: number) => AbciResponse } = {
  echo: (value) => ({ $case: 'echo', value }),
  flush: (value) => ({ $case: 'flush', value }),
  query(_, height) {
    const log = 'There are no queries; ask the HTTP interface of the node.'
    const value = { code: noQueriesCode, log, info: '', index: 0n, key: none, value: none, codespace: 'jurat' }
    return { $case: 'query', value: { ...value, proofOps: undefined, height: BigInt(height) } }
  },
  offerSnapshot: () => ({ $case: 'offerSnapshot', value: { result: OfferResult.ABORT } }),
  applySnapshotChunk: () => ({
    $case: 'applySnapshotChunk',
    value: { result: ApplyResult.ABORT, refetchChunks: [], rejectSenders: [] },
  }),
  extendVote: () => ({ $case: 'extendVote', value: { voteExtension: none } }),
  verifyVoteExtension({ voteExtension }) {
    const status = voteExtension.length === 0 ? VerifyStatus.ACCEPT : VerifyStatus.REJECT
    return { $case: 'verifyVoteExtension', value: { status } }
  },
}

/** A request that asks nothing of the ledger. */
export type UnusedRequest = Extract<AbciRequest, { $case: Kind }>

/** Whether a request asks nothing of the ledger. */
export function isUnused(request: AbciRequest): request is UnusedRequest {
  return Object.hasOwn(answers, request.$case)
}

/** Its answer. @param height - the engine's height */
export function answerOfUnused({ $case: kind, value }: UnusedRequest, height: number): AbciResponse {
  // The table has each kind with its own content; the type system does not follow that.
  const answer = answers[kind] as (content: UnusedRequest['value'], height: number) => AbciResponse
  return answer(value, height)
}
