/**
 * `jurat verify`: whether an original is unchanged since it was recorded. Nobody is asked: original, receipt and trust
 * file are all it reads.
 * @module
 */
import { verifyPackage } from '@jurat/verify/package/verifyPackage'
import { statSync } from 'node:fs'
import { pdfBytesMax } from '@jurat/verify/pdf/file'
import { looksLikePdf, verifyPdf } from '@jurat/verify/pdf/verifyPdf'
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
import { packageLines, pdfLines, verdictLines } from '../verdict.ts'

/** Adds the command. */
export const registerVerify: Register = (parent, run) => {
  parent
    .command('verify <file> [receipt]')
    .description(run.help('cli.help.verify'))
    .option('--trust <file>', run.help('cli.help.trustFile'))
    .action(
      run.action<[string, string | undefined]>((context, [file, receipt]) =>
        verifyFiles(context, file, receipt ?? null),
      ),
    )
}

/** The exit code that says a summary to programs. */
export const exitCodeOf: Readonly<Record<Verdict['summary'], ExitCode>> = {
  verified: exitCodes.done,
  failed: exitCodes.failed,
  incomplete: exitCodes.incomplete,
}

/** A PDF stands alone, or in the place of a receipt. */
async function verifyFiles(context: Context, file: string, receipt: string | null): Promise<ExitCode> {
  const pdf = await pdfAt(receipt ?? file)
  if (pdf !== null) return verifyDocument(context, pdf, receipt === null ? null : file)
  return receipt === null ? verifyWhole(context, file) : verify(context, file, receipt)
}

/** A file that begins as a PDF does; null for any other. What comes through a pipe can be read only once, and is none. */
async function pdfAt(path: string): Promise<Blob | null> {
  if (path === '-' || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null
  const file = await openBlob(path)
  const start = new Uint8Array(await file.slice(0, pdfStartBytes).arrayBuffer())
  return looksLikePdf(start) ? file : null
}

const pdfStartBytes = 8

/** A PDF: a certificate of deposit with its receipts in it, or any that is signed. */
async function verifyDocument(context: Context, file: Blob, original: string | null): Promise<ExitCode> {
  const named = context.settings.trust.value
  const pinned = pinnedTrusts(context.environment).map(({ path }) => path)
  const verdict = await verifyPdf({
    // What is longer than it may be is refused by its length.
    file: new Uint8Array(await file.slice(0, pdfBytesMax + 1).arrayBuffer()),
    trusts: (named === null ? pinned : [named]).map(readText),
    trustOf: (receipt) => trustText(context, receipt),
    original: original === null ? null : () => openOriginal(original),
    crypto: context.crypto,
    hashers: hashersByNumber,
    nowMs: Date.now(),
  })
  context.output.result(pdfLines(context, verdict), verdict)
  return exitCodeOf[verdict.summary]
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
