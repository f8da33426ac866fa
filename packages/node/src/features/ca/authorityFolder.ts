/**
 * The certification authority of a node: root, issuing authority and time-stamp authority, each a sealed key and a
 * certificate in `keys/authority/`. docs/spec/certificates.md.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Bytes, fromText, toBase64, toText } from '@jurat/core/bytes'
import { algorithms } from '@jurat/core/crypto/provider'
import { JuratError } from '@jurat/core/errors'
import { webKeyPair } from '../../crypto/keyObjects.ts'
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
