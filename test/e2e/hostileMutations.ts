/**
 * What can be done to a valid request: its JSON, its bytes, its path, its headers, and how it travels.
 * @module
 */
import { type Route } from '@jurat/api/route'
import { routes } from '@jurat/api/routes'
import type { Dice } from '../seededRandom.ts'
import type { Genuine } from './genuineRequests.ts'
import { type RawRequest, requestBytes } from './rawHttp.ts'

/** What goes over one connection. */
export interface Attempt {
  readonly pieces: readonly Buffer[]
  /** The methods of the requests, for answers without a body. */
  readonly methods: readonly string[]
  /** How many answers there must be; null: any number, since what was sent may be no request. */
  readonly answers: number | null
  /** Whether our side of the connection ends after the last piece. */
  readonly end: boolean
}

type Mutation = (dice: Dice, genuine: Genuine, all: readonly Genuine[]) => Attempt

/** All kinds of mutations, by name. */
export const mutations: Readonly<Record<string, Mutation>> = {
  json: (dice, genuine) => whole({ ...genuine, body: mutateJson(dice, genuine.body) }),
  body: (dice, genuine) => whole({ ...genuine, body: mutateBytes(dice, genuine.body) }),
  path: (dice, genuine) => whole({ ...genuine, target: mutateTarget(dice, genuine.target) }),
  headers: (dice, genuine) => whole({ ...genuine, headers: mutateHeaders(dice, genuine) }),
  method: (dice, genuine) => whole({ ...genuine, method: dice.one(methods) }),
  anyBytes: (dice, genuine) => any([mutateBytes(dice, requestBytes(closing(genuine)))]),
  framing: (dice, genuine) => any([badFraming(dice, closing(genuine))]),
  truncated(dice, genuine) {
    const bytes = requestBytes(closing(genuine))
    return any([bytes.subarray(0, dice.below(bytes.length))])
  },
  split(dice, genuine) {
    // The body is whole, if in pieces: the answer must be that of the genuine request.
    return { ...whole(genuine), pieces: cut(dice, requestBytes(closing(genuine)), 2 + dice.below(6)) }
  },
  chunked: (dice, genuine) => ({ ...any(chunkedPieces(dice, closing(genuine))), end: true }),
  oversized(dice, genuine) {
    const limit = (routes[genuine.id] as Route).bodyBytesMax ?? 4_096
    const length = Math.min(limit, oversizedBytesMax) + dice.one([1, 2, 65_536, 1_048_576])
    const body = Buffer.alloc(length, dice.one(['[', 'a', '{"items":[', ' ', '\0']))
    return any([requestBytes({ ...closing(genuine), body })])
  },
  pipelined(dice, genuine, all) {
    const more = Array.from({ length: 1 + dice.below(4) }, () => dice.one(all))
    const bytes = Buffer.concat([...more.map(requestBytes), requestBytes(closing(genuine))])
    const attempt = any(dice.below(2) === 0 ? [bytes] : cut(dice, bytes, 3))
    return { ...attempt, methods: [...more, genuine].map(({ method }) => method), answers: more.length + 1, end: false }
  },
  pipelinedGarbage(dice, genuine, all) {
    const more = Array.from({ length: 1 + dice.below(4) }, () => mutateBytes(dice, requestBytes(dice.one(all))))
    return any([Buffer.concat([...more, requestBytes(closing(genuine))])])
  },
}

/** Originals may be big; this is big enough to see that they are not gathered in memory. */
const oversizedBytesMax = 8_388_608

/** A request of which every part is well formed, as far as HTTP goes: exactly one answer. */
function whole(request: RawRequest): Attempt {
  const closed = closing(request)
  return { pieces: [requestBytes(closed)], methods: [closed.method], answers: 1, end: false }
}

const any = (pieces: readonly Buffer[]): Attempt => ({ pieces, methods: [], answers: null, end: true })

const closing = (request: RawRequest): RawRequest => ({
  ...request,
  headers: [...request.headers, ['connection', 'close']],
})

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH', 'QUERY']

/** Values as they stand in JSON text, some of which no serialiser would write. */
const hostileValues = [
  'null',
  'true',
  '-1',
  '0',
  '1.5',
  '1e999',
  '-0',
  '9007199254740993',
  '[]',
  '{}',
  '""',
  '"\\ud800"',
  '"\\u0000"',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{}}}',
  '"../../etc/passwd"',
  '"%s%n"',
  '"１２３"',
  '[[[[]]]]',
  '{"a":1,"a":2}',
  '"\u202e"',
  '99999999999999999999999',
  `"${'x'.repeat(5_000)}"`,
  `${'['.repeat(500)}${']'.repeat(500)}`,
  '"0000000000000000000000000000000000000000000000000000000000000000"',
  '"AAAA"',
  '"A=A="',
  '255',
  '4294967296',
]

function mutateJson(dice: Dice, body: Buffer): Buffer {
  if (body[0] !== 0x7b) return mutateBytes(dice, body)
  let text = body.toString()
  for (let count = 1 + dice.below(2); count > 0; count--) {
    const values = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+|true|false|null|\[|\{/g)]
    if (values.length === 0) break
    const found = dice.one(values)
    const from = found.index
    text = `${text.slice(0, from)}${dice.one(hostileValues)}${text.slice(endOfValue(text, from, found[0]))}`
  }
  return Buffer.from(text)
}

/** Where a value ends: after its last bracket. */
function endOfValue(text: string, from: number, start: string): number {
  if (start !== '[' && start !== '{') return from + start.length
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const character = text[at] ?? ''
    if ('[{'.includes(character)) depth++
    if (']}'.includes(character) && --depth === 0) return at + 1
  }
  return text.length
}

/** Changes some bytes: other ones, fewer, more, a piece twice. */
function mutateBytes(dice: Dice, bytes: Buffer): Buffer {
  let changed = bytes
  for (let count = 1 + dice.below(4); count > 0; count--) {
    const from = dice.below(changed.length + 1)
    const to = Math.min(changed.length, from + dice.below(8))
    const insert = dice.one([
      dice.bytes(dice.below(8)),
      Buffer.from(dice.one(['\r\n', '\0', '\n', ': ', 'HTTP/1.1', '\xff\xfe', '"', '}', ',', '%00'])),
      changed.subarray(from, Math.min(changed.length, from + dice.below(64))),
      flipped(dice, changed.subarray(from, to)),
    ])
    changed = Buffer.concat([changed.subarray(0, from), insert, changed.subarray(to)])
  }
  return changed
}

const flipped = (dice: Dice, bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte ^ (1 << dice.below(8))))

const hostileSegments = [
  '',
  '.',
  '..',
  '%2e%2e',
  '%2f',
  '%00',
  '%ff',
  '%zz',
  '%',
  '%E4%B8%AD',
  '*',
  ':id',
  '__proto__',
  'constructor',
  '0',
  '-1',
  '1e3',
  '00',
  '9999999999999999',
  '9'.repeat(300),
  'a'.repeat(64),
  'A'.repeat(64),
  'a'.repeat(58),
  'x000',
  'x'.repeat(8_000),
  '000.p',
  '000.p/0',
  '000.p/256',
  'x001/x002/003',
  '~',
  ';a=b',
  '@',
  '+',
  '%F0%9F%92%A9',
  '%ED%A0%80',
]

const hostileQueries = [
  '?',
  '?=',
  '?&&&',
  '?wait',
  '?wait=',
  '?wait=x',
  '?wait=witnessed&wait=committed',
  '?digest',
  '?digest=%00',
  '?%',
  '?__proto__=1',
  '?a[b]=c',
  '?digest[]=a',
  '?wait=%zz',
  `?${'a=b&'.repeat(1_000)}`,
  `?digest=${'0'.repeat(64)}`,
  '?#',
]

function mutateTarget(dice: Dice, target: string): string {
  const [path = '', query] = target.split('?', 2)
  const segments = path.split('/')
  for (let count = 1 + dice.below(2); count > 0; count--) {
    const at = 1 + dice.below(segments.length)
    segments.splice(at, dice.one([0, 1, 1, 1]), dice.one(hostileSegments))
  }
  const changed = dice.below(4) === 0 ? path : segments.join('/')
  return `${changed === '' ? '/' : changed}${dice.one(['', query === undefined ? '' : `?${query}`, dice.one(hostileQueries)])}`
}

/** Headers that are well formed, whatever they say. */
function mutateHeaders(dice: Dice, { headers }: RawRequest): RawRequest['headers'] {
  const more = Array.from({ length: 1 + dice.below(3) }, (): readonly [string, string] => dice.one(hostileHeaders))
  const kept = headers.filter(([name]) => !more.some(([other]) => other === name))
  const removed = dice.below(3) === 0 ? kept.filter(([name]) => name === 'host' || dice.below(2) === 0) : kept
  return [...removed, ...more]
}

const hostileHeaders: readonly (readonly [string, string])[] = [
  '',
  'Bearer',
  'Bearer ',
  'Basic eDp5',
  `Bearer ${'a'.repeat(7_000)}`,
  'Bearer \xff',
  'bearer x',
]

  .map((value): readonly [string, string] => ['authorization', value])
  .concat(
    ['', '?', 'a/b', 'application/json;', 'application/json; charset=utf-16', 'APPLICATION/JSON', 'a/b/c', '\xff'].map(
      (value) => ['content-type', value],
    ),
    ['', 'a b', 'x'.repeat(129), '\xe4', 'same', 'k,k'].map((value) => ['idempotency-key', value]),
    ['', '*', 'zh', 'zh-TW;q=9', ';;;', 'x'.repeat(3_000), 'q=,q='].map((value) => ['accept-language', value]),
    ['gzip', 'deflate, br', ''].map((value) => ['content-encoding', value]),
    ['', 'x', '127.0.0.1, ::1', '\xff'].map((value) => ['x-forwarded-for', value]),
    [
      ['x', 'y'.repeat(12_000)],
      ['range', 'bytes=0-0,-1'],
      ['if-none-match', '*'],
      ['accept', 'text/html;q=x'],
      ['upgrade', 'h2c'],
      ['cookie', '__proto__=1'],
      ['expect', 'nonsense'],
      ['te', 'trailers'],
      ['origin', 'null'],
      ['accept-version', '9.9.9'],
      ['__proto__', 'x'],
    ],
  )

/** Lengths that contradict the body, each other, or HTTP. */
function badFraming(dice: Dice, { headers, ...request }: RawRequest): Buffer {
  const length = request.body.length
  const lines: readonly (readonly [string, string])[] = dice.one([
    [['content-length', String(length + 1 + dice.below(1_000))]],
    [['content-length', String(Math.max(0, length - 1 - dice.below(20)))]],
    [['content-length', dice.one(['-1', '+5', '0x10', '1e3', ' ', '99999999999999999999', '5, 5', '٣', '1 1', ''])]],
    [
      ['content-length', String(length)],
      ['content-length', String(length + 1)],
    ],
    [
      ['content-length', String(length)],
      ['transfer-encoding', 'chunked'],
    ],
    [['transfer-encoding', dice.one(['gzip', 'chunked, chunked', 'identity', 'Chunked ', 'chunked\x0b', 'x'])]],
    [['expect', '100-continue']],
    [['host', 'another']],
    [['x', 'y'.repeat(17_000)]],
    Array.from({ length: 2_100 }, (_, at) => [`x${at}`, ''] as const),
  ])
  const kept = dice.below(5) === 0 ? headers.filter(([name]) => name !== 'host') : headers
  const head = requestBytes({ ...request, headers: [...kept, ...lines], body: Buffer.alloc(0) })
  const line = dice.one([
    'HTTP/1.1',
    'HTTP/1.1',
    'HTTP/1.1',
    'HTTP/1.0',
    'HTTP/2.0',
    'HTTP/0.9',
    'HTTP/1.11',
    'http/1.1',
  ])
  return Buffer.concat([Buffer.from(head.toString('latin1').replace('HTTP/1.1', line), 'latin1'), request.body])
}

/** The body in chunks, of which one may be garbage. */
function chunkedPieces(dice: Dice, { headers, ...request }: RawRequest): Buffer[] {
  const head = requestBytes({
    ...request,
    headers: [...headers, ['transfer-encoding', 'chunked']],
    body: Buffer.alloc(0),
  })
  const chunks = cut(dice, request.body, 1 + dice.below(4)).map((chunk) =>
    Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
  )
  const last = Buffer.from('0\r\n\r\n')
  const garbage = dice.one([
    'zz\r\n',
    'ffffffffffffffff\r\n',
    '-1\r\n',
    '5\r\nab',
    '\r\n',
    '1;a=b\r\n',
    '0\r\nx: y\r\n',
    '',
    '\0',
  ])
  if (dice.below(2) === 0) chunks.splice(dice.below(chunks.length + 1), 0, Buffer.from(garbage))
  return [head, ...chunks, last].filter((piece) => piece.length > 0)
}

/** Cuts bytes at random places. */
function cut(dice: Dice, bytes: Buffer, count: number): Buffer[] {
  const places = Array.from({ length: count - 1 }, () => dice.below(bytes.length + 1)).toSorted((a, b) => a - b)
  return [0, ...places]
    .map((from, at) => bytes.subarray(from, places[at] ?? bytes.length))
    .filter((piece) => piece.length > 0)
}
