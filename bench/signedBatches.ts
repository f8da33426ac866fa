/**
 * Deposits that the client signs itself, made before the clock runs: whole HTTP requests with pre-signed transactions,
 * so many at a time as fit a fixed memory. The clock stands while the next ones are made.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { encodeItem, itemsHash } from '@jurat/core/deposit/item'
import { fromHex } from '@jurat/core/bytes'
import { secretKeyFrom } from '@jurat/core/crypto/keys'
import { algorithms } from '@jurat/core/crypto/provider'
import { encodePayload } from '@jurat/core/ledger/payloads'
import { encodeHeader, encodeTransaction, signingMessage } from '@jurat/core/ledger/transaction'
import { nodeCrypto } from '../packages/node/src/crypto/nodeCrypto.ts'
import { type LoadResult, post, runLoad } from './load.ts'

/** Connections of the load: so many that small transactions do not wait for one another. */
const connectionsFor = (items: number): number => (items > 100 ? 8 : 64)

/** Requests that are prepared at a time, and their bytes: bounds the memory of the client. */
const preparedMax = 2_000
const preparedBytesMax = 64 * 1024 * 1024

/** A little more than a request without items, and than an item. */
const requestBytes = 512
const itemBytes = 40

/** What a node answers that has no room: the same request again is right (docs/reference/problems.md). */
const tooBusy = 429

/** How long a prepared transaction may wait for its block. */
const periodMs = 600_000

/** Where the deposits go. */
export interface Target {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly apiKey: string
}

/** An account of the client's and the means to make its deposits. */
export interface SignedBatches {
  /** Deposits `count` items, rounded up to whole transactions, and resolves when all are answered. */
  run(count: number): Promise<Sent>
}

/** What was sent. */
export interface Sent {
  readonly items: number
  /** Time spent sending, without the making, in milliseconds. */
  readonly sendingMs: number
  /** Of the wave with the worst p99, in milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Requests that the node was too busy for; each was sent again. */
  readonly refused: number
}

/** Makes an account with a key of the client's. @param items - of one transaction */
export async function signedBatches(node: Target, items: number): Promise<SignedBatches> {
  const secretKey = secretKeyFrom(algorithms.ed25519, randomBytes(32))
  const publicKey = nodeCrypto.publicKeyOf(secretKey)
  const recovery = nodeCrypto.publicKeyOf(secretKeyFrom(algorithms.ed25519, randomBytes(32)))
  const headers = { authorization: `Bearer ${node.apiKey}`, 'content-type': 'application/json' }
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  const request = { authMap: [{ publicKey: hex(publicKey), weight: 100 }], recoverKey: hex(recovery) }
  const made = await fetch(`${node.url}/v1/accounts`, { method: 'POST', headers, body: JSON.stringify(request) })
  if (!made.ok) throw new Error(`account: ${made.status} ${await made.text()}`)
  const account = fromHex(((await made.json()) as { id: string }).id)
  const trust = (await (await fetch(`${node.url}/v1/trust`)).json()) as { networkId: string }
  const networkId = fromHex(trust.networkId)

  const prepare = (): Buffer => {
    const digests = randomBytes(32 * items)
    const encoded = Array.from({ length: items }, (_, at) =>
      encodeItem({ algorithm: 1, digest: digests.subarray(32 * at, 32 * at + 32), commitment: null, flow: null }),
    )
    const header = encodeHeader({
      networkId,
      type: 40,
      from: account,
      to: null,
      nonce: randomBytes(12),
      timestampMs: Date.now(),
      periodMs,
      value: 0,
      gasLimit: 0,
      payloadHash: itemsHash(nodeCrypto, encoded),
    })
    const signature = nodeCrypto.sign(secretKey, signingMessage(header))
    const body = encodeTransaction(header, encodePayload({ type: 40, items: encoded }), [{ publicKey, signature }])
    return post('/v1/transactions', { 'content-type': 'application/cbor' }, body)
  }

  const wave = Math.max(1, Math.min(preparedMax, Math.floor(preparedBytesMax / (requestBytes + itemBytes * items))))
  return {
    async run(count) {
      let left = Math.ceil(count / items)
      let [sent, refused, sendingMs, worst]: [number, number, number, LoadResult | null] = [0, 0, 0, null]
      while (left > 0) {
        const requests = Array.from({ length: Math.min(wave, left) }, prepare)
        const started = performance.now()
        const result = await runLoad({
          host: node.host,
          port: node.port,
          connections: connectionsFor(items),
          durationMs: Number.POSITIVE_INFINITY,
          warmUpMs: 0,
          request: () => requests.pop() ?? null,
          onError: (status, body, request) => {
            if (status !== tooBusy) throw new Error(`transaction: ${status} ${body.slice(0, 300)}`)
            requests.push(request)
            refused++
          },
        })
        sendingMs += performance.now() - started
        sent += result.answered * items
        left -= result.answered
        worst = worst === null || result.p99 > worst.p99 ? result : worst
      }
      return { items: sent, sendingMs, p50: worst?.p50 ?? 0, p99: worst?.p99 ?? 0, refused }
    },
  }
}
