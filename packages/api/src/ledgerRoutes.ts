/**
 * Routes of the ledger: transactions, accounts, blocks, the network.
 * @module
 */
import { Account, AccountParams, AccountRequest, Proposals } from './accounts.ts'
import { jsonBodyBytesMax, transactionBytesMax } from './limits.ts'
import { Block, BlockParams, LightBlock, LightBlockParams, Network } from './network.ts'
import { answer, json, routeTable } from './route.ts'
import {
  BallotRequest,
  Transaction,
  transactionMediaType,
  TransactionOutcome,
  TransactionParams,
  VoteRequest,
} from './transactions.ts'
import { DepositQuery } from './deposits.ts'

export const ledgerRoutes = routeTable({
  submitTransaction: {
    method: 'POST',
    path: '/v1/transactions',
    tag: 'ledger',
    summary: 'Submit a transaction that the sender signed; the same bytes again give the same answer',
    scope: null,
    query: DepositQuery,
    body: { mediaType: transactionMediaType, schema: null },
    bodyBytesMax: transactionBytesMax,
    answers: { 200: answer('executed with success', TransactionOutcome) },
  },
  getTransaction: {
    method: 'GET',
    path: '/v1/transactions/{txHash}',
    tag: 'ledger',
    summary: 'A transaction and what became of it',
    scope: null,
    params: TransactionParams,
    answers: { 200: answer('the transaction', Transaction) },
  },
  createAccount: {
    method: 'POST',
    path: '/v1/accounts',
    tag: 'ledger',
    summary: "Make an account whose keys you hold; this node's registrar signs",
    scope: 'account',
    body: json(AccountRequest),
    bodyBytesMax: jsonBodyBytesMax,
    idempotent: true,
    answers: { 201: answer('the account', Account) },
  },
  getAccount: {
    method: 'GET',
    path: '/v1/accounts/{account}',
    tag: 'ledger',
    summary: 'An account as it is now',
    scope: null,
    params: AccountParams,
    answers: { 200: answer('the account', Account) },
  },
  listProposals: {
    method: 'GET',
    path: '/v1/accounts/{account}/proposals',
    tag: 'ledger',
    summary: "An account's open proposals, or those of admin",
    scope: null,
    params: AccountParams,
    answers: { 200: answer('in the order of their making', Proposals) },
  },
  proposeBallot: {
    method: 'POST',
    path: '/v1/ballots',
    tag: 'ledger',
    summary: 'Propose an operation of admin with the ballot key of this node, which is its vote',
    scope: 'admin',
    body: json(BallotRequest),
    bodyBytesMax: jsonBodyBytesMax,
    answers: { 200: answer('the proposal; when the votes were enough, the operation ran', TransactionOutcome) },
  },
  voteBallot: {
    method: 'POST',
    path: '/v1/ballots/{txHash}/votes',
    tag: 'ledger',
    summary: 'Approve a proposal for admin with the ballot key of this node',
    scope: 'admin',
    params: TransactionParams,
    body: json(VoteRequest),
    bodyBytesMax: jsonBodyBytesMax,
    answers: { 200: answer('the vote; when the votes were enough, the operation ran', TransactionOutcome) },
  },
  getBlock: {
    method: 'GET',
    path: '/v1/blocks/{height}',
    tag: 'ledger',
    summary: 'A block with its transactions and their codes',
    scope: null,
    params: BlockParams,
    answers: { 200: answer('the block', Block) },
  },
  getLightBlock: {
    method: 'GET',
    path: '/v1/light-blocks/{height}',
    tag: 'ledger',
    summary: "Header, commit and validators of a height of the consortium's CometBFT, or of the latest",
    scope: null,
    params: LightBlockParams,
    answers: { 200: answer('the block for light clients', LightBlock) },
  },
  getNetwork: {
    method: 'GET',
    path: '/v1/network',
    tag: 'ledger',
    summary: 'Parameters and members of the network, and how far this node is',
    scope: null,
    answers: { 200: answer('the network', Network) },
  },
})
