/**
 * What is expensive and pure about a transaction is done once: decoding it, hashing its items, checking its
 * signatures. The verdict is kept from `check` to `finalize`.
 * @module
 */
import { assert } from '@jurat/core/assert'
import { toHex, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { ResultCode } from '@jurat/core/ledger/codes'
import { parseTransaction, type ParsedTransaction, type ParseRules } from '@jurat/core/ledger/parse'
import { LruCache } from './lruCache.ts'

/** Signature checks in flight on the thread pool; more only lengthen the queue before the disk's operations. */
export const verificationWindow = 64

/** Transactions whose verdict is kept, and the most bytes that they may hold in memory. */
export const verdictsMax = 200_000
export const verdictBytesMax = 128 * 1_048_576

/** A transaction as prepared for the ledger: readable, with the verdict on its signatures; or refused without state. */
export type PreparedTransaction =
  | { readonly parsed: ParsedTransaction; readonly valid: boolean }
  | { readonly parsed: null; readonly refused: ResultCode }

/** Reads a transaction, here or in another thread. */
export type TransactionParser = (bytes: Bytes, rules: ParseRules) => Promise<PreparedTransaction['parsed'] | ResultCode>

/** Whether a signature is valid; leaves the main thread where it can. */
export type SignatureVerifier = (publicKey: Bytes, message: Bytes, signature: Bytes) => Promise<boolean>

/** What verification needs. */
export interface VerificationOptions {
  readonly crypto: CryptoProvider
  readonly verify: SignatureVerifier
  /** The rules in force; parsing depends on nothing else. */
  readonly rules: () => ParseRules
}

/** Parses and verifies transactions, once. */
export class Verification {
  readonly #options: VerificationOptions
  /** By the very byte string: what comes back from our own queue needs no hashing. */
  readonly #byIdentity = new WeakMap<Bytes, Promise<PreparedTransaction>>()
  /** By hash of the signed bytes: what comes back from another process. */
  readonly #byHash = new LruCache<PreparedTransaction>({ entriesMax: verdictsMax, bytesMax: verdictBytesMax })
  readonly #valid = new WeakSet<ParsedTransaction>()
  readonly #waiting: (() => void)[] = []
  #inFlight = 0

  constructor(options: VerificationOptions) {
    this.#options = options
  }

  /** Parses a transaction and checks its signatures. Bytes that were given once must not change any more. */
  prepare(bytes: Bytes): Promise<PreparedTransaction> {
    const known = this.#byIdentity.get(bytes)
    if (known !== undefined) return known
    const prepared = this.#prepare(bytes)
    this.#byIdentity.set(bytes, prepared)
    return prepared
  }

  /** Takes a transaction that this node has just made and signed itself: its signatures are not checked again. */
  prime(parsed: ParsedTransaction): void {
    this.#valid.add(parsed)
    this.#byIdentity.set(parsed.bytes, Promise.resolve({ parsed, valid: true }))
  }

  /** Whether every signature of a prepared transaction is valid: what the ledger asks while it executes. */
  readonly verified = (parsed: ParsedTransaction): boolean => this.#valid.has(parsed)

  /** Lets go of what stands in a block: a repetition is refused before its signatures matter. */
  forget(transactions: readonly ParsedTransaction[]): void {
    for (const { signedHash } of transactions) this.#byHash.delete(toHex(signedHash))
  }

  async #prepare(bytes: Bytes): Promise<PreparedTransaction> {
    const { crypto, rules } = this.#options
    const parsed = parseTransaction(crypto, bytes, rules())
    if ('refused' in parsed) return { parsed: null, refused: parsed.refused }
    const key = toHex(parsed.signedHash)
    const known = this.#byHash.get(key)
    if (known !== undefined) return known
    const valid = await this.#verify(parsed)
    if (valid) this.#valid.add(parsed)
    const prepared = { parsed, valid }
    this.#byHash.set(key, prepared, bytes.length)
    return prepared
  }

  async #verify({ message, signatures }: ParsedTransaction): Promise<boolean> {
    const verdicts = await Promise.all(
      signatures.map(({ publicKey, signature }) => this.#inWindow(publicKey, message, signature)),
    )
    return verdicts.every(Boolean)
  }

  async #inWindow(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
    if (this.#inFlight >= verificationWindow) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#inFlight++
    try {
      return await this.#options.verify(publicKey, message, signature)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#inFlight--
      else next()
    }
  }
}
