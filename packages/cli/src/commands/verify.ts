/**
 * `jurat verify`: whether an original is unchanged since it was recorded. Nobody is asked: original, receipt and trust
 * file are all it reads.
 * @module
 */
import type { Verdict } from '@jurat/verify/verify'

import type { Context } from '../context.ts'
import { exitCodes } from '../exitCodes.ts'
import type { ExitCode } from '../exitCodes.ts'
import { readText } from '../files.ts'
import { openOriginal } from '../originals.ts'
import type { Register } from '../program.ts'
import { pinnedTrust } from '../trustFolder.ts'
import { verdictLines } from '../verdict.ts'

/** Adds the command. */
export const registerVerify: Register = (parent, run) => {
  parent
    .command('verify <file> <receipt>')
    .description(run.help('cli.help.verify'))
    .option('--trust <file>', run.help('cli.help.trustFile'))
    .action(run.action<[string, string]>((context, [file, receipt]) => verify(context, file, receipt)))
}

const exitCodeOf: Readonly<Record<Verdict['summary'], ExitCode>> = {
  verified: exitCodes.done,
  failed: exitCodes.failed,
  incomplete: exitCodes.incomplete,
}

async function verify(context: Context, file: string, receiptPath: string): Promise<ExitCode> {
  const receipt = readText(receiptPath)
  const { networkOfReceipt, verifyReceipt } = await import('@jurat/verify/verify')
  const verdict = await verifyReceipt({
    original: openOriginal(file),
    receipt,
    trust: trustText(context, receipt),
    crypto: context.crypto,
  })
  context.output.result(verdictLines(context, verdict), verdict)
  return exitCodeOf[verdict.summary]
}

/** The trust file that was named, else the pinned one of the receipt's network; never anything inside the receipt. */
function trustText(context: Context, receipt: string): string | null {
  const named = context.settings.trust.value
  if (named !== null) return readText(named)
  const network = networkOfReceipt(receipt)
  return network === null ? null : pinnedTrust(context.environment, network)
}
