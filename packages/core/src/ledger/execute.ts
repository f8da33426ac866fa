/**
 * What a transaction does once it is in a block: 118 and 119 first, then its operation. docs/spec/operations.md.
 * @module
 */
import { equal } from '../bytes.ts'
import { standing } from './admit.ts'
import { adminId } from './authorise.ts'
import type { ResultCode } from './codes.ts'
import type { OperationType } from './operationTypes.ts'
import {
  attest,
  createAccount,
  setEncryptionKey,
  setRecoverKey,
  setRegistrar,
  transfer,
  updateAuthMap,
} from './operations/accounts.ts'
import { ballots } from './operations/ballots.ts'
import { replaceConsortium } from './operations/consortium.ts'
import type { OperationContext, Run } from './operations/context.ts'
import { deposit, raw } from './operations/deposits.ts'
import { adjudicate, dispute, freeze, preReset, reset, thaw } from './operations/recovery.ts'
import type { ParsedTransaction } from './parse.ts'

/** Runs an operation and notes which one it was: a ballot runs another than its transaction's. */
const run: Run = (context, sender, operation) => {
  context.effects.type = operation.payload.type
  return runs[operation.payload.type](context, sender, operation)
}

const { propose, approve, withdraw } = ballots(run)

const runs: Readonly<Record<OperationType, Run>> = {
  10: createAccount,
  11: updateAuthMap,
  12: setRecoverKey,
  13: setEncryptionKey,
  14: preReset,
  15: reset,
  16: dispute,
  17: freeze,
  18: thaw,
  19: adjudicate,
  20: transfer,
  21: attest,
  22: setRegistrar,
  30: propose,
  31: approve,
  32: withdraw,
  40: deposit,
  41: raw,
  60: replaceConsortium,
}

/** Runs an admitted transaction over the workspace; with a code other than 0 the caller takes its changes back. */
export function execute(
  context: Omit<OperationContext, 'txHash' | 'signer'>,
  { header, payload, txHash, signatures }: ParsedTransaction,
): ResultCode {
  const admin = equal(header.from, adminId(context.crypto))
  const sender = admin ? null : context.workspace.account(header.from)
  const still = standing(sender, header.type)
  if (still !== null) return still
  const signer = signatures[0]?.publicKey ?? new Uint8Array()
  return run({ ...context, txHash, signer }, sender, { to: header.to, value: header.value, payload })
}
