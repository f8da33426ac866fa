/**
 * The head of a request in the form that the fast lane takes: strict, so that nothing is read here otherwise than the
 * HTTP server would read it. Whatever it does not know, it leaves.
 * @module
 */

/** A head of a request with a body. */
export interface LaneHead {
  /** Method and path without query: `POST /v1/deposits`. */
  readonly route: string
  /** Path with query. */
  readonly url: string
  readonly bodyBytes: number
  /** By lower-case name. None stands twice. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** Heads of up to this many bytes are taken, and kept: a client sends the same one again and again. */
const headBytesMax = 1_024
export const keptHeadsMax = 4_096

/** Headers that change what a request means for the connection: such requests are left to the HTTP server. */
const leftHeaders = new Set(['transfer-encoding', 'expect', 'upgrade', 'te', 'trailer', 'connection', 'keep-alive'])

const requestLine = /^POST (\/[\x21-\x7e]*) HTTP\/1\.1$/
const headerLine = /^([A-Za-z0-9-]+): ?([\x21-\x7e]?[\x20-\x7e]*)$/

const kept = new Map<string, LaneHead | null>()

/** Reads the first `end` bytes of `bytes`; null when the HTTP server must look at them. */
export function parseHead(bytes: Buffer, end: number): LaneHead | null {
  if (end > headBytesMax) return null
  const text = bytes.toString('latin1', 0, end)
  const known = kept.get(text)
  if (known !== undefined) return known
  const head = readHead(text)
  if (kept.size >= keptHeadsMax) kept.clear()
  kept.set(text, head)
  return head
}

function readHead(text: string): LaneHead | null {
  const [first = '', ...lines] = text.split('\r\n')
  const url = requestLine.exec(first)?.[1]
  if (url === undefined) return null
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  for (const line of lines) {
    const [, name, value] = headerLine.exec(line) ?? []
    if (name === undefined || value === undefined) return null
    const lower = name.toLowerCase()
    if (lower in headers) return null
    if (leftHeaders.has(lower) && !(lower === 'connection' && value.toLowerCase() === 'keep-alive')) return null
    headers[lower] = value.trimEnd()
  }
  const { host, 'content-length': length } = headers
  if (host === undefined || length === undefined || !/^(0|[1-9][0-9]{0,8})$/.test(length)) return null
  const [path = ''] = url.split('?', 1)
  return { route: `POST ${path}`, url, bodyBytes: Number(length), headers }
}
