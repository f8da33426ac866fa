/**
 * The time-stamp authority of a node (RFC 3161): answers requests, and stamps the log's checkpoints. docs/spec/timestamps.md.
 * @module
 */
import { randomFillSync, sign } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { type Imprint, readQuery, type TimestampFailure, type TimestampQuery } from '@jurat/core/timestamp/query'
import { grantedReply, refusedReply } from '@jurat/core/timestamp/reply'
import { type TokenMaker, tokenMaker } from '@jurat/core/timestamp/token'
import type { KeyObject } from 'node:crypto'
import type { Metrics } from '../observe/metrics.ts'
import type { TrustedTime } from './timestamps/trustedTime.ts'

/** What the authority says of its clock: RFC 3161 `accuracy`, whole seconds. */
export const accuracySeconds = 1

/** Length of a serial number in bytes. The standard allows 20; the first bit is none, so that it is positive. */
const serialBytes = 20

/** What tokens are signed with. */
export interface TokenSigner {
  /** Certificate of the key, DER, and those between it and the root. */
  readonly certificate: Bytes
  readonly chain: readonly Bytes[]
  readonly key: KeyObject
  /** When the certificate is valid, milliseconds since 1970 UTC. */
  readonly validFromMs: number
  readonly validToMs: number
}

/** What an authority stands on. */
export interface TimestampOptions {
  readonly crypto: Pick<CryptoProvider, 'sha256'>
  /** The present signer: the same object until its certificate is renewed. */
  readonly signer: () => TokenSigner
  readonly time: () => TrustedTime
  readonly metrics: Metrics
  readonly warn: (message: string, details: object) => void
}

/** Reasons for people, in the answer. */
const sentences: Readonly<Record<TimestampFailure, string>> = {
  badAlg: 'The imprint must be of SHA-256, SHA-384 or SHA-512.',
  badRequest: 'The request is of another version than 1, or its nonce is too long.',
  badDataFormat: 'The request is no TimeStampReq in DER, or its imprint is not as long as its algorithm says.',
  timeNotAvailable: 'The clock of this authority cannot be trusted now.',
  unacceptedPolicy: 'This authority does not issue under that policy.',
  unacceptedExtension: 'This authority knows no extensions.',
  addInfoNotAvailable: 'The certificates that were asked for are not available.',
  systemFailure: 'The authority has failed.',
}

/** Makes tokens. */
export class TimestampAuthority {
  readonly #options: TimestampOptions
  /** One for each policy: today's, and after a change of the clock's state another. Those of a former signer go with it. */
  readonly #makers = new WeakMap<TokenSigner, Map<string, TokenMaker>>()
  #untrusted: string | null = null

  constructor(options: TimestampOptions) {
    this.#options = options
  }

  /** Answers a `TimeStampReq` with a `TimeStampResp`, both DER. Never throws: what fails is said in the answer. */
  answer(request: Bytes): Bytes {
    const query = readQuery(request)
    return 'refused' in query ? this.#refuse(query.refused) : this.grant(query)
  }

  /** Answers a request that was read. */
  grant(query: TimestampQuery): Bytes {
    try {
      const token = this.#token(query)
      if (typeof token === 'string') return this.#refuse(token)
      this.#options.metrics.count('timestamps_total', 1, { outcome: 'granted' })
      return grantedReply(token)
    } catch (error) {
      this.#options.warn('A time stamp could not be made', { error: String(error) })
      return this.#refuse('systemFailure')
    }
  }

  /** A token over SHA-256 of a note, with certificates, for receipts; null while the clock cannot be trusted. */
  stamp(note: Bytes): Bytes | null {
    return this.#stampOwn(this.#options.crypto.sha256(note), 'checkpoint')
  }

  /** A token over a SHA-256 digest, with certificates, for signatures of this node; null while the clock cannot be trusted. */
  stampDigest(digest: Bytes): Bytes | null {
    return this.#stampOwn(digest, 'signature')
  }

  #stampOwn(digest: Bytes, outcome: string): Bytes | null {
    const imprint: Imprint = { algorithm: 'sha256', digest }
    const token = this.#token({ imprint, policy: null, nonce: null, certificates: true })
    if (typeof token === 'string') return null
    this.#options.metrics.count('timestamps_total', 1, { outcome })
    return token
  }

  #token({ imprint, policy, nonce, certificates }: TimestampQuery): Bytes | TimestampFailure {
    const signer = this.#options.signer()
    const { chain, validFromMs, validToMs } = signer
    const now = this.#options.time()
    if (now.timeMs === null) {
      this.#say(now.reason)
      return 'timeNotAvailable'
    }
    if (now.timeMs < validFromMs || now.timeMs > validToMs) {
      this.#say('the certificate of the time-stamp authority is not valid now')
      return 'timeNotAvailable'
    }
    this.#say(null)
    if (policy !== null && policy !== now.policy) return 'unacceptedPolicy'
    if (certificates && chain.length === 0) return 'addInfoNotAvailable'
    return this.#maker(signer, now.policy)({ imprint, serial: freshSerial(), timeMs: now.timeMs, nonce, certificates })
  }

  #maker(signer: TokenSigner, policy: string): TokenMaker {
    const makers = this.#makers.get(signer) ?? new Map<string, TokenMaker>()
    this.#makers.set(signer, makers)
    const known = makers.get(policy)
    if (known !== undefined) return known
    const { certificate, chain, key } = signer
    const own = tokenMaker(this.#options.crypto, {
      certificate,
      chain,
      policy,
      accuracySeconds,
      sign: (message) => sign('sha256', message, { key, dsaEncoding: 'der' }),
    })
    makers.set(policy, own)
    return own
  }

  #refuse(failure: TimestampFailure): Bytes {
    this.#options.metrics.count('timestamps_total', 1, { outcome: failure })
    return refusedReply(failure, sentences[failure])
  }

  /** Warns once about each reason for which no time is given. */
  #say(reason: string | null): void {
    if (reason !== null && reason !== this.#untrusted) this.#options.warn('No time stamps are made', { reason })
    this.#untrusted = reason
  }
}

/**
 * 159 random bits. No counter: one that is kept in a file goes back with the file when a backup is restored, and one in memory
 * repeats in a copy of the machine; a number drawn anew for each token does neither (docs/spec/timestamps.md).
 */
function freshSerial(): Bytes {
  const serial = randomFillSync(new Uint8Array(serialBytes))
  serial[0] = (serial[0] ?? 0) & 0x7f
  return serial
}
