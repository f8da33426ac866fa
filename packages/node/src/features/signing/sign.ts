/**
 * Signing of files: PDF by PAdES (ETSI EN 319 142-1, B-B to B-LTA), others by a detached CAdES signature (EN 319 122-1, B-B to
 * B-LT). docs/spec/signatures.md.
 * @module
 */
import { createHash } from 'node:crypto'
import { type Bytes, equal } from '@jurat/core/bytes'
import { readToken } from '@jurat/verify/timestamps/signedToken'
import { certificateNames, inOrder } from './certificateNames.ts'
import { DetachedSignature, type KeptData } from './cms.ts'
import { SigningError } from './error.ts'
import { close, digestOf, type OpenFile } from './places.ts'
import type { SignatureClaims } from './revision.ts'
import type { RevocationSource, SignatureLevel, SigningIdentity, TokenSource } from './shapes.ts'

/** Largest PDF that is signed, in bytes. */
export const signedPdfBytesMax: number = 64 * 1_048_576

/** Whoever is needed for a signature; null where a level does without. */
export interface SigningSources {
  readonly identity: SigningIdentity
  readonly tokens: TokenSource | null
  readonly revocation: RevocationSource | null
}

/** Appends revisions to PDF files: a thread does, because strangers have made them. */
export interface PdfEditor {
  readonly appendSignature: (file: Bytes, claims: SignatureClaims) => Promise<OpenFile>
  readonly appendDocumentStamp: (file: Bytes, stored: KeptData) => Promise<OpenFile>
  readonly appendStore: (file: Bytes, stored: KeptData) => Promise<Bytes>
}

/** Signs a PDF; signatures that stand in it stay as they are. @throws {SigningError} */
export async function signPdf(
  editor: PdfEditor,
  file: Bytes,
  sources: SigningSources,
  level: SignatureLevel,
  claims: SignatureClaims,
): Promise<Bytes> {
  needed(sources, level)
  limited(file)
  const { identity, tokens } = sources
  const open = await editor.appendSignature(file, claims)
  const signature = await DetachedSignature.make({ identity, digest: digestOf(open), timeMs: null })
  const token = level === 'B-B' ? null : await stampOver(tokens, signature.value)
  if (token !== null) signature.stamp(token)
  const signed = close(open, signature.encode())
  if (token === null || level === 'B-T') return signed
  const stored = storedData(sources, [identity.certificates, certificatesOf(token)])
  return level === 'B-LT' ? editor.appendStore(signed, stored) : stampDocument(editor, signed, tokens, stored)
}

/**
 * Adds validation data and a document time stamp to a signed PDF: level B-LTA, and again before the last stamp's certificate or
 * algorithm ages. @throws {SigningError}
 */
export async function renewPdf(
  editor: PdfEditor,
  file: Bytes,
  sources: Pick<SigningSources, 'tokens' | 'revocation'>,
  chains: readonly (readonly Bytes[])[],
): Promise<Bytes> {
  limited(file)
  return stampDocument(editor, file, sources.tokens, storedData(sources, chains))
}

/** Signs a file of any kind, of which the SHA-256 is known: the signature stands beside it. @throws {SigningError} */
export async function signDetached(
  digest: Bytes,
  sources: SigningSources,
  level: SignatureLevel,
  timeMs: number,
): Promise<Bytes> {
  needed(sources, level)
  if (level === 'B-LTA') {
    throw new SigningError('level-unavailable', 'a detached signature goes up to B-LT; evidence records renew it')
  }
  const { identity, tokens } = sources
  const signature = await DetachedSignature.make({ identity, digest, timeMs })
  if (level === 'B-B') return signature.encode()
  const token = await stampOver(tokens, signature.value)
  signature.stamp(token)
  if (level === 'B-LT') {
    signature.keep(storedData(sources, [identity.certificates, certificatesOf(token)]))
  }
  return signature.encode()
}

async function stampDocument(
  editor: PdfEditor,
  file: Bytes,
  tokens: TokenSource | null,
  stored: KeptData,
): Promise<Bytes> {
  if (tokens === null) throw new SigningError('level-unavailable', 'the level needs a source of time stamps')
  const open = await editor.appendDocumentStamp(file, stored)
  return close(open, await tokens.stamp(digestOf(open)))
}

function needed({ tokens, revocation }: SigningSources, level: SignatureLevel): void {
  if (level !== 'B-B' && tokens === null) {
    throw new SigningError('level-unavailable', `${level} needs a source of time stamps`)
  }
  if ((level === 'B-LT' || level === 'B-LTA') && revocation === null) {
    throw new SigningError('level-unavailable', `${level} needs a source of revocations`)
  }
}

function limited(file: Bytes): void {
  if (file.length <= signedPdfBytesMax) return
  throw new SigningError('pdf-too-much', `the file has ${file.length} bytes, at most ${signedPdfBytesMax} are signed`)
}

async function stampOver(tokens: TokenSource | null, value: Bytes): Promise<Bytes> {
  if (tokens === null) throw new SigningError('level-unavailable', 'the level needs a source of time stamps')
  return tokens.stamp(new Uint8Array(createHash('sha256').update(value).digest()))
}

/** The certificates of a token's authority, in order. */
export const certificatesOf = (token: Bytes): Bytes[] =>
  inOrder(readToken(token).certificates.map(({ bytes }) => bytes))

/** What a verifier needs to judge the chains when nobody can be asked any more. */
function storedData(
  { revocation }: Pick<SigningSources, 'revocation'>,
  chains: readonly (readonly Bytes[])[],
): KeptData {
  if (revocation === null) throw new SigningError('level-unavailable', 'the level needs a source of revocations')
  const [own] = chains[0] ?? []
  const ends = chains.flatMap(([end]) =>
    end !== undefined && own !== undefined && haveOneIssuer(end, own) ? [end] : [],
  )
  return { certificates: chains.flat(), crls: revocation.lists(), ocsps: ends.map((end) => revocation.status(end)) }
}

/** Of a stranger's certificate the source knows nothing. */
const haveOneIssuer = (one: Bytes, other: Bytes): boolean =>
  equal(certificateNames(one).issuer, certificateNames(other).issuer)
