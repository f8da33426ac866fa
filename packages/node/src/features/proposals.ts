/**
 * Open proposals of an account or of `admin`, as people see them.
 * @module
 */
import type { Proposal } from '@jurat/api/accounts'
import { toBase64, toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { decodeOperation, operationHash } from '@jurat/core/ledger/payloads'
import { openProposals as openProposalsOf } from '@jurat/core/ledger/operations/proposals'
import type { StateView } from '@jurat/core/ledger/state'

/** The proposals of an account that have not expired at a block time, in the order of their making. */
export function openProposals(crypto: CryptoProvider, view: StateView, account: Bytes, timeMs: number): Proposal[] {
  return openProposalsOf(view, account, timeMs).map((proposal) => {
    const { type, to, value, gasLimit, payload } = decodeOperation(proposal.operation)
    return {
      id: toHex(proposal.id),
      account: toHex(proposal.account),
      operationHash: toHex(operationHash(crypto, proposal.operation)),
      type,
      to: to === null ? null : toHex(to),
      value,
      gasLimit,
      payload: toBase64(payload),
      proposer: toHex(proposal.proposer),
      votes: proposal.votes.map(toHex),
      expiresAt: proposal.expiresAt,
    }
  })
}
