/**
 * `jurat package`: puts originals and their receipts into one file for a court, with a time stamp over all of it.
 * docs/spec/package.md.
 * @module
 */
import { type Attachment, makePackage, PackageError, type PackagePart } from '@jurat/verify/package/make'
import type { Context } from '../context.ts'
import { CliError, exitCodes } from '../exitCodes.ts'
import { openBlob, readText, writeStream } from '../files.ts'
import { findOriginals, hashersByNumber, receiptPath } from '../originals.ts'
import type { Register } from '../runner.ts'
import { stamper } from '../stamping.ts'

interface PackageFlags {
  readonly receipts: string
  readonly out: string
  readonly authority?: string
  readonly attach?: readonly string[]
}

/** Adds the command. */
export const registerPackage: Register = (parent, run) => {
  parent
    .command('package <files...>')
    .description(run.help('cli.help.package'))
    .requiredOption('--receipts <path>', run.help('cli.help.packageReceipts'))
    .requiredOption('--out <file>', run.help('cli.help.packageOut'))
    .option('--attach <files...>', run.help('cli.help.packageAttach'))
    .option('--authority <url>', run.help('cli.help.packageAuthority'))
    .action(run.action<[string[]], PackageFlags>((context, [paths], flags) => pack(context, paths, flags)))
}

async function pack(context: Context, paths: readonly string[], flags: PackageFlags): Promise<void> {
  const originals = findOriginals(paths)
  const parts: PackagePart[] = []
  for (const original of originals) {
    const receipt = readText(receiptPath(flags.receipts, original, originals.length))
    parts.push({ name: original.name, original: await openBlob(original.path), receipt })
  }
  const attachments: Attachment[] = []
  for (const { name, path } of findOriginals(flags.attach ?? [])) {
    attachments.push({ name, content: await openBlob(path) })
  }
  const ask = stamper(context, flags.authority)
  const stamp = (bytes: Uint8Array): Promise<Uint8Array> =>
    ask({ algorithm: 'sha256', digest: context.crypto.sha256(bytes) })
  try {
    const contents = { parts, stamp, hashers: hashersByNumber, attachments }
    await writeStream(flags.out, (output) => makePackage(contents, output))
  } catch (cause) {
    if (!(cause instanceof PackageError)) throw cause
    throw new CliError(exitCodes.usage, 'package-impossible', cause.message, { cause })
  }
  const made = { package: flags.out, originals: parts.map(({ name }) => name) }
  context.output.result(context.say('cli.packageMade', { path: flags.out, count: parts.length }), made)
}
