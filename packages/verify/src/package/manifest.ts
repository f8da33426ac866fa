/**
 * The list of a package's files with their digests: an ASiCManifest (ETSI EN 319 162-1, A.4). The time-stamp token of the
 * package is over its bytes.
 * @module
 */

import { type Bytes, fromBase64, toBase64 } from '@jurat/core/bytes'
import { StepFailure } from '../error.ts'

/** A file and its SHA-256. */
export interface Reference {
  readonly path: string
  readonly sha256: Bytes
}

/** What a manifest says. */
export interface Manifest {
  /** Path of the token over it. */
  readonly token: string
  readonly references: readonly Reference[]
}

/** Longest manifest that is read, in bytes. */
export const manifestBytesMax: number = 4 * 1_048_576

const asic = 'http://uri.etsi.org/02918/v1.2.1#'
const xmlSignature = 'http://www.w3.org/2000/09/xmldsig#'
const sha256Algorithm = 'http://www.w3.org/2001/04/xmlenc#sha256'
const tokenType = 'application/vnd.etsi.timestamp-token'

/** Its text, in which the references stand in the given order. */
export function formatManifest({ token, references }: Manifest): string {
  const lines = references.flatMap(({ path, sha256 }) => [
    `  <asic:DataObjectReference URI="${uriOf(path)}">`,
    `    <ds:DigestMethod Algorithm="${sha256Algorithm}"/>`,
    `    <ds:DigestValue>${toBase64(sha256)}</ds:DigestValue>`,
    '  </asic:DataObjectReference>',
  ])
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<asic:ASiCManifest xmlns:asic="${asic}" xmlns:ds="${xmlSignature}">`,
    `  <asic:SigReference URI="${uriOf(token)}" MimeType="${tokenType}"/>`,
    ...lines,
    '</asic:ASiCManifest>',
    '',
  ].join('\n')
}

/**
 * Reads one. There is one text for what a manifest says, the one of {@link formatManifest}: whatever else an XML parser would
 * make the same of is refused, so that no two readers see two lists.
 * @throws {StepFailure} when it is none, or names a file twice, or by another digest than SHA-256
 */
export function parseManifest(text: string): Manifest {
  try {
    return readManifest(text)
  } catch (error) {
    throw new StepFailure('manifest-unreadable', { reason: error instanceof Error ? error.message : '' }, error)
  }
}

const tokenPattern = /^ {2}<asic:SigReference URI="([^"]+)"/mu
const referencePattern =
  /^ {2}<asic:DataObjectReference URI="([^"]+)">\n.*\n {4}<ds:DigestValue>([A-Za-z\d+/]{43}=)<\/ds:DigestValue>$/gmu

function readManifest(text: string): Manifest {
  const token = tokenPattern.exec(text)?.[1]
  if (token === undefined) throw new Error('it is no ASiCManifest that names a time-stamp token')
  const references = [...text.matchAll(referencePattern)].map(([, uri = '', digest = '']): Reference => {
    return { path: decodeURIComponent(uri), sha256: fromBase64(digest) }
  })
  if (new Set(references.map(({ path }) => path)).size < references.length) throw new Error('it names a file twice')
  const manifest = { token: decodeURIComponent(token), references }
  if (formatManifest(manifest) !== text) throw new Error('it is not written as a list of a package is')
  return manifest
}

/** A path as a reference of RFC 3986: what has a meaning in one is escaped, slashes stay. */
const uriOf = (path: string): string => path.split('/').map(encodeURIComponent).join('/').replaceAll("'", '%27')
