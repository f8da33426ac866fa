/**
 * Which characters a font has: the `cmap` table of TrueType, OpenType and collections (OpenType 1.9, formats 4 and 12).
 * Fonts are files of the installation, so what cannot be read is a fault of it and throws.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

/** Code points that a font maps to a glyph. */
export class Coverage {
  readonly #bits = new Uint8Array(0x110000 / 8)

  add(codePoint: number): void {
    const at = codePoint >> 3
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (codePoint & 7))
  }

  has(codePoint: number): boolean {
    return ((this.#bits[codePoint >> 3] ?? 0) & (1 << (codePoint & 7))) !== 0
  }
}

/** Adds the characters of a font file, of a collection those of one face. @throws {RangeError} */
export function addCoverage(coverage: Coverage, file: Bytes, face = 0): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const isCollection = view.getUint32(0) === 0x74746366
  const font = isCollection ? view.getUint32(12 + 4 * face) : 0
  const cmap = tableAt(view, font, 0x636d6170)
  for (let at = 0; at < view.getUint16(cmap + 2); at++) {
    const record = cmap + 4 + 8 * at
    const [platform, encoding] = [view.getUint16(record), view.getUint16(record + 2)]
    // Unicode, but not its variation sequences; or Windows with the BMP or all of Unicode.
    if (!(platform === 0 && encoding !== 5) && !(platform === 3 && (encoding === 1 || encoding === 10))) continue
    const table = cmap + view.getUint32(record + 4)
    const format = view.getUint16(table)
    if (format === 4) addSegments(coverage, view, table)
    else if (format === 12) addGroups(coverage, view, table)
  }
}

function tableAt(view: DataView, font: number, tag: number): number {
  for (let at = 0; at < view.getUint16(font + 4); at++) {
    const record = font + 12 + 16 * at
    if (view.getUint32(record) === tag) return view.getUint32(record + 8)
  }
  throw new RangeError('the font has no cmap')
}

/** Format 4: segments of the basic plane. Glyph 0 stands for a character that is missing. */
function addSegments(coverage: Coverage, view: DataView, table: number): void {
  const doubled = view.getUint16(table + 6)
  const ends = table + 14
  const starts = ends + doubled + 2
  const deltas = starts + doubled
  const offsets = deltas + doubled
  for (let at = 0; at < doubled; at += 2) {
    const [start, end] = [view.getUint16(starts + at), view.getUint16(ends + at)]
    const [delta, offset] = [view.getUint16(deltas + at), view.getUint16(offsets + at)]
    for (let codePoint = start; codePoint <= end && codePoint < 0xffff; codePoint++) {
      const mapped = offset === 0 ? codePoint : view.getUint16(offsets + at + offset + 2 * (codePoint - start))
      const glyph = mapped === 0 ? 0 : (mapped + delta) & 0xffff
      if (glyph !== 0) coverage.add(codePoint)
    }
  }
}

/** Format 12: groups of all planes. */
function addGroups(coverage: Coverage, view: DataView, table: number): void {
  for (let at = 0; at < view.getUint32(table + 12); at++) {
    const group = table + 16 + 12 * at
    const [start, end, glyph] = [view.getUint32(group), view.getUint32(group + 4), view.getUint32(group + 8)]
    for (let codePoint = start; codePoint <= end; codePoint++) {
      if (glyph + codePoint - start !== 0) coverage.add(codePoint)
    }
  }
}
