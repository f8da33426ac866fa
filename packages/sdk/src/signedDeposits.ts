/**
 * Deposits that the depositor signs: one transaction for a batch, the keys never leave.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { fromHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { depositId } from '@jurat/core/deposit/depositId'
import type { BatchSender } from './batcher.ts'
import type { Client } from './client.ts'
import type { DepositedItem, DepositOptions } from './deposits.ts'
import { sealItem } from './items.ts'
import { platformRandom } from './keyFile.ts'
import type { KeyPair } from './keys.ts'
import { operations } from './operations.ts'
import { addSignature, createTransaction, encodeTransaction } from './transactions.ts'

/** Who deposits, and where. */
export interface SignedSenderOptions {
  readonly client: Client
  readonly crypto: CryptoProvider
  /** From a pinned trust file. */
  readonly networkId: Bytes
  /** Account id of the depositor. */
  readonly account: Bytes
  /** Keys whose weights together are 100 or more. */
  readonly keys: readonly KeyPair[]
  readonly wait?: DepositOptions['wait']
  /** Default ten minutes, the longest that a network allows: a retry must still find it acceptable. */
  readonly periodMs?: number
  readonly now?: () => number
  readonly random?: (length: number) => Bytes
}

const periodMsDefault = 600_000

/** A sender for a {@link DepositBatcher} that signs each batch. */
export function signedSender(options: SignedSenderOptions): BatchSender {
  const { client, crypto, account, keys, wait, random = platformRandom, now = () => Date.now() } = options
  return async (items) => {
    const sealed = items.map((item) => sealItem(crypto, account, item, random))
    let transaction = createTransaction(crypto, {
      networkId: options.networkId,
      from: account,
      operation: operations.deposit({ items: sealed.map(({ item }) => item) }),
      timestampMs: now(),
      periodMs: options.periodMs ?? periodMsDefault,
      random,
    })
    for (const key of keys) transaction = addSignature(crypto, transaction, key)
    const body = encodeTransaction(transaction)
    const { value } = await client.call('submitTransaction', { body, query: wait === undefined ? {} : { wait } })
    const txHash = fromHex(value.txHash)
    return sealed.map(({ secret }, at): DepositedItem => ({
      id: depositId(txHash, at),
      index: value.firstIndex + at,
      state: value.state,
      secret,
    }))
  }
}
