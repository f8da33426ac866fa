/**
 * Identities of a node, as its configuration and its data folder make them: which providers there are, and which key signs.
 * @module
 */
import { randomBytes, randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Bytes } from '@jurat/core/bytes'
import type { StatementKey } from '@jurat/core/identity/signing'
import type { Config } from '../config.ts'
import { webKeyPair } from '../crypto/keyObjects.ts'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { OfficeDatabase } from '../database/office/officeDatabase.ts'
import type { CertificateAuthority } from '../features/ca.ts'
import { statementOrder } from '../features/ca/issue.ts'
import { toPem } from '../features/ca/pem.ts'
import type { Credentials } from '../features/credentials.ts'
import { Identities } from '../features/identity.ts'
import { emailProvider } from '../features/identity/email.ts'
import { declarationProvider, sandboxProvider } from '../features/identity/plainProviders.ts'
import type { IdentityProvider } from '../features/identity/provider.ts'
import { openStatementKey } from '../features/identity/statementKey.ts'
import { pemBlocks, x509Provider } from '../features/identity/x509.ts'
import { isTestNetwork } from '../features/timestamps/trustedTime.ts'
import { systemClock } from '../platform/clock.ts'
import { dataPaths, type DataFolder } from './dataFolder.ts'
import type { LedgerNode } from './ledger.ts'

const dayMs = 86_400_000

/** Opens them; they work while the office is open. @throws {MailError | OidcError} for a configuration that cannot be */
export async function openIdentities(
  config: Config,
  folder: DataFolder,
  { origin, networkId }: Pick<LedgerNode, 'origin' | 'networkId'>,
  {
    credentials,
    authority,
    office,
  }: {
    readonly credentials: Credentials
    readonly authority: CertificateAuthority | null
    readonly office: OfficeDatabase
  },
): Promise<Identities> {
  const { files, sealer, data } = folder
  const now = (): number => systemClock.now()
  const place = dataPaths(data).keys
  let key: Promise<StatementKey | null> | null = null
  const identities = new Identities({
    crypto: nodeCrypto,
    networkId,
    office,
    providers: await providersOf(config, folder, { origin, networkId }),
    sealer,
    hostedAccount: (organisation, idOrName) => credentials.hostedAccount(organisation, idOrName),
    hostedAccounts: (organisation) => credentials.hostedAccounts(organisation),
    statementKey() {
      const certify = async (secretKey: Bytes): Promise<readonly Bytes[] | null> => {
        if (authority === null) return null
        const { publicKey } = await webKeyPair(secretKey)
        const { certificate } = await authority.issueKey({ ...statementOrder(origin), publicKey })
        return [certificate, authority.issuing]
      }
      // One at a time, so that two first statements do not make two keys; asked again for each, so that it is renewed.
      key = (key ?? Promise.resolve(null))
        .catch(() => null)
        .then(() => openStatementKey({ files, folder: place, sealer, certify, toPem, now }))
      return key
    },
    statementMs: config.identityDays * dayMs,
    now,
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
  })
  office.attach(identities)
  return identities
}

async function providersOf(
  config: Config,
  { sealer }: DataFolder,
  { origin, networkId }: Pick<LedgerNode, 'origin' | 'networkId'>,
): Promise<IdentityProvider[]> {
  const { identityCas, identityCrls, smtpUrl, smtpFrom, oidcIssuer, oidcClientId } = config
  const digits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('')
  const providers: IdentityProvider[] = [declarationProvider]
  // Their libraries cost memory that only a node pays which has the provider.
  if (identityCas !== null) {
    const trust = async (): Promise<{ trusted: Bytes[]; lists: Bytes[] }> => ({
      trusted: pemBlocks(await readFile(identityCas, 'utf8'), 'CERTIFICATE'),
      lists: identityCrls === null ? [] : pemBlocks(await readFile(identityCrls, 'utf8'), 'X509 CRL'),
    })
    const random = (count: number): Bytes => new Uint8Array(randomBytes(count))
    providers.push(x509Provider({ networkId, randomBytes: random, now: () => systemClock.now(), trust }))
  }
  if (smtpUrl !== null) {
    const { createMailer } = await import('../features/identity/mail.ts')
    const { send } = createMailer(smtpUrl, smtpFrom ?? '')
    const codeKey = sealer.derive('identity-codes')
    providers.push(emailProvider({ send, randomDigits: digits, codeKey, network: origin }))
  }
  if (oidcIssuer !== null) {
    const { oidcClientSecret: clientSecret, oidcRedirects: redirects, oidcLevel: level } = config
    const clientId = oidcClientId ?? ''
    const now = (): number => systemClock.now()
    const { oidcProvider } = await import('../features/identity/oidc.ts')
    providers.push(oidcProvider({ issuer: oidcIssuer, clientId, clientSecret, redirects, level, now }))
  }
  // The sandbox has the form of a service of the state: nobody may meet it on a network that is meant.
  if (isTestNetwork(origin)) {
    providers.push(
      sandboxProvider('PERSON', () => digits(6)),
      sandboxProvider('ENTERPRISE', () => digits(6)),
    )
  }
  return providers
}
