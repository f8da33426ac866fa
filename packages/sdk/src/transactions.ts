/**
 * Transactions that are being signed: made once, signed by one key after the other, then sent.
 * Bytes and rules: docs/spec/transaction.md.
 * @module
 */
import { compare, equal } from '@jurat/core/bytes'
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { encodeHeader, encodeTransaction as encode, signingMessage, txHash } from '@jurat/core/ledger/transaction'
import type { TransactionHeader, TransactionSignature } from '@jurat/core/ledger/transaction'
import { SdkError } from './errors.ts'
import { platformRandom } from './keyFile.ts'
import type { KeyPair } from './keys.ts'
import { payloadHashOf } from './operations.ts'
import type { Operation } from './operations.ts'

const nonceBytes = 12

/** A transaction and the signatures that it has so far, in ascending key order. */
export interface OpenTransaction {
  readonly header: TransactionHeader
  readonly headerBytes: Bytes
  readonly payload: Bytes
  readonly signatures: readonly TransactionSignature[]
}

/** What a transaction is made of. */
export interface TransactionParts {
  /** From a pinned trust file, never from the node that gets the transaction. */
  readonly networkId: Bytes
  /** Account id of the sender. */
  readonly from: Bytes
  readonly operation: Operation
  /** The sender's clock, milliseconds since 1970 UTC. */
  readonly timestampMs: number
  /** How long it may wait for its block; at most the network's `periodMaxMs`. */
  readonly periodMs: number
  readonly random?: (length: number) => Bytes
}

/** Makes a transaction without signatures. */
export function createTransaction(crypto: CryptoProvider, parts: TransactionParts): OpenTransaction {
  const { networkId, from, operation, timestampMs, periodMs, random = platformRandom } = parts
  const { type, to, value, gasLimit, payload } = operation
  const payloadHash = payloadHashOf(crypto, type, payload)
  const nonce = random(nonceBytes)
  const header = { networkId, type, from, to, nonce, timestampMs, periodMs, value, gasLimit, payloadHash }
  return { header, headerBytes: encodeHeader(header), payload, signatures: [] }
}

/** Hash of a transaction, 32 bytes; it does not depend on the signatures. */
export const transactionHash = (crypto: CryptoProvider, { headerBytes }: OpenTransaction): Bytes =>
  txHash(crypto, headerBytes)

/** Adds a signature; a key that signed already signs nothing more. */
export function addSignature(crypto: CryptoProvider, transaction: OpenTransaction, key: KeyPair): OpenTransaction {
  if (transaction.signatures.some(({ publicKey }) => equal(publicKey, key.publicKey))) return transaction
  const signature = crypto.sign(key.secretKey, signingMessage(transaction.headerBytes))
  return withSignatures(transaction, [{ publicKey: key.publicKey, signature }])
}

/**
 * Joins the signatures that several people made on copies of one transaction.
 * @throws {SdkError} `transaction-file-malformed` when the copies differ.
 */
export function mergeSignatures(one: OpenTransaction, other: OpenTransaction): OpenTransaction {
  if (!equal(one.headerBytes, other.headerBytes) || !equal(one.payload, other.payload)) {
    throw new SdkError('transaction-file-malformed', 'These are two different transactions.')
  }
  const known = (key: Bytes): boolean => one.signatures.some(({ publicKey }) => equal(publicKey, key))
  return withSignatures(
    one,
    other.signatures.filter(({ publicKey }) => !known(publicKey)),
  )
}

/** The ledger wants signatures in strictly ascending key order. */
function withSignatures(transaction: OpenTransaction, more: readonly TransactionSignature[]): OpenTransaction {
  const signatures = [...transaction.signatures, ...more].toSorted((a, b) => compare(a.publicKey, b.publicKey))
  return { ...transaction, signatures }
}

/** The bytes that are sent. @throws {SdkError} `signature-missing` when nobody signed. */
export function encodeTransaction(transaction: OpenTransaction): Bytes {
  if (transaction.signatures.length === 0) {
    throw new SdkError('signature-missing', 'Nobody has signed this transaction yet.')
  }
  return encode(transaction.headerBytes, transaction.payload, transaction.signatures)
}
