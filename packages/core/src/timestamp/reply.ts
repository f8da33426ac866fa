/**
 * Answers to requests for time stamps, `TimeStampResp` (RFC 3161, 2.4.2). docs/spec/timestamps.md.
 * @module
 */
import { type Bytes, fromText, toText } from '../bytes.ts'
import { DerReader } from '../asn1/reader.ts'
import { der, integer, sequence, tags, utf8String } from '../asn1/writer.ts'
import { type TimestampFailure, timestampFailures } from './query.ts'

const granted = 0
const grantedWithChanges = 1
const rejection = 2

/** What an authority answered: a token, or why not. */
export type TimestampReply = { readonly token: Bytes } | { readonly sentence: string }

/** Reads the answer of any authority; null when it is none. The token is not looked at. */
export function readReply(bytes: Bytes): TimestampReply | null {
  try {
    const outer = new DerReader(bytes)
    const fields = outer.inside(tags.sequence)
    outer.end()
    const status = fields.inside(tags.sequence)
    const [code = rejection] = status.unsigned()
    if (code <= grantedWithChanges) return { token: fields.next(tags.sequence).bytes }
    const texts = status.optional(tags.sequence)
    const text = texts === null ? null : new DerReader(texts.contents).next(tags.utf8String).contents
    return { sentence: text === null ? `status ${code}` : toText(text) }
  } catch {
    // No DER, or a text that is none.
    return null
  }
}

/** The answer that carries a token. */
export function grantedReply(token: Bytes): Bytes {
  return sequence(sequence(integer(granted)), token)
}

/** The answer that refuses. @param sentence - the reason, for people */
export function refusedReply(failure: TimestampFailure, sentence: string): Bytes {
  const bit = timestampFailures[failure]
  const bits = new Uint8Array(Math.floor(bit / 8) + 1)
  bits[bits.length - 1] = 0x80 >>> (bit % 8)
  // A named bit string ends with its last bit that is set (X.690, 11.2.2).
  const failInfo = der(tags.bitString, Uint8Array.of(7 - (bit % 8)), bits)
  return sequence(sequence(integer(rejection), sequence(utf8String(fromText(sentence))), failInfo))
}
