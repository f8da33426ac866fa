/**
 * `jurat receipt`: fetches receipts, writes their parts as files for other tools, and takes fresh proofs.
 * @module
 */
import { join } from 'node:path'
import { completeReceipt, exportReceipt, fetchReceipt, receiptId, refreshReceipt } from '@jurat/sdk/receipts'
import type { Context } from '../context.ts'
import { nodeClient } from '../context.ts'
import { readText, writeText } from '../files.ts'
import type { Register } from '../runner.ts'

interface OutFlags {
  readonly out?: string
}

/** Adds the commands. */
export const registerReceipt: Register = (parent, run) => {
  const receipt = parent.command('receipt').description(run.help('cli.help.receipt'))
  receipt
    .command('get <id>')
    .description(run.help('cli.help.receiptGet'))
    .option('--out <file>', run.help('cli.help.out'))
    .action(run.action<[string], OutFlags>((context, [id], flags) => get(context, id, flags)))
  receipt
    .command('export <receipt>')
    .description(run.help('cli.help.receiptExport'))
    .requiredOption('--out <folder>', run.help('cli.help.receiptFolder'))
    .action(run.action<[string], { out: string }>((context, [path], { out }) => exportParts(context, path, out)))
  receipt
    .command('refresh <receipt>')
    .description(run.help('cli.help.receiptRefresh'))
    .option('--out <file>', run.help('cli.help.receiptRefreshOut'))
    .action(run.action<[string], OutFlags>((context, [path], flags) => refresh(context, path, flags)))
}

async function get(context: Context, id: string, { out }: OutFlags): Promise<void> {
  const text = completeReceipt(context.crypto, await fetchReceipt(nodeClient(context), id), null, null)
  if (out === undefined) {
    context.output.raw(text)
    return
  }
  writeText(out, text)
  context.output.result(context.say('cli.receiptWritten', { path: out }), { id, receipt: out })
}

function exportParts(context: Context, path: string, folder: string): void {
  const written = exportReceipt(readText(path)).map(({ name, bytes }) => {
    const target = join(folder, name)
    writeText(target, bytes)
    return target
  })
  context.output.result(written, { files: written })
}

async function refresh(context: Context, path: string, { out = path }: OutFlags): Promise<void> {
  const old = readText(path)
  const id = receiptId(old)
  const fresh = await fetchReceipt(nodeClient(context), id)
  writeText(out, refreshReceipt(old, fresh))
  context.output.result(context.say('cli.receiptWritten', { path: out }), { id, receipt: out })
}
