/**
 * What clients send: deposits and operations of accounts, and now and then what must be refused.
 * @module
 */
import { fromText, type Bytes } from '@jurat/core/bytes'
import { encodeItem, itemsHash } from '@jurat/core/deposit/item'
import { custodies } from '@jurat/core/ledger/account'
import { documentHash } from '@jurat/core/ledger/consortium'
import { encodePayload, type Payload } from '@jurat/core/ledger/payloads'
import { encodeHeader, encodeTransaction, payloadHash, signingMessage } from '@jurat/core/ledger/transaction'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import type { Chance } from './chance.ts'
import { adminKeys, documentNumber, idOf, keyOf, keysOf, networkId, secretOf } from './founding.ts'

/** A transaction before it is signed. Names are those of accounts and keys. */
interface Draft {
  readonly from: string
  readonly to?: string
  /** Names of the keys that sign; the account's name by default. */
  readonly by?: readonly string[]
  readonly value?: number
  readonly payload: Exclude<Payload, { readonly type: 30 }>
}

/** Times of a transaction. */
interface Times {
  readonly timestampMs: number
  readonly periodMs: number
}

/** Longest period, and how far ahead a client may be: the defaults of the parameters. */
const periodMaxMs = 600_000
const futureSkewMaxMs = 5_000

const depositors = ['alice', 'bob', 'carol'] as const

/** Makes transactions. */
export class Clients {
  readonly #chance: Chance
  readonly #sent: Bytes[] = []
  #number = 0
  #documents = 0

  constructor(chance: Chance) {
    this.#chance = chance
  }

  /** The next transaction at this time. */
  next(nowMs: number): Bytes {
    const choice = this.#chance.next()
    if (choice < 0.12 && this.#sent.length > 0) return this.#chance.one(this.#sent)
    const times = { timestampMs: nowMs - this.#chance.below(1_000), periodMs: 1_000 + this.#chance.below(60_000) }
    if (choice < 0.16) return this.#sign(this.#deposit(1), { ...times, timestampMs: nowMs - 120_000 })
    if (choice < 0.2) return this.#sign(this.#deposit(1), { ...times, timestampMs: nowMs + 120_000 })
    if (choice < 0.24) return broken(this.#sign(this.#deposit(1), times))
    const draft = choice < 0.68 ? this.#deposit(this.#itemsCount()) : this.#operation()
    return this.#keep(this.#sign(draft, times))
  }

  /** A transaction that may be repeated as long as any may: with the greatest period, and its clock ahead of time. */
  longLived(nowMs: number): Bytes {
    return this.#keep(
      this.#sign(this.#deposit(1), { timestampMs: nowMs + futureSkewMaxMs - 200, periodMs: periodMaxMs }),
    )
  }

  #itemsCount(): number {
    return this.#chance.often(0.2) ? 40 + this.#chance.below(200) : 1 + this.#chance.below(8)
  }

  #deposit(count: number): Draft {
    const from = this.#chance.one(depositors)
    const items = Array.from({ length: count }, () => item(`${this.#number++}`))
    return { from, payload: { type: 40, items } }
  }

  #operation(): Draft {
    const from = this.#chance.one(depositors)
    const name = `made-${this.#number++}`
    const encryption = this.#chance.often(0.5) ? keyOf('box') : null
    return this.#chance.one<Draft>([
      { from, to: this.#chance.one(depositors), value: this.#chance.below(700), payload: { type: 20 } },
      { from, payload: { type: 13, encryptionKey: encryption } },
      { from: 'pair', by: ['pair/1', 'pair/2'], payload: { type: 13, encryptionKey: encryption } },
      { from: 'pair', by: ['pair/1'], payload: { type: 13, encryptionKey: encryption } },
      { from: 'registrar', value: 1, payload: newAccount(name) },
      { from, to: from, payload: { type: 17 } },
      { from: 'admin', by: adminKeys, to: from, payload: { type: 18 } },
      { from, by: [`${from}/recovery`], payload: { type: 14 } },
      { from, payload: { type: 16 } },
      this.#newDocument(),
    ])
  }

  /** Another consortium document; it contradicts the state when the one before it was not accepted. */
  #newDocument(): Draft {
    const replaces = documentHash(nodeCrypto, documentNumber(this.#documents))
    const document = documentNumber(this.#documents + 1)
    if (this.#chance.often(0.8)) this.#documents += 1
    return { from: 'admin', by: adminKeys, payload: { type: 60, document, replaces } }
  }

  #keep(transaction: Bytes): Bytes {
    this.#sent.push(transaction)
    return transaction
  }

  #sign({ from, to, by = [from], value = 0, payload }: Draft, times: Times): Bytes {
    const bytes = encodePayload(payload)
    const nonce = new Uint8Array(12)
    new DataView(nonce.buffer).setUint32(0, this.#number++)
    const header = encodeHeader({
      networkId,
      type: payload.type,
      from: idOf(from),
      to: to === undefined ? null : idOf(to),
      nonce,
      value,
      gasLimit: 0,
      payloadHash: payload.type === 40 ? itemsHash(nodeCrypto, payload.items) : payloadHash(nodeCrypto, bytes),
      ...times,
    })
    const message = signingMessage(header)
    const signatures = by
      .map((name) => ({ publicKey: keyOf(name), signature: nodeCrypto.sign(secretOf(name), message) }))
      .toSorted((a, b) => Buffer.compare(a.publicKey, b.publicKey))
    return encodeTransaction(header, bytes, signatures)
  }
}

function item(text: string): Bytes {
  return encodeItem({ algorithm: 1, digest: nodeCrypto.sha256(fromText(text)), commitment: null, flow: null })
}

function newAccount(name: string): Draft['payload'] {
  const authMap = keysOf(['other'], 100)
  return { type: 10, name, authMap, recoverKey: keyOf('other'), encryptionKey: null, custody: custodies.own }
}

/** The transaction with one bit of its last signature flipped. */
export function broken(transaction: Bytes): Bytes {
  const copy = transaction.slice()
  copy[copy.length - 9] = (copy[copy.length - 9] ?? 0) ^ 1
  return copy
}
