/**
 * Unpacks streams of PDF files: the one filter that files of objects use, and its predictor (ISO 32000-2, 7.4.4). What may come
 * out is bounded before it does.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { Unzlib } from 'fflate'
import { broken, PdfError, tooMuch } from './error.ts'
import { isDictionary, isList, nameOf, type PdfDictionary, type PdfStream, type PdfValue } from './values.ts'

/** Bytes that are unpacked at once: deflate makes at most 1,032 of each. */
const stepBytes = 4_096

/** Unpacks a stream. @param bytesMax - what may come out, in bytes @throws {PdfError} */
export function unpacked({ dictionary, raw }: PdfStream, bytesMax: number): Bytes {
  const filters = listOf(dictionary.get('Filter'))
  const [filter, ...others] = filters
  if (filter === undefined) {
    if (raw.length > bytesMax) throw tooMuch(`a stream has more than ${bytesMax} bytes`)
    return raw
  }
  if (others.length > 0 || nameOf(filter) !== 'FlateDecode') throw broken('a stream is packed in another way')
  const [parameters] = listOf(dictionary.get('DecodeParms'))
  return unpredicted(inflated(raw, bytesMax), isDictionary(parameters) ? parameters : null)
}

const listOf = (value: PdfValue | undefined): readonly PdfValue[] =>
  value === undefined || value === null ? [] : isList(value) ? value : [value]

function inflated(raw: Bytes, bytesMax: number): Bytes {
  const parts: Bytes[] = []
  let length = 0
  const stream = new Unzlib((chunk) => {
    length += chunk.length
    if (length > bytesMax) throw tooMuch(`a stream unpacks to more than ${bytesMax} bytes`)
    parts.push(new Uint8Array(chunk))
  })
  try {
    for (let at = 0; at < raw.length; at += stepBytes) {
      stream.push(raw.subarray(at, at + stepBytes), at + stepBytes >= raw.length)
    }
  } catch (cause) {
    if (cause instanceof PdfError) throw cause
    throw broken('a stream cannot be unpacked', cause)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Undoes the predictors of PNG (ISO/IEC 15948, 9), which tables of objects use. */
function unpredicted(bytes: Bytes, parameters: PdfDictionary | null): Bytes {
  const number = (key: string, otherwise: number): number => {
    const value = parameters?.get(key) ?? otherwise
    return typeof value === 'number' ? value : 0
  }
  if (number('Predictor', 1) === 1) return bytes
  const columns = number('Columns', 1)
  const isPlain = number('Colors', 1) === 1 && number('BitsPerComponent', 8) === 8
  if (number('Predictor', 1) < 10 || !Number.isInteger(columns) || columns < 1 || !isPlain) throw oddPredictor()
  const out = new Uint8Array(Math.floor(bytes.length / (columns + 1)) * columns)
  for (let start = 0, from = 0; start < out.length; start += columns, from += columns + 1) {
    const filter = bytes[from] ?? 0
    if (filter > 4) throw oddPredictor()
    for (let column = 0; column < columns; column++) {
      out[start + column] = (bytes[from + 1 + column] ?? 0) + guessed(filter, out, start, column, columns)
    }
  }
  return out
}

const oddPredictor = (): PdfError => broken('a stream has a predictor that is not read here')

/** What a byte is guessed to be from those left of it and above it. */
function guessed(filter: number, out: Bytes, start: number, column: number, columns: number): number {
  const left = column === 0 ? 0 : (out[start + column - 1] ?? 0)
  const up = start === 0 ? 0 : (out[start + column - columns] ?? 0)
  if (filter < 3) return [0, left, up][filter] ?? 0
  if (filter === 3) return (left + up) >> 1
  return nearest(left, up, start === 0 || column === 0 ? 0 : (out[start + column - columns - 1] ?? 0))
}

/** Paeth's predictor. */
function nearest(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}
