/**
 * The tables of a PDF file, which say where its objects stand: one for each revision, the newest first (ISO 32000-2, 7.5). They are
 * taken as they are: a file whose tables are wrong is not repaired, because tools repair in different ways.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { broken, tooMuch } from './error.ts'
import { unpacked } from './inflate.ts'
import { type Budget, Syntax } from './syntax.ts'
import { isList, isName, isStream, type PdfDictionary, type PdfStream } from './values.ts'

/** Most revisions and most objects of a file. */
export const revisionsMax = 256
export const objectsMax = 500_000
/** Largest table, in bytes, when it is packed. */
const tableBytesMax = 16_777_216

/** Where an object stands: at a place of the file, or within a stream of objects. */
export type Place = { readonly at: number } | { readonly stream: number; readonly index: number } | 'free'

/** One table. */
export interface Table {
  readonly trailer: PdfDictionary
  readonly places: ReadonlyMap<number, Place>
}

/** All tables, the newest first. @throws {PdfError} */
export function readTables(bytes: Bytes, budget: Budget, streamAt: (at: number) => PdfStream): Table[] {
  const tables: Table[] = []
  const seen = new Set<number>()
  const waiting: (number | null)[] = [lastStart(bytes, budget)]
  let objects = 0
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (next === null) continue
    if (seen.has(next)) throw broken('the tables lead in a circle')
    seen.add(next)
    if (tables.length >= revisionsMax) throw tooMuch(`more than ${revisionsMax} tables`)
    const table = readTable(bytes, next, budget, streamAt)
    objects += table.places.size
    if (objects > objectsMax) throw tooMuch(`more than ${objectsMax} objects`)
    tables.push(table)
    // A table for old readers leads to one for newer ones, which comes before that of the revision before.
    waiting.push(offsetIn(table.trailer, 'XRefStm'), offsetIn(table.trailer, 'Prev'))
  }
  return tables
}

const offsetIn = (trailer: PdfDictionary, key: string): number | null => {
  const value = trailer.get(key)
  return typeof value === 'number' ? value : null
}

/** What the end of the file names as the newest table. */
function lastStart(bytes: Bytes, budget: Budget): number {
  const tail = bytes.subarray(Math.max(0, bytes.length - 2_048))
  const word = Array.from('startxref', (character) => character.charCodeAt(0))
  for (let at = tail.length - word.length; at >= 0; at--) {
    if (!word.every((byte, index) => tail[at + index] === byte)) continue
    const start = new Syntax(tail, at + word.length, budget).natural()
    if (start !== null && start < bytes.length) return start
    break
  }
  throw broken('the end of the file names no table')
}

function readTable(bytes: Bytes, start: number, budget: Budget, streamAt: (at: number) => PdfStream): Table {
  const syntax = new Syntax(bytes, start, budget)
  if (!syntax.keyword('xref')) return readPackedTable(streamAt(start))
  const places = new Map<number, Place>()
  while (!syntax.keyword('trailer')) {
    const [first, count] = [syntax.natural(), syntax.natural()]
    if (first === null || count === null) throw broken('a table cannot be read')
    for (let index = 0; index < count; index++) {
      const [at, generation] = [syntax.natural(), syntax.natural()]
      if (at === null || generation === null) throw broken('a table cannot be read')
      const used = syntax.keyword('n')
      if (!used && !syntax.keyword('f')) throw broken('a table cannot be read')
      places.set(first + index, used ? { at } : 'free')
      if (places.size > objectsMax) throw tooMuch(`more than ${objectsMax} objects`)
    }
  }
  return { places, trailer: syntax.dictionary() }
}

/** A table as a stream (7.5.8). */
function readPackedTable(stream: PdfStream): Table {
  const { dictionary: trailer } = stream
  const type = trailer.get('Type')
  const widths = trailer.get('W')
  if (!isStream(stream) || !isName(type) || type.name !== 'XRef' || !isList(widths) || widths.length < 3) {
    throw broken('a table cannot be read')
  }
  const [kindBytes, firstBytes, secondBytes] = widths.map((width) => (isWidth(width) ? width : 9))
  if (kindBytes === undefined || firstBytes === undefined || secondBytes === undefined) throw broken('a table is odd')
  const rowBytes = kindBytes + firstBytes + secondBytes
  if (rowBytes === 0 || rowBytes > 24) throw broken('a table cannot be read')
  const bytes = unpacked(stream, tableBytesMax)
  const places = new Map<number, Place>()
  let row = 0
  for (const [first, count] of ranges(trailer)) {
    for (let index = 0; index < count; index++, row++) {
      const at = row * rowBytes
      if (at + rowBytes > bytes.length) throw broken('a table ends too early')
      const kind = kindBytes === 0 ? 1 : numberAt(bytes, at, kindBytes)
      const one = numberAt(bytes, at + kindBytes, firstBytes)
      const two = numberAt(bytes, at + kindBytes + firstBytes, secondBytes)
      places.set(first + index, kind === 1 ? { at: one } : kind === 2 ? { stream: one, index: two } : 'free')
    }
  }
  return { places, trailer }
}

const isWidth = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 8

function* ranges(trailer: PdfDictionary): Generator<[number, number]> {
  const index = trailer.get('Index') ?? [0, trailer.get('Size') ?? 0]
  if (!isList(index)) throw broken('a table cannot be read')
  for (let at = 0; at + 1 < index.length; at += 2) {
    const [first, count] = [index[at], index[at + 1]]
    if (typeof first !== 'number' || typeof count !== 'number') throw broken('a table cannot be read')
    yield [first, count]
  }
}

function numberAt(bytes: Bytes, at: number, length: number): number {
  let value = 0
  for (let index = 0; index < length; index++) value = value * 256 + (bytes[at + index] ?? 0)
  return value
}
