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
      request.off('data', onData).off('end', onEnd).off('error', end).off('close', onClose)
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
    const onClose = (): void => end(new ProblemError('request-malformed', { detail: 'the body ended early' }))
    request.on('data', onData).on('end', onEnd).on('error', end).on('close', onClose)
  })
}

const tooBig = (bytesMax: number): ProblemError =>
  new ProblemError('body-too-big', { detail: `at most ${bytesMax} bytes` })

/** Parses JSON in UTF-8. @throws ProblemError `body-malformed` */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body))
  } catch {
    throw new ProblemError('body-malformed', { errors: [{ path: '', message: 'is not JSON in UTF-8' }] })
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
