/**
 * The key that signs identity statements: `keys/identity-statements.key`, sealed, with its certificate of the network's CA
 * beside it. It is made when it is first needed, and anew before its certificate ends. docs/spec/certificates.md.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { type Bytes, fromText, toText } from '@jurat/core/bytes'
import { algorithms } from '@jurat/core/crypto/provider'
import type { StatementKey } from '@jurat/core/identity/signing'
import type { Files } from '../../platform/files.ts'
import { pemBlocks } from './x509.ts'

/** A certificate that is valid for less than this is made anew, milliseconds: 30 days. */
const renewMs = 30 * 86_400_000

const purpose = 'node/identity-statements'
const fileName = 'identity-statements'

/** What the key stands on. */
export interface StatementKeyOptions {
  readonly files: Files
  /** The folder of the node's keys. */
  readonly folder: string
  readonly sealer: {
    readonly seal: (purpose: string, secret: Bytes) => Bytes
    readonly open: (purpose: string, sealed: Bytes) => Bytes
  }
  /** Certifies a key: its certificate and those above it up to the root, which is left out. Null: no CA here. */
  readonly certify: (secretKey: Bytes) => Promise<readonly Bytes[] | null>
  readonly toPem: (certificate: Bytes) => string
  readonly now: () => number
}

/** The key with its certificates; null when there is none and no CA that could certify one. */
export async function openStatementKey(options: StatementKeyOptions): Promise<StatementKey | null> {
  const { files, folder, sealer, certify, toPem, now } = options
  const [key, pem] = [join(folder, `${fileName}.key`), join(folder, `${fileName}.pem`)]
  const [sealed, text] = [await files.readFile(key), await files.readFile(pem)]
  if (sealed !== null && text !== null) {
    const certificates = pemBlocks(toText(text), 'CERTIFICATE')
    const [own] = certificates
    const lasts = own !== undefined && Date.parse(new X509Certificate(own).validTo) > now() + renewMs
    if (lasts) return { secretKey: sealer.open(purpose, sealed), certificates }
  }
  const secretKey = Uint8Array.from([algorithms.p256, ...randomBytes(32)])
  const certificates = await certify(secretKey)
  if (certificates === null) return null
  // The certificates last: a key without them is made anew.
  await files.replaceFile(key, sealer.seal(purpose, secretKey), { mode: 0o600 })
  await files.replaceFile(pem, fromText(certificates.map(toPem).join('')))
  return { secretKey, certificates }
}
