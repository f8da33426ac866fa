/**
 * The options of every command that makes a transaction.
 * @module
 */
import type { Command } from 'commander'
import type { Runner } from '../runner.ts'

/** Adds them. */
export function addSendingOptions(command: Command, run: Runner): void {
  command
    .option('--account <account>', run.help('cli.help.accountFlag'))
    .option('--signers <keys>', run.help('cli.help.signers'))
    .option('--propose', run.help('cli.help.propose'))
    .option('--ballot', run.help('cli.help.ballot'))
    .option('--out <file>', run.help('cli.help.transactionOut'))
    .option('--period <seconds>', run.help('cli.help.period'))
}
