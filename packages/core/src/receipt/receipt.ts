/**
 * Receipts, `*.jurat.json`: everything that shows, offline, that a deposit stands in the log. Nothing in one may be
 * believed before it was verified (package `verify`). docs/spec/receipt.md.
 * @module
 */
import { type Bytes, toBase64, toHex } from '../bytes.ts'
import { type DisclosedField, fieldNameBytesMax, fieldsMax, fieldValueBytesMax } from '../deposit/commitment.ts'
import { recordBytesMax } from '../ledger/account.ts'
import { publicKeyBytesMax } from '../ledger/authMap.ts'
import { entryBytesMax } from '../ledger/rawBodies.ts'
import { headerBytesMax, signaturesMax, type TransactionSignature } from '../ledger/transaction.ts'
import { algorithmSizes } from '../crypto/provider.ts'
import { proofHashesMax } from '../merkle/proof.ts'
import { noteBytesMax } from '../note/note.ts'
import { tlogProofBytesMax } from '../note/tlogProof.ts'
import { ReceiptError } from './error.ts'
import { JsonFields, readText } from './fields.ts'
import { finalityNames, type FinalityPart, formatFinality, readFinality } from './finality.ts'
import { type JsonValue, parseJson } from './json.ts'

/** Longest receipt, in characters. */
export const receiptCharactersMax = 4_194_304

/** Most notes of outside witnesses: one for each of 31 members. */
export const witnessNotesMax = 31

/** Most time stamps, and the longest token in bytes. */
export const timestampsMax = 16
export const tokenBytesMax = 65_536

/** Most statements, and the longest in bytes. */
export const statementsMax = 16
export const statementBytesMax = 262_144

/** The value of `format`. */
export const receiptFormat = 'jurat-receipt/v1'

/** What the holder of the item's secret shows. He may withhold any of it. */
export interface Disclosure {
  /** Salt of a blinded digest, 32 bytes; null when the digest is not blinded, or when it is withheld. */
  readonly blindingSalt: Bytes | null
  /** Where the original's digest stands in a deposited list (item algorithm 9). */
  readonly list: ListedDigest | null
  /** Fields of the metadata; leaf 0 first. */
  readonly fields: { readonly count: number; readonly fields: readonly DisclosedField[] } | null
  /** Which phase of which flow it is. The key shows all phases of the flow to whoever gets it. */
  readonly flow: { readonly key: Bytes; readonly sequence: number } | null
}

/** A digest in a list of digests that was deposited as one item. */
export interface ListedDigest {
  /** Algorithm of the digest: 1, 2 or 3. */
  readonly algorithm: number
  readonly index: number
  readonly path: readonly Bytes[]
}

/** Who signed the transaction of the deposit. */
export interface SignaturePart {
  /** Header of the transaction. */
  readonly header: Bytes
  readonly signatures: readonly TransactionSignature[]
  /** Number of items of the transaction, and the path of this one. */
  readonly count: number
  readonly path: readonly Bytes[]
}

/** The depositor's account as it was, with its place in the tree of the proof's checkpoint. */
export interface AccountPart {
  readonly record: Bytes
  readonly entry: Bytes
  readonly index: number
  readonly path: readonly Bytes[]
}

/** The last entry of the tree of the proof's checkpoint: a block entry. Its index is the size less one. */
export interface HeadPart {
  readonly entry: Bytes
  readonly path: readonly Bytes[]
}

/** An RFC 3161 token: over the exact bytes of the note in `proof`, or over the original's digest. */
export interface TimestampPart {
  readonly over: 'note' | 'digest'
  readonly token: Bytes
}

/** A receipt. */
export interface Receipt {
  /** Says which trust file to look for. Trust never comes from it. */
  readonly networkId: Bytes
  /** Leaf bytes of the deposit entry. */
  readonly entry: Bytes
  readonly index: number
  /** Text of a tlog-proof: index, path, the quorum-complete note. */
  readonly proof: string
  readonly disclosure: Disclosure | null
  readonly signature: SignaturePart | null
  readonly account: AccountPart | null
  readonly head: HeadPart | null
  /** Notes of outside witnesses, as texts. */
  readonly witnesses: readonly string[]
  readonly timestamps: readonly TimestampPart[]
  /** Header and commit of the consensus engine that carry size and root. */
  readonly finality: FinalityPart | null
  readonly statements: readonly { readonly kind: string; readonly content: Bytes }[]
}

const names = {
  receipt: [
    'format',
    'networkId',
    'entry',
    'index',
    'proof',
    'disclosure',
    'signature',
    'account',
    'head',
    'witnesses',
    'timestamps',
    'finality',
    'statements',
  ],
  disclosure: ['blindingSalt', 'list', 'fields', 'flow'],
  list: ['algorithm', 'index', 'path'],
  fields: ['count', 'fields'],
  field: ['position', 'name', 'salt', 'value', 'path'],
  flow: ['key', 'sequence'],
  signature: ['header', 'signatures', 'count', 'path'],
  oneSignature: ['publicKey', 'signature'],
  account: ['record', 'entry', 'index', 'path'],
  head: ['entry', 'path'],
  timestamp: ['over', 'token'],
  statement: ['kind', 'content'],
} as const

const u32Max = 0xffff_ffff
const statementKindCharactersMax = 64

/** Reads a receipt strictly. Parts may be missing or null; fields of a part may not. @throws {ReceiptError} */
export function parseReceipt(text: string): Receipt {
  const json = parseJson(text, { charactersMax: receiptCharactersMax })
  const fields = new JsonFields(json, names.receipt, '')
  checkFormat(fields, receiptFormat)
  return {
    networkId: fields.hexHash('networkId'),
    entry: fields.bytes('entry', entryBytesMax),
    index: fields.integer('index'),
    proof: fields.text('proof', tlogProofBytesMax),
    disclosure: fields.optional('disclosure', names.disclosure, readDisclosure),
    signature: fields.optional('signature', names.signature, readSignature),
    account: fields.optional('account', names.account, readAccount),
    head: fields.optional('head', names.head, (head) => ({
      entry: head.bytes('entry', entryBytesMax),
      path: head.hashes('path', proofHashesMax),
    })),
    witnesses: fields.optionalList('witnesses', witnessNotesMax, (value, where) =>
      readText(value, noteBytesMax, where),
    ),
    timestamps: fields.optionalList('timestamps', timestampsMax, readTimestamp),
    finality: fields.optional('finality', finalityNames, readFinality),
    statements: fields.optionalList('statements', statementsMax, (value, where) => {
      const statement = new JsonFields(value, names.statement, where)
      const kind = statement.text('kind', statementKindCharactersMax)
      return { kind, content: statement.bytes('content', statementBytesMax) }
    }),
  }
}

/** @throws {ReceiptError} `format-unknown` unless the file says that it has this format. */
export function checkFormat(fields: JsonFields, format: string): void {
  if (!fields.has('format') || fields.text('format', format.length) !== format) {
    throw new ReceiptError('format-unknown', `The file does not say that its format is ${format}.`)
  }
}

function readDisclosure(fields: JsonFields): Disclosure {
  return {
    blindingSalt: fields.has('blindingSalt') ? fields.hash('blindingSalt') : null,
    list: fields.optional('list', names.list, (list) => ({
      algorithm: list.integer('algorithm', 3),
      index: list.integer('index'),
      path: list.hashes('path', proofHashesMax),
    })),
    fields: fields.optional('fields', names.fields, (disclosed) => ({
      count: disclosed.integer('count', fieldsMax + 1),
      fields: disclosed.list('fields', fieldsMax + 1, readField),
    })),
    flow: fields.optional('flow', names.flow, (flow) => ({
      key: flow.hash('key'),
      sequence: flow.integer('sequence', u32Max),
    })),
  }
}

function readField(value: JsonValue, where: string): DisclosedField {
  const field = new JsonFields(value, names.field, where)
  return {
    position: field.integer('position', fieldsMax),
    name: field.text('name', fieldNameBytesMax),
    salt: field.hash('salt'),
    value: field.bytes('value', fieldValueBytesMax),
    path: field.hashes('path', proofHashesMax),
  }
}

function readSignature(fields: JsonFields): SignaturePart {
  return {
    header: fields.bytes('header', headerBytesMax),
    signatures: fields.list('signatures', signaturesMax, (value, where) => {
      const signature = new JsonFields(value, names.oneSignature, where)
      const publicKey = signature.bytes('publicKey', publicKeyBytesMax)
      return { publicKey, signature: signature.bytes('signature', algorithmSizes[5].signatureBytes) }
    }),
    count: fields.integer('count', u32Max),
    path: fields.hashes('path', proofHashesMax),
  }
}

function readAccount(fields: JsonFields): AccountPart {
  return {
    record: fields.bytes('record', recordBytesMax),
    entry: fields.bytes('entry', entryBytesMax),
    index: fields.integer('index'),
    path: fields.hashes('path', proofHashesMax),
  }
}

function readTimestamp(value: JsonValue, where: string): TimestampPart {
  const fields = new JsonFields(value, names.timestamp, where)
  const over = fields.text('over', 'digest'.length)
  if (over !== 'note' && over !== 'digest') {
    throw new ReceiptError('field-malformed', `${where}.over is neither note nor digest.`)
  }
  return { over, token: fields.bytes('token', tokenBytesMax) }
}

/** The file of a receipt: JSON with an indent of two, and a last newline. */
export function formatReceipt(receipt: Receipt): string {
  const { networkId, entry, index, proof, signature, account, head, witnesses } = receipt
  const file = {
    format: receiptFormat,
    networkId: toHex(networkId),
    entry: toBase64(entry),
    index,
    proof,
    disclosure: receipt.disclosure && formatDisclosure(receipt.disclosure),
    signature: signature && {
      header: toBase64(signature.header),
      signatures: signature.signatures.map((each) => ({
        publicKey: toBase64(each.publicKey),
        signature: toBase64(each.signature),
      })),
      count: signature.count,
      path: signature.path.map(toBase64),
    },
    account: account && {
      record: toBase64(account.record),
      entry: toBase64(account.entry),
      index: account.index,
      path: account.path.map(toBase64),
    },
    head: head && { entry: toBase64(head.entry), path: head.path.map(toBase64) },
    witnesses,
    timestamps: receipt.timestamps.map(({ over, token }) => ({ over, token: toBase64(token) })),
    finality: receipt.finality && formatFinality(receipt.finality),
    statements: receipt.statements.map(({ kind, content }) => ({ kind, content: toBase64(content) })),
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

function formatDisclosure({ blindingSalt, list, fields, flow }: Disclosure): object {
  return {
    blindingSalt: blindingSalt && toBase64(blindingSalt),
    list: list && { algorithm: list.algorithm, index: list.index, path: list.path.map(toBase64) },
    fields: fields && {
      count: fields.count,
      fields: fields.fields.map(({ position, name, salt, value, path }) => ({
        position,
        name,
        salt: toBase64(salt),
        value: toBase64(value),
        path: path.map(toBase64),
      })),
    },
    flow: flow && { key: toBase64(flow.key), sequence: flow.sequence },
  }
}
