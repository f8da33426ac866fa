/**
 * Asking a server for the time (RFC 5905, the simple way of section 14): one packet there, one back. The packet carries random bits
 * instead of the own time, so that nobody who does not see it can answer for the server. docs/spec/timestamps.md.
 * @module
 */
import { type Bytes, equal } from '@jurat/core/bytes'

const packetBytes = 48

/** Bytes that make a question one's own: those of the transmit timestamp. */
export const cookieBytes = 8

/** Seconds from 1900, where the protocol begins to count, to 1970. */
const epochSeconds = 2_208_988_800

/** Seconds of an era: the count of 32 bits begins anew in 2036. */
const eraSeconds = 2 ** 32

const [modeClient, modeServer] = [3, 4]
const version = 4

/** What a server said, milliseconds since 1970 UTC. */
export interface ServerTimes {
  readonly receivedMs: number
  readonly sentMs: number
}

/** A question. @param cookie - 8 random bytes */
export function timeQuestion(cookie: Bytes): Bytes {
  const packet = new Uint8Array(packetBytes)
  packet[0] = (version << 3) | modeClient
  packet.set(cookie, packetBytes - cookieBytes)
  return packet
}

/**
 * Reads an answer. Null when it is not to our question, or of a server that does not know the time itself.
 * @param nearMs - tells the era: some time within 68 years
 */
export function readTimeAnswer(packet: Bytes, cookie: Bytes, nearMs: number): ServerTimes | null {
  if (packet.length < packetBytes || !equal(packet.subarray(24, 32), cookie)) return null
  const [first = 0, stratum = 0] = packet
  const isSynchronised = first >> 6 !== 3 && stratum >= 1 && stratum <= 15
  if ((first & 7) !== modeServer || !isSynchronised) return null
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length)
  const at = (place: number): number => timeOf(view.getUint32(place), view.getUint32(place + 4), nearMs)
  const [receivedMs, sentMs] = [at(32), at(40)]
  return view.getUint32(40) === 0 || sentMs < receivedMs ? null : { receivedMs, sentMs }
}

function timeOf(seconds: number, fraction: number, nearMs: number): number {
  const first = seconds - epochSeconds
  const era = Math.round((nearMs / 1000 - first) / eraSeconds)
  return (first + era * eraSeconds) * 1000 + (fraction / 2 ** 32) * 1000
}
