/**
 * Whether a commit makes a block final: precommits of validators with more than two thirds of the power.
 * docs/spec/light-client.md.
 * @module
 */
import { type Bytes, concat, equal, toHex } from '../bytes.ts'
import { algorithms, type CryptoProvider } from '../crypto/provider.ts'
import {
  addressOf,
  type BlockTime,
  checkBlockId,
  checkTime,
  type Commit,
  encodeBlockId,
  encodeTime,
  headerHash,
  type LightBlock,
  powerOf,
  type Validator,
  validatorsHash,
} from './block.ts'
import { LightError } from './error.ts'
import { ProtoWriter } from './protobuf.ts'

/** SIGNED_MSG_TYPE_PRECOMMIT. */
const precommitType = 2

/** What a validator signs: a CanonicalVote with its length in front. Each has its own time. */
export function precommitBytes(chainId: string, commit: Omit<Commit, 'signatures'>, time: BlockTime): Bytes {
  const { height, round, blockId } = commit
  return new ProtoWriter()
    .integer(1, precommitType)
    .fixed64(2, height)
    .fixed64(3, round)
    .message(4, encodeBlockId(blockId))
    .message(5, encodeTime(time))
    .text(6, chainId)
    .finishDelimited()
}

/**
 * The header names the validators, and validators with more than two thirds of their power signed it. Every signature
 * has to be of one of them, and valid. Returns those who signed. @throws {LightError}
 */
export function verifyCommit(crypto: CryptoProvider, block: LightBlock): Validator[] {
  const { header, commit, validators } = block
  const total = powerOf(validators)
  if (!equal(validatorsHash(crypto, validators), header.validatorsHash)) {
    throw new LightError('validators-differ', 'The header does not name these validators.')
  }
  if (commit.height !== header.height || !equal(commit.blockId.hash, headerHash(crypto, header))) {
    throw new LightError('commit-other', 'The commit is of another block than the header.')
  }
  const known = new Map(validators.map((validator) => [toHex(addressOf(crypto, validator.publicKey)), validator]))
  const signers = checkSignatures(crypto, block, known)
  if (signers.length < commit.signatures.length) {
    throw new LightError('signer-unknown', 'Somebody signed who is no validator.')
  }
  if (!isMoreThan(sumOf(signers), twoThirds, total)) {
    throw new LightError('power-too-small', 'Not more than two thirds of the power signed.')
  }
  return signers
}

/** The power of those validators whose signatures are in the commit. Others are not looked at. @throws {LightError} */
export function signedPower(
  crypto: CryptoProvider,
  block: Pick<LightBlock, 'header' | 'commit'>,
  validators: readonly Validator[],
): number {
  powerOf(validators)
  const known = new Map(validators.map((validator) => [toHex(addressOf(crypto, validator.publicKey)), validator]))
  const signers = checkSignatures(crypto, block, known)
  return sumOf(signers)
}

const sumOf = (validators: readonly Validator[]): number => validators.reduce((sum, { power }) => sum + power, 0)

/** A share of the power: whole numbers. */
export interface Share {
  readonly numerator: number
  readonly denominator: number
}

/** What a commit needs more than. */
export const twoThirds: Share = { numerator: 2, denominator: 3 }

/** Whether `part` is strictly more than a share of `total`. */
export function isMoreThan(part: number, { numerator, denominator }: Share, total: number): boolean {
  // A power may have 51 bits, and a share any numbers.
  return BigInt(part) * BigInt(denominator) > BigInt(total) * BigInt(numerator)
}

/** Those of `known` who signed, each once. @throws {LightError} */
function checkSignatures(
  crypto: CryptoProvider,
  { header, commit }: Pick<LightBlock, 'header' | 'commit'>,
  known: ReadonlyMap<string, Validator>,
): Validator[] {
  checkBlockId(commit.blockId)
  if (!Number.isSafeInteger(commit.round) || commit.round < 0) {
    throw new LightError('block-malformed', 'The round of the commit is no count.')
  }
  const signers = new Map<string, Validator>()
  for (const { address, time, signature } of commit.signatures) {
    checkTime(time)
    const name = toHex(address)
    const validator = known.get(name)
    if (validator === undefined) continue
    if (signers.has(name)) throw new LightError('signer-unknown', 'A validator signed twice.')
    const key = concat(Uint8Array.of(algorithms.ed25519), validator.publicKey)
    const message = precommitBytes(header.chainId, commit, time)
    if (!crypto.verify(key, message, signature)) {
      throw new LightError('signature-wrong', `The signature of ${name} is not valid.`)
    }
    signers.set(name, validator)
  }
  return [...signers.values()]
}
