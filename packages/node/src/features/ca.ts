/**
 * The certification authority of a node: issues certificates, revokes them, says what is revoked, and renews its own.
 * docs/spec/certificates.md.
 * @module
 */
import { type webcrypto, X509Certificate } from 'node:crypto'
import { type Bytes, fromHex, toHex } from '@jurat/core/bytes'
import { certificateFields } from '@jurat/core/certificates/fields'
import { type Revocation, type RevocationReason, signRevocationList } from '@jurat/core/certificates/revocation'
import {
  isOfIssuer,
  readStatusRequest,
  signStatus,
  statusFailure,
  statusQuestion,
} from '@jurat/core/certificates/status'
import type { IssuerHashes } from '@jurat/core/certificates/status'
import { JuratError } from '@jurat/core/errors'
import { webKeyPair } from '../crypto/keyObjects.ts'
import type { Timers } from '../platform/clock.ts'
import type { KeyValueStore } from '../store/keyValue.ts'
import { type AuthorityFolder, freshKey, type HeldAuthority, type HeldCertificate } from './ca/authorityFolder.ts'
import { type DocumentSigner, issuerHashes, type RevocationSource, signWith } from './ca/documentSigner.ts'
import { renewUnderRoot, underRootDue } from './ca/founding.ts'
import { isName, issue, nameCharactersMax, ownSubject, type StatusAddresses, type Subject } from './ca/issue.ts'
import type { LeafProfile } from './ca/profiles.ts'
import { type CertificateRecord, CertificateRegister, type NewCertificate } from './ca/register.ts'
import { endOf, endsSoon, serialOf } from './ca/validity.ts'
import { keyOfRequest } from './ca/signingRequest.ts'

const dayMs = 86_400_000

/** How often the authority looks whether something of its own must be renewed, milliseconds. */
export const renewalLookMs = 3_600_000

/** A revocation list is renewed when it is older than the first, and holds for the second, milliseconds. */
export const listRenewMs = dayMs
export const listLifetimeMs = 7 * dayMs

/** How long an answer about the status of a certificate holds, milliseconds. */
export const statusLifetimeMs = dayMs

/** The time of an authority: what it was before the clock jumped, and whether it did. */
export interface AuthorityTime {
  /** Milliseconds since 1970 UTC. */
  readonly timeMs: number
  readonly steady: boolean
}

/** Keeps the secret keys of the organisations' signers, sealed. */
export interface SecretKeeper {
  readonly putSealed: (purpose: string, secret: Bytes) => Promise<void>
  readonly getSealed: (purpose: string) => Bytes | null
}

/** What an authority stands on. */
export interface AuthorityOptions {
  readonly place: AuthorityFolder
  /** Store of the record. */
  readonly store: KeyValueStore
  readonly secrets: SecretKeeper
  readonly network: string
  /** Address under which this node is asked for lists and status; null: it stands in no certificate. */
  readonly base: string | null
  readonly time: () => AuthorityTime
  readonly timers: Timers
  readonly warn: (message: string, details: object) => void
}

/** A certificate that is asked for. Name and use are what the registration decides. */
export interface CertificateOrder {
  readonly profile: LeafProfile
  readonly subject: Subject
  /** Id of the organisation whose it is; null: of the network itself. */
  readonly organisation: string | null
  /** PKCS #10, DER or PEM; null: this node makes the key and holds it, for signing documents alone. */
  readonly request: Bytes | null
}

/** What an authority refuses. */
export class CertificationError extends JuratError<'not-ready' | 'request-unacceptable'> {}

type OwnLeaf = 'timeStamping' | 'documentSigning'

/** A certification authority. */
export class CertificateAuthority {
  readonly #options: AuthorityOptions
  readonly #register: CertificateRegister
  #held: HeldAuthority
  #list: { readonly bytes: Bytes; readonly thisUpdateMs: number } = { bytes: new Uint8Array(0), thisUpdateMs: 0 }
  readonly #hashes: readonly [IssuerHashes, IssuerHashes]
  #sign: (message: Bytes) => Bytes
  #cancel: (() => void) | null = null
  #working: Promise<void> = Promise.resolve()
  #stopped = false

  private constructor(options: AuthorityOptions, held: HeldAuthority, register: CertificateRegister) {
    this.#options = options
    this.#held = held
    this.#register = register
    this.#hashes = issuerHashes(held.issuing.certificate)
    this.#sign = signWith(held.issuing.key)
  }

  /**
   * Opens the authority of a folder; null when there is none. What it needs for itself and is not there is made now.
   * @throws {AuthorityError} when the folder is broken; {RegisterError} `damaged`
   */
  static async open(options: AuthorityOptions): Promise<CertificateAuthority | null> {
    const held = await options.place.read()
    if (held === null) return null
    const authority = new CertificateAuthority(options, held, await CertificateRegister.open(options.store))
    for (const profile of ['timeStamping', 'documentSigning'] as const) await authority.#adopt(profile)
    await authority.#renewList()
    await authority.look()
    return authority
  }

  /** Looks from time to time whether something must be renewed. */
  start(): void {
    if (this.#stopped) return
    this.#cancel = this.#options.timers.after(renewalLookMs, () => {
      this.#working = this.look().finally(() => this.start())
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel?.()
    await this.#working
  }

  /** Certificate of the root and of the issuing authority, DER. */
  get root(): Bytes {
    return this.#held.root.certificate
  }

  get issuing(): Bytes {
    return this.#held.issuing.certificate
  }

  /** The key for time stamps, which changes when it is renewed; the same object until then. */
  get timeStamping(): HeldCertificate {
    return this.#own('timeStamping')
  }

  get register(): Pick<CertificateRegister, 'certificates' | 'revocations' | 'certificate' | 'revocation' | 'der'> {
    return this.#register
  }

  /** The current revocation list of the issuing authority, DER. */
  get revocationList(): Bytes {
    return this.#list.bytes
  }

  /** That of the root, DER; null when an older version made the root and its key is not here. */
  get rootList(): Bytes | null {
    return this.#held.rootList
  }

  /**
   * Issues a certificate.
   * @throws {SigningRequestError} for a request that is none; {CertificationError} `not-ready` while the clock has jumped.
   */
  async issue({ profile, subject, organisation, request }: CertificateOrder): Promise<CertificateRecord> {
    const wrong = [subject.commonName, subject.organisation].find((name) => !isName(name))
    if (wrong !== undefined) {
      const bounds = `1 to ${nameCharactersMax} characters, none of them a control character`
      throw new CertificationError('request-unacceptable', `"${wrong}" cannot stand in a certificate: ${bounds}`)
    }
    const publicKey = request && (await keyOfRequest(request))
    if (publicKey !== null)
      return (await this.issueKey({ profile, subject, organisation, publicKey, held: false })).record
    if (profile !== 'documentSigning' || organisation === null) {
      throw new CertificationError('request-unacceptable', 'a request for a certificate (PKCS #10) is missing')
    }
    return this.#issueSigner(subject, organisation)
  }

  /** Revokes a certificate for ever, and publishes a new list. A certificate of the node's own is renewed at once. */
  async revoke(serial: string, reason: RevocationReason): Promise<void> {
    await this.#register.revoked(serial, reason, this.#options.time().timeMs)
    await this.#renewList()
    await this.look()
  }

  /** Answers an `OCSPRequest` with an `OCSPResponse`, both DER. Never throws for what stands in the request. */
  status(request: Bytes): Bytes {
    const asked = readStatusRequest(request)
    if (asked === null) return statusFailure('malformedRequest')
    const { timeMs } = this.#options.time()
    return signStatus(this.#signer, {
      statuses: asked.certificates.map((id) => ({
        id: id.bytes,
        status: isOfIssuer(id, this.#hashes) ? this.#statusOf(toHex(id.serial)) : 'unknown',
      })),
      nonce: asked.nonce,
      timeMs,
      nextUpdateMs: timeMs + statusLifetimeMs,
    })
  }

  /**
   * What documents are signed with: by the network itself (null), or by an organisation whose key this node holds; null when
   * there is none that is valid now.
   */
  documentSigner(organisation: string | null): DocumentSigner | null {
    const held = organisation === null ? this.#own('documentSigning') : this.#heldBy(organisation)
    if (held === null) return null
    const sign = signWith(held.key)
    return {
      certificates: [held.certificate, this.issuing, this.root],
      sign: (message) => Promise.resolve(sign(message)),
      revocation: this.revocation,
    }
  }

  /** Statements about certificates of this authority, to be kept beside signatures. */
  get revocation(): RevocationSource {
    return {
      lists: () => [this.#list.bytes, ...(this.#held.rootList === null ? [] : [this.#held.rootList])],
      status: (certificate) => this.status(statusQuestion(this.#hashes[0], certificateFields(certificate).serial)),
    }
  }

  /** Renews what of its own is due. What fails is tried again at the next look, and said. */
  async look(): Promise<void> {
    const { time, warn } = this.#options
    // While the clock has jumped nobody knows what is due.
    if (!time().steady) return
    const works = [
      () => this.#lookAtRoot(),
      () => this.#lookAtOwn('timeStamping'),
      () => this.#lookAtOwn('documentSigning'),
      () => this.#lookAtSigners(),
      () => this.#lookAtList(),
    ]
    for (const work of works) {
      try {
        await work()
      } catch (error) {
        warn('Something of the certification authority could not be renewed', { error: String(error) })
      }
    }
  }

  get #signer(): { certificate: Bytes; sign: (message: Bytes) => Bytes } {
    return { certificate: this.#held.issuing.certificate, sign: this.#sign }
  }

  #own(profile: OwnLeaf): HeldCertificate {
    const held = this.#held[profile]
    if (held === null) throw new CertificationError('not-ready', `the certificate for ${profile} is not made yet`)
    return held
  }

  #statusOf(serial: string): 'good' | 'unknown' | Revocation {
    const revocation = this.#register.revocation(serial)
    if (revocation !== null) return { ...revocation, serial: fromHex(serial) }
    return this.#register.certificate(serial) === null ? 'unknown' : 'good'
  }

  /** Issues a certificate of a key that this node has seen. */
  async issueKey(order: {
    readonly profile: LeafProfile | 'identityStatements'
    readonly subject: Subject
    readonly organisation: string | null
    readonly publicKey: webcrypto.CryptoKey
    readonly held: boolean
  }): Promise<{ record: CertificateRecord; certificate: Bytes }> {
    const { timeMs, steady } = this.#options.time()
    if (!steady)
      throw new CertificationError('not-ready', 'the clock has jumped: no certificates are issued until it is trusted')
    const { certificate: above, key } = this.#held.issuing
    const { profile, subject, organisation, publicKey, held } = order
    const certificate = await issue(
      { profile, subject, publicKey, nowMs: timeMs, addresses: this.#addresses },
      { certificate: above, keys: await webKeyPair(key) },
    )
    const record = await this.#register.issued(recordOf(certificate, { profile, organisation, held, timeMs, subject }))
    return { record, certificate }
  }

  get #addresses(): StatusAddresses | null {
    const { base } = this.#options
    if (base === null) return null
    return { revocationList: `${base}/ca/issuing.crl`, status: `${base}/ocsp`, issuer: `${base}/ca/issuing.cer` }
  }

  /** A certificate for signing documents whose key this node holds. The key is kept before anybody trusts it. */
  async #issueSigner(subject: Subject, organisation: string): Promise<CertificateRecord> {
    const key = freshKey()
    const { publicKey } = await webKeyPair(key)
    const order = { profile: 'documentSigning', subject, organisation, publicKey, held: true } as const
    const { record } = await this.issueKey(order)
    await this.#options.secrets.putSealed(signerPurpose(record.serial), key)
    return record
  }

  /** The newest valid signer of an organisation. */
  #signerOf(organisation: string): CertificateRecord | null {
    const { timeMs } = this.#options.time()
    const valid = this.#register.certificates.filter(
      ({ serial, held, notAfterMs, ...record }) =>
        held &&
        record.organisation === organisation &&
        notAfterMs > timeMs &&
        this.#register.revocation(serial) === null,
    )
    return valid.at(-1) ?? null
  }

  #heldBy(organisation: string): HeldCertificate | null {
    const record = this.#signerOf(organisation)
    const key = record && this.#options.secrets.getSealed(signerPurpose(record.serial))
    return record && key && { certificate: this.#register.der(record.serial), key }
  }

  /** Records a certificate of the folder that is not in the record yet: it was made by an older version. */
  async #adopt(profile: OwnLeaf): Promise<void> {
    const held = this.#held[profile]
    if (held === null || this.#register.certificate(serialOf(held.certificate)) !== null) return
    const { validFrom } = new X509Certificate(held.certificate)
    const subject = ownSubject(profile, this.#options.network)
    const about = { profile, organisation: null, held: true, timeMs: Date.parse(validFrom), subject }
    await this.#register.issued(recordOf(held.certificate, about))
  }

  async #lookAtOwn(profile: OwnLeaf): Promise<void> {
    const { place, network } = this.#options
    const present = this.#held[profile]
    if (present !== null && !this.#isDue(profile, present.certificate)) return
    const key = freshKey()
    const { publicKey } = await webKeyPair(key)
    const order = { profile, subject: ownSubject(profile, network), organisation: null, publicKey, held: true }
    const { certificate } = await this.issueKey(order)
    await place.add(profile, { certificate, key })
    this.#held = { ...this.#held, [profile]: { certificate, key } }
  }

  /** Signers of organisations get a new key when theirs ends soon. */
  async #lookAtSigners(): Promise<void> {
    const organisations = new Set(
      this.#register.certificates.flatMap(({ held, organisation }) =>
        held && organisation !== null ? [organisation] : [],
      ),
    )
    for (const organisation of organisations) {
      const record = this.#signerOf(organisation)
      if (record === null) continue
      const certificate = this.#register.der(record.serial)
      if (this.#isDue('documentSigning', certificate)) await this.#issueSigner(record.subject, organisation)
    }
  }

  /** The issuing authority's certificate and the list of the root need the root's key, which may be elsewhere. */
  async #lookAtRoot(): Promise<void> {
    const { network, base, place, time, warn } = this.#options
    const due = underRootDue(this.#held, time().timeMs)
    if (!due.list && !due.issuing) return
    const { root } = this.#held
    if (root.key === null) {
      warn('The key of the root is needed: jurat ca renew', due)
      return
    }
    const order = { network, base, nowMs: time().timeMs }
    this.#held = await renewUnderRoot(place, this.#held, { key: root.key, due, order })
  }

  async #lookAtList(): Promise<void> {
    const { timeMs } = this.#options.time()
    // A clock that was set back, and is believed, makes the present list one of the future.
    if (Math.abs(timeMs - this.#list.thisUpdateMs) >= listRenewMs) await this.#renewList()
  }

  async #renewList(): Promise<void> {
    const { timeMs } = this.#options.time()
    const number = await this.#register.nextListNumber(timeMs)
    const revoked = this.#register.revocations.map((record) => ({ ...record, serial: fromHex(record.serial) }))
    const list = { number, thisUpdateMs: timeMs, nextUpdateMs: timeMs + listLifetimeMs, revoked }
    this.#list = { bytes: signRevocationList(this.#signer, list), thisUpdateMs: timeMs }
  }

  #isDue(profile: OwnLeaf, certificate: Bytes): boolean {
    if (this.#register.revocation(serialOf(certificate)) !== null) return true
    return endsSoon(profile, certificate, this.issuing, this.#options.time().timeMs)
  }
}

const signerPurpose = (serial: string): string => `authority/signer/${serial}`

function recordOf(
  certificate: Bytes,
  about: Pick<CertificateRecord, 'profile' | 'organisation' | 'held' | 'subject'> & { readonly timeMs: number },
): NewCertificate {
  const { timeMs: issuedMs, ...named } = about
  return { serial: serialOf(certificate), ...named, issuedMs, notAfterMs: endOf(certificate), certificate }
}
