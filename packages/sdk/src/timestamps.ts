/**
 * Asks a time-stamp authority for a token over HTTP (RFC 3161, 3.4). docs/spec/timestamps.md.
 * @module
 */
import { unsigned } from '@jurat/core/asn1/writer'
import type { Bytes } from '@jurat/core/bytes'
import { type Imprint, writeQuery } from '@jurat/core/timestamp/query'
import { readReply } from '@jurat/core/timestamp/reply'
import { SdkError } from './errors.ts'

/** Longest wait for an authority, in milliseconds. */
const timeoutMs = 30_000

/** Longest answer that is read, in bytes. */
const replyBytesMax = 131_072

const nonceBytes = 16

/**
 * Gets a token, with the certificates that its verification needs. Whether it is right says its verification.
 * @throws {SdkError} `authority-unreachable`, `authority-refused`, `answer-malformed`
 */
export async function requestToken(
  address: string,
  imprint: Imprint,
  random: (length: number) => Bytes,
): Promise<Bytes> {
  const nonce = unsigned(random(nonceBytes))
  const body = writeQuery({ imprint, policy: null, nonce, certificates: true })
  const reply = readReply(await post(address, body))
  if (reply === null) throw new SdkError('answer-malformed', 'The time-stamp authority answered with something else.')
  if ('token' in reply) return reply.token
  throw new SdkError('authority-refused', `The time-stamp authority refuses: ${reply.sentence}`)
}

async function post(address: string, body: Bytes): Promise<Bytes> {
  try {
    const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' }
    const signal = AbortSignal.timeout(timeoutMs)
    const response = await fetch(address, { method: 'POST', headers, body: new Uint8Array(body), signal })
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (response.ok && bytes.length <= replyBytesMax) return bytes
    throw new Error(`status ${response.status}, ${bytes.length} bytes`)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SdkError('authority-unreachable', `The time-stamp authority gives no answer: ${why}`, { cause })
  }
}
