/**
 * What is expensive and pure about a transaction is done once: decoding it, hashing its items, checking its signatures.
 * The result is kept from `check` to `finalize`, so that executing a block asks only tables.
 *
 * Signatures leave the main thread, decoding does not: the items of a deposit cost 1 µs each to hash, of about 7 µs of
 * processor time in all, and two processors are busy at 130,000 items a second, so another thread would only move work.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { ResultCode } from '@jurat/core/ledger/codes'
import { parseTransaction, type ParsedTransaction, type ParseRules } from '@jurat/core/ledger/parse'
import { LruCache } from './lruCache.ts'

/** Signature checks in flight on the thread pool; more only lengthen the queue before the disk's operations. */
export const verificationWindow = 64

/** Verified transactions that are kept, and the most bytes that they may hold in memory. */
export const verifiedTransactionsMax = 200_000
export const verifiedBytesMax: number = 128 * 1_048_576

/** A transaction that was read, or the code that refuses it whatever the state. */
export type ParseResult = ReturnType<typeof parseTransaction>

/** Whether a signature is valid; leaves the main thread where it can. Never rejects. */
export type SignatureVerifier = (publicKey: Bytes, message: Bytes, signature: Bytes) => Promise<boolean>

/** What verification needs. */
export interface VerificationOptions {
  readonly crypto: CryptoProvider
  readonly verify: SignatureVerifier
}

/** Parses and verifies transactions, once. Bytes that were given to it must not change any more. */
export class Verification {
  readonly #crypto: CryptoProvider
  readonly #verifySignature: SignatureVerifier
  /** By the very byte string: what comes back from our own queue needs no hashing. */
  #byIdentity = new WeakMap<Bytes, ParseResult>()
  /** By hash of the signed bytes: what comes back from another process. Only what was verified, so no flood empties it. */
  #byHash = newCache()
  readonly #keys = new WeakMap<Bytes, string>()
  #rules: ParseRules | null = null
  readonly #verdicts = new WeakMap<ParsedTransaction, Promise<boolean>>()
  readonly #valid = new WeakSet<ParsedTransaction>()
  readonly #waiting: (() => void)[] = []
  #inFlight = 0

  constructor({ crypto, verify }: VerificationOptions) {
    this.#crypto = crypto
    this.#verifySignature = verify
  }

  /** Reads a transaction by these rules. */
  parse(bytes: Bytes, rules: ParseRules): ParseResult {
    this.#useRules(rules)
    const known = this.#byIdentity.get(bytes) ?? this.#byHash.get(this.#keyOf(bytes))
    const result = known ?? parseTransaction(this.#crypto, bytes, rules)
    this.#byIdentity.set(bytes, result)
    return result
  }

  /** Checks all signatures of a transaction; the verdict stays with it. */
  verify(parsed: ParsedTransaction): Promise<boolean> {
    const known = this.#verdicts.get(parsed)
    if (known !== undefined) return known
    const verdict = this.#verify(parsed)
    this.#verdicts.set(parsed, verdict)
    return verdict
  }

  /** Takes a transaction that this node has just signed itself: its signatures are not checked again. */
  prime(parsed: ParsedTransaction): void {
    this.#byIdentity.set(parsed.bytes, parsed)
    this.#verdicts.set(parsed, Promise.resolve(true))
    this.#remember(parsed)
  }

  /** Whether the signatures of a transaction were found valid: what the ledger asks while it executes. */
  readonly verified = (parsed: ParsedTransaction): boolean => this.#valid.has(parsed)

  /** Lets go of what stands in a block: a repetition is refused before its signatures matter. */
  forget(transactions: readonly ParsedTransaction[]): void {
    for (const { bytes } of transactions) this.#byHash.delete(this.#keyOf(bytes))
  }

  /** Parsing depends on the parameters, so what was parsed by others is forgotten when they change. */
  #useRules(rules: ParseRules): void {
    if (rules === this.#rules) return
    this.#rules = rules
    this.#byIdentity = new WeakMap()
    this.#byHash = newCache()
  }

  async #verify(parsed: ParsedTransaction): Promise<boolean> {
    const { message, signatures } = parsed
    const verdicts = await Promise.all(
      signatures.map(({ publicKey, signature }) => this.#inWindow(publicKey, message, signature)),
    )
    const valid = verdicts.every(Boolean)
    if (valid) this.#remember(parsed)
    return valid
  }

  #remember(parsed: ParsedTransaction): void {
    this.#valid.add(parsed)
    this.#byHash.set(this.#keyOf(parsed.bytes), parsed, parsed.bytes.length)
  }

  async #inWindow(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
    if (this.#inFlight >= verificationWindow) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#inFlight++
    try {
      return await this.#verifySignature(publicKey, message, signature)
    } finally {
      // The place is handed on, or given back.
      const next = this.#waiting.shift()
      if (next === undefined) this.#inFlight--
      else next()
    }
  }

  #keyOf(bytes: Bytes): string {
    const known = this.#keys.get(bytes)
    if (known !== undefined) return known
    // Latin-1 is the cheapest text of a hash, and nobody but this map ever sees it.
    const key = Buffer.from(this.#crypto.sha256(bytes)).toString('latin1')
    this.#keys.set(bytes, key)
    return key
  }
}

/** Whether parsing gave a code instead of a transaction. */
export function isRefused(result: ParseResult): result is { readonly refused: ResultCode } {
  return 'refused' in result
}

function newCache(): LruCache<ParsedTransaction> {
  return new LruCache({ entriesMax: verifiedTransactionsMax, bytesMax: verifiedBytesMax })
}
