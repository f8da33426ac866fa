/**
 * Transactions that this node signs itself: with hosted accounts, its registrar, its raw front, its ballot key.
 * @module
 */
import { randomFillSync } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { Parameters } from '@jurat/core/ledger/parameters'
import { encodeHeader, encodeTransaction, payloadHash, signingMessage } from '@jurat/core/ledger/transaction'
import type { Clock } from '../../platform/clock.ts'

/** What a transaction does. */
export interface Operation {
  readonly type: number
  /** Account id. */
  readonly from: Bytes
  readonly to?: Bytes | null
  readonly value?: number
  readonly payload: Bytes
  /** Where it is not the hash of the payload (deposits). */
  readonly payloadHash?: Bytes
}

/** Signs for one network. */
export class TransactionSigner {
  readonly #crypto: CryptoProvider
  readonly #networkId: Bytes
  readonly #clock: Clock
  readonly #parameters: () => Parameters

  constructor(crypto: CryptoProvider, networkId: Bytes, clock: Clock, parameters: () => Parameters) {
    this.#crypto = crypto
    this.#networkId = networkId
    this.#clock = clock
    this.#parameters = parameters
  }

  /** The signed transaction. @param publicKey - of `secretKey`, both with their algorithm byte. */
  sign(operation: Operation, secretKey: Bytes, publicKey: Bytes): Bytes {
    const { periodMaxMs } = this.#parameters()
    const header = encodeHeader({
      networkId: this.#networkId,
      type: operation.type,
      from: operation.from,
      to: operation.to ?? null,
      nonce: randomFillSync(new Uint8Array(12)),
      timestampMs: this.#clock.now(),
      periodMs: periodMaxMs,
      value: operation.value ?? 0,
      gasLimit: 0,
      payloadHash: operation.payloadHash ?? payloadHash(this.#crypto, operation.payload),
    })
    const signature = this.#crypto.sign(secretKey, signingMessage(header))
    return encodeTransaction(header, operation.payload, [{ publicKey, signature }])
  }
}
