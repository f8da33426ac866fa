/**
 * `jurat verify`: whether an original is unchanged since it was recorded. Nobody is asked: original, receipt and trust
 * file are all it reads.
 * @module
 */
import { verifyPackage } from '@jurat/verify/package/verifyPackage'
import { networkOfReceipt, verifyReceipt } from '@jurat/verify/verify'
import type { Verdict } from '@jurat/verify/verdict'
import { originOfReceipt } from '@jurat/sdk/receipts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exitCodes.ts'
import type { ExitCode } from '../exitCodes.ts'
import { openBlob, readText } from '../files.ts'
import { hashersByNumber, openOriginal } from '../originals.ts'
import type { Register } from '../runner.ts'
import { pinnedTrust, pinnedTrusts } from '../trustFolder.ts'
import { packageLines, verdictLines } from '../verdict.ts'

/** Adds the command. */
export const registerVerify: Register = (parent, run) => {
  parent
    .command('verify <file> [receipt]')
    .description(run.help('cli.help.verify'))
    .option('--trust <file>', run.help('cli.help.trustFile'))
    .action(
      run.action<[string, string | undefined]>((context, [file, receipt]) =>
        receipt === undefined ? verifyWhole(context, file) : verify(context, file, receipt),
      ),
    )
}

const exitCodeOf: Readonly<Record<Verdict['summary'], ExitCode>> = {
  verified: exitCodes.done,
  failed: exitCodes.failed,
  incomplete: exitCodes.incomplete,
}

async function verify(context: Context, file: string, receiptPath: string): Promise<ExitCode> {
  const receipt = readText(receiptPath)
  const verdict = await verifyReceipt({
    original: openOriginal(file),
    receipt,
    trust: trustText(context, receipt),
    crypto: context.crypto,
    hashers: hashersByNumber,
  })
  context.output.result(verdictLines(context, verdict), verdict)
  return exitCodeOf[verdict.summary]
}

/** An evidence package: it has its receipts in it. */
async function verifyWhole(context: Context, file: string): Promise<ExitCode> {
  const trusts = new Map<string, string | null>()
  const trustOf = (receipt: string): string | null => {
    const key = networkOfReceipt(receipt) ?? receipt
    const trust = trusts.get(key) ?? trustText(context, receipt)
    trusts.set(key, trust)
    return trust
  }
  const blob = await openBlob(file)
  const verdict = await verifyPackage({ file: blob, trustOf, crypto: context.crypto, hashers: hashersByNumber })
  context.output.result(packageLines(context, verdict), verdict)
  return exitCodeOf[verdict.summary]
}

/** The trust file that was named, else the pinned one of the receipt's network; never anything inside the receipt. */
function trustText(context: Context, receipt: string): string | null {
  const named = context.settings.trust.value
  if (named !== null) return readText(named)
  const network = networkOfReceipt(receipt)
  if (network !== null) return pinnedTrust(context.environment, network)
  // The depositor's signature may have been left out of the receipt; its checkpoint still says which log it is of.
  const origin = originOfReceipt(receipt)
  const [pinned] = pinnedTrusts(context.environment).filter((each) => each.origin === origin)
  return pinned === undefined ? null : readText(pinned.path)
}
