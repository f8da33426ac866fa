/**
 * Another network to which the same fingerprint is brought: what every kind of it offers, and a Jurat network of somebody
 * else as one kind.
 * @module
 */
import { digestAlgorithms, type DigestAlgorithm } from '@jurat/api/deposits'
import { toHex } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
import type { Fingerprint } from '@jurat/verify/fingerprint'
import type { Network, NetworkResponse } from '../../platform/network.ts'

/** Longest wait for an answer, in milliseconds. */
const timeoutMs = 20_000

/** Most bytes of an answer and of a receipt. */
const answerBytesMax = 65_536
const receiptBytesMax = 4_194_304

/** Most characters of another network's words that are passed on. */
const wordsMax = 300

/** What a target answered. `refused`: asking again will not help. `unreachable`: later it may. */
export class TargetError extends JuratError<'refused' | 'unreachable'> {}

/** Another network. */
export interface TargetNetwork {
  /** Its name in the profile of this network. */
  readonly name: string
  /**
   * Deposits there. The same key gives the same deposit, however often it is sent.
   * @returns the deposit's id there
   * @throws {TargetError}
   */
  send(fingerprint: Fingerprint, idempotencyKey: string): Promise<string>
  /** The receipt from there; null: not yet. @throws {TargetError} */
  receipt(id: string): Promise<string | null>
}

/** How a Jurat network of somebody else is reached. */
export interface JuratTargetOptions {
  readonly name: string
  /** Address without a slash at its end. */
  readonly url: string
  /** API key with the scope `deposit`, bound to a hosted account there. Read at each use, so that it can be replaced. */
  readonly apiKey: () => Promise<string>
  readonly network: Network
}

/** A Jurat network of somebody else. */
export function juratTarget({ name, url, apiKey, network }: JuratTargetOptions): TargetNetwork {
  const asked = async (request: () => Promise<NetworkResponse>): Promise<NetworkResponse> => {
    let response: NetworkResponse
    try {
      response = await request()
    } catch (cause) {
      throw new TargetError('unreachable', `no answer: ${cause instanceof Error ? cause.message : ''}`, { cause })
    }
    const { status } = response
    if (status === 200 || status === 202) return response
    const words = `it answered ${status}: ${wordsOf(response)}`
    // What is wrong with a key or with the load there may change; what is wrong with the request will not.
    const mayChange = status >= 500 || [401, 403, 408, 429].includes(status)
    throw new TargetError(mayChange ? 'unreachable' : 'refused', words)
  }
  return {
    name,
    async send({ algorithm, digest }, idempotencyKey) {
      const body = JSON.stringify({ items: [{ algorithm: nameOf(algorithm), digest: toHex(digest) }] })
      const headers = { authorization: `Bearer ${await apiKey()}`, 'idempotency-key': idempotencyKey }
      const options = { contentType: 'application/json', timeoutMs, bodyBytesMax: answerBytesMax, headers }
      const response = await asked(() => network.post(`${url}/v1/deposits`, Buffer.from(body), options))
      const id = parsed(response)?.deposits?.[0]?.id
      if (typeof id !== 'string' || !/^[a-z2-7]{58}$/.test(id)) {
        throw new TargetError('unreachable', 'its answer names no deposit')
      }
      return id
    },
    async receipt(id) {
      const options = { timeoutMs, bodyBytesMax: receiptBytesMax }
      const response = await asked(() => network.get(`${url}/v1/receipts/${id}`, options))
      return response.status === 200 ? Buffer.from(response.body).toString() : null
    },
  }
}

function nameOf(algorithm: number): DigestAlgorithm {
  for (const [name, { number }] of Object.entries(digestAlgorithms)) {
    if (number === algorithm) return name as DigestAlgorithm
  }
  throw new TargetError('refused', `digest algorithm ${algorithm} has no name`)
}

function parsed({ body }: NetworkResponse): { deposits?: readonly { id?: unknown }[] } | null {
  try {
    return JSON.parse(Buffer.from(body).toString()) as { deposits?: readonly { id?: unknown }[] } | null
  } catch {
    return null
  }
}

/** What a problem document says, or the beginning of whatever came. */
function wordsOf({ body }: NetworkResponse): string {
  const text = Buffer.from(body).toString()
  try {
    const { title, detail } = JSON.parse(text) as { title?: unknown; detail?: unknown }
    return [title, detail]
      .filter((part) => typeof part === 'string')
      .join(' ')
      .slice(0, wordsMax)
  } catch {
    return text.replaceAll(/[^\x20-\x7e]/g, ' ').slice(0, wordsMax)
  }
}
