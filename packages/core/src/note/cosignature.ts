/**
 * Signatures under checkpoints: the log's own (C2SP signed-note, type 1) and cosignatures with a time (C2SP
 * tlog-cosignature, type 4 with Ed25519 and type 6 with ML-DSA-44). Rules: docs/spec/cosignature.md.
 * @module
 */
import { assert } from '../assert.ts'
import { concat, fromText } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { algorithms } from '../crypto/provider.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { parseForeignCheckpoint } from './checkpoint.ts'
import type { Checkpoint } from './checkpoint.ts'
import { NoteError } from './error.ts'
import type { NoteSignature } from './note.ts'
import { makeVkey, signatureTypes } from './vkey.ts'
import type { SignatureType, Verifier, Vkey } from './vkey.ts'

/** Latest time that we read or write, in seconds: in milliseconds it is still a safe integer. */
export const timeSecondsMax: number = Math.floor(Number.MAX_SAFE_INTEGER / 1000)

const timeBytes = 8
const subtreeLabel = fromText('subtree/v1\n\0')

/** Signs notes with a key of type 1: a log. */
export interface Signer {
  readonly vkey: Vkey
  sign(body: Bytes): NoteSignature
}

/** Cosigns checkpoints with a key of type 4 or 6. */
export interface Cosigner {
  readonly vkey: Vkey
  /**
   * @param body - A checkpoint's body. Its extension lines are covered by type 4 and not by type 6.
   * @param timeSeconds - Now, in seconds since 1970 UTC; 0 only when no statement about time is meant.
   * @throws {NoteError} `checkpoint-malformed`.
   */
  cosign(body: Bytes, timeSeconds: number): NoteSignature
}

/** The signer of a log. @param secretKey - Algorithm byte 1 and the 32 bytes of an Ed25519 seed. */
export function signerOf(crypto: CryptoProvider, name: string, secretKey: Bytes): Signer {
  const vkey = makeVkey(crypto, name, signatureTypes.ed25519, crypto.publicKeyOf(secretKey))
  return { vkey, sign: (body) => ({ name, id: vkey.id, blob: crypto.sign(secretKey, body) }) }
}

/** A cosigner. @param secretKey - Algorithm byte 1 (then type 4) or 5 (then type 6) and 32 bytes of seed. */
export function cosignerOf(crypto: CryptoProvider, name: string, secretKey: Bytes): Cosigner {
  const vkey = makeVkey(crypto, name, cosignatureType(secretKey[0]), crypto.publicKeyOf(secretKey))
  return {
    vkey,
    cosign(body, timeSeconds) {
      assert(Number.isInteger(timeSeconds) && timeSeconds >= 0 && timeSeconds <= timeSecondsMax, 'a time is in seconds')
      const message = cosignedMessage(vkey, body, timeSeconds)
      return { name, id: vkey.id, blob: concat(uint64(timeSeconds), crypto.sign(secretKey, message)) }
    },
  }
}

/** The verifier of a key, by its signature type. */
export function verifierOf(crypto: CryptoProvider, vkey: Vkey): Verifier {
  const { name, id, publicKey } = vkey
  if (vkey.signatureType === signatureTypes.ed25519) {
    return { name, id, verify: (body, blob) => (crypto.verify(publicKey, body, blob) ? { timeSeconds: null } : null) }
  }
  return {
    name,
    id,
    verify(body, blob) {
      const timeSeconds = readTime(blob)
      if (timeSeconds === null) return null
      const message = messageOrNull(vkey, body, timeSeconds)
      if (message === null || !crypto.verify(publicKey, message, blob.subarray(timeBytes))) return null
      // Time 0 means that the cosigner says nothing about time (tlog-cosignature), not that it signed in 1970.
      return { timeSeconds: timeSeconds === 0 ? null : timeSeconds }
    },
  }
}

/** Cosignature type for the algorithm byte of a key. @throws {NoteError} `key-unsupported`. */
export function cosignatureType(algorithm: number | undefined): SignatureType {
  if (algorithm === algorithms.ed25519) return signatureTypes.cosignatureEd25519
  if (algorithm === algorithms.mldsa44) return signatureTypes.cosignatureMldsa44
  throw new NoteError('key-unsupported', `keys of algorithm ${algorithm} make no cosignatures`)
}

/** What a cosigner signs. @throws {NoteError} `checkpoint-malformed` when the body is no checkpoint. */
export function cosignedMessage(vkey: Vkey, body: Bytes, timeSeconds: number): Bytes {
  const checkpoint = parseForeignCheckpoint(body)
  if (vkey.signatureType === signatureTypes.cosignatureMldsa44) {
    return subtreeMessage(vkey.name, timeSeconds, checkpoint)
  }
  return concat(fromText(`cosignature/v1\ntime ${timeSeconds}\n`), body)
}

/** `cosigned_message` of tlog-cosignature for a whole tree: start 0, end the size. */
function subtreeMessage(name: string, timeSeconds: number, { origin, size, root }: Checkpoint): Bytes {
  const [nameBytes, originBytes] = [fromText(name), fromText(origin)]
  return concat(
    subtreeLabel,
    Uint8Array.of(nameBytes.length),
    nameBytes,
    uint64(timeSeconds),
    Uint8Array.of(originBytes.length),
    originBytes,
    uint64(0),
    uint64(size),
    root,
  )
}

function messageOrNull(vkey: Vkey, body: Bytes, timeSeconds: number): Bytes | null {
  try {
    return cosignedMessage(vkey, body, timeSeconds)
  } catch (error) {
    if (error instanceof NoteError) return null
    throw error
  }
}

function uint64(value: number): Bytes {
  const bytes = new Uint8Array(timeBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

function readTime(blob: Bytes): number | null {
  if (blob.length <= timeBytes) return null
  const value = new DataView(blob.buffer, blob.byteOffset).getBigUint64(0)
  return value <= BigInt(timeSecondsMax) ? Number(value) : null
}
