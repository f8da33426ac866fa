/**
 * The list of a package's files with their digests: an ASiCManifest (ETSI EN 319 162-1, A.4). The time-stamp token of the
 * package is over its bytes.
 * @module
 */

import { type Bytes, fromBase64, toBase64 } from '@jurat/core/bytes'
import { DOMParser, type Element, onErrorStopParsing } from '@xmldom/xmldom'
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

/** Reads one. @throws {StepFailure} when it is none, or names a file twice, or by another digest than SHA-256 */
export function parseManifest(text: string): Manifest {
  try {
    return readManifest(text)
  } catch (error) {
    throw new StepFailure('manifest-unreadable', { reason: error instanceof Error ? error.message : '' }, error)
  }
}

function readManifest(text: string): Manifest {
  // Entities of its own could grow without bound, and nobody needs them.
  if (text.includes('<!')) throw new Error('declarations and comments have no place in it')
  const root = new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, 'application/xml').documentElement
  if (root?.namespaceURI !== asic || root.localName !== 'ASiCManifest') throw new Error('it is no ASiCManifest')
  const references = children(root, asic, 'DataObjectReference').map(readReference)
  if (new Set(references.map(({ path }) => path)).size < references.length) throw new Error('it names a file twice')
  return { token: pathOf(only(root, asic, 'SigReference')), references }
}

function readReference(element: Element): Reference {
  const path = pathOf(element)
  const algorithm = only(element, xmlSignature, 'DigestMethod').getAttribute('Algorithm')
  if (algorithm !== sha256Algorithm) throw new Error(`${path} is named by another digest than SHA-256`)
  const value = (only(element, xmlSignature, 'DigestValue').textContent ?? '').replaceAll(/\s/g, '')
  const sha256 = fromBase64(value)
  if (sha256.length !== 32) throw new Error(`${path} has no digest`)
  return { path, sha256 }
}

function children(element: Element, namespace: string, name: string): Element[] {
  return [...element.childNodes].filter(
    (node): node is Element => (node as Element).namespaceURI === namespace && (node as Element).localName === name,
  )
}

function only(element: Element, namespace: string, name: string): Element {
  const [first, ...more] = children(element, namespace, name)
  if (first === undefined || more.length > 0) throw new Error(`${name} stands in it once`)
  return first
}

/** A path as a reference of RFC 3986: what has a meaning in one is escaped, slashes stay. */
const uriOf = (path: string): string => path.split('/').map(encodeURIComponent).join('/').replaceAll("'", '%27')

function pathOf(element: Element): string {
  const uri = element.getAttribute('URI')
  if (uri === null || uri === '') throw new Error('a reference names no file')
  return decodeURIComponent(uri)
}
