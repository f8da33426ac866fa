/**
 * Reads what CometBFT's RPC answers to `commit` and `validators`, narrowly: numbers are decimal texts there, hashes
 * hexadecimal, keys and signatures base64, times RFC 3339. docs/spec/light-client.md.
 * @module
 */
import { type Bytes, fromBase64, fromHex } from '../bytes.ts'
import {
  addressBytes,
  type BlockId,
  type BlockTime,
  type Commit,
  type CommitSignature,
  type Header,
  type LightBlock,
  lightValidatorsMax,
  type Validator,
} from './block.ts'
import { LightError } from './error.ts'

type Fields = Readonly<Record<string, unknown>>

const flags = { absent: 1, commit: 2, nil: 3 } as const

const signatureBytes = 64
const keyBytes = 32
const hashBytes = 32
const appHashBytesMax = 256
const chainIdCharactersMax = 50

/**
 * A block from the whole answers to `commit` and `validators` for one height. All validators have to be in the one answer:
 * ask with `per_page` 100, the most that CometBFT gives. @throws {LightError} `block-malformed`
 */
export function readLightBlock(answers: { readonly commit: unknown; readonly validators: unknown }): LightBlock {
  const { signed_header: signedHeader } = object(answers.commit)
  const { header, commit } = readSignedHeader(signedHeader)
  const { block_height: height, validators: listed, total } = object(answers.validators)
  const validators = readValidators(listed)
  require(integer(height) === header.height && integer(total) === validators.length)
  return { header, commit, validators }
}

/** The field `signed_header` of an answer to `commit`. @throws {LightError} `block-malformed` */
export function readSignedHeader(value: unknown): { header: Header; commit: Commit } {
  const { header, commit } = object(value)
  return { header: readHeader(object(header)), commit: readCommit(object(commit)) }
}

/** The field `validators` of an answer to `validators`. @throws {LightError} `block-malformed` */
export function readValidators(value: unknown): Validator[] {
  return list(value).map((item) => {
    const { pub_key: key, voting_power: power } = object(item)
    const { type, value: base64 } = object(key)
    require(type === 'tendermint/PubKeyEd25519')
    return { publicKey: ofBase64(base64, keyBytes), power: integer(power) }
  })
}

function readHeader(fields: Fields): Header {
  const version = object(fields['version'])
  const chainId = text(fields['chain_id'])
  require(chainId.length <= chainIdCharactersMax)
  return {
    chainId,
    // Left out when it is 0.
    version: { block: integer(version['block']), app: integer(version['app'] ?? '0') },
    height: integer(fields['height']),
    time: readTime(fields['time']),
    lastBlockId: readBlockId(fields['last_block_id']),
    lastCommitHash: hash(fields['last_commit_hash']),
    dataHash: hash(fields['data_hash']),
    validatorsHash: hash(fields['validators_hash']),
    nextValidatorsHash: hash(fields['next_validators_hash']),
    consensusHash: hash(fields['consensus_hash']),
    appHash: ofHex(fields['app_hash'], appHashBytesMax),
    lastResultsHash: hash(fields['last_results_hash']),
    evidenceHash: hash(fields['evidence_hash']),
    proposerAddress: ofHex(fields['proposer_address'], addressBytes),
  }
}

function readCommit(fields: Fields): Commit {
  const blockId = readBlockId(fields['block_id'])
  require(blockId !== null)
  return {
    height: integer(fields['height']),
    round: count(fields['round']),
    blockId,
    signatures: list(fields['signatures']).flatMap((item) => readSignature(object(item))),
  }
}

function readSignature(fields: Fields): CommitSignature[] {
  const { block_id_flag: flag, validator_address: address, timestamp, signature } = fields
  require(flag === flags.absent || flag === flags.commit || flag === flags.nil)
  if (flag !== flags.commit) return []
  return [
    {
      address: ofHex(address, addressBytes),
      time: readTime(timestamp),
      signature: ofBase64(signature, signatureBytes),
    },
  ]
}

/** The id of no block has neither hash nor parts. */
function readBlockId(value: unknown): BlockId | null {
  const fields = object(value)
  const parts = object(fields['parts'])
  const id = { hash: hash(fields['hash']), parts: { total: count(parts['total']), hash: hash(parts['hash']) } }
  return id.hash.length === 0 && id.parts.total === 0 ? null : id
}

const timePattern = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z$/

function readTime(value: unknown): BlockTime {
  const matched = timePattern.exec(text(value))
  require(matched !== null)
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = matched.slice(1, 7).map(Number)
  require(year >= 1970 && month >= 1 && month <= 12 && day >= 1)
  const [nextYear, nextMonth] = month < 12 ? [year, month + 1] : [year + 1, 1]
  require(daysTo(year, month, day) < daysTo(nextYear, nextMonth, 1))
  require(hour < 24 && minute < 60 && second < 60)
  const seconds = ((daysTo(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
  return { seconds, nanos: Number((matched[7] ?? '').padEnd(9, '0')) }
}

/** Days from 1 January 1970 to a date of the Gregorian calendar. Core has no clock, so no Date either. */
function daysTo(year: number, month: number, day: number): number {
  // Years that begin with March end with the leap day.
  const [marchYear, marchMonth] = month > 2 ? [year, month - 3] : [year - 1, month + 9]
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + Math.floor((marchMonth * 153 + 2) / 5) + day - daysTo1970
}

/** From 29 February of the year 0 to 1 January 1970. */
const daysTo1970 = 719_469

function object(value: unknown): Fields {
  require(typeof value === 'object' && value !== null && !Array.isArray(value))
  return value as Fields
}

function list(value: unknown): readonly unknown[] {
  require(Array.isArray(value) && value.length <= lightValidatorsMax)
  return value as readonly unknown[]
}

function text(value: unknown): string {
  require(typeof value === 'string')
  return value
}

function count(value: unknown): number {
  require(typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
  return value
}

function integer(value: unknown): number {
  const digits = text(value)
  require(/^(?:0|[1-9][0-9]{0,15})$/.test(digits))
  return count(Number(digits))
}

/** Of 32 bytes, or empty. */
function hash(value: unknown): Bytes {
  const bytes = ofHex(value, hashBytes)
  require(bytes.length === 0 || bytes.length === hashBytes)
  return bytes
}

function ofHex(value: unknown, bytesMax: number): Bytes {
  const digits = text(value)
  require(digits.length <= bytesMax * 2 && /^(?:[0-9A-F]{2})*$/.test(digits))
  return fromHex(digits)
}

function ofBase64(value: unknown, length: number): Bytes {
  const digits = text(value)
  require(digits.length === Math.ceil(length / 3) * 4 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits))
  try {
    return fromBase64(digits)
  } catch (cause) {
    throw new LightError('block-malformed', 'A signature or key is not canonical base64.', { cause })
  }
}

function require(condition: boolean): asserts condition {
  if (!condition) throw new LightError('block-malformed', 'A field of an answer of CometBFT is not as it should be.')
}
