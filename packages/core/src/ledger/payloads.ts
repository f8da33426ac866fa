/**
 * The payload of each operation. docs/spec/operations.md.
 * @module
 */
import { unreachable } from '../assert.ts'
import { type Bytes, concat } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { CborReader } from '../cbor/reader.ts'
import { CborWriter } from '../cbor/writer.ts'
import { domainHash } from '../crypto/domain.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { custodies, readAccountName } from './account.ts'
import { type AuthMap, readAuthMap, readPublicKey, writeAuthMap } from './authMap.ts'
import { decodeDocument, documentBytesMax } from './consortium.ts'
import { decodeItems } from './depositItems.ts'
import {
  adminProposable,
  isOperationType,
  type OperationType,
  proposable,
  types,
  usesFields,
} from './operationTypes.ts'
import type { Parameters } from './parameters.ts'
import { readBodies } from './rawBodies.ts'

/** The kind of raw bodies that this version knows: opaque bytes. */
export const rawKinds = { opaque: 0 } as const

/** A payload. Decoded byte strings are views into the transaction. */
export type Payload =
  | CreateAccountPayload
  | { readonly type: 11 | 15; readonly authMap: AuthMap }
  | { readonly type: 12; readonly recoverKey: Bytes }
  | { readonly type: 13; readonly encryptionKey: Bytes | null }
  | { readonly type: 14 | 16 | 17 | 18 | 20 | 21 }
  | { readonly type: 19; readonly authMap: AuthMap; readonly recoverKey: Bytes }
  | { readonly type: 22; readonly quota: number }
  | ProposePayload
  | { readonly type: 31; readonly proposal: Bytes; readonly operationHash: Bytes }
  | { readonly type: 32; readonly proposal: Bytes }
  | { readonly type: 40; readonly items: readonly Bytes[] }
  | { readonly type: 41; readonly kind: number; readonly bodies: readonly Bytes[] }
  | { readonly type: 60; readonly document: Bytes; readonly replaces: Bytes }

/** Payload of 10. The initial amount is the header's value. */
export interface CreateAccountPayload {
  readonly type: 10
  readonly name: string
  readonly authMap: AuthMap
  readonly recoverKey: Bytes
  readonly encryptionKey: Bytes | null
  readonly custody: number
}

/** Payload of 30. */
export interface ProposePayload {
  readonly type: 30
  readonly operation: ProposedOperation
  /** The operation's bytes: what the votes are for. */
  readonly operationBytes: Bytes
  /** The operation's own payload, decoded. */
  readonly inner: Payload
}

/** An operation that waits for votes: what the header and payload of a transaction of its own would say. */
export interface ProposedOperation {
  readonly type: number
  readonly to: Bytes | null
  readonly value: number
  readonly gasLimit: number
  readonly payload: Bytes
}

/** The parameters that bound payloads. */
export type PayloadLimits = Pick<Parameters, 'itemsMax' | 'keysMax'>

/** Longest proposed operation, in bytes. */
export const operationBytesMax = 65_536

const hashBytes = 32

/**
 * A payload from its bytes. Nothing but its shape is looked at: whether keys are points of their curves is asked by
 * parse.ts, whether a document obeys its rules by operation 60.
 * @throws {CborError} when the bytes are no payload of this operation.
 */
export function decodePayload(type: number, bytes: Bytes, limits: PayloadLimits): Payload {
  if (!isOperationType(type)) throw new CborError('out-of-range', 'There is no such operation.')
  if (type === types.deposit) return { type, items: decodeItems(bytes, limits.itemsMax) }
  if (type === types.propose) return decodePropose(bytes, limits)
  const reader = new CborReader(bytes, { bytesMax: bytes.length })
  reader.array(fieldCounts[type])
  const payload = readFields(type, reader, limits)
  reader.end()
  return payload
}

/** Operations whose payload is an array of fields. */
type FieldsType = Exclude<OperationType, 30 | 40>

const fieldCounts: Readonly<Record<FieldsType, number>> = {
  10: 5,
  11: 1,
  12: 1,
  13: 1,
  14: 0,
  15: 1,
  16: 0,
  17: 0,
  18: 0,
  19: 2,
  20: 0,
  21: 0,
  22: 1,
  31: 2,
  32: 1,
  41: 2,
  60: 2,
}

function readFields(type: FieldsType, reader: CborReader, { keysMax, itemsMax }: PayloadLimits): Payload {
  switch (type) {
    case 10:
      return readCreateAccount(reader, keysMax)
    case 11:
    case 15:
      return { type, authMap: readAuthMap(reader, keysMax) }
    case 12:
      return { type, recoverKey: readPublicKey(reader) }
    case 13:
      return { type, encryptionKey: reader.nullOr(() => readPublicKey(reader)) }
    case 14:
    case 16:
    case 17:
    case 18:
    case 20:
    case 21:
      return { type }
    case 19:
      return { type, authMap: readAuthMap(reader, keysMax), recoverKey: readPublicKey(reader) }
    case 22:
      return { type, quota: reader.uint() }
    case 31:
      return { type, proposal: reader.bytes(hashBytes), operationHash: reader.bytes(hashBytes) }
    case 32:
      return { type, proposal: reader.bytes(hashBytes) }
    case 41:
      return { type, kind: reader.uint(rawKinds.opaque), bodies: readBodies(reader, itemsMax) }
    case 60:
      return readReplacement(reader)
    default:
      return unreachable(type)
  }
}

function readReplacement(reader: CborReader): Payload {
  const document = reader.bytesUpTo(documentBytesMax)
  decodeDocument(document)
  return { type: 60, document, replaces: reader.bytes(hashBytes) }
}

function readCreateAccount(reader: CborReader, keysMax: number): CreateAccountPayload {
  return {
    type: 10,
    name: readAccountName(reader),
    authMap: readAuthMap(reader, keysMax),
    recoverKey: readPublicKey(reader),
    encryptionKey: reader.nullOr(() => readPublicKey(reader)),
    custody: reader.uint(custodies.hosted),
  }
}

function decodePropose(bytes: Bytes, limits: PayloadLimits): ProposePayload {
  const operation = decodeOperation(bytes)
  if (!proposable.has(operation.type) && !adminProposable.has(operation.type)) {
    throw new CborError('out-of-range', 'No proposal can hold this operation.')
  }
  if (!usesFields(operation.type, operation)) throw new CborError('out-of-range', 'A field is set that is not used.')
  const inner = decodePayload(operation.type, operation.payload, limits)
  return { type: 30, operation, operationBytes: bytes, inner }
}

/** A proposed operation from its bytes; its payload is not looked at. @throws {CborError} */
export function decodeOperation(bytes: Bytes): ProposedOperation {
  const reader = new CborReader(bytes, { bytesMax: operationBytesMax })
  reader.array(5)
  const type = reader.uint()
  const to = reader.nullOr(() => reader.bytes(hashBytes))
  const operation = { type, to, value: reader.uint(), gasLimit: reader.uint(), payload: reader.bytes() }
  reader.end()
  return operation
}

/** The bytes of a proposed operation: the payload of 30. */
export function encodeOperation({ type, to, value, gasLimit, payload }: ProposedOperation): Bytes {
  const writer = new CborWriter(payload.length + 64).array(5).uint(type)
  writer.nullable(to, (id) => writer.bytes(id))
  return writer.uint(value).uint(gasLimit).bytes(payload).finish()
}

/** What 31 signs beside the proposal's id: the hash of the operation, so that nobody approves what he has not seen. */
export function operationHash(crypto: Pick<CryptoProvider, 'sha256'>, operation: Bytes): Bytes {
  return domainHash(crypto, 'operation', operation)
}

/** The payload's bytes. Key maps must be sorted (`sortAuthMap`). */
export function encodePayload(payload: Exclude<Payload, { readonly type: 30 }>): Bytes {
  if (payload.type === 40) return concat(new CborWriter().array(payload.items.length).finish(), ...payload.items)
  const writer = new CborWriter().array(fieldCounts[payload.type])
  if (payload.type === 10) writer.text(payload.name)
  if ('authMap' in payload) writeAuthMap(writer, payload.authMap)
  if ('recoverKey' in payload) writer.bytes(payload.recoverKey)
  if ('encryptionKey' in payload) writer.nullable(payload.encryptionKey, (key) => writer.bytes(key))
  if (payload.type === 10) writer.uint(payload.custody)
  if (payload.type === 22) writer.uint(payload.quota)
  if ('proposal' in payload) writer.bytes(payload.proposal)
  if (payload.type === 31) writer.bytes(payload.operationHash)
  if (payload.type === 41) {
    writer.uint(payload.kind).array(payload.bodies.length)
    for (const body of payload.bodies) writer.bytes(body)
  }
  if (payload.type === 60) writer.bytes(payload.document).bytes(payload.replaces)
  return writer.finish()
}

/** Every public key that a payload registers. */
export function registeredKeys(payload: Payload): Bytes[] {
  if (payload.type === 30) return registeredKeys(payload.inner)
  const keys = 'authMap' in payload ? payload.authMap.map((key) => key.publicKey) : []
  if ('recoverKey' in payload) keys.push(payload.recoverKey)
  if ('encryptionKey' in payload && payload.encryptionKey !== null) keys.push(payload.encryptionKey)
  return keys
}
