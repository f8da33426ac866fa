/**
 * The envelope of a transaction: header, payload, signatures. docs/spec/transaction.md.
 * @module
 */
import { assert } from '../assert.ts'
import { type Bytes, compare } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { CborReader } from '../cbor/reader.ts'
import { CborWriter } from '../cbor/writer.ts'
import { domainHash, domainMessage } from '../crypto/domain.ts'
import { algorithmSizes } from '../crypto/provider.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { publicKeyBytesMax } from './authMap.ts'

/** Most signatures of a transaction: no account has more keys. */
export const signaturesMax = 32

/** Length of the nonce, in bytes. */
export const nonceBytes = 12

/** What is signed. Times are milliseconds. */
export interface TransactionHeader {
  readonly networkId: Bytes
  /** Number of the operation. */
  readonly type: number
  /** Id of the account that acts. */
  readonly from: Bytes
  /** Id of the account that is acted on; null where the operation has none. */
  readonly to: Bytes | null
  /** 12 random bytes. */
  readonly nonce: Bytes
  /** The sender's clock, since 1970 UTC. */
  readonly timestampMs: number
  /** How long after `timestampMs` a block may still hold it. */
  readonly periodMs: number
  readonly value: number
  /** 0: no operation of this version runs metered code. */
  readonly gasLimit: number
  readonly payloadHash: Bytes
}

/** A signature of a transaction's message. */
export interface TransactionSignature {
  /** Algorithm byte and raw key. */
  readonly publicKey: Bytes
  readonly signature: Bytes
}

/** An envelope taken apart. All byte strings are views into it. */
export interface Envelope {
  readonly header: TransactionHeader
  readonly headerBytes: Bytes
  readonly payload: Bytes
  readonly signatures: readonly TransactionSignature[]
}

const headerVersion = 1
const headerFields = 11
const hashBytes = 32

/** The header's bytes. */
export function encodeHeader(header: TransactionHeader): Bytes {
  const writer = new CborWriter().array(headerFields).uint(headerVersion).bytes(header.networkId).uint(header.type)
  writer.bytes(header.from).nullable(header.to, (to) => writer.bytes(to))
  writer.bytes(header.nonce).uint(header.timestampMs).uint(header.periodMs)
  return writer.uint(header.value).uint(header.gasLimit).bytes(header.payloadHash).finish()
}

/** Header from its bytes: for receipts, which carry it alone. @throws {CborError} when they are none. */
export function decodeHeader(bytes: Bytes): TransactionHeader {
  const reader = new CborReader(bytes, { bytesMax: headerBytesMax })
  const header = readHeader(reader)
  reader.end()
  return header
}

/** Longest header, in bytes. */
export const headerBytesMax = 256

/** M, the message that is signed: the domain line and the header's bytes. */
export function signingMessage(headerBytes: Bytes): Bytes {
  return domainMessage('transaction', headerBytes)
}

/** Identifies a transaction, whoever signed it: SHA-256 of {@link signingMessage}, 32 bytes. */
export function txHash(crypto: Pick<CryptoProvider, 'sha256'>, headerBytes: Bytes): Bytes {
  return domainHash(crypto, 'transaction', headerBytes)
}

/**
 * What the header binds a payload by: hash(payload). Deposits are bound by `itemsHash` (deposit/item.ts) instead, so that
 * one item can be shown to be signed without showing the others.
 */
export function payloadHash(crypto: Pick<CryptoProvider, 'sha256'>, payload: Bytes): Bytes {
  return domainHash(crypto, 'payload', payload)
}

/** Hash of a signed transaction's bytes, signatures included, 32 bytes. */
export function signedHash(crypto: Pick<CryptoProvider, 'sha256'>, signed: Bytes): Bytes {
  return domainHash(crypto, 'signed', signed)
}

/** Bytes of a signed transaction. Signatures may have any order; they are sorted as the rules want them. */
export function encodeTransaction(
  headerBytes: Bytes,
  payload: Bytes,
  signatures: readonly TransactionSignature[],
): Bytes {
  assert(signatures.length <= signaturesMax, `a transaction has at most ${signaturesMax} signatures`)
  const writer = new CborWriter(headerBytes.length + payload.length + 256).array(3).raw(headerBytes).bytes(payload)
  writer.array(signatures.length)
  for (const { publicKey, signature } of signatures.toSorted((a, b) => compare(a.publicKey, b.publicKey))) {
    writer.array(2).bytes(publicKey).bytes(signature)
  }
  return writer.finish()
}

/** Takes an envelope apart. Order and validity of signatures are not looked at. @throws {CborError} when it is none. */
export function decodeTransaction(bytes: Bytes, bytesMax: number): Envelope {
  const reader = new CborReader(bytes, { bytesMax })
  reader.array(3)
  const start = reader.offset
  const header = readHeader(reader)
  const headerBytes = reader.slice(start)
  const payload = reader.bytes()
  const length = reader.arrayUpTo(signaturesMax)
  const signatures = Array.from({ length }, () => {
    reader.array(2)
    const publicKey = reader.bytesUpTo(publicKeyBytesMax)
    return { publicKey, signature: reader.bytesUpTo(algorithmSizes[5].signatureBytes) }
  })
  reader.end()
  return { header, headerBytes, payload, signatures }
}

function readHeader(reader: CborReader): TransactionHeader {
  reader.array(headerFields)
  if (reader.uint() !== headerVersion) throw new CborError('out-of-range', 'The header has an unknown version.')
  return {
    networkId: reader.bytes(hashBytes),
    type: reader.uint(),
    from: reader.bytes(hashBytes),
    to: reader.nullOr(() => reader.bytes(hashBytes)),
    nonce: reader.bytes(nonceBytes),
    timestampMs: reader.uint(),
    periodMs: reader.uint(),
    value: reader.uint(),
    gasLimit: reader.uint(),
    payloadHash: reader.bytes(hashBytes),
  }
}
