/**
 * Blocks that CometBFT made (vectors/light.json, vectors/light-changes.json), and a chain in memory with any validators, for tests.
 * @module
 */
import { fromText, type Bytes, concat } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import {
  addressOf,
  type BlockTime,
  type Commit,
  type Header,
  headerHash,
  type LightBlock,
  sortValidators,
  validatorsHash,
} from './block.ts'
import { precommitBytes } from './commit.ts'
import { readLightBlock, readSignedHeader, readValidators } from './json.ts'

export { crypto }

/** The blocks of vectors/light.json: one height after the other, as a local network of four members made them. */
export function blocksOf(text: string): LightBlock[] {
  const { blocks } = JSON.parse(text) as { blocks: { signedHeader: unknown; validators: unknown }[] }
  return blocks.map(({ signedHeader, validators }) => ({
    ...readSignedHeader(signedHeader),
    validators: readValidators(validators),
  }))
}

/** The blocks of vectors/light-changes.json: every height from 1 of a chain whose validators change. */
export function changingBlocksOf(text: string): LightBlock[] {
  const { blocks } = JSON.parse(text) as { blocks: { commit: unknown; validators: unknown }[] }
  return blocks.map(readLightBlock)
}

/** The secret key of a validator. */
export const validatorSecret = (name: string): Bytes => concat(Uint8Array.of(1), crypto.sha256(fromText(name)))

const keys = new Map<string, Bytes>()

/** The raw public key of a validator. */
export function validatorKey(name: string): Bytes {
  const key = keys.get(name) ?? crypto.publicKeyOf(validatorSecret(name)).subarray(1)
  keys.set(name, key)
  return key
}

/** What a made block is like. */
export interface MadeBlock {
  readonly height: number
  readonly validators: readonly string[]
  readonly next?: readonly string[]
  /** Who signs; everybody by default. */
  readonly signers?: readonly string[]
  readonly time?: BlockTime
  readonly appHash?: Bytes
  readonly chainId?: string
}

export const chainId = 'jurat-fixture'
export const firstSeconds = 1_800_000_000

/** A block of a minute after the one before, with power 1 for everybody. */
export function makeBlock(made: MadeBlock): LightBlock {
  const { height, next = made.validators, signers = made.validators, appHash = new Uint8Array(40) } = made
  const setOf = (names: readonly string[]): LightBlock['validators'] =>
    sortValidators(
      crypto,
      names.map((name) => ({ publicKey: validatorKey(name), power: 1 })),
    )
  const validators = setOf(made.validators)
  const hash = crypto.sha256(Uint8Array.of(height))
  const header: Header = {
    chainId: made.chainId ?? chainId,
    version: { block: 11, app: 1 },
    height,
    time: made.time ?? { seconds: firstSeconds + height * 60, nanos: 0 },
    lastBlockId: { hash, parts: { total: 1, hash } },
    lastCommitHash: hash,
    dataHash: hash,
    validatorsHash: validatorsHash(crypto, validators),
    nextValidatorsHash: validatorsHash(crypto, setOf(next)),
    consensusHash: hash,
    appHash,
    lastResultsHash: hash,
    evidenceHash: hash,
    proposerAddress: addressOf(crypto, validators[0]?.publicKey ?? hash),
  }
  const vote = { height, round: 0, blockId: { hash: headerHash(crypto, header), parts: { total: 1, hash } } }
  return { header, commit: signCommit(header, vote, signers), validators }
}

/** The commit of a vote by some validators. */
export function signCommit(header: Header, vote: Omit<Commit, 'signatures'>, signers: readonly string[]): Commit {
  const signatures = signers.map((name, at) => {
    const time = { seconds: header.time.seconds + 1, nanos: at }
    const signature = crypto.sign(validatorSecret(name), precommitBytes(header.chainId, vote, time))
    return { address: addressOf(crypto, validatorKey(name)), time, signature }
  })
  return { ...vote, signatures }
}
