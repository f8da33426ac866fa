/**
 * What CometBFT must know of a network, derived from its genesis and its consortium document: chain id, validators, limits of
 * blocks. Both the genesis file and the application's answers come from here. docs/spec/engine.md, CometBFT.
 * @module
 */
import { toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { ConsortiumDocument } from '@jurat/core/ledger/consortium'
import { genesisBlock } from '@jurat/core/ledger/genesisBlock'
import { treeHash } from '@jurat/core/merkle/hash'
import { appHashOf, validatorPower } from '@jurat/core/receipt/finality'

/** Longest block of CometBFT, in bytes, with its header, commit and evidence. */
export const consensusBlockBytesMax: number = 8 * 1_048_576

/** Version of the application in block headers: that of the ledger's formats. */
export const appVersion = 1

/** Height of a chain's first block. */
export const initialHeight = 1

/** A validator as CometBFT knows it. */
export interface ChainValidator {
  /** Name of the member. */
  readonly member: string
  /** Raw Ed25519 key, 32 bytes. */
  readonly publicKey: Bytes
  /** First 20 bytes of the key's SHA-256. */
  readonly address: Bytes
}

/** A validator whose power changes; power 0 removes it. */
export interface ValidatorChange {
  readonly publicKey: Bytes
  readonly power: number
}

/** The validators of a document, in the order of its members. */
export function validatorsOf(crypto: Pick<CryptoProvider, 'sha256'>, document: ConsortiumDocument): ChainValidator[] {
  return document.members.map(({ name, keys }) => {
    // The first byte names the algorithm, which is Ed25519 for this role.
    const publicKey = keys.validator.subarray(1)
    return { member: name, publicKey, address: crypto.sha256(publicKey).subarray(0, 20) }
  })
}

/** The exact difference between the validator sets of two documents, by ascending key. */
export function validatorChanges(before: ConsortiumDocument, after: ConsortiumDocument): ValidatorChange[] {
  const [old, next] = [validatorKeys(before), validatorKeys(after)]
  const removed = [...old].filter(([key]) => !next.has(key)).map(([key, publicKey]) => ({ key, publicKey, power: 0 }))
  const added = [...next]
    .filter(([key]) => !old.has(key))
    .map(([key, publicKey]) => ({ key, publicKey, power: validatorPower }))
  return [...removed, ...added]
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ publicKey, power }) => ({ publicKey, power }))
}

/** The app hash of a network's genesis: what InitChain answers. */
export function genesisAppHash(crypto: CryptoProvider, genesis: Bytes): Bytes {
  const { entries } = genesisBlock(crypto, genesis)
  return appHashOf({ size: entries.length, root: treeHash(crypto, entries) })
}

function validatorKeys({ members }: ConsortiumDocument): Map<string, Bytes> {
  return new Map(members.map(({ keys }) => [toHex(keys.validator), keys.validator.subarray(1)]))
}
