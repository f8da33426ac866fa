/**
 * How an operation reaches the ledger: signed and sent, written into a file for others to sign, proposed to the other
 * keys of the account, or put to the vote of the members.
 * @module
 */
import { toBase64, toHex } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import { codes } from '@jurat/core/ledger/codes'
import type { Operation } from '@jurat/sdk/operations'
import { operations } from '@jurat/sdk/operations'
import { addSignature, createTransaction, encodeTransaction } from '@jurat/sdk/transactions'
import type { OpenTransaction } from '@jurat/sdk/transactions'
import { formatTransactionFile } from '@jurat/sdk/transactionFile'
import { meaningOf } from '@jurat/verify/messages/message'
import { nodeClient, openSigners } from './context.ts'
import type { Context } from './context.ts'
import { writeText } from './files.ts'
import { accountOf, ownAccount } from './references.ts'
import { pinnedNetwork } from './trustFolder.ts'

/** Flags of every command that makes a transaction. */
export interface SendingFlags {
  /** Propose it to the other keys of the account. */
  readonly propose?: boolean
  /** Put it to the vote of the members. */
  readonly ballot?: boolean
  /** Write the transaction into this file, signed by the keys that are named, and do not send it. */
  readonly out?: string
  /** How long it stays acceptable, in seconds. */
  readonly period?: string
}

/** What the node answered about a transaction. */
interface Outcome {
  readonly txHash: string
  readonly code: number
  readonly height: number
  readonly firstIndex: number
  readonly entryCount: number
}

const periodMsDefault = 300_000

/** Does an operation of the own account, or of `admin` with `--ballot`. */
export async function performOperation(context: Context, operation: Operation, flags: SendingFlags): Promise<void> {
  const ballot = flags.ballot === true
  // The ballot key of a member lies with its node, unless the member names the key here.
  if (ballot && context.settings.signers.value === null) {
    await proposeThroughNode(context, operation)
    return
  }
  const from = ballot ? accountOf(context, 'admin') : ownAccount(context)
  const proposed = ballot || flags.propose === true
  await signAndSend(context, from, proposed ? operations.propose(operation) : operation, flags)
}

/** Signs a transaction with the keys that are named, and sends it or writes it. */
export async function signAndSend(
  context: Context,
  from: Bytes,
  operation: Operation,
  flags: SendingFlags,
): Promise<void> {
  const { crypto } = context
  const networkId = await pinnedNetwork(context)
  const periodMs = flags.period === undefined ? periodMsDefault : Math.round(Number(flags.period) * 1000)
  let transaction = createTransaction(crypto, { networkId, from, operation, timestampMs: Date.now(), periodMs })
  const unsignedAllowed = flags.out !== undefined && context.settings.signers.value === null
  const keys = unsignedAllowed ? [] : await openSigners(context)
  for (const key of keys) transaction = addSignature(crypto, transaction, key)
  if (flags.out === undefined) {
    await send(context, transaction)
    return
  }
  writeText(flags.out, formatTransactionFile(transaction))
  context.output.result(context.say('cli.transactionWritten', { path: flags.out, count: keys.length }), {
    path: flags.out,
    signatures: keys.length,
  })
}

/** Sends a signed transaction and prints what became of it. */
export async function send(context: Context, transaction: OpenTransaction): Promise<void> {
  const body = encodeTransaction(transaction)
  const { value } = await nodeClient(context).call('submitTransaction', { body })
  printOutcome(context, value)
}

async function proposeThroughNode(context: Context, operation: Operation): Promise<void> {
  const { type, to, value, gasLimit, payload } = operation
  const body = { type, to: to === null ? null : toHex(to), value, gasLimit, payload: toBase64(payload) }
  const answer = await nodeClient(context).call('proposeBallot', { body })
  printOutcome(context, answer.value)
}

/** Prints what became of a transaction. The node answers with a problem when the ledger gave another code than 0. */
export function printOutcome(context: Context, outcome: Outcome): void {
  const { txHash, code, height, firstIndex, entryCount } = outcome
  const done = code === codes.success
  const line = entryCount > 0 ? 'cli.outcomeEntry' : 'cli.outcome'
  const meaning = meaningOf(context.language, code)
  const values = { txHash, code, meaning, height, index: firstIndex }
  context.output.result(context.say(done ? line : 'cli.outcomeFailed', values), outcome)
}
