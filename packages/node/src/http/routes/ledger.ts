/**
 * Handlers of transactions, accounts, blocks and the network.
 * @module
 */
import type { Account, AccountRequest, Proposal } from '@jurat/api/accounts'
import type { ledgerRoutes } from '@jurat/api/ledgerRoutes'
import type { Block, LightBlock, Network } from '@jurat/api/network'
import type { BallotRequest, Transaction, TransactionOutcome } from '@jurat/api/transactions'
import { fromHex } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import { ok, type Handler } from '../handler.ts'
import { ProblemError } from '../problems.ts'

/** What these handlers stand on. */
export interface LedgerServices {
  readonly transactions: {
    submit(tx: Bytes, witnessed: boolean): Promise<TransactionOutcome>
    find(txHash: Bytes): Promise<Transaction | null>
    propose(operation: BallotRequest): Promise<TransactionOutcome>
    vote(proposal: Bytes, operationHash: Bytes): Promise<TransactionOutcome>
  }
  readonly accounts: {
    find(idOrName: string): Promise<Account | null>
    proposals(idOrName: string): Promise<Proposal[] | null>
    create(organisation: string, request: AccountRequest): Promise<Account>
  }
  readonly network: {
    network(): Promise<Network>
    block(height: number): Promise<Block | null>
    /** @param height - null for the latest */
    lightBlock(height: number | null): Promise<LightBlock | null>
  }
}

const existing = <T>(found: T | null): T => {
  if (found === null) throw new ProblemError('not-found')
  return found
}

const fresh = { 'cache-control': 'no-store' }

/** The handlers. */
export function ledgerHandlers(services: LedgerServices): {
  [Id in keyof typeof ledgerRoutes]: Handler<(typeof ledgerRoutes)[Id]>
} {
  const { transactions, accounts, network } = services
  return {
    async submitTransaction({ bytes, query }) {
      return ok(await transactions.submit(new Uint8Array(bytes), query.wait === 'witnessed'))
    },
    async getTransaction({ params }) {
      return ok(existing(await transactions.find(fromHex(params.txHash))), fresh)
    },
    async createAccount({ principal, body }) {
      return { status: 201, body: await accounts.create(principal.organisation, body) }
    },
    async getAccount({ params }) {
      return ok(existing(await accounts.find(params.account)), fresh)
    },
    async listProposals({ params }) {
      return ok({ proposals: existing(await accounts.proposals(params.account)) }, fresh)
    },
    async proposeBallot({ body }) {
      return ok(await transactions.propose(body))
    },
    async voteBallot({ params, body }) {
      return ok(await transactions.vote(fromHex(params.txHash), fromHex(body.operationHash)))
    },
    async getBlock({ params }) {
      return ok(existing(await network.block(Number(params.height))))
    },
    async getLightBlock({ params: { height } }) {
      const found = existing(await network.lightBlock(height === 'latest' ? null : Number(height)))
      return ok(found, fresh)
    },
    async getNetwork() {
      return ok(await network.network(), fresh)
    },
  }
}
