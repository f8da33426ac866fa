/**
 * A PDF file of strangers, opened: its objects, in each of its revisions. Bounded in time and memory, whatever stands in it.
 * docs/spec/signatures.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { broken, PdfError, tooMuch } from './error.ts'
import { unpacked } from './inflate.ts'
import { type Budget, Syntax, valuesMax } from './syntax.ts'
import { type Place, readTables, type Table } from './tables.ts'
import { isDictionary, isReference, isStream, type PdfDictionary, type PdfStream, type PdfValue } from './values.ts'

/** Largest file that is opened, in bytes. */
export const pdfBytesMax = 67_108_864
/** What all streams of a file may unpack to, in bytes. */
export const unpackedBytesMax = 134_217_728
/** How often a reference may lead to another. */
const referencesMax = 32

/** An opened file. */
export class PdfFile {
  readonly bytes: Bytes
  /** The newest first. */
  readonly tables: readonly Table[]
  readonly #budget: Budget = { values: valuesMax }
  #unpackedLeft = unpackedBytesMax
  readonly #objects = new Map<string, PdfValue>()
  readonly #packed = new Map<string, readonly PdfValue[]>()

  /** Opens a file. @throws {PdfError} */
  constructor(bytes: Bytes) {
    if (bytes.length > pdfBytesMax) throw tooMuch(`the file has ${bytes.length} bytes, more than ${pdfBytesMax}`)
    const head = String.fromCharCode(...bytes.subarray(0, 1_024))
    if (!head.includes('%PDF-')) throw broken('it does not begin as a PDF does')
    this.bytes = bytes
    this.tables = readTables(bytes, this.#budget, (at) => {
      const value = this.#readAt(at, null, null)
      if (!isStream(value)) throw broken('a table cannot be read')
      return value
    })
    if (this.tables.some(({ trailer }) => trailer.has('Encrypt'))) {
      throw new PdfError('pdf-encrypted', 'the file is encrypted')
    }
  }

  /** The objects of the file. */
  revision(): Revision {
    return new Revision(this, this.tables)
  }

  /** Unpacks a stream, and counts what came out. @throws {PdfError} */
  unpack(stream: PdfStream, bytesMax: number = this.#unpackedLeft): Bytes {
    const bytes = unpacked(stream, Math.min(bytesMax, this.#unpackedLeft))
    this.#unpackedLeft -= bytes.length
    return bytes
  }

  /** An object where it stands. @throws {PdfError} */
  objectAt(number: number, place: Place, revision: Revision): PdfValue {
    if (place === 'free') return null
    const key = 'at' in place ? `${number} at ${place.at}` : `${number} in ${this.#keyOf(place.stream, revision)}`
    const known = this.#objects.get(key)
    if (known !== undefined) return known
    // A stream whose length leads back to itself finds nothing.
    this.#objects.set(key, null)
    const value =
      'at' in place
        ? this.#readAt(place.at, number, revision)
        : (this.#objectsIn(place.stream, revision)[place.index] ?? null)
    this.#objects.set(key, value)
    return value
  }

  #keyOf(stream: number, revision: Revision): string {
    const place = revision.placeOf(stream)
    return place !== null && place !== 'free' && 'at' in place ? String(place.at) : `?${stream}`
  }

  /** `1 0 obj`, a value, and for a stream its bytes. */
  #readAt(at: number, number: number | null, revision: Revision | null): PdfValue {
    const syntax = new Syntax(this.bytes, at, this.#budget)
    const found = syntax.natural()
    if (found === null || syntax.natural() === null || !syntax.keyword('obj')) throw broken('an object is not there')
    if (number !== null && found !== number) throw broken(`object ${number} is not where the table says`)
    const value = syntax.value()
    if (!isDictionary(value) || !syntax.keyword('stream')) return value
    // One line end, then the bytes.
    if (this.bytes[syntax.at] === 13) syntax.at++
    if (this.bytes[syntax.at] === 10) syntax.at++
    const stated = value.get('Length')
    const length = isReference(stated) ? revision?.resolve(stated) : stated
    if (typeof length !== 'number' || length < 0 || syntax.at + length > this.bytes.length) {
      throw broken('a stream has no length, or a wrong one')
    }
    const raw = this.bytes.subarray(syntax.at, syntax.at + length)
    syntax.at += length
    if (!syntax.keyword('endstream')) throw broken('a stream does not end where it says')
    return { dictionary: value, raw }
  }

  /** The objects of a stream of objects (7.5.7). */
  #objectsIn(number: number, revision: Revision): readonly PdfValue[] {
    const key = this.#keyOf(number, revision)
    const known = this.#packed.get(key)
    if (known !== undefined) return known
    const place = revision.placeOf(number)
    if (place === null || place === 'free' || !('at' in place)) throw broken('a stream of objects is not there')
    const stream = this.objectAt(number, place, revision)
    if (!isStream(stream)) throw broken('a stream of objects is none')
    const [count, first] = [stream.dictionary.get('N'), stream.dictionary.get('First')]
    if (typeof count !== 'number' || typeof first !== 'number') throw broken('a stream of objects cannot be read')
    const bytes = this.unpack(stream)
    const index = new Syntax(bytes, 0, this.#budget)
    const offsets: number[] = []
    for (let at = 0; at < count; at++) {
      const [object, offset] = [index.natural(), index.natural()]
      if (object === null || offset === null) throw broken('a stream of objects cannot be read')
      offsets.push(offset)
    }
    const objects = offsets.map((offset) => new Syntax(bytes, first + offset, this.#budget).value())
    this.#packed.set(key, objects)
    return objects
  }
}

/** The objects of a file by their numbers. */
export class Revision {
  readonly file: PdfFile
  /** The newest first. */
  readonly tables: readonly Table[]

  constructor(file: PdfFile, tables: readonly Table[]) {
    this.file = file
    this.tables = tables
  }

  /** Where an object stands; null when no table knows it. */
  placeOf(number: number): Place | null {
    for (const { places } of this.tables) {
      const place = places.get(number)
      if (place !== undefined) return place
    }
    return null
  }

  /** An object by its number; null when there is none. @throws {PdfError} */
  object(number: number): PdfValue {
    const place = this.placeOf(number)
    return place === null ? null : this.file.objectAt(number, place, this)
  }

  /** What a reference leads to, or the value itself. @throws {PdfError} */
  resolve(value: PdfValue | undefined): PdfValue {
    let found: PdfValue = value ?? null
    for (let step = 0; isReference(found); step++) {
      if (step >= referencesMax) throw tooMuch(`a reference leads on more than ${referencesMax} times`)
      found = this.object(found.object)
    }
    return found
  }

  /** The dictionary that something leads to, or null. */
  dictionary(value: PdfValue | undefined): PdfDictionary | null {
    const found = this.resolve(value)
    return isDictionary(found) ? found : null
  }

  /** @throws {PdfError} when there is none */
  get catalog(): PdfDictionary {
    const catalog = this.dictionary(this.tables[0]?.trailer.get('Root'))
    if (catalog === null) throw broken('the file has no catalog')
    return catalog
  }
}
