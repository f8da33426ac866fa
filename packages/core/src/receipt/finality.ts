/**
 * The part `finality` of a receipt: the header of CometBFT after the head's block, which carries size and root of its
 * tree, and the precommits that made it final. Its chain and its validators are not in it: they follow from the trust
 * file. docs/spec/finality.md.
 * @module
 */
import { type Bytes, concat, toBase64, toHex } from '../bytes.ts'
import { algorithmSizes, type CryptoProvider } from '../crypto/provider.ts'
import type { ConsortiumDocument } from '../ledger/consortium.ts'
import {
  addressBytes,
  type BlockId,
  type BlockTime,
  type ChainlessHeader,
  type Commit,
  type CommitSignature,
  headerHash,
  type Validator,
} from '../light/block.ts'
import { verifyCommit } from '../light/commit.ts'
import { treeSizeMax } from '../merkle/tree.ts'
import { ReceiptError } from './error.ts'
import { JsonFields } from './fields.ts'
import type { JsonValue } from './json.ts'

/** Header and commit. */
export interface FinalityPart {
  readonly header: ChainlessHeader & { readonly lastBlockId: BlockId }
  readonly commit: {
    readonly round: number
    readonly parts: BlockId['parts']
    readonly signatures: Commit['signatures']
  }
}

/** CometBFT's app hash of a tree: `u64 size ‖ root`, big-endian, 40 bytes. */
export function appHashOf({ size, root }: { readonly size: number; readonly root: Bytes }): Bytes {
  const head = new Uint8Array(8)
  new DataView(head.buffer).setBigUint64(0, BigInt(size))
  return concat(head, root)
}

/** Size and root of an app hash; null when it is none. */
export function parseAppHash(appHash: Bytes): { readonly size: number; readonly root: Bytes } | null {
  if (appHash.length !== appHashBytes) return null
  const size = new DataView(appHash.buffer, appHash.byteOffset).getBigUint64(0)
  return size > BigInt(treeSizeMax) ? null : { size: Number(size), root: appHash.slice(8) }
}

const chainIdDigits = 40

/** CometBFT's name of a network. */
export function chainIdOf(networkId: Bytes): string {
  return `jurat-${toHex(networkId).slice(0, chainIdDigits)}`
}

/** Voting power of every validator: members count by number. */
export const validatorPower = 1

/** The validators of a consortium document: the first byte of a key names the algorithm, which is Ed25519 here. */
export function validatorsOfDocument({ members }: ConsortiumDocument): Validator[] {
  return members.map(({ keys }) => ({ publicKey: keys.validator.subarray(1), power: validatorPower }))
}

/**
 * The validators who signed, when they are more than two thirds of the document's members, and every signature is valid.
 * @throws {LightError}
 */
export function verifyFinality(
  crypto: CryptoProvider,
  part: FinalityPart,
  { networkId, document }: { readonly networkId: Bytes; readonly document: ConsortiumDocument },
): Validator[] {
  const header = { ...part.header, chainId: chainIdOf(networkId) }
  const { round, parts, signatures } = part.commit
  const blockId = { hash: headerHash(crypto, header), parts }
  const commit = { height: header.height, round, blockId, signatures }
  return verifyCommit(crypto, { header, commit, validators: validatorsOfDocument(document) })
}

const hashNames = [
  'lastCommitHash',
  'dataHash',
  'validatorsHash',
  'nextValidatorsHash',
  'consensusHash',
  'lastResultsHash',
  'evidenceHash',
] as const

const names = {
  finality: ['header', 'commit'],
  header: ['version', 'height', 'time', 'lastBlockId', 'appHash', 'proposerAddress', ...hashNames],
  version: ['block', 'app'],
  time: ['seconds', 'nanos'],
  blockId: ['hash', 'parts'],
  parts: ['total', 'hash'],
  commit: ['round', 'parts', 'signatures'],
  signature: ['address', 'time', 'signature'],
} as const

const appHashBytes = 40
const roundMax = 0x7fff_ffff
const partsMax = 0xffff_ffff
const nanosMax = 999_999_999

/** One for each of 31 members. */
const commitSignaturesMax = 31

/** The names of the fields of the part. */
export const finalityNames: readonly string[] = names.finality

/** Reads the part strictly. @throws {ReceiptError} */
export function readFinality(fields: JsonFields): FinalityPart {
  return {
    header: needed(fields, 'header', names.header, readHeader),
    commit: needed(fields, 'commit', names.commit, (commit) => ({
      round: commit.integer('round', roundMax),
      parts: needed(commit, 'parts', names.parts, readParts),
      signatures: commit.list('signatures', commitSignaturesMax, readSignature),
    })),
  }
}

function readHeader(header: JsonFields): FinalityPart['header'] {
  return {
    version: needed(header, 'version', names.version, (version) => ({
      block: version.integer('block'),
      app: version.integer('app'),
    })),
    height: header.integer('height'),
    time: needed(header, 'time', names.time, readTime),
    lastBlockId: needed(header, 'lastBlockId', names.blockId, (id) => ({
      hash: id.hash('hash'),
      parts: needed(id, 'parts', names.parts, readParts),
    })),
    lastCommitHash: header.hash('lastCommitHash'),
    dataHash: header.hash('dataHash'),
    validatorsHash: header.hash('validatorsHash'),
    nextValidatorsHash: header.hash('nextValidatorsHash'),
    consensusHash: header.hash('consensusHash'),
    appHash: exactly(header, 'appHash', appHashBytes),
    lastResultsHash: header.hash('lastResultsHash'),
    evidenceHash: header.hash('evidenceHash'),
    proposerAddress: exactly(header, 'proposerAddress', addressBytes),
  }
}

const readParts = (parts: JsonFields): BlockId['parts'] => ({
  total: parts.integer('total', partsMax),
  hash: parts.hash('hash'),
})

const readTime = (time: JsonFields): BlockTime => ({
  seconds: time.integer('seconds'),
  nanos: time.integer('nanos', nanosMax),
})

function readSignature(value: JsonValue, where: string): CommitSignature {
  const fields = new JsonFields(value, names.signature, where)
  return {
    address: exactly(fields, 'address', addressBytes),
    time: needed(fields, 'time', names.time, readTime),
    signature: exactly(fields, 'signature', algorithmSizes[1].signatureBytes),
  }
}

function exactly(fields: JsonFields, name: string, length: number): Bytes {
  const bytes = fields.bytes(name, length)
  if (bytes.length !== length) throw new ReceiptError('field-malformed', `${name} has not ${length} bytes.`)
  return bytes
}

function needed<T>(fields: JsonFields, name: string, of: readonly string[], read: (fields: JsonFields) => T): T {
  const found = fields.optional(name, of, read)
  if (found === null) throw new ReceiptError('field-missing', `The field ${name} of finality is missing.`)
  return found
}

/** The part as it stands in the file. */
export function formatFinality({ header, commit }: FinalityPart): object {
  const { version, height, time, lastBlockId, appHash, proposerAddress } = header
  const hashes = Object.fromEntries(hashNames.map((name) => [name, toBase64(header[name])]))
  return {
    header: {
      version,
      height,
      time,
      lastBlockId: { hash: toBase64(lastBlockId.hash), parts: formatParts(lastBlockId.parts) },
      ...hashes,
      appHash: toBase64(appHash),
      proposerAddress: toBase64(proposerAddress),
    },
    commit: {
      round: commit.round,
      parts: formatParts(commit.parts),
      signatures: commit.signatures.map((each) => ({
        address: toBase64(each.address),
        time: each.time,
        signature: toBase64(each.signature),
      })),
    },
  }
}

const formatParts = ({ total, hash }: BlockId['parts']): object => ({ total, hash: toBase64(hash) })
