/**
 * Answers to requests for time stamps, `TimeStampResp` (RFC 3161, 2.4.2). docs/spec/timestamps.md.
 * @module
 */
import { type Bytes, fromText } from '../bytes.ts'
import { der, integer, sequence, tags, utf8String } from '../asn1/writer.ts'
import { type TimestampFailure, timestampFailures } from './query.ts'

const granted = 0
const rejection = 2

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
