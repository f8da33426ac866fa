/**
 * Time-stamp authorities from fixed seeds, made from core alone: certificates of every fitness, and tokens. Everything is
 * reproducible: the same calls give the same bytes.
 * @module
 */
import { context, der, generalizedTime, integer, objectIdentifier, octetString } from '@jurat/core/asn1/writer'
import { sequence, setOf, tags, unsigned, utf8String } from '@jurat/core/asn1/writer'
import { type Bytes, concat, fromText } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { ecdsaPoint } from '@jurat/core/crypto/ecdsa'
import { statementPurpose } from '@jurat/core/identity/statement'
import { comparedPolicy } from '@jurat/core/timestamp/identifiers'
import { type TokenMaker, tokenMaker } from '@jurat/core/timestamp/token'

const p256 = 2

/** The secret key of a name: algorithm byte and scalar. */
export const secretOf = (name: string): Bytes =>
  concat(Uint8Array.of(p256), crypto.sha256(fromText(`authority/${name}`)))

/** ECDSA P-256 over SHA-256, as ASN.1 has it. */
function signWith(name: string, message: Bytes): Bytes {
  const signature = crypto.sign(secretOf(name), message)
  return sequence(unsigned(signature.subarray(0, 32)), unsigned(signature.subarray(32)))
}

/** When certificates of these tests are valid, milliseconds since 1970 UTC. */
export const validFromMs: number = Date.UTC(2020, 0, 1)
export const validToMs: number = Date.UTC(2040, 0, 1)

/** What a certificate is to be. Keys and names are by text. */
export interface CertificateRequest {
  readonly subject: string
  readonly issuer: string
  readonly extensions: readonly Bytes[]
  readonly validFromMs?: number
  readonly validToMs?: number
  /** Whose key signs; the issuer's. */
  readonly signer?: string
}

/** A certificate. */
export function certificateOf(request: CertificateRequest): Bytes {
  const { subject, issuer, extensions, signer = issuer } = request
  const algorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2'))
  const validity = sequence(
    generalizedTime(request.validFromMs ?? validFromMs),
    generalizedTime(request.validToMs ?? validToMs),
  )
  const signed = sequence(
    der(context(0), integer(2)),
    unsigned(crypto.sha256(fromText(`${subject}/${issuer}`)).subarray(0, 16)),
    algorithm,
    nameOf(issuer),
    validity,
    nameOf(subject),
    publicKeyOf(subject),
    der(context(3), sequence(...extensions)),
  )
  return sequence(signed, algorithm, bits(signWith(signer, signed)))
}

const bits = (bytes: Bytes): Bytes => der(tags.bitString, Uint8Array.of(0), bytes)

const nameOf = (text: string): Bytes =>
  sequence(setOf(sequence(objectIdentifier('2.5.4.3'), utf8String(fromText(text)))))

function publicKeyOf(name: string): Bytes {
  const point = ecdsaPoint(p256, crypto.publicKeyOf(secretOf(name)).subarray(1))
  const curve = sequence(objectIdentifier('1.2.840.10045.2.1'), objectIdentifier('1.2.840.10045.3.1.7'))
  if (point === null) throw new Error('a public key is a point')
  return sequence(curve, bits(concat(Uint8Array.of(4), point.x, point.y)))
}

const extension = (identifier: string, critical: boolean, value: Bytes): Bytes =>
  sequence(
    objectIdentifier(identifier),
    ...(critical ? [der(tags.boolean, Uint8Array.of(0xff))] : []),
    octetString(value),
  )

const yes = der(tags.boolean, Uint8Array.of(0xff))
const timeStamping = '1.3.6.1.5.5.7.3.8'

type ExtensionName =
  | 'authority'
  | 'lastAuthority'
  | 'signsCertificates'
  | 'signs'
  | 'agreesKeys'
  | 'stamps'
  | 'stampsPerhaps'
  | 'stampsAndMore'
  | 'states'
  | 'strange'

/** Extensions by what they say. */
export const extensions: Readonly<Record<ExtensionName, Bytes>> = {
  authority: extension('2.5.29.19', true, sequence(yes)),
  lastAuthority: extension('2.5.29.19', true, sequence(yes, integer(0))),
  signsCertificates: extension('2.5.29.15', true, der(tags.bitString, Uint8Array.of(1, 0x06))),
  signs: extension('2.5.29.15', true, der(tags.bitString, Uint8Array.of(7, 0x80))),
  agreesKeys: extension('2.5.29.15', true, der(tags.bitString, Uint8Array.of(3, 0x08))),
  stamps: extension('2.5.29.37', true, sequence(objectIdentifier(timeStamping))),
  stampsPerhaps: extension('2.5.29.37', false, sequence(objectIdentifier(timeStamping))),
  stampsAndMore: extension(
    '2.5.29.37',
    true,
    sequence(objectIdentifier(timeStamping), objectIdentifier('1.3.6.1.5.5.7.3.4')),
  ),
  states: extension('2.5.29.37', true, sequence(objectIdentifier(statementPurpose))),
  strange: extension('1.2.3.4', true, integer(1)),
}

const ofAuthority = [extensions.authority, extensions.signsCertificates]

/** A root, an authority below it, and a stamping certificate below that: all with names that begin with `name`. */
export function rootOf(name: string): Bytes {
  return certificateOf({ subject: `${name} root`, issuer: `${name} root`, extensions: ofAuthority })
}

/** The authority between. */
export function issuingOf(name: string, changes: Partial<CertificateRequest> = {}): Bytes {
  return certificateOf({ subject: `${name} issuing`, issuer: `${name} root`, extensions: ofAuthority, ...changes })
}

/** The certificate that stamps. */
export function stampingOf(name: string, changes: Partial<CertificateRequest> = {}): Bytes {
  const own = { subject: `${name} stamping`, issuer: `${name} issuing` }
  return certificateOf({ ...own, extensions: [extensions.signs, extensions.stamps], ...changes })
}

/** How an authority makes its tokens. */
export interface StampingChanges {
  readonly certificate?: Bytes
  readonly chain?: readonly Bytes[]
  readonly policy?: string
  readonly accuracySeconds?: number
  /** Whose key signs. */
  readonly signer?: string
}

/** The tokens of an authority. */
export function makerOf(name: string, changes: StampingChanges = {}): TokenMaker {
  const { certificate = stampingOf(name), chain = [issuingOf(name)], policy = comparedPolicy } = changes
  const { signer = `${name} stamping`, accuracySeconds = 1 } = changes
  const sign = (message: Bytes): Bytes => signWith(signer, message)
  return tokenMaker(crypto, { certificate, chain, policy, accuracySeconds, sign })
}

/** A token over SHA-256 of some bytes, with certificates. */
export function stamp(maker: TokenMaker, bytes: Bytes, timeMs: number): Bytes {
  const digest = crypto.sha256(bytes)
  const serial = crypto.sha256(concat(digest, fromText(String(timeMs)))).subarray(0, 19)
  return maker({ imprint: { algorithm: 'sha256', digest }, serial, timeMs, nonce: null, certificates: true })
}
