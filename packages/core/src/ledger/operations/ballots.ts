/**
 * Operations 30 to 32: propose, approve, withdraw. docs/spec/operations.md, "Ballots".
 * @module
 */
import { equal } from '../../bytes.ts'
import { CborError } from '../../cbor/error.ts'
import { areRegistered, isEnough, type Sender } from '../authorise.ts'
import { codes, refusals, type ResultCode } from '../codes.ts'
import { adminProposable, proposable, withDestination } from '../operationTypes.ts'
import { decodeOperation, decodePayload, operationHash } from '../payloads.ts'
import { type Operation, type OperationContext, ownId, type Run } from './context.ts'
import {
  deleteExpired,
  deleteProposal,
  openProposal,
  openProposalsBy,
  openProposalsMax,
  type ProposalRecord,
  putProposal,
  withVote,
} from './proposals.ts'

/** The ballot operations. */
export interface Ballots {
  readonly propose: Run
  readonly approve: Run
  readonly withdraw: Run
}

/** The ballot operations, given how an operation of the account itself is run. */
export function ballots(runOwn: Run): Ballots {
  /** Runs a proposal when its votes are enough, else keeps it. A failure leaves everything as it was. */
  const decide = (context: OperationContext, sender: Sender, proposal: ProposalRecord): ResultCode => {
    const { workspace, consortium, timeMs } = context
    if (isEnough(sender, consortium.document, proposal.votes)) {
      const operation = operationOf(context, proposal)
      if (operation === null) return codes.contradictsState
      const code = runOwn(context, sender, operation)
      if (code !== codes.success) return refusals.has(code) ? codes.contradictsState : code
      deleteProposal(workspace, proposal)
    } else putProposal(workspace, proposal)
    deleteExpired(workspace, proposal.account, timeMs)
    return codes.success
  }

  const propose: Run = (context, sender, { payload }) => {
    if (payload.type !== 30) return codes.malformed
    const { workspace, timeMs, signer, txHash, consortium } = context
    const { type, to } = payload.operation
    const account = ownId(context, sender)
    if (to === null && withDestination.has(type)) return codes.destinationNull
    if (openProposalsBy(workspace, account, signer, timeMs) >= openProposalsMax) return codes.cannotCreate
    if (!proposable.has(type) && !(sender === null && adminProposable.has(type))) return codes.notAllowed
    const expiresAt = timeMs + consortium.document.parameters.proposalLifeMs
    const { operationBytes: operation } = payload
    return decide(context, sender, { id: txHash, account, operation, proposer: signer, expiresAt, votes: [signer] })
  }

  const approve: Run = (context, sender, { payload }) => {
    if (payload.type !== 31) return codes.malformed
    const { crypto, workspace, timeMs, signer, consortium } = context
    const proposal = openProposal(workspace, ownId(context, sender), payload.proposal, timeMs)
    if (proposal === null) return codes.objectMissing
    const voted = proposal.votes.some((vote) => equal(vote, signer))
    const same = equal(operationHash(crypto, proposal.operation), payload.operationHash)
    if (voted || !same) return codes.contradictsState
    // Votes of keys that are gone do not come back with them.
    const counted = proposal.votes.filter((vote) => areRegistered(sender, consortium.document, [vote]))
    return decide(context, sender, { ...proposal, votes: withVote(counted, signer) })
  }

  return { propose, approve, withdraw }
}

const withdraw: Run = (context, sender, { payload }) => {
  if (payload.type !== 32) return codes.malformed
  const { workspace, timeMs, signer } = context
  const account = ownId(context, sender)
  const proposal = openProposal(workspace, account, payload.proposal, timeMs)
  if (proposal === null) return codes.objectMissing
  if (!equal(proposal.proposer, signer)) return codes.notAllowed
  deleteProposal(workspace, proposal)
  deleteExpired(workspace, account, timeMs)
  return codes.success
}

/** The operation of a proposal; null when the parameters have changed so that it would be refused. */
function operationOf({ consortium }: OperationContext, proposal: ProposalRecord): Operation | null {
  const { type, to, value, payload } = decodeOperation(proposal.operation)
  try {
    return { to, value, payload: decodePayload(type, payload, consortium.document.parameters) }
  } catch (error) {
    if (error instanceof CborError) return null
    throw error
  }
}
