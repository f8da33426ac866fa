/**
 * The stateless half of judging a transaction: everything that follows from its bytes and the parameters alone. Pure, so
 * that it can be done in any thread and kept. Codes in their order: 114, 102, 100, 111, 102, 115. docs/spec/result-codes.md.
 * @module
 */
import { type Bytes, equal } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { itemsHash } from '../deposit/item.ts'
import { type ResultCode, codes } from './codes.ts'
import { gasOf } from './gas.ts'
import { isContractType, isOperationType, types, usesFields } from './operationTypes.ts'
import type { Parameters } from './parameters.ts'
import { decodeOperation, decodePayload, type Payload, registeredKeys } from './payloads.ts'
import {
  decodeTransaction,
  type Envelope,
  payloadHash,
  signedHash,
  signingMessage,
  type TransactionHeader,
  type TransactionSignature,
} from './transaction.ts'

/** What parsing depends on beside the bytes. */
export interface ParseRules {
  readonly networkId: Bytes
  readonly parameters: Parameters
}

/** A transaction that is well formed; nothing is said yet about state or signatures. */
export interface ParsedTransaction {
  /** The signed transaction. */
  readonly bytes: Bytes
  readonly header: TransactionHeader
  readonly headerBytes: Bytes
  readonly payload: Payload
  readonly payloadBytes: Bytes
  /** SHA-256 of {@link message}: the transaction's identity. */
  readonly txHash: Bytes
  /** Hash of the signed transaction, signatures included. */
  readonly signedHash: Bytes
  readonly signatures: readonly TransactionSignature[]
  /** What the keys signed. */
  readonly message: Bytes
  /** What it costs. */
  readonly gas: number
  /** By which rules it was judged: a block under other parameters judges it again. */
  readonly rules: ParseRules
}

/** A transaction that no block may hold. */
export interface Refused {
  readonly refused: ResultCode
}

/** Reads a transaction. Never throws: what is wrong with it is its code. */
export function parseTransaction(crypto: CryptoProvider, bytes: Bytes, rules: ParseRules): ParsedTransaction | Refused {
  const { parameters } = rules
  if (bytes.length > parameters.transactionBytesMax) return { refused: codes.tooBig }
  const envelope = attempt(() => decodeTransaction(bytes, parameters.transactionBytesMax))
  if (envelope === null) return { refused: codes.malformed }
  const { header, headerBytes, signatures } = envelope
  if (!equal(header.networkId, rules.networkId)) return { refused: codes.wrongNetwork }
  const payload = judgePayload(crypto, envelope, parameters)
  if (typeof payload === 'number') return { refused: payload }
  const gas = gasOf(bytes.length, payload, signatures)
  if (gas > parameters.gasBlockMax || gasLimitOf(header, payload) > 0) return { refused: codes.gasTooBig }
  const message = signingMessage(headerBytes)
  return {
    bytes,
    header,
    headerBytes,
    payload,
    payloadBytes: envelope.payload,
    signatures,
    message,
    gas,
    rules,
    txHash: crypto.sha256(message),
    signedHash: signedHash(crypto, bytes),
  }
}

/** Whether all signatures are valid over the message. Pure and slow: done once, kept by who drives the ledger. */
export function signaturesValid(
  crypto: Pick<CryptoProvider, 'verify'>,
  { message, signatures }: Pick<ParsedTransaction, 'message' | 'signatures'>,
): boolean {
  return signatures.every(({ publicKey, signature }) => crypto.verify(publicKey, message, signature))
}

/** The payload, or the first of 100, 111 and 102 that applies to it. */
function judgePayload(crypto: CryptoProvider, envelope: Envelope, parameters: Parameters): Payload | ResultCode {
  const { header, payload: bytes } = envelope
  const { type } = header
  if (type === types.deposit) return judgeDeposit(crypto, envelope, parameters)
  if (!equal(payloadHash(crypto, bytes), header.payloadHash)) return codes.wrongNetwork
  // Without the parameter there is no raw front, and its operation is as unknown as those that are reserved.
  if (!isOperationType(type) || (type === types.raw && parameters.rawAllowed === 0)) return codes.typeUnknown
  if (type === types.propose && proposesContract(bytes)) return codes.typeUnknown
  const payload = attempt(() => decodePayload(type, bytes, parameters))
  return payload !== null && isSound(crypto, header, payload) ? payload : codes.malformed
}

/** The hash of a deposit is over its items: a payload that is no list of items has no such hash, and is malformed. */
function judgeDeposit(crypto: CryptoProvider, envelope: Envelope, parameters: Parameters): Payload | ResultCode {
  const { header } = envelope
  const payload = attempt(() => decodePayload(types.deposit, envelope.payload, parameters))
  if (payload?.type !== types.deposit) return codes.malformed
  if (!equal(itemsHash(crypto, payload.items), header.payloadHash)) return codes.wrongNetwork
  return isSound(crypto, header, payload) ? payload : codes.malformed
}

function isSound(crypto: CryptoProvider, header: TransactionHeader, payload: Payload): boolean {
  return usesFields(header.type, header) && registeredKeys(payload).every((key) => crypto.isPublicKey(key))
}

function proposesContract(operation: Bytes): boolean {
  const proposed = attempt(() => decodeOperation(operation))
  return proposed !== null && isContractType(proposed.type)
}

/** The gas limit of the transaction or of what it proposes: no operation of this version runs metered code. */
function gasLimitOf(header: TransactionHeader, payload: Payload): number {
  return header.gasLimit + (payload.type === 30 ? payload.operation.gasLimit : 0)
}

/** What a decoder gives, or null when the bytes are malformed. */
function attempt<T>(decode: () => T): T | null {
  try {
    return decode()
  } catch (error) {
    if (error instanceof CborError) return null
    throw error
  }
}
