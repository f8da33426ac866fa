/**
 * `jurat deposit`: hashes originals here, deposits the digests, and writes the receipts. The original never leaves.
 * @module
 */
import { Option } from 'commander'
import { toHex } from '@jurat/core/bytes'
import { SdkError } from '@jurat/sdk/errors'
import { itemsMax } from '@jurat/api/limits'
import { depositItems } from '@jurat/sdk/deposits'
import type { DepositedItem } from '@jurat/sdk/deposits'
import type { ItemToDeposit } from '@jurat/sdk/items'
import { digestStream } from '@jurat/sdk/hashing'
import type { FileDigestAlgorithm } from '@jurat/sdk/hashing'
import { completeReceipt, fetchReceipt } from '@jurat/sdk/receipts'
import type { Context } from '../context.ts'
import { nodeClient } from '../context.ts'
import { depositSigned } from '../depositSigned.ts'
import { CliError, exitCodes } from '../exitCodes.ts'
import type { ExitCode } from '../exitCodes.ts'
import { writeText } from '../files.ts'
import { findOriginals, nativeHashers, openOriginal, receiptPath } from '../originals.ts'
import type { Original } from '../originals.ts'
import type { Register } from '../runner.ts'
import { startProgress } from '../progress.ts'

interface DepositFlags {
  readonly receipt?: string
  readonly algorithm: FileDigestAlgorithm
  readonly wait?: 'committed' | 'witnessed' | true
  readonly meta?: readonly string[]
  readonly describe?: boolean
  readonly blind?: boolean
  readonly signers?: string
}

/** Items of one request: an answer comes soon, and a failure concerns few. */
const batchItemsMax = Math.min(1000, itemsMax)

/** Receipts that are fetched at a time. */
const receiptsTogetherMax = 16

/** Adds the command. */
export const registerDeposit: Register = (parent, run) => {
  parent
    .command('deposit <paths...>')
    .description(run.help('cli.help.deposit'))
    .option('--receipt <path>', run.help('cli.help.receiptOut'))
    .addOption(
      new Option('--algorithm <name>', run.help('cli.help.algorithm'))
        .choices(['sha-256', 'sha-512', 'sm3'])
        .default('sha-256'),
    )
    .addOption(
      new Option('--wait [state]', run.help('cli.help.wait')).choices(['committed', 'witnessed']).preset('witnessed'),
    )
    .option('--meta <name=value...>', run.help('cli.help.meta'))
    .option('--describe', run.help('cli.help.describe'))
    .option('--blind', run.help('cli.help.blind'))
    .option('--account <account>', run.help('cli.help.accountFlag'))
    .option('--signers <keys>', run.help('cli.help.signers'))
    .action(run.action<[string[]], DepositFlags>((context, [paths], flags) => deposit(context, paths, flags)))
}

/** One original on its way: what was deposited of it, and where its receipt goes. */
interface Deposited {
  readonly original: Original
  readonly item: ItemToDeposit
  readonly deposit: DepositedItem
}

async function deposit(context: Context, paths: readonly string[], flags: DepositFlags): Promise<ExitCode> {
  const originals = findOriginals(paths)
  if (originals.length === 0) throw new CliError(exitCodes.usage, 'nothing-found', context.say('cli.nothingFound'))
  const metadata = readMetadata(context, flags.meta ?? [])
  const secretNeeded = metadata.length > 0 || flags.describe === true || flags.blind === true
  if (secretNeeded && flags.receipt === undefined) {
    throw new CliError(exitCodes.usage, 'receipt-missing', context.say('cli.receiptNeeded'))
  }
  refuseClashes(context, originals, flags)
  const progress = startProgress(context.output, 'deposit', sum(originals), 'B')
  const report: Report = { lines: [], rows: [], late: false }
  for (let at = 0; at < originals.length; at += batchItemsMax) {
    // Receipts come with each batch: what was deposited before a failure keeps its secrets.
    const batch = await depositBatch(context, originals.slice(at, at + batchItemsMax), flags, metadata, (count) =>
      progress.advance(count),
    )
    for (let first = 0; first < batch.length; first += receiptsTogetherMax) {
      const some = batch.slice(first, first + receiptsTogetherMax)
      const parts = await Promise.all(some.map((done) => finish(context, done, flags, originals.length)))
      for (const part of parts) add(report, part)
    }
  }
  progress.end()
  context.output.result(report.lines, { deposits: report.rows })
  return report.late ? exitCodes.incomplete : exitCodes.done
}

/** What is printed at the end. */
interface Report {
  readonly lines: string[]
  readonly rows: object[]
  /** Whether a receipt did not come in time. */
  late: boolean
}

function add(report: Report, part: Report): void {
  report.lines.push(...part.lines)
  report.rows.push(...part.rows)
  report.late ||= part.late
}

/** Two originals of one name would write one receipt over the other. */
function refuseClashes(context: Context, originals: readonly Original[], flags: DepositFlags): void {
  if (flags.receipt === undefined) return
  const names = new Set<string>()
  for (const { name } of originals) {
    if (names.has(name)) throw new CliError(exitCodes.usage, 'names-clash', context.say('cli.namesClash', { name }))
    names.add(name)
  }
}

type Metadata = readonly (readonly [string, string])[]

async function depositBatch(
  context: Context,
  originals: readonly Original[],
  flags: DepositFlags,
  metadata: Metadata,
  onBytes: (count: number) => void,
): Promise<Deposited[]> {
  const items: ItemToDeposit[] = []
  for (const original of originals) items.push(await makeItem(original, flags, metadata, onBytes))
  const deposits = await sendBatch(context, items, flags)
  return originals.map((original, index) => {
    const [item, deposit] = [items[index], deposits[index]]
    if (item === undefined || deposit === undefined) throw new TypeError('there is one answer for each item')
    return { original, item, deposit }
  })
}

const sum = (originals: readonly Original[]): number => originals.reduce((total, { length }) => total + length, 0)

function readMetadata(context: Context, pairs: readonly string[]): Metadata {
  return pairs.map((pair) => {
    const at = pair.indexOf('=')
    if (at < 1) throw new CliError(exitCodes.usage, 'metadata-malformed', context.say('cli.metaMalformed', { pair }))
    return [pair.slice(0, at), pair.slice(at + 1)] as const
  })
}

async function makeItem(
  original: Original,
  flags: DepositFlags,
  metadata: Metadata,
  onBytes: (count: number) => void,
): Promise<ItemToDeposit> {
  const chunks = openOriginal(original.path)
  const { algorithm, digest, length } = await digestStream(flags.algorithm, chunks, nativeHashers, onBytes)
  const described =
    flags.describe === true ? [['file.name', original.name] as const, ['file.size', String(length)] as const] : []
  const all = [...described, ...metadata]
  return {
    algorithm,
    digest,
    blind: flags.blind === true,
    metadata: all.length === 0 ? null : Object.fromEntries(all),
  }
}

function sendBatch(context: Context, items: readonly ItemToDeposit[], flags: DepositFlags): Promise<DepositedItem[]> {
  const wait = flags.wait === true ? 'witnessed' : (flags.wait ?? 'committed')
  // With own keys the batch is signed here; otherwise the organisation's hosted account signs at the node.
  if (flags.signers !== undefined) return depositSigned(context, items, wait)
  if (context.settings.key.value === null) {
    throw new CliError(exitCodes.usage, 'key-missing', context.say('cli.keyMissing'))
  }
  const account = context.settings.account.value
  return depositItems(nodeClient(context), items, { wait, ...(account === null ? {} : { account }) })
}

async function finish(
  context: Context,
  { original, item, deposit }: Deposited,
  flags: DepositFlags,
  count: number,
): Promise<Report> {
  const { id, index, state, secret } = deposit
  const row = { file: original.path, digest: toHex(item.digest), id, index, state }
  const line = context.say('cli.deposited', { file: original.name, index, id, state })
  if (flags.receipt === undefined) return { lines: [line], rows: [row], late: false }
  const path = receiptPath(flags.receipt, original, count)
  if (await writeReceipt(context, { item, deposit }, path)) {
    const written = context.say('cli.receiptWritten', { path })
    return { lines: [line, written], rows: [{ ...row, receipt: path }], late: false }
  }
  const lines = [line, context.say('cli.receiptLate', { id })]
  // A secret that stands in no receipt would be lost for ever.
  if (secret !== null) lines.push(context.say('cli.secretKept', { secret: toHex(secret) }))
  return { lines, rows: [{ ...row, receipt: null, secret: secret === null ? null : toHex(secret) }], late: true }
}

const laterCodes: ReadonlySet<string> = new Set(['gave-up', 'node-unreachable', 'not-ready', 'stopping', 'too-busy'])

/** Whether there was a receipt in time. */
async function writeReceipt(
  context: Context,
  done: Pick<Deposited, 'item' | 'deposit'>,
  path: string,
): Promise<boolean> {
  try {
    const receipt = await fetchReceipt(nodeClient(context), done.deposit.id)
    writeText(path, completeReceipt(context.crypto, receipt, done.item, done.deposit.secret))
    return true
  } catch (error) {
    // The deposit stands, whatever became of the node since: its receipt can be had later.
    if (error instanceof SdkError && laterCodes.has(error.code)) return false
    throw error
  }
}
