/**
 * A deposit item: the digest of one original, and what may be said about it without saying it. docs/spec/deposit-item.md.
 * @module
 */
import { assert } from '../assert.ts'
import { type Bytes, concat, fromText } from '../bytes.ts'
import { CborError } from '../cbor/error.ts'
import { CborReader } from '../cbor/reader.ts'
import { CborWriter } from '../cbor/writer.ts'
import { domainHash } from '../crypto/domain.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { treeHash } from '../merkle/hash.ts'

/** Digest algorithms by number: their names, and the length of a digest in bytes. */
export const itemAlgorithms: ReadonlyMap<number, { name: string; digestBytes: number }> = new Map([
  [1, { name: 'sha-256', digestBytes: 32 }],
  [2, { name: 'sm3', digestBytes: 32 }],
  [3, { name: 'sha-512', digestBytes: 64 }],
  [9, { name: 'merkle-root', digestBytes: 40 }],
  [17, { name: 'blinded-sha-256', digestBytes: 32 }],
  [18, { name: 'blinded-sm3', digestBytes: 32 }],
  [19, { name: 'blinded-sha-512', digestBytes: 32 }],
])

/** What a blinded algorithm's number is more than its plain one. */
export const blindedOffset = 16

/** Longest encoding of an item, in bytes. */
export const itemBytesMax = 160

/** One item of a deposit. */
export interface Item {
  /** Key of {@link itemAlgorithms}. */
  readonly algorithm: number
  /** As long as the algorithm says; for 9, u64 count ‖ tree hash. */
  readonly digest: Bytes
  /** 32 bytes: commitment to the metadata (commitment.ts). */
  readonly commitment: Bytes | null
  /** 32 bytes: unlinkable id of a flow's phase (flow.ts). */
  readonly flow: Bytes | null
}

/** The item's bytes. The digest must be as long as the algorithm says. */
export function encodeItem(item: Item): Bytes {
  const writer = new CborWriter(itemBytesMax)
  writer.array(4).uint(item.algorithm).bytes(item.digest)
  writer.nullable(item.commitment, (commitment) => writer.bytes(commitment))
  writer.nullable(item.flow, (flow) => writer.bytes(flow))
  const bytes = writer.finish()
  assert(itemEnd(bytes, 0) === bytes.length, 'an item has a known algorithm and a digest of its length')
  return bytes
}

/**
 * Where the item that begins at `start` ends, or -1 when there is none. Validates without decoding: an item has exactly
 * one encoding, so its bytes are compared with it in place, and 150,000 items a second leave no garbage.
 */
export function itemEnd(bytes: Bytes, start: number): number {
  // Lengths from 24 to 255 have the two-byte head 58 nn (RFC 8949, section 3).
  if (bytes[start] !== itemHead || bytes[start + 2] !== bytesHead) return -1
  const digestBytes = digestBytesOf(bytes[start + 1])
  const digestStart = start + 4
  if (digestBytes === 0 || bytes[start + 3] !== digestBytes) return -1
  if (digestBytes === countedRootBytes && !isCount(bytes, digestStart)) return -1
  const commitmentEnd = optionalHashEnd(bytes, digestStart + digestBytes)
  const end = commitmentEnd < 0 ? -1 : optionalHashEnd(bytes, commitmentEnd)
  return end > bytes.length ? -1 : end
}

const itemHead = 0x84
const bytesHead = 0x58
const nullHead = 0xf6
const hashBytes = 32
const countedRootBytes = 40

function digestBytesOf(algorithm: number | undefined): number {
  // Algorithms are below 24, so their number is its own encoding (RFC 8949, section 3).
  return algorithm === undefined ? 0 : (itemAlgorithms.get(algorithm)?.digestBytes ?? 0)
}

/** Whether a u64 count is from 1 to 2^53 - 1: a tree of nothing deposits nothing. */
function isCount(bytes: Bytes, start: number): boolean {
  let any = 0
  for (let at = start; at < start + 8; at++) any |= bytes[at] ?? 0
  return any !== 0 && bytes[start] === 0 && (bytes[start + 1] ?? 255) < 0x20
}

function optionalHashEnd(bytes: Bytes, start: number): number {
  if (bytes[start] === nullHead) return start + 1
  return bytes[start] === bytesHead && bytes[start + 1] === hashBytes ? start + 2 + hashBytes : -1
}

/** An item from its bytes. @throws {CborError} when they are none. */
export function decodeItem(bytes: Bytes): Item {
  const reader = new CborReader(bytes, { bytesMax: itemBytesMax })
  reader.array(4)
  const algorithm = reader.uint()
  const digest = reader.bytes()
  const item = { algorithm, digest, commitment: readOptionalHash(reader), flow: readOptionalHash(reader) }
  reader.end()
  if (itemEnd(bytes, 0) !== bytes.length) {
    throw new CborError('out-of-range', 'An item has a known algorithm and a digest of its length.')
  }
  return item
}

const readOptionalHash = (reader: CborReader): Bytes | null => reader.nullOr(() => reader.bytes(hashBytes))

/** What a depositor signs: hash(u32 count ‖ tree hash over the items' bytes), 32 bytes. */
export function itemsHash(crypto: Pick<CryptoProvider, 'sha256'>, items: readonly Bytes[]): Bytes {
  return itemsHashOfRoot(crypto, items.length, treeHash(crypto, items))
}

/** The same from the count and the root of the tree over the items. */
export function itemsHashOfRoot(crypto: Pick<CryptoProvider, 'sha256'>, count: number, root: Bytes): Bytes {
  return domainHash(crypto, 'items', concat(u32(count), root))
}

/** A big-endian 32-bit number. */
export function u32(value: number): Bytes {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
}

const blindName = fromText('jurat/blind/v1\n')

/** The salt that blinds a digest: HMAC(item secret, `jurat/blind/v1\n`), 32 bytes. */
export function blindingSalt(crypto: Pick<CryptoProvider, 'hmacSha256'>, secret: Bytes): Bytes {
  return crypto.hmacSha256(secret, blindName)
}

/** A digest blinded for one account: hash(account ‖ salt ‖ digest), 32 bytes. */
export function blindWithSalt(
  crypto: Pick<CryptoProvider, 'sha256'>,
  { account, salt, digest }: { account: Bytes; salt: Bytes; digest: Bytes },
): Bytes {
  return domainHash(crypto, 'blind', concat(account, salt, digest))
}

/** {@link blindWithSalt} with the salt of an item secret. */
export function blindedDigest(
  crypto: Pick<CryptoProvider, 'sha256' | 'hmacSha256'>,
  { account, digest, secret }: { account: Bytes; digest: Bytes; secret: Bytes },
): Bytes {
  return blindWithSalt(crypto, { account, salt: blindingSalt(crypto, secret), digest })
}
