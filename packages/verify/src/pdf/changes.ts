/**
 * What was changed in a PDF file after it was signed. Later signatures, time stamps and validation data are additions that leave
 * the document as it was; everything else is a change, whatever it looks like (ETSI EN 319 142-1; ISO 32000-2, 12.8.2.2).
 * @module
 */
import { equal } from '@jurat/core/bytes'
import { PdfFile, type Revision } from './file.ts'
import type { Place } from './tables.ts'
import {
  isDictionary,
  isList,
  isName,
  isReference,
  isStream,
  isText,
  nameOf,
  type PdfDictionary,
  type PdfValue,
} from './values.ts'

/** Most objects of a document security store. */
const storedMax = 16_384

/**
 * What is not as it was when the file ended at `end`, in words; null when only additions were made. The file of then is opened by
 * its own end: what the present end makes of it may be another file.
 * @throws {PdfError}
 */
export function changeAfter(file: PdfFile, end: number): string | null {
  const [before, now] = [new PdfFile(file.bytes.subarray(0, end)).revision(), file.revision()]
  const [oldRoot, newRoot] = [before.tables[0]?.trailer.get('Root'), now.tables[0]?.trailer.get('Root')]
  if (!isSame(oldRoot, newRoot)) return 'the file has another catalog'
  const stored = storedIn(before, now)
  for (const number of new Set(before.tables.flatMap(({ places }) => [...places.keys()]))) {
    const [place, present] = [before.placeOf(number), now.placeOf(number)]
    if (place === null || place === 'free' || isSamePlace(place, present) || stored.has(number)) continue
    const [old, changed] = [before.object(number), now.object(number)]
    if (isSame(old, changed) || isTable(old)) continue
    const isCatalog = isReference(oldRoot) && oldRoot.object === number
    if (!isAddition(now, old, changed, isCatalog)) return `object ${number} was changed`
  }
  return null
}

/** Packed objects are compared one by one: their stream may be another. */
const isSamePlace = (one: Place, other: Place | null): boolean =>
  other !== null && other !== 'free' && one !== 'free' && 'at' in one && 'at' in other && one.at === other.at

/** Tables and packed objects are where things stand, and nothing that is seen. */
const isTable = (value: PdfValue): boolean =>
  isStream(value) && ['XRef', 'ObjStm'].includes(nameOf(value.dictionary.get('Type')) ?? '')

/** Numbers of the objects of the document security store: they show nothing. */
function storedIn(...revisions: readonly Revision[]): ReadonlySet<number> {
  const numbers = new Set<number>()
  for (const revision of revisions) {
    const waiting: { value: PdfValue; depth: number }[] = [{ value: revision.catalog.get('DSS') ?? null, depth: 0 }]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { value, depth } = next
      if (isReference(value)) {
        if (numbers.has(value.object) || numbers.size > storedMax) continue
        const found = revision.object(value.object)
        // A page or a catalog that is reached from here is none of the store.
        if (
          depth > 4 ||
          (isDictionary(found) && ['Page', 'Pages', 'Catalog'].includes(nameOf(found.get('Type')) ?? ''))
        )
          continue
        numbers.add(value.object)
        waiting.push({ value: found, depth: depth + 1 })
      } else if (isList(value)) waiting.push(...value.map((each) => ({ value: each, depth })))
      else if (isDictionary(value))
        waiting.push(...[...value.values()].map((each) => ({ value: each, depth: depth + 1 })))
    }
  }
  return numbers
}

/** Whether nothing but signatures, time stamps and validation data was added to an object. */
function isAddition(now: Revision, old: PdfValue, changed: PdfValue, isCatalog: boolean): boolean {
  // A list of fields or of annotations, as an object of its own.
  if (isList(old) && isList(changed)) return addsSignatures(now, old, changed)
  if (!isDictionary(old) || !isDictionary(changed)) return false
  const differ = [...new Set([...old.keys(), ...changed.keys()])].filter(
    (key) => !isSame(old.get(key), changed.get(key)),
  )
  const only = (...keys: readonly string[]): boolean => differ.every((key) => keys.includes(key))
  const lists = (key: string): boolean =>
    !differ.includes(key) || addsSignatures(now, now.resolve(old.get(key)), now.resolve(changed.get(key)))
  if (isCatalog) return only('DSS', 'AcroForm', 'Extensions', 'Version') && formIsSame(now, old, changed)
  if (nameOf(old.get('Type')) === 'Page') return only('Annots') && lists('Annots')
  if (old.has('Fields')) return only('Fields', 'SigFlags') && lists('Fields')
  // A field that waited for its signature.
  if (nameOf(old.get('FT')) === 'Sig' && !old.has('V')) return only('V', 'AP', 'F', 'M', 'Lock')
  return nameOf(old.get('Type')) !== null || only('ModDate') ? only('ModDate') && !old.has('Type') : false
}

/** A form that is there for the first time, or that has got more signatures. */
function formIsSame(now: Revision, old: PdfDictionary, changed: PdfDictionary): boolean {
  const [before, after] = [old.get('AcroForm'), changed.get('AcroForm')]
  if (isSame(before, after)) return true
  const form = now.dictionary(after)
  if (form === null) return false
  if (before === undefined) return addsSignatures(now, [], now.resolve(form.get('Fields')))
  const known = now.dictionary(before)
  return known !== null && isAddition(now, known, form, false)
}

/** Whether a list has all that it had, in its order, and beyond that only fields of signatures. */
function addsSignatures(now: Revision, old: PdfValue, changed: PdfValue): boolean {
  if (!isList(changed) || !(isList(old) || old === null)) return false
  const known = old ?? []
  if (!known.every((value, at) => isSame(value, changed[at]))) return false
  return changed.slice(known.length).every((value) => {
    const field = now.dictionary(value)
    return field !== null && nameOf(now.resolve(field.get('FT'))) === 'Sig'
  })
}

/** Whether two values are the same, without following references. */
function isSame(one: PdfValue | undefined, other: PdfValue | undefined): boolean {
  if (one === other) return true
  if (isList(one))
    return isList(other) && one.length === other.length && one.every((value, at) => isSame(value, other[at]))
  if (isDictionary(one)) {
    return (
      isDictionary(other) && one.size === other.size && [...one].every(([key, value]) => isSame(value, other.get(key)))
    )
  }
  if (isStream(one)) return isStream(other) && equal(one.raw, other.raw) && isSame(one.dictionary, other.dictionary)
  if (isText(one)) return isText(other) && equal(one.bytes, other.bytes)
  if (isName(one)) return isName(other) && one.name === other.name
  return isReference(one) && isReference(other) && one.object === other.object && one.generation === other.generation
}
