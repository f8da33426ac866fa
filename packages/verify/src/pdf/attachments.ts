/**
 * Files that are attached to a PDF (ISO 32000-2, 7.11.4): those of the name tree and the associated ones.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import { tooMuch } from './error.ts'
import type { PdfFile, Revision } from './file.ts'
import { isDictionary, isList, isReference, isStream, type PdfStream, type PdfValue, textOf } from './values.ts'

/** Most attached files and nodes of their tree. */
export const attachmentsMax = 4_096

/** An attached file. */
export interface Attached {
  readonly name: string
  readonly stream: PdfStream
}

/** All attached files, each name once: the first counts. @throws {PdfError} */
export function attachmentsOf(file: PdfFile): Attached[] {
  const revision = file.revision()
  const found = new Map<string, Attached>()
  const names = revision.dictionary(revision.catalog.get('Names'))
  const associated = revision.resolve(revision.catalog.get('AF'))
  const specifications = [
    ...specificationsIn(revision, names?.get('EmbeddedFiles')),
    ...(isList(associated) ? associated : []),
  ]
  for (const value of specifications) {
    const attached = attachedBy(revision, value)
    if (attached !== null && !found.has(attached.name)) found.set(attached.name, attached)
    if (found.size > attachmentsMax) throw tooMuch(`more than ${attachmentsMax} attached files`)
  }
  return [...found.values()]
}

/** The bytes of an attached file. @throws {PdfError} */
export const attachedBytes = (file: PdfFile, { stream }: Attached, bytesMax: number): Bytes =>
  file.unpack(stream, bytesMax)

/** The values of a name tree, without looking into a node twice. */
function specificationsIn(revision: Revision, root: PdfValue | undefined): PdfValue[] {
  const found: PdfValue[] = []
  const seen = new Set<number>()
  const waiting: PdfValue[] = [root ?? null]
  for (let nodes = 0, next = waiting.pop(); next !== undefined; next = waiting.pop(), nodes++) {
    if (nodes > attachmentsMax) throw tooMuch(`a tree of names has more than ${attachmentsMax} nodes`)
    if (isReference(next)) {
      if (seen.has(next.object)) continue
      seen.add(next.object)
    }
    const node = revision.dictionary(next)
    const [kids, names] = [revision.resolve(node?.get('Kids')), revision.resolve(node?.get('Names'))]
    if (isList(kids)) waiting.push(...kids.slice(0, attachmentsMax + 1))
    if (isList(names)) found.push(...names.slice(0, 2 * attachmentsMax + 2).filter((_, at) => at % 2 === 1))
  }
  return found
}

function attachedBy(revision: Revision, value: PdfValue): Attached | null {
  const specification = revision.dictionary(value)
  const files = revision.dictionary(specification?.get('EF'))
  if (specification === null || files === null) return null
  const stream = revision.resolve(files.get('UF') ?? files.get('F'))
  const name = textOf(revision.resolve(specification.get('UF') ?? specification.get('F')))
  if (name === null || !isStream(stream) || !isDictionary(stream.dictionary)) return null
  return { name, stream }
}
