/**
 * Headers, validators and commits of CometBFT 0.38 and 0.39, and their hashes. docs/spec/light-client.md.
 * @module
 */
import { type Bytes, compare, toHex } from '../bytes.ts'
import { type CryptoProvider, algorithmSizes, algorithms } from '../crypto/provider.ts'
import { treeHash } from '../merkle/hash.ts'
import { LightError } from './error.ts'
import { ProtoWriter } from './protobuf.ts'

/** A time as CometBFT has it: seconds since 1970 UTC, and nanoseconds. */
export interface BlockTime {
  readonly seconds: number
  readonly nanos: number
}

/** What names a block: the hash of its header, and the root over the parts that it was sent in. */
export interface BlockId {
  readonly hash: Bytes
  readonly parts: { readonly total: number; readonly hash: Bytes }
}

/** A header without its chain id, which every verifier knows for itself. */
export interface ChainlessHeader {
  readonly version: { readonly block: number; readonly app: number }
  readonly height: number
  readonly time: BlockTime
  /** Null in the first block. */
  readonly lastBlockId: BlockId | null
  readonly lastCommitHash: Bytes
  readonly dataHash: Bytes
  readonly validatorsHash: Bytes
  readonly nextValidatorsHash: Bytes
  readonly consensusHash: Bytes
  /** As the application gave it after the block before. */
  readonly appHash: Bytes
  readonly lastResultsHash: Bytes
  readonly evidenceHash: Bytes
  readonly proposerAddress: Bytes
}

/** A header. */
export interface Header extends ChainlessHeader {
  readonly chainId: string
}

/** A validator: raw Ed25519 key and voting power. */
export interface Validator {
  readonly publicKey: Bytes
  readonly power: number
}

/** A precommit for the block. Votes for nothing, and missing ones, are left out. */
export interface CommitSignature {
  /** First 20 bytes of the SHA-256 of the validator's key. */
  readonly address: Bytes
  readonly time: BlockTime
  readonly signature: Bytes
}

/** The precommits of a height. */
export interface Commit {
  readonly height: number
  readonly round: number
  readonly blockId: BlockId
  readonly signatures: readonly CommitSignature[]
}

/** A header, the commit that made its block final, and the validators that it names. */
export interface LightBlock {
  readonly header: Header
  readonly commit: Commit
  readonly validators: readonly Validator[]
}

/** Length of an address, in bytes. */
export const addressBytes = 20

/** Most validators that are looked at. */
export const lightValidatorsMax = 1_000

/** Largest sum of the power, so that three times it is an exact number. */
const powerMax = 2 ** 51

const nanosPerSecond = 1_000_000_000

type Sha256 = Pick<CryptoProvider, 'sha256'>

/** Negative, 0 or positive. */
export function compareTimes(a: BlockTime, b: BlockTime): number {
  return a.seconds - b.seconds || a.nanos - b.nanos
}

/** Whole milliseconds, not before the time. */
export function timeToMs({ seconds, nanos }: BlockTime): number {
  return seconds * 1000 + Math.ceil(nanos / 1_000_000)
}

/** The address of a validator. */
export function addressOf(crypto: Sha256, publicKey: Bytes): Bytes {
  return crypto.sha256(publicKey).subarray(0, addressBytes)
}

/** Message Timestamp. */
export function encodeTime({ seconds, nanos }: BlockTime): Bytes {
  return new ProtoWriter().integer(1, seconds).integer(2, nanos).finish()
}

/** Message BlockID, and CanonicalBlockID, which has the same bytes. */
export function encodeBlockId(id: BlockId | null): Bytes {
  const parts = new ProtoWriter()
  if (id !== null) parts.integer(1, id.parts.total).bytes(2, id.parts.hash)
  const writer = new ProtoWriter()
  if (id !== null) writer.bytes(1, id.hash)
  return writer.message(2, parts.finish()).finish()
}

/** The hash of a header: RFC 6962 over its fourteen fields, each in its own message. @throws {LightError} */
export function headerHash(crypto: Sha256, header: Header): Bytes {
  checkHeader(header)
  const { version, chainId, height, time, lastBlockId } = header
  const wrapped = [
    header.lastCommitHash,
    header.dataHash,
    header.validatorsHash,
    header.nextValidatorsHash,
    header.consensusHash,
    header.appHash,
    header.lastResultsHash,
    header.evidenceHash,
    header.proposerAddress,
  ].map((bytes) => new ProtoWriter().bytes(1, bytes).finish())
  return treeHash(crypto, [
    new ProtoWriter().integer(1, version.block).integer(2, version.app).finish(),
    new ProtoWriter().text(1, chainId).finish(),
    new ProtoWriter().integer(1, height).finish(),
    encodeTime(time),
    encodeBlockId(lastBlockId),
    ...wrapped,
  ])
}

/** The hash of a set: RFC 6962 over its validators in their order. @throws {LightError} `validators-malformed` */
export function validatorsHash(crypto: Sha256, validators: readonly Validator[]): Bytes {
  powerOf(validators)
  const encoded = sortValidators(crypto, validators).map(({ publicKey, power }) => {
    const key = new ProtoWriter().bytes(1, publicKey).finish()
    return new ProtoWriter().message(1, key).integer(2, power).finish()
  })
  return treeHash(crypto, encoded)
}

/** CometBFT's order: the most power first, then ascending addresses. */
export function sortValidators(crypto: Sha256, validators: readonly Validator[]): Validator[] {
  return validators
    .map((validator) => ({ validator, address: addressOf(crypto, validator.publicKey) }))
    .toSorted((a, b) => b.validator.power - a.validator.power || compare(a.address, b.address))
    .map(({ validator }) => validator)
}

/** The power of a whole set. @throws {LightError} `validators-malformed` */
export function powerOf(validators: readonly Validator[]): number {
  const keys = new Set(validators.map(({ publicKey }) => toHex(publicKey)))
  let total = 0
  let valid = validators.length > 0 && validators.length <= lightValidatorsMax && keys.size === validators.length
  for (const { publicKey, power } of validators) {
    valid &&= publicKey.length === algorithmSizes[algorithms.ed25519].rawKeyBytes && Number.isSafeInteger(power)
    valid &&= power > 0 && power <= powerMax - total
    total += power
  }
  if (!valid) throw new LightError('validators-malformed', 'The validators are none, too many, or not well-formed.')
  return total
}

/** Whether numbers are such that their bytes can be computed. @throws {LightError} `block-malformed` */
export function checkTime({ seconds, nanos }: BlockTime): void {
  check(isCount(seconds) && isCount(nanos) && nanos < nanosPerSecond)
}

/** @throws {LightError} `block-malformed` */
export function checkBlockId({ parts }: BlockId): void {
  check(isCount(parts.total))
}

function checkHeader({ version, height, time, lastBlockId }: Header): void {
  check(isCount(version.block) && isCount(version.app) && isCount(height) && height > 0)
  checkTime(time)
  if (lastBlockId !== null) checkBlockId(lastBlockId)
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

function check(condition: boolean): void {
  if (!condition) throw new LightError('block-malformed', 'A number of a header or commit is out of its bounds.')
}
