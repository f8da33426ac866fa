/**
 * The small values that all resources share: hexadecimal, identifiers, times, heights.
 * @module
 */
import { Type } from 'typebox'

/** Lower-case hexadecimal of 32 bytes: a hash, a network id, an account id. */
export const Hash = Type.String({ pattern: '^[0-9a-f]{64}$', description: '32 bytes, lower-case hexadecimal' })

/** A deposit's identifier: lower-case base32 of transaction hash (32 bytes) and item index (u32, big-endian). */
export const DepositId = Type.String({
  pattern: '^[a-z2-7]{58}$',
  description: 'base32 of transaction hash and item index, the same at every member of the network',
})

/** A position: tree index, height, count. */
export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** Whole milliseconds since 1970 UTC. */
export const TimeMs = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'whole milliseconds since 1970 UTC',
})

/** Base64 with padding (RFC 4648, section 4). */
export const Base64 = Type.String({ contentEncoding: 'base64', description: 'base64 with padding' })

/** A public key: algorithm byte and raw key, hexadecimal. The longest is ML-DSA-44: 1 + 1,312 bytes. */
export const PublicKey = Type.String({
  pattern: '^([0-9a-f]{2}){33,1313}$',
  maxLength: 2626,
  description: 'algorithm byte and raw key, lower-case hexadecimal',
})

/** An account's id (hexadecimal) or its name. */
export const AccountReference = Type.String({
  minLength: 1,
  maxLength: 256,
  description: "an account's id (64 hexadecimal digits) or its name",
})

/** Identifier of an organisation, an API key: short, lower case. */
export const ShortId = Type.String({ pattern: '^[a-z0-9-]{3,64}$' })
