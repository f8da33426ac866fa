/**
 * Messages on a stream: u32 length, then the bytes. The reader never holds more than one message of the greatest length.
 * @module
 */
import { concat, type Bytes } from '@jurat/core/bytes'

const headBytes = 4

/** A message with its length before it. */
export function frame(message: Bytes): Bytes {
  const head = new Uint8Array(headBytes)
  new DataView(head.buffer).setUint32(0, message.length)
  return concat(head, message)
}

/** Gathers messages from the pieces in which they arrive. */
export class FrameReader {
  readonly #bytesMax: number
  #pieces: Bytes[] = []
  #length = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** @returns the messages that are complete now. @throws {Error} when one is announced that is too long. */
  push(piece: Bytes): Bytes[] {
    this.#pieces.push(piece)
    this.#length += piece.length
    const messages: Bytes[] = []
    for (;;) {
      const wanted = this.#wanted()
      if (wanted === null || this.#length < headBytes + wanted) return messages
      const all = concat(...this.#pieces)
      messages.push(all.slice(headBytes, headBytes + wanted))
      const rest = all.subarray(headBytes + wanted)
      this.#pieces = rest.length === 0 ? [] : [rest]
      this.#length = rest.length
    }
  }

  /** Length of the message that is arriving, or null when that is not known yet. */
  #wanted(): number | null {
    if (this.#length < headBytes) return null
    const first = this.#pieces[0]
    if (first === undefined || first.length < headBytes) this.#pieces = [concat(...this.#pieces)]
    const [bytes] = this.#pieces
    if (bytes === undefined) return null
    const wanted = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
    if (wanted > this.#bytesMax) throw new Error(`a message of ${wanted} bytes is too long`)
    return wanted
  }
}
