/**
 * Where things lie in an evidence package: an ASiC-E container (ETSI EN 319 162-1) that any tool for ZIP files opens.
 * docs/spec/package.md.
 * @module
 */

/** What the first file of the container says it is. */
export const packageMimetype = 'application/vnd.etsi.asic-e+zip'

/** The first file. */
export const mimetypePath = 'mimetype'

/** The list of all other files with their digests, and the time-stamp token over its bytes. */
export const manifestPath = 'META-INF/ASiCManifest001.xml'
export const tokenPath = 'META-INF/timestamp001.tst'

/** The flow to which the deposits belong, when they belong to one. */
export const flowPath = 'flow.json'

const originals = 'originals/'
const receipts = 'receipts/'
const receiptEnding = '.jurat.json'

/** Path of an original of this name. */
export const originalPath = (name: string): string => `${originals}${name}`

/** Path of the receipt for the original of this name. */
export const receiptPath = (name: string): string => `${receipts}${name}${receiptEnding}`

/** Path of a file that belongs to the affair: listed and stamped with everything else, and judged by its own means. */
export const attachmentPath = (name: string): string => `attachments/${name}`

/** Path of the page that says how to check, in a language. */
export const readmePath = (language: string): string => `README.${language}.txt`

/** The name of what an original or a receipt is of; null for any other file. */
export function nameOf(path: string): string | null {
  if (path.startsWith(originals)) return path.slice(originals.length)
  if (path.startsWith(receipts) && path.endsWith(receiptEnding))
    return path.slice(receipts.length, -receiptEnding.length)
  return null
}
