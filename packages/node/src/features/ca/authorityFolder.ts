/**
 * Where a node's certification authority lies: `keys/authority/`, each key sealed, each certificate as PEM. A certificate that
 * the node renews for itself gets a new key and a number behind its name; the greatest number counts. docs/spec/certificates.md.
 * @module
 */
import { randomBytes, verify, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { type Bytes, fromText, toText } from '@jurat/core/bytes'
import { signedParts } from '@jurat/core/certificates/revocation'
import { algorithms } from '@jurat/core/crypto/provider'
import { JuratError } from '@jurat/core/errors'
import { secretKeyObject } from '../../crypto/keyObjects.ts'
import type { Files } from '../../platform/files.ts'
import { fromPem, toPem } from './pem.ts'

/** Seals and opens the keys; the node's sealer. */
export interface KeySealer {
  readonly seal: (purpose: string, secret: Bytes) => Bytes
  readonly open: (purpose: string, sealed: Bytes) => Bytes
}

/** Something of the authority is missing, or cannot be read. */
export class AuthorityError extends JuratError<'authority-broken'> {}

/** Certificates of the node itself: for what each key is used. */
export type OwnProfile = 'root' | 'issuing' | 'timeStamping' | 'documentSigning'

/** A certificate, DER, and its secret key: algorithm byte and 32 bytes. */
export interface HeldCertificate {
  readonly certificate: Bytes
  readonly key: Bytes
}

/** What lies in the folder. */
export interface HeldAuthority {
  /** The key of the root may have been taken away. */
  readonly root: { readonly certificate: Bytes; readonly key: Bytes | null }
  readonly issuing: HeldCertificate
  /** Null until they are made. */
  readonly timeStamping: HeldCertificate | null
  readonly documentSigning: HeldCertificate | null
  /** Revocation list of the root, DER; null before it is made. */
  readonly rootList: Bytes | null
}

const names: Readonly<Record<OwnProfile, string>> = {
  root: 'root',
  issuing: 'issuing',
  timeStamping: 'time-stamping',
  documentSigning: 'document-signing',
}

const rootListName = 'root.crl'

const purposeOf = (name: string): string => `authority/${name}`

/** A new P-256 key. */
export const freshKey = (): Bytes => Uint8Array.from([algorithms.p256, ...randomBytes(32)])

/** The folder of one authority. */
export class AuthorityFolder {
  readonly #files: Files
  readonly #folder: string
  readonly #sealer: KeySealer

  constructor(files: Files, folder: string, sealer: KeySealer) {
    this.#files = files
    this.#folder = folder
    this.#sealer = sealer
  }

  /** Reads it; null when there is no authority. @throws {AuthorityError} */
  async read(): Promise<HeldAuthority | null> {
    if ((await this.#files.readFile(join(this.#folder, `${names.root}.pem`))) === null) return null
    return {
      root: { certificate: await this.#certificate(names.root), key: await this.#key(names.root) },
      issuing: await this.#whole(names.issuing),
      timeStamping: await this.#newest('timeStamping'),
      documentSigning: await this.#newest('documentSigning'),
      rootList: await this.#files.readFile(join(this.#folder, rootListName)),
    }
  }

  /** Writes a new authority: the root last, so that a folder with one is whole. */
  async make(root: HeldCertificate, issuing: HeldCertificate, rootList: Bytes): Promise<void> {
    await this.#files.makeFolder(this.#folder)
    await this.putRootList(rootList)
    await this.#put(names.issuing, issuing)
    await this.#put(names.root, root)
  }

  /** Keeps a further certificate with a key of its own beside those that are there. */
  async add(profile: 'timeStamping' | 'documentSigning', held: HeldCertificate): Promise<void> {
    const newest = newestOf(await this.#files.list(this.#folder), profile)
    await this.#put(newest === null ? names[profile] : numbered(profile, newest.number + 1), held)
    // The former key signs nothing any more; its certificate stays, for whoever looks for it.
    if (newest !== null) await this.#files.remove(join(this.#folder, `${newest.name}.key`))
  }

  /** Another certificate of the issuing authority's key. */
  async replaceIssuing(certificate: Bytes): Promise<void> {
    await this.#files.replaceFile(join(this.#folder, `${names.issuing}.pem`), fromText(toPem(certificate)))
  }

  async putRootList(list: Bytes): Promise<void> {
    await this.#files.replaceFile(join(this.#folder, rootListName), list)
  }

  /** Takes the key of the root away. */
  async removeRootKey(): Promise<void> {
    await this.#files.remove(join(this.#folder, `${names.root}.key`))
    await this.#files.syncFolder(this.#folder)
  }

  async #put(name: string, { certificate, key }: HeldCertificate): Promise<void> {
    const path = join(this.#folder, name)
    await this.#files.replaceFile(`${path}.key`, this.#sealer.seal(purposeOf(name), key), { mode: 0o600 })
    await this.#files.replaceFile(`${path}.pem`, fromText(toPem(certificate)))
  }

  async #newest(profile: OwnProfile): Promise<HeldCertificate | null> {
    const newest = newestOf(await this.#files.list(this.#folder), profile)
    return newest && this.#whole(newest.name)
  }

  async #whole(name: string): Promise<HeldCertificate> {
    const key = await this.#key(name)
    if (key === null) throw new AuthorityError('authority-broken', `${join(this.#folder, name)}.key is missing`)
    return { certificate: await this.#certificate(name), key }
  }

  async #key(name: string): Promise<Bytes | null> {
    const sealed = await this.#files.readFile(join(this.#folder, `${name}.key`))
    return sealed && this.#sealer.open(purposeOf(name), sealed)
  }

  async #certificate(name: string): Promise<Bytes> {
    const path = join(this.#folder, `${name}.pem`)
    const text = await this.#files.readFile(path)
    const certificate = text && fromPem(text)
    if (certificate === null) throw new AuthorityError('authority-broken', `${path} holds no certificate`)
    return certificate
  }
}

const numbered = (profile: OwnProfile, number: number): string => `${names[profile]}.${number}`

/** The certificate that counts: the greatest number; the first one has none. */
function newestOf(found: readonly string[], profile: OwnProfile): { name: string; number: number } | null {
  const pattern = new RegExp(`^(${names[profile]}(?:\\.([1-9][0-9]{0,8}))?)\\.pem$`, 'u')
  const own = found.flatMap((file) => {
    const [, name, number = '1'] = pattern.exec(file) ?? []
    return name === undefined ? [] : [{ name, number: Number(number) }]
  })
  return own.toSorted((a, b) => b.number - a.number)[0] ?? null
}

/**
 * What is wrong in the folder of an authority, by the names of its files: each certificate is signed by the one above it, and
 * each key opens and is the key of its certificate. The key of the root may have been taken away.
 * @param sealer - null without the master key: then the keys are not opened.
 */
export async function authorityFaults(
  files: Files,
  folder: string,
  sealer: Pick<KeySealer, 'open'> | null,
): Promise<{ readonly name: string; readonly fault: string }[]> {
  const faults: { name: string; fault: string }[] = []
  const found = await files.list(folder)
  // The root is written last: without it the folder was never whole, and is not used.
  if (!found.includes(`${names.root}.pem`)) return faults
  let above: X509Certificate | null = null
  for (const profile of ['root', 'issuing', 'timeStamping', 'documentSigning'] as const) {
    // A certificate for signing is made anew when there is none.
    const name = newestOf(found, profile)?.name ?? (profile === 'issuing' ? names.issuing : null)
    if (name === null) continue
    const [pem, key] = [`${name}.pem`, `${name}.key`]
    const certificate = readCertificate(await files.readFile(join(folder, pem)))
    if (certificate === null || !certificate.verify((above ?? certificate).publicKey)) {
      faults.push({ name: pem, fault: 'it is no certificate of this authority' })
      return faults
    }
    if (profile === 'root' || profile === 'issuing') above = certificate
    if (profile === 'root' && !isListOf(certificate, await files.readFile(join(folder, rootListName)))) {
      faults.push({ name: rootListName, fault: 'it is no revocation list of this root' })
    }
    const fault = keyFault(await files.readFile(join(folder, key)), certificate, { profile, name, sealer })
    if (fault !== null) faults.push({ name: key, fault })
  }
  return faults
}

/** What is wrong with a sealed key; null: nothing, or it cannot be told without the master key. */
function keyFault(
  sealed: Bytes | null,
  certificate: X509Certificate,
  { profile, name, sealer }: { profile: OwnProfile; name: string; sealer: Pick<KeySealer, 'open'> | null },
): string | null {
  if (sealed === null) return profile === 'root' ? null : 'it is missing'
  if (sealer === null) return null
  const secret = openedKey(sealer, name, sealed)
  if (secret === null) return 'it does not open under the master key'
  return certificate.checkPrivateKey(secretKeyObject(secret)) ? null : 'it is not the key of its certificate'
}

/** The certificate in exactly the text that we write; null for anything else. */
function readCertificate(text: Bytes | null): X509Certificate | null {
  try {
    const der = text && fromPem(text)
    if (text === null || der === null) return null
    return toPem(der) === toText(text) ? new X509Certificate(der) : null
  } catch {
    return null
  }
}

/** Whether the root has signed its list. There is none before the root has made one. */
function isListOf(root: X509Certificate, list: Bytes | null): boolean {
  if (list === null) return true
  try {
    const { body, signature } = signedParts(list)
    return verify('sha256', body, root.publicKey, signature)
  } catch {
    return false
  }
}

function openedKey(sealer: Pick<KeySealer, 'open'>, name: string, sealed: Bytes): Bytes | null {
  try {
    return sealer.open(purposeOf(name), sealed)
  } catch (error) {
    if (error instanceof JuratError) return null
    throw error
  }
}
