/**
 * The signatures in a PDF file: fields of its form and what stands in them (ISO 32000-2, 12.7.5.5 and 12.8). Nothing is checked.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { broken, tooMuch } from './error.ts'
import type { PdfFile, Revision } from './file.ts'
import { isList, isReference, isText, nameOf, type PdfDictionary, type PdfValue, textOf } from './values.ts'

/** Most fields of a form, and most signatures. */
export const fieldsMax = 4_096
export const signaturesMax = 64

/** A signature or a document time stamp. */
export interface PdfSignature {
  readonly field: string
  readonly kind: 'signature' | 'stamp'
  /** `ETSI.CAdES.detached`, `adbe.pkcs7.detached`, `ETSI.RFC3161`, or another. */
  readonly format: string
  /** The four numbers of the byte range. */
  readonly range: readonly [number, number, number, number]
  readonly contents: { readonly bytes: Bytes; readonly start: number; readonly end: number }
  /** What it says of itself; nobody has checked it. */
  readonly reason: string | null
  readonly claimedMs: number | null
}

/** All signatures, those that cover less of the file first. @throws {PdfError} */
export function signaturesOf(file: PdfFile): PdfSignature[] {
  const revision = file.revision()
  const form = revision.dictionary(revision.catalog.get('AcroForm'))
  const found: PdfSignature[] = []
  const seen = new Set<number>()
  const waiting: { value: PdfValue; name: string; type: string | null }[] = []
  const push = (list: PdfValue, name: string, type: string | null): void => {
    if (isList(list)) for (const value of list.slice(0, fieldsMax + 1)) waiting.push({ value, name, type })
  }
  push(revision.resolve(form?.get('Fields')), '', null)
  for (let fields = 0, next = waiting.pop(); next !== undefined; next = waiting.pop(), fields++) {
    if (fields > fieldsMax) throw tooMuch(`a form has more than ${fieldsMax} fields`)
    if (isReference(next.value)) {
      if (seen.has(next.value.object)) continue
      seen.add(next.value.object)
    }
    const field = revision.dictionary(next.value)
    if (field === null) continue
    const own = textOf(revision.resolve(field.get('T')))
    const name = [next.name, own ?? ''].filter((part) => part !== '').join('.')
    const type = nameOf(revision.resolve(field.get('FT'))) ?? next.type
    push(revision.resolve(field.get('Kids')), name, type)
    const value = revision.dictionary(field.get('V'))
    if (type === 'Sig' && value !== null && own !== null) found.push(signatureIn(revision, name, value))
    if (found.length > signaturesMax) throw tooMuch(`more than ${signaturesMax} signatures`)
  }
  return found.toSorted((one, other) => endOf(one) - endOf(other))
}

/** Where what a signature covers ends. */
export const endOf = ({ range }: PdfSignature): number => range[2] + range[3]

function signatureIn(revision: Revision, field: string, value: PdfDictionary): PdfSignature {
  const range = revision.resolve(value.get('ByteRange'))
  const contents = value.get('Contents')
  const format = nameOf(revision.resolve(value.get('SubFilter'))) ?? ''
  if (!isText(contents) || !isList(range) || range.length !== 4) {
    throw broken(`the signature ${field} does not say what it is over, or not in one piece`)
  }
  const [first, second, third, fourth] = range
  if (![first, second, third, fourth].every((each) => Number.isSafeInteger(each) && Number(each) >= 0)) {
    throw broken(`the signature ${field} is over something that cannot be`)
  }
  return {
    field,
    kind: nameOf(value.get('Type')) === 'DocTimeStamp' || format === 'ETSI.RFC3161' ? 'stamp' : 'signature',
    format,
    range: [Number(first), Number(second), Number(third), Number(fourth)],
    contents,
    reason: textOf(revision.resolve(value.get('Reason'))),
    claimedMs: timeOf(textOf(revision.resolve(value.get('M')))),
  }
}

/** `D:20270115080000+08'00'`, in milliseconds since 1970 UTC; null when it is no such time. */
function timeOf(text: string | null): number | null {
  const [, date, zone = 'Z', hours = '00', minutes = '00'] =
    /^D:(\d{14})(?:([+-Z])(?:(\d\d)'?(\d\d)?'?)?)?/u.exec(text ?? '') ?? []
  if (date === undefined) return null
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/u, '$1-$2-$3T$4:$5:$6')
  const timeMs = Date.parse(`${iso}${zone === 'Z' ? 'Z' : `${zone}${hours}:${minutes}`}`)
  return Number.isNaN(timeMs) ? null : timeMs
}
