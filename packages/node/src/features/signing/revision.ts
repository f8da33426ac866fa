/**
 * Revisions of PDF files: what is appended to a file for a signature, for validation data and for a document time stamp
 * (ISO 32000-2, 12.8; ETSI EN 319 142-1). Nothing before the end of the file changes, so that signatures in it stay valid.
 * @module
 */
import { createHash } from 'node:crypto'
import { assert } from '@jurat/core/assert'
import type { Bytes } from '@jurat/core/bytes'
import {
  type FormField,
  PDF,
  PdfArray,
  PdfDict,
  PdfName,
  PdfNumber,
  PdfRef,
  PdfStream,
  PdfString,
  SecurityError,
  type SignatureField,
} from '@libpdf/core'
import type { KeptData } from './cms.ts'
import { SigningError } from './error.ts'
import { findPlaces, openNumber, type OpenFile } from './places.ts'

/** Bytes that are kept for a signature with its certificates and its time stamp, and for a document time stamp. */
export const signatureBytesMax = 16_384

/** A picture of a signature: a page, and where on which page of the file it stands. */
export interface Appearance {
  /** A PDF of which the first page is the picture. */
  readonly pdf: Bytes
  /** Page from 0. */
  readonly page: number
  /** Points from the lower left corner of the page. */
  readonly rectangle: readonly [left: number, bottom: number, right: number, top: number]
}

/** What a signature says of itself beside the certificate: claims that nobody has checked. */
export interface SignatureClaims {
  /** Name of the field; a field of that name without a signature is filled, otherwise one is added. */
  readonly field: string | null
  /** Milliseconds since 1970 UTC. */
  readonly timeMs: number
  readonly reason: string | null
  readonly appearance: Appearance | null
}

/** Appends the place for a signature. @throws {SigningError} */
export async function appendSignature(file: Bytes, claims: SignatureClaims): Promise<OpenFile> {
  const { pdf, before } = await extendable(file)
  const { timeMs, reason, appearance } = claims
  const signature = PdfDict.of({
    Type: PdfName.of('Sig'),
    Filter: PdfName.of('Adobe.PPKLite'),
    SubFilter: PdfName.of('ETSI.CAdES.detached'),
    M: PdfString.fromString(pdfDate(timeMs)),
    ...(reason === null ? {} : { Reason: PdfString.fromString(reason) }),
  })
  await addField(pdf, signature, { name: claims.field, prefix: 'Signature', appearance })
  return opened(pdf, before)
}

/** Appends validation data and the place for a document time stamp over everything before it. @throws {SigningError} */
export async function appendDocumentStamp(file: Bytes, stored: KeptData): Promise<OpenFile> {
  const { pdf, before } = await extendable(file)
  addStore(pdf, stored)
  const stamp = PdfDict.of({
    Type: PdfName.of('DocTimeStamp'),
    Filter: PdfName.of('Adobe.PPKLite'),
    SubFilter: PdfName.of('ETSI.RFC3161'),
  })
  await addField(pdf, stamp, { name: null, prefix: 'Timestamp', appearance: null })
  return opened(pdf, before)
}

/** Appends validation data. @throws {SigningError} */
export async function appendStore(file: Bytes, stored: KeptData): Promise<Bytes> {
  const { pdf } = await extendable(file)
  addStore(pdf, stored)
  return new Uint8Array(await pdf.save({ incremental: true }))
}

/** Opens a file of which the bytes can stay as they are; one that is laid out for the web is written anew first. */
async function extendable(file: Bytes): Promise<{ readonly pdf: PDF; readonly before: number }> {
  const pdf = await PDF.load(file, { lenient: true }).catch((cause: unknown) => {
    if (cause instanceof SecurityError) throw new SigningError('pdf-refused', 'the file is encrypted', { cause })
    throw new SigningError('pdf-unreadable', `the file cannot be read: ${sentenceOf(cause)}`, { cause })
  })
  if (pdf.isEncrypted) throw new SigningError('pdf-refused', 'the file is encrypted')
  if (pdf.getPages().length === 0) throw new SigningError('pdf-unreadable', 'the file has no page')
  if (isCertified(pdf)) throw new SigningError('pdf-refused', 'its first signature forbids every change')
  const blocker = pdf.canSaveIncrementally()
  if (blocker === null) return { pdf, before: file.length }
  const hasSignature = (pdf.getForm()?.getFields() ?? []).some(isSigned)
  if (blocker !== 'linearized' || hasSignature) {
    throw new SigningError('pdf-refused', `nothing can be appended to the file: ${blocker}`)
  }
  const rewritten = await pdf.save()
  return { pdf: await PDF.load(rewritten), before: rewritten.length }
}

/** Whether a certifying signature allows no changes at all (ISO 32000-2, 12.8.2.2: permissions 1). */
function isCertified(pdf: PDF): boolean {
  const resolve = (ref: PdfRef) => pdf.context.registry.resolve(ref)
  const signature = pdf.getCatalog().getDict('Perms', resolve)?.getDict('DocMDP', resolve)
  const references = signature?.getArray('Reference', resolve)
  const first = references?.at(0)
  const reference = first instanceof PdfRef ? resolve(first) : first
  if (!(reference instanceof PdfDict)) return false
  return reference.getDict('TransformParams', resolve)?.getNumber('P')?.value === 1
}

/** Adds a field with its widget, or fills one that is there. */
async function addField(
  pdf: PDF,
  value: PdfDict,
  { name, prefix, appearance }: { name: string | null; prefix: string; appearance: Appearance | null },
): Promise<void> {
  reservePlaces(value)
  const form = pdf.getOrCreateForm()
  const known = name === null ? undefined : form.getField(name)
  if (known !== undefined && (known.type !== 'signature' || isSigned(known))) {
    throw new SigningError('pdf-refused', `the field ${name} is there already, and not free`)
  }
  const field =
    known ??
    form.createSignatureField(
      name ??
        freshName(
          form.getFields().map((each) => each.name),
          prefix,
        ),
    )
  const dictionary = field.getDict()
  dictionary.set('V', pdf.context.registry.register(value))
  const widgets = dictionary.getArray('Kids')
  // A field that somebody has prepared keeps its own place on its own page.
  if (known !== undefined && (dictionary.has('Rect') || (widgets !== undefined && widgets.length > 0))) return
  await addWidget(pdf, field.getRef(), dictionary, appearance)
}

/** The field is its own widget: invisible, or with a picture. */
async function addWidget(
  pdf: PDF,
  field: PdfRef | null,
  dictionary: PdfDict,
  appearance: Appearance | null,
): Promise<void> {
  assert(field !== null, 'a field that was just added has a number')
  const page = pdf.getPage(appearance?.page ?? 0)
  if (page === null) throw new SigningError('pdf-refused', `the file has no page ${(appearance?.page ?? 0) + 1}`)
  dictionary.delete('Kids')
  dictionary.set('Type', PdfName.of('Annot'))
  dictionary.set('Subtype', PdfName.of('Widget'))
  // Printed, and locked.
  dictionary.set('F', PdfNumber.of(132))
  dictionary.set('P', page.ref)
  dictionary.set('Rect', new PdfArray((appearance?.rectangle ?? [0, 0, 0, 0]).map((edge) => PdfNumber.of(edge))))
  if (appearance !== null) {
    const picture = await pdf.embedPage(await PDF.load(appearance.pdf), 0)
    dictionary.set('AP', PdfDict.of({ N: picture.ref }))
  }
  const annotations = page.dict.getArray('Annots', (ref) => pdf.context.registry.resolve(ref))
  if (annotations === undefined) page.dict.set('Annots', PdfArray.of(field))
  else annotations.push(field)
}

/** The library exports the type of these fields, and no class. */
const isSigned = (field: FormField): boolean => field.type === 'signature' && (field as SignatureField).isSigned()

function freshName(taken: readonly string[], prefix: string): string {
  let number = 1
  while (taken.includes(`${prefix}${number}`)) number++
  return `${prefix}${number}`
}

/** Adds to the document security store what is not in it. */
function addStore(pdf: PDF, stored: KeptData): void {
  const { registry } = pdf.context
  const resolve = (ref: PdfRef) => registry.resolve(ref)
  const catalog = pdf.getCatalog()
  const store = catalog.getDict('DSS', resolve) ?? PdfDict.of({ Type: PdfName.of('DSS') })
  for (const [key, values] of Object.entries({ Certs: stored.certificates, CRLs: stored.crls, OCSPs: stored.ocsps })) {
    const known = [...(store.getArray(key, resolve) ?? [])]
    const digests = new Set(
      known.flatMap((ref) => {
        const stream = ref.type === 'ref' ? registry.resolve(ref) : ref
        return stream instanceof PdfStream ? [digestOf(stream.getDecodedData())] : []
      }),
    )
    for (const value of values) {
      const digest = digestOf(value)
      if (digests.has(digest)) continue
      digests.add(digest)
      known.push(registry.register(new PdfStream([], value)))
    }
    if (known.length > 0) store.set(key, new PdfArray(known))
  }
  catalog.set('DSS', registry.register(store))
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Values of the longest form that they can have, in the order in which they are found again. */
function reservePlaces(value: PdfDict): void {
  const [first, ...others] = [0, openNumber, openNumber, openNumber].map((number) => PdfNumber.of(number))
  if (first !== undefined) value.set('ByteRange', PdfArray.of(first, ...others))
  value.set('Contents', new PdfString(new Uint8Array(signatureBytesMax), 'hex'))
}

async function opened(pdf: PDF, before: number): Promise<OpenFile> {
  return findPlaces(new Uint8Array(await pdf.save({ incremental: true })), before)
}

/** `D:20270115080000Z`. */
const pdfDate = (timeMs: number): string => `D:${new Date(timeMs).toISOString().replaceAll(/[-:T]|\.\d+/gu, '')}`

const sentenceOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
