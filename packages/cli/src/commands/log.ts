/**
 * `jurat log`: the log itself: its checkpoint, an entry, and the proof of an entry, checked before they are printed; and
 * raw entries for nodes that take them.
 * @module
 */
import { rawBodyBytesMax } from '@jurat/api/limits'
import { toBase64, toHex, toText } from '@jurat/core/bytes'
import { decode } from '@jurat/core/cbor/value'
import type { CborValue } from '@jurat/core/cbor/value'
import { hashLeaf } from '@jurat/core/merkle/hash'
import { parseForeignCheckpoint } from '@jurat/core/note/checkpoint'
import { parseNote } from '@jurat/core/note/note'
import { formatTlogProof } from '@jurat/core/note/tlogProof'
import { fetchCheckpoint, fetchProvenEntry } from '@jurat/sdk/logReader'
import type { ProvenEntry } from '@jurat/sdk/logReader'
import type { Context } from '../context.ts'
import { nodeClient } from '../context.ts'
import { readBytes, tooLong, writeText } from '../files.ts'
import type { Register } from '../runner.ts'
import { registerFollow } from './logFollow.ts'
import { wholeNumber } from '../references.ts'

interface OutFlags {
  readonly out?: string
}

/** Adds the commands. */
export const registerLog: Register = (parent, run) => {
  const log = parent.command('log').description(run.help('cli.help.log'))
  log
    .command('checkpoint')
    .description(run.help('cli.help.logCheckpoint'))
    .action(run.action((context) => checkpoint(context)))
  log
    .command('entry <index>')
    .description(run.help('cli.help.logEntry'))
    .action(run.action<[string]>((context, [index]) => entry(context, index)))
  log
    .command('proof <index>')
    .description(run.help('cli.help.logProof'))
    .option('--out <file>', run.help('cli.help.out'))
    .action(run.action<[string], OutFlags>((context, [index], flags) => proof(context, index, flags)))
  registerFollow(log, run)
  log
    .command('add <files...>')
    .description(run.help('cli.help.logAdd'))
    .action(run.action<[string[]]>((context, [files]) => add(context, files)))
}

/** The newest checkpoint, its bytes and its tree. */
async function newestHead(context: Context): Promise<{ note: Uint8Array; size: number; root: Uint8Array }> {
  const note = await fetchCheckpoint(nodeClient(context))
  const { size, root } = parseForeignCheckpoint(parseNote(note).body)
  return { note, size, root }
}

async function checkpoint(context: Context): Promise<void> {
  const { note, size, root } = await newestHead(context)
  // The note's bytes are what is signed: people and programs get exactly them.
  if (context.output.asJson) context.output.result([], { size, root: toHex(root), note: toText(note) })
  else context.output.raw(toText(note))
}

async function provenEntry(context: Context, index: string): Promise<{ note: Uint8Array; proven: ProvenEntry }> {
  const head = await newestHead(context)
  const position = wholeNumber(context, index)
  return { note: head.note, proven: await fetchProvenEntry(nodeClient(context), context.crypto, head, position) }
}

async function entry(context: Context, text: string): Promise<void> {
  const { proven } = await provenEntry(context, text)
  const { index, entry } = proven
  const leafHash = hashLeaf(context.crypto, entry)
  context.output.result([describeEntry(entry), `leaf ${toHex(leafHash)}`], {
    index,
    entry: toBase64(entry),
    leafHash: toHex(leafHash),
  })
}

/** Each file becomes an entry as it is, and not its digest: what is secret does not belong here. */
async function add(context: Context, paths: readonly string[]): Promise<void> {
  const bodies = paths.map((path) => ({ path, body: readBytes(path) }))
  // All are looked at before the first is sent: an entry cannot be taken back.
  for (const { path, body } of bodies) if (body.length > rawBodyBytesMax) throw tooLong(path, rawBodyBytesMax)
  const entries: { path: string; index: number }[] = []
  for (const { path, body } of bodies) {
    const { value } = await nodeClient(context).call('addRaw', { body })
    entries.push({ path, index: wholeNumber(context, toText(value)) })
  }
  context.output.result(
    entries.map(({ path, index }) => context.say('cli.rawAdded', { file: path, index })),
    { entries },
  )
}

/** CBOR in its diagnostic notation (RFC 8949, section 8); what is not ours in hexadecimal. */
function describeEntry(entry: Uint8Array): string {
  try {
    return diagnose(decode(entry.slice(entryTag.length), { bytesMax: entry.length }))
  } catch {
    return toHex(entry)
  }
}

/** The head of our entries: CBOR tag 55799. */
const entryTag = new Uint8Array([0xd9, 0xd9, 0xf7])

function diagnose(value: CborValue): string {
  if (value instanceof Uint8Array) return `h'${toHex(value)}'`
  if (Array.isArray(value)) return `[${value.map(diagnose).join(', ')}]`
  return JSON.stringify(value)
}

async function proof(context: Context, text: string, { out }: OutFlags): Promise<void> {
  const { note, proven } = await provenEntry(context, text)
  const proofText = formatTlogProof({ extra: null, index: proven.index, path: proven.path, note })
  if (out === undefined) {
    context.output.raw(toText(proofText))
    return
  }
  writeText(out, toText(proofText))
  context.output.result(out, { index: proven.index, path: out })
}
