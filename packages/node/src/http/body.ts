/**
 * Bodies of requests: read with a limit of bytes and of time, never further.
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { ProblemError } from './problems.ts'

/** Longest time for a whole body other than an original, milliseconds. */
export const bodyTimeoutMs = 30_000

/** Bodies that a hot path read before it left the request to the application. */
const alreadyRead = new WeakMap<IncomingMessage, Buffer>()

/** Hands a body on that was read already. */
export function keepBody(request: IncomingMessage, body: Buffer): void {
  alreadyRead.set(request, body)
}

/**
 * Reads a whole body.
 * @throws ProblemError `body-too-big`, before anything is read when the length is declared; `request-timeout`.
 */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const read = alreadyRead.get(request)
  if (read !== undefined) {
    return read.length > bytesMax ? Promise.reject(tooBig(bytesMax)) : Promise.resolve(read)
  }
  const declared = request.headers['content-length']
  if (declared !== undefined && Number(declared) > bytesMax) return Promise.reject(tooBig(bytesMax))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const end = (error: Error | null): void => {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onClose)
      if (error !== null) {
        request.pause()
        reject(error)
      } else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks))
    }
    const timer = setTimeout(() => end(new ProblemError('request-timeout')), bodyTimeoutMs)
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length > bytesMax) end(tooBig(bytesMax))
      else chunks.push(chunk)
    }
    const onEnd = (): void => end(null)
    // A client that goes away is no fault of the node, whatever way its connection ends.
    const onGone = (cause?: Error): void => end(endedEarly(cause))
    const onClose = (): void => onGone()
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onClose)
  })
}

/** The problem of a body whose client went away before its end; nobody is left to read it. */
export const endedEarly = (cause: unknown): ProblemError =>
  new ProblemError('request-malformed', { detail: 'the body ended early' }, { cause })

const tooBig = (bytesMax: number): ProblemError =>
  new ProblemError('body-too-big', { detail: `at most ${bytesMax} bytes` })

/** Whether a request says that its body is of this media type. */
export const isMediaType = (request: IncomingMessage, mediaType: string): boolean =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() === mediaType

/** Parses JSON in UTF-8, of which all text can be written as UTF-8 (I-JSON, RFC 7493). @throws ProblemError `body-malformed` */
export function parseJson(body: Buffer): unknown {
  try {
    const text = utf8.decode(body)
    return surrogateEscape.test(text) ? JSON.parse(text, refuseLoneSurrogates) : JSON.parse(text)
  } catch {
    throw new ProblemError('body-malformed', { errors: [{ path: '', message: 'is not JSON in UTF-8' }] })
  }
}

/** In UTF-8 there are no surrogates: in JSON they come as escapes alone. */
const surrogateEscape = /\\u[dD][89a-fA-F]/

const loneSurrogate = /\p{Cs}/u

function refuseLoneSurrogates(key: string, value: unknown): unknown {
  if (loneSurrogate.test(key) || (typeof value === 'string' && loneSurrogate.test(value))) throw new Error('no text')
  return value
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
