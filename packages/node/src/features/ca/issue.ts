/**
 * Issuing certificates: X.509 version 3, ECDSA P-256 with SHA-256, random serial numbers of 16 bytes. docs/spec/certificates.md.
 * @module
 */
import { randomBytes, webcrypto } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import { type Profile, type ProfileName, profiles } from './profiles.ts'

const dayMs = 86_400_000

/** Longest common name and organisation (RFC 5280, ub-common-name and ub-organization-name), in characters. */
export const nameCharactersMax = 64

/** Whether a text can stand in a certificate as a name. */
export const isName = (text: string): boolean =>
  text.trim() !== '' && Array.from(text).length <= nameCharactersMax && !/\p{C}/u.test(text)

/** An authority that issues: its certificate, DER, and its key. */
export interface Issuer {
  readonly certificate: Bytes
  readonly keys: webcrypto.CryptoKeyPair
}

/** Who a certificate names. */
export interface Subject {
  readonly commonName: string
  readonly organisation: string
  /** Address for mail, as alternative name; null: none. */
  readonly email: string | null
}

/** Where the status of what is issued is asked for; they stand in the certificate. */
export interface StatusAddresses {
  readonly revocationList: string
  readonly status: string | null
  /** Where the issuer's certificate is. */
  readonly issuer: string
}

/** What is to be issued. */
export interface Order {
  readonly profile: ProfileName
  readonly subject: Subject
  readonly publicKey: webcrypto.CryptoKey
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number
  /** Null: the issuer tells no addresses. */
  readonly addresses: StatusAddresses | null
}

/** The subject of a certificate of the authority itself, within the bounds of RFC 5280. */
export const ownSubject = (profile: ProfileName, network: string): Subject => ({
  commonName: `${profiles[profile].title} ${network}`.slice(0, nameCharactersMax),
  organisation: network.slice(0, nameCharactersMax),
  email: null,
})

/** What a certificate for identity statements is ordered as: by the network itself, which holds the key. */
export const statementOrder = (
  network: string,
): {
  readonly profile: 'identityStatements'
  readonly subject: Subject
  readonly organisation: null
  readonly held: true
} => {
  const profile = 'identityStatements'
  return { profile, subject: ownSubject(profile, network), organisation: null, held: true }
}

/** Issues a certificate, DER. @param issuer - who signs; for a root its own key, without a certificate. */
export async function issue(order: Order, issuer: Issuer | { readonly keys: webcrypto.CryptoKeyPair }): Promise<Bytes> {
  const profile: Profile = profiles[order.profile]
  // The library costs 15 MB and 150 ms, which a node pays only when it issues.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const above = 'certificate' in issuer ? new x509.X509Certificate(issuer.certificate.slice()) : null
  const { commonName, organisation, email } = order.subject
  // Named as UTF8String: a bare text that begins with # would be read as encoded bytes.
  const subject = new x509.Name([{ O: [{ utf8String: organisation }] }, { CN: [{ utf8String: commonName }] }])
  // From the beginning of the day: a clock that is set back a little finds it valid.
  const notBefore = new Date(Math.floor(order.nowMs / dayMs) * dayMs)
  const end = notBefore.getTime() + profile.lifetimeDays * dayMs
  const isAuthority = profile.authorities !== null
  const { keyCertSign, cRLSign, digitalSignature, nonRepudiation } = x509.KeyUsageFlags
  const usages = isAuthority ? keyCertSign | cRLSign : digitalSignature | (profile.binding ? nonRepudiation : 0)
  const { addresses } = order
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject,
      // The name itself, and not its text: programs compare the bytes.
      issuer: above?.subjectName ?? subject,
      notBefore,
      notAfter: new Date(Math.min(end, above?.notAfter.getTime() ?? end)),
      publicKey: order.publicKey,
      signingKey: issuer.keys.privateKey,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      extensions: [
        new x509.BasicConstraintsExtension(isAuthority, profile.authorities ?? undefined, true),
        // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- flags are combined
        new x509.KeyUsagesExtension(usages, true),
        ...(profile.purposes.length === 0
          ? []
          : [new x509.ExtendedKeyUsageExtension([...profile.purposes], profile.purposesCritical)]),
        ...(email === null ? [] : [new x509.SubjectAlternativeNameExtension([{ type: 'email', value: email }])]),
        ...(addresses === null
          ? []
          : [
              new x509.CRLDistributionPointsExtension([addresses.revocationList]),
              new x509.AuthorityInfoAccessExtension({
                ...(addresses.status !== null && { ocsp: addresses.status }),
                caIssuers: addresses.issuer,
              }),
            ]),
        await x509.SubjectKeyIdentifierExtension.create(order.publicKey, false, webcrypto),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return new Uint8Array(certificate.rawData)
}

/** Positive, and never seen before: 126 random bits (RFC 5280, 4.1.2.2, and more than the 64 that browsers ask for). */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}
