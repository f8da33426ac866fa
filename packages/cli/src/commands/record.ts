/**
 * `jurat record`: evidence records (RFC 4998) over files, packages among them: made, renewed before certificates or algorithms
 * age, and verified offline. docs/spec/evidence-record.md.
 * @module
 */
import { createHash } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import { parseTrust } from '@jurat/core/receipt/trustChain'
import type { TimeAuthority } from '@jurat/core/receipt/trust'
import type { RecordAlgorithm } from '@jurat/core/records/digests'
import { RecordError } from '@jurat/core/records/error'
import { type EvidenceRecord, readRecord, writeRecord } from '@jurat/core/records/record'
import {
  lastChainOf,
  renewalTree,
  renewedGroup,
  stampTree,
  withChain,
  withTimestamp,
} from '@jurat/core/records/renewal'
import { isRecordAlgorithm, readWeakFrom } from '@jurat/core/records/weakness'
import { digestOf } from '@jurat/verify/original'
import { verifyRecord } from '@jurat/verify/records/verifyRecord'
import type { Context } from '../context.ts'
import { CliError, type ExitCode, exitCodes } from '../exitCodes.ts'
import { readBytes, readText, writeText } from '../files.ts'
import { openOriginal } from '../originals.ts'
import type { Register } from '../runner.ts'
import { stamper } from '../stamping.ts'
import { pinnedTrusts } from '../trustFolder.ts'
import { recordLines } from '../verdict.ts'
import { exitCodeOf } from './verify.ts'

interface MakeFlags {
  readonly out: string
  readonly algorithm: string
  readonly authority?: string
}

interface RenewFlags {
  readonly out?: string
  readonly algorithm?: string
  readonly authority?: string
}

interface VerifyFlags {
  readonly at?: string
  readonly weak: string
}

/** Adds the commands. */
export const registerRecord: Register = (parent, run) => {
  const record = parent.command('record').description(run.help('cli.help.record'))
  record
    .command('make <files...>')
    .description(run.help('cli.help.recordMake'))
    .requiredOption('--out <file>', run.help('cli.help.recordOut'))
    .option('--algorithm <name>', run.help('cli.help.recordAlgorithm'), 'sha256')
    .option('--authority <url>', run.help('cli.help.packageAuthority'))
    .action(run.action<[string[]], MakeFlags>((context, [files], flags) => make(context, files, flags)))
  record
    .command('renew <record> [files...]')
    .description(run.help('cli.help.recordRenew'))
    .option('--out <file>', run.help('cli.help.recordOut'))
    .option('--algorithm <name>', run.help('cli.help.recordAlgorithm'))
    .option('--authority <url>', run.help('cli.help.packageAuthority'))
    .action(
      run.action<[string, string[]], RenewFlags>((context, [path, files], flags) => renew(context, path, files, flags)),
    )
  record
    .command('verify <record> <files...>')
    .description(run.help('cli.help.recordVerify'))
    .option('--trust <file>', run.help('cli.help.trustFile'))
    .option('--at <time>', run.help('cli.help.recordAt'))
    .option('--weak <table>', run.help('cli.help.recordWeak'), '')
    .action(
      run.action<[string, string[]], VerifyFlags>((context, [path, files], flags) =>
        verify(context, path, files, flags),
      ),
    )
}

async function make(context: Context, files: readonly string[], flags: MakeFlags): Promise<void> {
  const algorithm = algorithmOf(flags.algorithm)
  const stamp = stamper(context, flags.authority)
  const tree = stampTree(algorithm, [await digestsOf(algorithm, files)])
  const token = await stamp({ algorithm, digest: tree.root })
  write(context, flags.out, { chains: [[tree.timestamp(0, token)]] })
}

/** The same algorithm: a time stamp over the newest one. Another: a new chain over the files and all chains before it. */
async function renew(context: Context, path: string, files: readonly string[], flags: RenewFlags): Promise<void> {
  const stamp = stamper(context, flags.authority)
  const record = understood(() => readRecord(readBytes(path)))
  const last = understood(() => lastChainOf(record))
  const algorithm = flags.algorithm === undefined ? last.algorithm : algorithmOf(flags.algorithm)
  const isMoved = algorithm !== last.algorithm
  if (isMoved && files.length === 0) {
    throw new CliError(exitCodes.usage, 'files-missing', context.say('cli.recordNeedsFiles', { algorithm }))
  }
  const tree = isMoved
    ? stampTree(algorithm, [renewedGroup(algorithm, await digestsOf(algorithm, files), record.chains)])
    : renewalTree(algorithm, [last.tokens])
  const token = await stamp({ algorithm, digest: tree.root })
  const timestamp = tree.timestamp(0, token)
  write(context, flags.out ?? path, isMoved ? withChain(record, timestamp) : withTimestamp(record, timestamp))
}

async function verify(
  context: Context,
  path: string,
  files: readonly string[],
  { at, weak }: VerifyFlags,
): Promise<ExitCode> {
  const nowMs = at === undefined ? Date.now() : Date.parse(at)
  if (Number.isNaN(nowMs))
    throw new CliError(exitCodes.usage, 'time-malformed', context.say('cli.recordTime', { at: at ?? '' }))
  const verdict = await verifyRecord({
    record: readBytes(path),
    documents: (algorithm) => digestsOf(algorithm, files),
    authorities: authoritiesOf(context),
    weakFrom: understood(() => readWeakFrom(weak)),
    nowMs,
  })
  context.output.result(recordLines(context, verdict), verdict)
  return exitCodeOf[verdict.summary]
}

function write(context: Context, path: string, record: EvidenceRecord): void {
  writeText(path, writeRecord(record))
  const made = { record: path, stamps: record.chains.flat().length, chains: record.chains.length }
  context.output.result(context.say('cli.recordWritten', { path, stamps: made.stamps, chains: made.chains }), made)
}

async function digestsOf(algorithm: RecordAlgorithm, files: readonly string[]): Promise<Bytes[]> {
  const digests: Bytes[] = []
  for (const file of files) digests.push(await digestOf(openOriginal(file), createHash(algorithm)))
  return digests
}

/** The authorities of the trust file that was named, else of all that are pinned. */
function authoritiesOf({ settings, environment, crypto }: Context): TimeAuthority[] {
  const named = settings.trust.value
  const paths = named === null ? pinnedTrusts(environment).map(({ path }) => path) : [named]
  return paths.flatMap((path) => parseTrust(crypto, readText(path)).file.authorities)
}

function algorithmOf(name: string): RecordAlgorithm {
  if (isRecordAlgorithm(name)) return name
  throw new CliError(exitCodes.usage, 'algorithm-unknown', { key: 'cli.recordAlgorithmUnknown', values: { name } })
}

/** Says what a record or a table lacks as a wrong use of the command. */
function understood<T>(run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause
    throw new CliError(exitCodes.usage, 'record-unusable', cause.message, { cause })
  }
}
