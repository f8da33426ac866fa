/**
 * Values of PDF files (ISO 32000-2, 7.3), and what is asked of them.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

export interface PdfName {
  readonly name: string
}
export interface PdfText {
  readonly bytes: Bytes
  /** Where it stands in the file, its delimiters included. */
  readonly start: number
  readonly end: number
}
export interface PdfReference {
  readonly object: number
  readonly generation: number
}
export interface PdfStream {
  readonly dictionary: PdfDictionary
  /** Bytes as they stand in the file. */
  readonly raw: Bytes
}
export type PdfDictionary = ReadonlyMap<string, PdfValue>
export type PdfValue =
  null | boolean | number | PdfName | PdfText | PdfReference | PdfStream | PdfDictionary | readonly PdfValue[]

export const isDictionary = (value: PdfValue | undefined): value is PdfDictionary => value instanceof Map
export const isList = (value: PdfValue | undefined): value is readonly PdfValue[] => Array.isArray(value)

const has = (value: PdfValue | undefined, key: string): boolean =>
  value !== null && typeof value === 'object' && !isDictionary(value) && !isList(value) && key in value

export const isName = (value: PdfValue | undefined): value is PdfName => has(value, 'name')
export const isText = (value: PdfValue | undefined): value is PdfText => has(value, 'bytes')
export const isReference = (value: PdfValue | undefined): value is PdfReference => has(value, 'generation')
export const isStream = (value: PdfValue | undefined): value is PdfStream => has(value, 'dictionary')

/** The name of a name; null of anything else. */
export const nameOf = (value: PdfValue | undefined): string | null => (isName(value) ? value.name : null)

/** A text string as people read it: UTF-16 with its mark, UTF-8 with its mark, otherwise one byte a character. */
export function textOf(value: PdfValue | undefined): string | null {
  if (!isText(value)) return null
  const { bytes } = value
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes.subarray(2))
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return new TextDecoder().decode(bytes.subarray(3))
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}
