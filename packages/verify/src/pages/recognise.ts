/**
 * What a dropped file is, by what stands in it: files come in any order and under any name.
 * @module
 */
import { receiptCharactersMax } from '@jurat/core/receipt/receipt'
import { trustCharactersMax } from '@jurat/core/receipt/trust'
import { mimetypePath, packageMimetype } from '../package/places.ts'

/** What a file is to a verification. */
export type Role = 'original' | 'receipt' | 'certificate' | 'package' | 'trust'

/** Largest certificate, in bytes: the largest PDF that is verified. */
export const certificateBytesMax: number = 67_108_864

/** The roles in the order in which the page asks for them. */
export const roles: readonly Role[] = ['original', 'receipt', 'certificate', 'package', 'trust']

/** Bytes at most of a file in a role. A character of these formats is one byte, except in texts that nobody needs. */
export const roleBytesMax: Readonly<Record<Role, number>> = {
  original: Number.MAX_SAFE_INTEGER,
  receipt: receiptCharactersMax,
  certificate: certificateBytesMax,
  package: Number.MAX_SAFE_INTEGER,
  trust: trustCharactersMax,
}

/**
 * The role of a file. Only its own `format` counts; a file that is broken JSON has the role that its name claims, so that
 * a person reads why it cannot be read, and not that the original differs.
 */
export async function recognise(file: Blob & { readonly name: string }): Promise<Role> {
  const claimed = roleOfName(file.name)
  if (await isPackage(file)) return 'package'
  if (await isCertificate(file)) return 'certificate'
  if (file.size > roleBytesMax.trust) return claimed ?? 'original'
  const start = await file.slice(0, spaceBytesMax).text()
  if (!start.trimStart().startsWith('{')) return claimed ?? 'original'
  try {
    const { format } = JSON.parse(await file.text()) as { format?: unknown }
    return roleOfFormat(format) ?? claimed ?? 'original'
  } catch {
    return claimed ?? 'original'
  }
}

/** Spaces at most before the first brace of a JSON file that is looked into. */
const spaceBytesMax = 64

/** Whether a file begins as a package does: with the uncompressed file that says so. */
async function isPackage(file: Blob): Promise<boolean> {
  const start = await file.slice(0, zipHeaderBytes + mimetypePath.length + packageMimetype.length).text()
  return start.startsWith('PK\u0003\u0004') && start.endsWith(mimetypePath + packageMimetype)
}

/** PDF files up to this length are searched for what makes a certificate of one: an original is often a PDF too. */
const searchedBytesMax = 16_777_216

/** Whether a file is a PDF that names the attachment of every certificate. */
async function isCertificate(file: Blob): Promise<boolean> {
  if (file.size > searchedBytesMax || (await file.slice(0, 5).text()) !== '%PDF-') return false
  return (await file.text()).includes('(certificate.json)')
}

/** Bytes of a ZIP file before the name of its first file. */
const zipHeaderBytes = 30

function roleOfFormat(format: unknown): Role | null {
  if (typeof format !== 'string') return null
  if (format.startsWith('jurat-receipt/')) return 'receipt'
  return format.startsWith('jurat-trust/') ? 'trust' : null
}

function roleOfName(name: string): Role | null {
  if (/\.asice$/iu.test(name)) return 'package'
  if (/\.jurat\.json$/iu.test(name)) return 'receipt'
  return /^trust[^/]*\.json$/iu.test(name) ? 'trust' : null
}
