/**
 * `Network` over the platform's fetch, with a time-out for the whole exchange and a cap on the answer.
 * @module
 */
import type { Network } from './network.ts'

/** Outgoing HTTP of this machine. Redirects are not followed: a witness that moved is a matter for its policy. */
export const nodeNetwork: Network = {
  async get(url, options) {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(options.timeoutMs) })
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      body: await readCapped(response, options.bodyBytesMax),
    }
  },
  async post(url, body, options) {
    const response = await fetch(url, {
      method: 'POST',
      body: Uint8Array.from(body),
      headers: { ...options.headers, 'content-type': options.contentType },
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeoutMs),
    })
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      body: await readCapped(response, options.bodyBytesMax),
    }
  },
}

async function readCapped(response: Response, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    // Leaving the loop cancels the stream, so a hostile answer costs at most the cap.
    if (length > bytesMax) throw new Error(`the answer of ${response.url} is longer than ${bytesMax} bytes`)
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts, length))
}
