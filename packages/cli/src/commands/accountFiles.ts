/**
 * `jurat account sign|show|submit`: a transaction in a file, signed by several people one after the other.
 * @module
 */
import { toHex } from '@jurat/core/bytes'
import { describeTransaction, formatTransactionFile, parseTransactionFile } from '@jurat/sdk/transactionFile'
import { addSignature } from '@jurat/sdk/transactions'
import type { OpenTransaction } from '@jurat/sdk/transactions'
import type { Context } from '../context.ts'
import { openSigners } from '../context.ts'
import { readText, writeText } from '../files.ts'
import type { Register } from '../runner.ts'
import { send } from '../sending.ts'

/** Adds the commands. */
export const registerAccountFiles: Register = (account, run) => {
  account
    .command('sign <file>')
    .description(run.help('cli.help.account.sign'))
    .option('--signers <keys>', run.help('cli.help.signers'))
    .action(run.action<[string]>((context, [path]) => sign(context, path)))
  account
    .command('show <file>')
    .description(run.help('cli.help.account.show'))
    .action(run.action<[string]>((context, [path]) => show(context, path)))
  account
    .command('submit <file>')
    .description(run.help('cli.help.account.submit'))
    .action(run.action<[string]>((context, [path]) => send(context, read(context, path))))
}

const read = (context: Context, path: string): OpenTransaction => parseTransactionFile(context.crypto, readText(path))

async function sign(context: Context, path: string): Promise<void> {
  let transaction = read(context, path)
  for (const key of await openSigners(context)) transaction = addSignature(context.crypto, transaction, key)
  writeText(path, formatTransactionFile(transaction))
  const count = transaction.signatures.length
  context.output.result(context.say('cli.transactionWritten', { path, count }), { path, signatures: count })
}

/** What a signer must read before signing: every field, from the bytes that would be signed. */
function show(context: Context, path: string): void {
  const transaction = read(context, path)
  const fields = describeTransaction(context.crypto, transaction)
  const signers = transaction.signatures.map(({ publicKey }) => toHex(publicKey))
  context.output.result(
    [
      ...Object.entries(fields).map(([name, value]) => `${name.padEnd(12)} ${value}`),
      ...signers.map((key) => `${'signed by'.padEnd(12)} ${key}`),
    ],
    { ...fields, signers },
  )
}
