/**
 * Keys that sign notes: names, key ids and verifier keys (vkeys) of C2SP signed-note. Rules: docs/spec/note.md.
 * @module
 */
import { assert } from '../assert.ts'
import { concat, fromText, toBase64 } from '../bytes.ts'
import type { Bytes } from '../bytes.ts'
import { algorithms } from '../crypto/provider.ts'
import type { Algorithm, CryptoProvider } from '../crypto/provider.ts'
import type { Sha256 } from '../merkle/hash.ts'
import { NoteError } from './error.ts'
import { isWellFormed, parseBase64 } from './lines.ts'

/** The signature types of C2SP signed-note that we know. */
export const signatureTypes = {
  /** Ed25519 over the body: signatures of a log. */
  ed25519: 1,
  /** Ed25519 cosignature with a time. */
  cosignatureEd25519: 4,
  /** ML-DSA-44 cosignature with a time. */
  cosignatureMldsa44: 6,
} as const

/** A signature type byte: 1 Ed25519, 4 Ed25519 cosignature, 6 ML-DSA-44 cosignature. */
export type SignatureType = (typeof signatureTypes)[keyof typeof signatureTypes]

/** Longest key name that we make or accept in a verifier key, in bytes: the ML-DSA-44 message has room for no more. */
export const keyNameBytesMax = 255

/** Longest verifier key, in characters: a name, an id, and an ML-DSA-44 key of 1,312 bytes. */
export const vkeyCharactersMax = 2200

/** A public key as notes know it. */
export interface Vkey {
  readonly name: string
  /** Key id, an unsigned 32-bit number. */
  readonly id: number
  readonly signatureType: SignatureType
  /** Algorithm byte and raw key, as everywhere in Jurat. */
  readonly publicKey: Bytes
}

/** Public keys for cosignatures: algorithm byte and raw key. */
export interface CosigningKeys {
  readonly ed25519: Bytes
  readonly mldsa44: Bytes | null
}

/** What a valid signature says beyond being valid. */
export interface Verification {
  /** When it was made, in seconds since 1970 UTC; null when it makes no statement about time. */
  readonly timeSeconds: number | null
}

/** Checks signatures of one key. */
export interface Verifier {
  readonly name: string
  readonly id: number
  /** Checks the signature of a body. null when it is not valid. Never throws. */
  verify(body: Bytes, blob: Bytes): Verification | null
}

const algorithmOfType: Readonly<Record<SignatureType, Algorithm>> = {
  1: algorithms.ed25519,
  4: algorithms.ed25519,
  6: algorithms.mldsa44,
}

// Unicode spaces (property White_Space) and the plus sign. C2SP signed-note, "Format"; the same set as Go's IsSpace.
const notInName = /[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000+]/
const idPattern = /^[0-9a-f]{8}$/

/** Whether a text can be the name of a key: not empty, no Unicode space, no plus sign. */
export function isKeyName(name: string): boolean {
  return name !== '' && isWellFormed(name) && !notInName.test(name)
}

/** Key id: the first 4 bytes of SHA-256(name ‖ newline ‖ type byte ‖ raw key), as an unsigned number. */
export function keyId(crypto: Sha256, name: string, signatureType: SignatureType, rawKey: Bytes): number {
  const hash = crypto.sha256(concat(fromText(`${name}\n`), Uint8Array.of(signatureType), rawKey))
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0)
}

/** A key id as 8 lower-case hexadecimal digits. */
export function formatKeyId(id: number): string {
  return id.toString(16).padStart(8, '0')
}

/**
 * The verifier key of a public key (algorithm byte and raw key) under a name.
 * @throws {NoteError} `key-malformed`, `key-unsupported` when the key cannot make signatures of this type.
 */
export function makeVkey(crypto: CryptoProvider, name: string, signatureType: SignatureType, publicKey: Bytes): Vkey {
  if (!isKeyName(name) || fromText(name).length > keyNameBytesMax) {
    throw new NoteError('key-malformed', 'a key name has 1 to 255 bytes, without space and plus sign')
  }
  if (publicKey[0] !== algorithmOfType[signatureType]) {
    throw new NoteError(
      'key-unsupported',
      `a key of algorithm ${publicKey[0]} makes no signatures of type ${signatureType}`,
    )
  }
  if (!crypto.isPublicKey(publicKey)) throw new NoteError('key-malformed', `the key of ${name} is not valid`)
  return { name, id: keyId(crypto, name, signatureType, publicKey.subarray(1)), signatureType, publicKey }
}

/**
 * The keys by which somebody cosigns: Ed25519, then ML-DSA-44 where there is one.
 * @throws {NoteError} as {@link makeVkey}.
 */
export function cosigningVkeys(
  crypto: CryptoProvider,
  name: string,
  keys: CosigningKeys & { readonly mldsa44: Bytes },
): [Vkey, Vkey]
export function cosigningVkeys(crypto: CryptoProvider, name: string, keys: CosigningKeys): [Vkey] | [Vkey, Vkey]
export function cosigningVkeys(crypto: CryptoProvider, name: string, keys: CosigningKeys): [Vkey] | [Vkey, Vkey] {
  const { cosignatureEd25519, cosignatureMldsa44 } = signatureTypes
  const first = makeVkey(crypto, name, cosignatureEd25519, keys.ed25519)
  return keys.mldsa44 === null ? [first] : [first, makeVkey(crypto, name, cosignatureMldsa44, keys.mldsa44)]
}

/** Writes a verifier key: `name+id+base64(type byte ‖ raw key)`. */
export function formatVkey(vkey: Vkey): string {
  assert(isKeyName(vkey.name), 'a key has a name')
  const typed = concat(Uint8Array.of(vkey.signatureType), vkey.publicKey.subarray(1))
  return `${vkey.name}+${formatKeyId(vkey.id)}+${toBase64(typed)}`
}

/** Reads a verifier key. @throws {NoteError} `key-malformed`, `key-unsupported`, `too-big`. */
export function parseVkey(crypto: CryptoProvider, text: string): Vkey {
  if (text.length > vkeyCharactersMax) throw new NoteError('too-big', 'the verifier key is too long')
  // The name has no plus sign, but base64 may.
  const [, name = '', id = '', base64 = ''] = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(text) ?? []
  const typed = parseBase64(base64)
  if (!idPattern.test(id) || typed === null || typed.length === 0) {
    throw new NoteError('key-malformed', 'a verifier key is name+id+key')
  }
  const signatureType = knownType(typed[0])
  const publicKey = concat(Uint8Array.of(algorithmOfType[signatureType]), typed.subarray(1))
  const vkey = makeVkey(crypto, name, signatureType, publicKey)
  if (formatKeyId(vkey.id) !== id) {
    throw new NoteError('key-malformed', `the id ${id} does not belong to this key of ${name}`)
  }
  return vkey
}

function knownType(byte: number | undefined): SignatureType {
  for (const type of Object.values(signatureTypes)) if (type === byte) return type
  throw new NoteError('key-unsupported', `signature type ${byte} is not supported`)
}
