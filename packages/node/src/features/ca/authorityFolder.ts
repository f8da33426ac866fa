/**
 * The certification authority of a node: root, issuing authority and time-stamp authority, each a sealed key and a
 * certificate in `keys/authority/`. docs/spec/certificates.md.
 * @module
 */
import { randomBytes, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { type Bytes, fromText, toBase64, toText } from '@jurat/core/bytes'
import { algorithms } from '@jurat/core/crypto/provider'
import { JuratError } from '@jurat/core/errors'
import { secretKeyObject, webKeyPair } from '../../crypto/keyObjects.ts'
import type { Files } from '../../platform/files.ts'
import { issue } from './issue.ts'
import type { ProfileName } from './profiles.ts'

/** Seals and opens the keys; the node's sealer. */
export interface KeySealer {
  readonly seal: (purpose: string, secret: Bytes) => Bytes
  readonly open: (purpose: string, sealed: Bytes) => Bytes
}

/** Something of the authority is missing, or cannot be read. */
export class AuthorityError extends JuratError<'authority-broken'> {}

/** An authority that can stamp. */
export interface StampingAuthority {
  /** Certificates, DER. */
  readonly root: Bytes
  readonly issuing: Bytes
  readonly stamping: Bytes
  /** Algorithm byte and 32 bytes. */
  readonly stampingKey: Bytes
}

const names: Readonly<Record<ProfileName, string>> = {
  root: 'root',
  issuing: 'issuing',
  timeStamping: 'time-stamping',
}

/** Makes all keys and certificates, and writes them: the root last, so that a folder with one is whole. */
export async function makeAuthority(
  files: Files,
  folder: string,
  sealer: KeySealer,
  { network, nowMs }: { readonly network: string; readonly nowMs: number },
): Promise<StampingAuthority> {
  const secrets = { root: freshKey(), issuing: freshKey(), timeStamping: freshKey() }
  const [rootKeys, issuingKeys, stampingKeys] = await Promise.all(
    [secrets.root, secrets.issuing, secrets.timeStamping].map(webKeyPair),
  )
  if (rootKeys === undefined || issuingKeys === undefined || stampingKeys === undefined) throw new Error('three keys')
  const of = { network, nowMs }
  const root = await issue({ profile: 'root', publicKey: rootKeys.publicKey, ...of }, { keys: rootKeys })
  const issuing = await issue(
    { profile: 'issuing', publicKey: issuingKeys.publicKey, ...of },
    { certificate: root, keys: rootKeys },
  )
  const stamping = await issue(
    { profile: 'timeStamping', publicKey: stampingKeys.publicKey, ...of },
    { certificate: issuing, keys: issuingKeys },
  )
  await files.makeFolder(folder)
  for (const [profile, certificate] of [
    ['timeStamping', stamping],
    ['issuing', issuing],
    ['root', root],
  ] as const) {
    const path = join(folder, names[profile])
    await files.replaceFile(`${path}.key`, sealer.seal(purposeOf(profile), secrets[profile]), { mode: 0o600 })
    await files.replaceFile(`${path}.pem`, fromText(toPem(certificate)))
  }
  return { root, issuing, stamping, stampingKey: secrets.timeStamping }
}

/**
 * Reads what a node needs to stamp; null when it has no authority. The key of the root may have been taken away.
 * @throws {AuthorityError}
 */
export async function readAuthority(
  files: Files,
  folder: string,
  sealer: Pick<KeySealer, 'open'>,
): Promise<StampingAuthority | null> {
  if ((await files.readFile(join(folder, `${names.root}.pem`))) === null) return null
  const certificate = async (profile: ProfileName): Promise<Bytes> => fromPem(await whole(`${names[profile]}.pem`))
  const whole = async (name: string): Promise<Bytes> => {
    const bytes = await files.readFile(join(folder, name))
    if (bytes === null) throw new AuthorityError('authority-broken', `${join(folder, name)} is missing`)
    return bytes
  }
  return {
    root: await certificate('root'),
    issuing: await certificate('issuing'),
    stamping: await certificate('timeStamping'),
    stampingKey: sealer.open(purposeOf('timeStamping'), await whole(`${names.timeStamping}.key`)),
  }
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
  // The root is written last: without it the folder was never whole, and is not used.
  if ((await files.readFile(join(folder, `${names.root}.pem`))) === null) return faults
  let above: X509Certificate | null = null
  for (const profile of ['root', 'issuing', 'timeStamping'] as const) {
    const [pem, key] = [`${names[profile]}.pem`, `${names[profile]}.key`]
    const certificate = readCertificate(await files.readFile(join(folder, pem)))
    if (certificate === null || !certificate.verify((above ?? certificate).publicKey)) {
      faults.push({ name: pem, fault: 'it is no certificate of this authority' })
      return faults
    }
    above = certificate
    const sealed = await files.readFile(join(folder, key))
    if (sealed === null && profile !== 'root') faults.push({ name: key, fault: 'it is missing' })
    if (sealed === null || sealer === null) continue
    const secret = openedKey(sealer, profile, sealed)
    if (secret === null) faults.push({ name: key, fault: 'it does not open under the master key' })
    else if (!certificate.checkPrivateKey(secretKeyObject(secret))) {
      faults.push({ name: key, fault: 'it is not the key of its certificate' })
    }
  }
  return faults
}

/** The certificate in exactly the text that we write; null for anything else. */
function readCertificate(text: Bytes | null): X509Certificate | null {
  try {
    if (text === null) return null
    const certificate = new X509Certificate(fromPem(text))
    return toPem(new Uint8Array(certificate.raw)) === toText(text) ? certificate : null
  } catch {
    return null
  }
}

function openedKey(sealer: Pick<KeySealer, 'open'>, profile: ProfileName, sealed: Bytes): Bytes | null {
  try {
    return sealer.open(purposeOf(profile), sealed)
  } catch (error) {
    if (error instanceof JuratError) return null
    throw error
  }
}

const purposeOf = (profile: ProfileName): string => `authority/${names[profile]}`

const freshKey = (): Bytes => Uint8Array.from([algorithms.p256, ...randomBytes(32)])

/** A certificate as text (RFC 7468). */
export function toPem(certificate: Bytes): string {
  const lines = toBase64(certificate).match(/.{1,64}/gu) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function fromPem(text: Bytes): Bytes {
  const [, base64] = /-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/u.exec(toText(text)) ?? []
  if (base64 === undefined) throw new AuthorityError('authority-broken', 'a file of the authority holds no certificate')
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}
