/**
 * CometBFT's JSON-RPC over its Unix socket: broadcasting transactions and asking how consensus stands. Answers come from a
 * process of our own, but are bounded and read narrowly all the same.
 * @module
 */
import { Agent, request } from 'node:http'
import { toBase64, type Bytes } from '@jurat/core/bytes'

/** Requests on their way at once, each on a kept connection; more wait for a free one. */
const connectionsMax = 64

/** Longest answer, in bytes. */
const answerBytesMax: number = 4 * 1_048_576

/** Longest wait for an answer, milliseconds. */
const answerTimeoutMs = 10_000

/** CometBFT answered that it cannot: `message` is its sentence. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
}

/** What became of a broadcast: the code of the check, or why there was none. */
export type Broadcast =
  | { readonly kind: 'checked'; readonly code: number }
  /** It is in the mempool, or was lately. */
  | { readonly kind: 'known' }
  /** The mempool is full. */
  | { readonly kind: 'full' }
  /** It is longer than the mempool takes. */
  | { readonly kind: 'tooBig' }
  /** The node is behind the chain. */
  | { readonly kind: 'catchingUp' }
  /** No answer, or another: whether it was taken is unknown. */
  | { readonly kind: 'unknown'; readonly cause: unknown }

/** Asks CometBFT. */
export interface CometRpc {
  broadcast(tx: Bytes): Promise<Broadcast>
  /** @throws {RpcError} for an error answered; @throws {Error} when there is no answer */
  call(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown>
  close(): void
}

/** CometBFT's sentences, and what they say. */
const refusals: readonly (readonly [string, Exclude<Broadcast['kind'], 'checked' | 'unknown'>])[] = [
  ['tx already exists in cache', 'known'],
  ['mempool is full', 'full'],
  ['mempool is still rechecking', 'full'],
  ['Tx too large', 'tooBig'],
  ['catching up', 'catchingUp'],
]

/** Opens nothing yet: connections are made when they are needed. */
export function cometRpc(socketPath: string): CometRpc {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax })
  const call: CometRpc['call'] = async (method, params = {}) => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 0, method, params }))
    return resultOf(await post({ agent, socketPath }, body))
  }
  return {
    call,
    async broadcast(tx) {
      try {
        const { code } = (await call('broadcast_tx_sync', { tx: toBase64(tx) })) as { code?: unknown }
        if (typeof code === 'number') return { kind: 'checked', code }
        return { kind: 'unknown', cause: new RpcError('an answer without a code') }
      } catch (cause) {
        const message = cause instanceof RpcError ? cause.message : ''
        const refusal = refusals.find(([sentence]) => message.includes(sentence))
        return refusal === undefined ? { kind: 'unknown', cause } : { kind: refusal[1] }
      }
    },
    close: () => agent.destroy(),
  }
}

function resultOf(body: string): unknown {
  const answer = JSON.parse(body) as { result?: unknown; error?: { message?: unknown; data?: unknown } }
  if (answer.error === undefined) return answer.result
  throw new RpcError(`${String(answer.error.message)}: ${String(answer.error.data)}`)
}

function post({ agent, socketPath }: { agent: Agent; socketPath: string }, body: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length }
    const options = { agent, socketPath, method: 'POST', path: '/', headers, timeout: answerTimeoutMs }
    const asked = request(options, (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > answerBytesMax)
          asked.destroy(new Error(`CometBFT's answer is longer than ${answerBytesMax} bytes`))
        chunks.push(chunk)
      })
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
      response.on('error', reject)
    })
    asked.on('timeout', () => asked.destroy(new Error(`CometBFT did not answer within ${answerTimeoutMs} ms`)))
    asked.on('error', reject)
    asked.end(body)
  })
}
