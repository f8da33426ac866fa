/**
 * Trust files as a client sees them: read strictly, and told by their fingerprint. Format: docs/spec/trust-file.md.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { JuratError } from '@jurat/core/errors'
import { continuesTrust, formatTrust, parseTrust } from '@jurat/core/receipt/trustChain'
import type { Trust } from '@jurat/core/receipt/trustChain'
import { SdkError } from './errors.ts'

/** A trust file that was read: it does not contradict itself, and its chain of documents is proven. */
export interface ReadTrust {
  readonly trust: Trust
  readonly networkId: Bytes
  /** Name of the network, origin of its log. */
  readonly origin: string
  /** What a person compares. 32 bytes. */
  readonly fingerprint: Bytes
  /** Consortium documents, the first included. */
  readonly documents: number
  /** Names of the members in the newest document. */
  readonly members: readonly string[]
  /** The file's text in its one form. */
  readonly text: string
}

/** Reads a trust file, from a file or from `GET /v1/trust`. @throws {SdkError} `trust-malformed`. */
export function readTrust(crypto: CryptoProvider, text: string): ReadTrust {
  try {
    const trust = parseTrust(crypto, text)
    const { file, fingerprint, chain, newest } = trust
    return {
      trust,
      networkId: file.networkId,
      origin: file.origin,
      fingerprint,
      documents: chain.length,
      members: newest.document.members.map(({ name }) => name),
      text: formatTrust(crypto, file),
    }
  } catch (cause) {
    const why = cause instanceof JuratError ? cause.message : 'It cannot be read.'
    throw new SdkError('trust-malformed', `This is not a trust file. ${why}`, { cause })
  }
}

/** Whether a trust file continues a pinned one: the same fingerprint, and all documents that were known. */
export const extendsTrust = (pinned: ReadTrust, longer: ReadTrust): boolean =>
  continuesTrust(pinned.trust, longer.trust)
