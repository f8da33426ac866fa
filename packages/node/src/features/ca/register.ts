/**
 * The record of what was issued and what was revoked. It only grows, and lies in the store of the credentials, which is
 * synced, sealed against lost batches and part of every backup: so the CA works without PostgreSQL. docs/spec/certificates.md.
 * @module
 */
import { type Bytes, fromBase64, fromText, toBase64, toText } from '@jurat/core/bytes'
import type { RevocationReason } from '@jurat/core/certificates/revocation'
import { JuratError } from '@jurat/core/errors'
import type { KeyValueStore } from '../../store/keyValue.ts'
import type { Subject } from './issue.ts'
import type { ProfileName } from './profiles.ts'

/** What is refused here. */
export class RegisterError extends JuratError<'not-found' | 'conflict' | 'damaged'> {}

/** A certificate that was issued. */
export interface CertificateRecord {
  /** Serial number, lower-case hexadecimal; the key of the record. */
  readonly serial: string
  /** Place in the record: issued and revoked are counted together, from 1. */
  readonly number: number
  readonly profile: ProfileName
  readonly subject: Subject
  /** Whose it is; null: of the network itself. */
  readonly organisation: string | null
  /** Whether this node holds its key. */
  readonly held: boolean
  /** Milliseconds since 1970 UTC. */
  readonly issuedMs: number
  readonly notAfterMs: number
}

/** A certificate that was revoked. */
export interface RevocationRecord {
  readonly serial: string
  readonly number: number
  readonly reason: RevocationReason
  readonly timeMs: number
}

/** A certificate that is to be recorded, DER. */
export type NewCertificate = Omit<CertificateRecord, 'number'> & { readonly certificate: Bytes }

interface StoredCertificate extends CertificateRecord {
  /** DER in base64. */
  readonly certificate: string
}

const prefixes = { certificate: 'certificate/', revocation: 'revocation/' } as const

/** The number of the newest revocation list: the one thing here that is replaced. */
const listKey = fromText('revocation-list')

/** The record. */
export class CertificateRegister {
  readonly #store: KeyValueStore
  readonly #certificates = new Map<string, CertificateRecord>()
  readonly #revocations = new Map<string, RevocationRecord>()
  #number = 0
  #listNumber = 0

  private constructor(store: KeyValueStore) {
    this.#store = store
  }

  /** Reads the record. @throws {RegisterError} `damaged` */
  static async open(store: KeyValueStore): Promise<CertificateRegister> {
    const register = new CertificateRegister(store)
    for await (const [, value] of store.range(rangeOf(prefixes.certificate))) {
      const { certificate: _, ...record } = parse(value) as StoredCertificate
      register.#certificates.set(record.serial, record)
      register.#number = Math.max(register.#number, record.number)
    }
    for await (const [, value] of store.range(rangeOf(prefixes.revocation))) {
      const record = parse(value) as RevocationRecord
      register.#revocations.set(record.serial, record)
      register.#number = Math.max(register.#number, record.number)
    }
    const list = store.get(listKey)
    if (list !== null) register.#listNumber = (parse(list) as { number: number }).number
    return register
  }

  /** Every certificate, in the order of issue. */
  get certificates(): CertificateRecord[] {
    return [...this.#certificates.values()].toSorted((a, b) => a.number - b.number)
  }

  /** Every revocation, in order. */
  get revocations(): RevocationRecord[] {
    return [...this.#revocations.values()].toSorted((a, b) => a.number - b.number)
  }

  certificate(serial: string): CertificateRecord | null {
    return this.#certificates.get(serial) ?? null
  }

  revocation(serial: string): RevocationRecord | null {
    return this.#revocations.get(serial) ?? null
  }

  /** The certificate itself, DER. @throws {RegisterError} `not-found` */
  der(serial: string): Bytes {
    const value = this.#store.get(fromText(prefixes.certificate + serial))
    if (value === null) throw new RegisterError('not-found', 'this authority has issued no such certificate')
    return fromBase64((parse(value) as StoredCertificate).certificate)
  }

  /** Records a certificate before anybody gets it. @throws {RegisterError} `conflict` when its number was issued before */
  async issued({ certificate, ...record }: NewCertificate): Promise<CertificateRecord> {
    const { serial } = record
    if (this.#certificates.has(serial)) {
      throw new RegisterError('conflict', `a certificate with the number ${serial} was issued before`)
    }
    const numbered: CertificateRecord = { ...record, number: this.#next() }
    await this.#write(prefixes.certificate + serial, { ...numbered, certificate: toBase64(certificate) })
    this.#certificates.set(serial, numbered)
    return numbered
  }

  /** Records a revocation, for ever. @throws {RegisterError} `not-found`, `conflict` when it is revoked already */
  async revoked(serial: string, reason: RevocationReason, timeMs: number): Promise<RevocationRecord> {
    if (!this.#certificates.has(serial)) {
      throw new RegisterError('not-found', 'this authority has issued no such certificate')
    }
    if (this.#revocations.has(serial)) throw new RegisterError('conflict', 'the certificate is revoked already')
    const record: RevocationRecord = { serial, number: this.#next(), reason, timeMs }
    // In memory first: of two that revoke at once one is refused, and no answer calls it good while the disk is slow.
    this.#revocations.set(serial, record)
    try {
      await this.#write(prefixes.revocation + serial, record)
    } catch (error) {
      this.#revocations.delete(serial)
      throw error
    }
    return record
  }

  /**
   * A number for the next revocation list, kept before it is used. It follows the clock where it can: after a restored
   * backup the numbers go on above those that were published since.
   */
  async nextListNumber(nowMs: number): Promise<number> {
    this.#listNumber = Math.max(this.#listNumber + 1, nowMs)
    await this.#store.write([{ key: listKey, value: fromText(JSON.stringify({ number: this.#listNumber })) }], {
      sync: true,
    })
    return this.#listNumber
  }

  #next(): number {
    this.#number += 1
    return this.#number
  }

  #write(key: string, record: unknown): Promise<void> {
    return this.#store.write([{ key: fromText(key), value: fromText(JSON.stringify(record)) }], { sync: true })
  }
}

/** Keys that begin with a prefix that ends in a slash. */
const rangeOf = (prefix: string): { from: Bytes; to: Bytes } => ({
  from: fromText(prefix),
  to: fromText(`${prefix.slice(0, -1)}0`),
})

function parse(value: Bytes): unknown {
  try {
    return JSON.parse(toText(value))
  } catch (cause) {
    throw new RegisterError('damaged', 'a record of the certification authority cannot be read', { cause })
  }
}
