/**
 * Issuing certificates: X.509 version 3, ECDSA P-256 with SHA-256, random serial numbers of 16 bytes. docs/spec/certificates.md.
 * @module
 */
import { randomBytes, webcrypto } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import { type Profile, type ProfileName, profiles } from './profiles.ts'

const dayMs = 86_400_000

/** Longest common name (RFC 5280, upper bound ub-common-name), in characters. */
const commonNameCharactersMax = 64

/** An authority that issues: its certificate, DER, and its key. */
export interface Issuer {
  readonly certificate: Bytes
  readonly keys: webcrypto.CryptoKeyPair
}

/** What is to be issued. */
export interface Order {
  readonly profile: ProfileName
  /** Name of the network. */
  readonly network: string
  readonly publicKey: webcrypto.CryptoKey
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number
}

/** Issues a certificate, DER. @param issuer - who signs; for a root its own key, without a certificate. */
export async function issue(order: Order, issuer: Issuer | { readonly keys: webcrypto.CryptoKeyPair }): Promise<Bytes> {
  const profile: Profile = profiles[order.profile]
  // The library costs 15 MB and 150 ms, which a node pays only when it issues.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const above = 'certificate' in issuer ? new x509.X509Certificate(issuer.certificate.slice()) : null
  const subject = nameOf(profile, order.network)
  // From the beginning of the day: a clock that is set back a little finds it valid.
  const notBefore = new Date(Math.floor(order.nowMs / dayMs) * dayMs)
  const end = notBefore.getTime() + profile.lifetimeDays * dayMs
  const isAuthority = profile.authorities !== null
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject,
      issuer: above?.subjectName.toJSON() ?? subject,
      notBefore,
      notAfter: new Date(Math.min(end, above?.notAfter.getTime() ?? end)),
      publicKey: order.publicKey,
      signingKey: issuer.keys.privateKey,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      extensions: [
        new x509.BasicConstraintsExtension(isAuthority, profile.authorities ?? undefined, true),
        new x509.KeyUsagesExtension(
          // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- flags are combined
          isAuthority
            ? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
            : x509.KeyUsageFlags.digitalSignature,
          true,
        ),
        ...(profile.purpose === null ? [] : [new x509.ExtendedKeyUsageExtension([profile.purpose], true)]),
        await x509.SubjectKeyIdentifierExtension.create(order.publicKey, false, webcrypto),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return new Uint8Array(certificate.rawData)
}

/** Name of the network, then what the certificate is for: both within the bounds of RFC 5280. */
function nameOf({ title }: Profile, network: string): Record<string, string[]>[] {
  const name = network.slice(0, commonNameCharactersMax)
  return [{ O: [name] }, { CN: [`${title} ${network}`.slice(0, commonNameCharactersMax)] }]
}

/** Positive, and never seen before: 127 random bits (RFC 5280, 4.1.2.2, and more than the 64 that browsers ask for). */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}
