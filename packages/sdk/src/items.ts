/**
 * Items on their way into a deposit: what the depositor knows, and what of it may stand on the log.
 * Rules: docs/spec/deposit-item.md.
 * @module
 */
import { fromText } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { commit } from '@jurat/core/deposit/commitment'
import type { Field } from '@jurat/core/deposit/commitment'
import { blindedDigest, blindedOffset } from '@jurat/core/deposit/item'
import type { Item } from '@jurat/core/deposit/item'
import type { FileDigestAlgorithm } from './hashing.ts'

/** Numbers of the digest algorithms of originals. */
export const digestAlgorithmNumbers: Readonly<Record<FileDigestAlgorithm, number>> = {
  'sha-256': 1,
  sm3: 2,
  'sha-512': 3,
}

/** Length of an item's secret, in bytes. */
export const itemSecretBytes = 32

/** One thing to deposit, as the depositor knows it. */
export interface ItemToDeposit {
  readonly algorithm: FileDigestAlgorithm
  /** Digest of the original. */
  readonly digest: Bytes
  /** Whether the log gets a blinded digest: for contents that could be guessed. */
  readonly blind?: boolean
  /** Names to values; the log gets a salted commitment. */
  readonly metadata?: Readonly<Record<string, string>> | null
  /** Unlinkable id of a flow's phase, 32 bytes. */
  readonly flow?: Bytes | null
}

/** An item as it stands in a transaction, and the secret that opens it. */
export interface SealedItem {
  readonly item: Item
  /** 32 bytes; null when there is nothing to open. */
  readonly secret: Bytes | null
}

/** The fields of metadata, as the commitment takes them. */
export const metadataFields = (metadata: Readonly<Record<string, string>>): Field[] =>
  Object.entries(metadata).map(([name, value]) => ({ name, value: fromText(value) }))

/** Makes the item that stands in a transaction of `account`. @param random - gives so many random bytes. */
export function sealItem(
  crypto: CryptoProvider,
  account: Bytes,
  given: ItemToDeposit,
  random: (length: number) => Bytes,
): SealedItem {
  const { blind = false, metadata = null, flow = null } = given
  const plain = digestAlgorithmNumbers[given.algorithm]
  if (!blind && metadata === null) {
    return { item: { algorithm: plain, digest: given.digest, commitment: null, flow }, secret: null }
  }
  const secret = random(itemSecretBytes)
  const digest = blind ? blindedDigest(crypto, { account, digest: given.digest, secret }) : given.digest
  const algorithm = blind ? plain + blindedOffset : plain
  const commitment =
    metadata === null ? null : commit(crypto, { account, digest, fields: metadataFields(metadata), secret }).commitment
  return { item: { algorithm, digest, commitment, flow }, secret }
}
