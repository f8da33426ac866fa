/**
 * Framing of ABCI messages on a socket: `uvarint length ‖ protocol buffer`. docs/spec/engine.md, ABCI.
 * @module
 */
import { concat, type Bytes } from '@jurat/core/bytes'
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { Response, type Request } from './generated/tendermint/abci/types.ts'

/** A request that says what it asks. */
export type AbciRequest = NonNullable<Request['value']>

/** A response that says what it answers. */
export type AbciResponse = NonNullable<Response['value']>

/** Longest message, in bytes: several times the longest block with its votes, or a chunk of a snapshot. */
export const frameBytesMax: number = 64 * 1_048_576

/** Bytes of a length: seven bits each, and lengths stay below 2^31. */
const lengthBytesMax = 5

/** What arrived is no frame: the connection cannot be read any further. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** Cuts a stream of chunks into messages. Nothing is set aside on the word of a length: only what has arrived is kept. */
export class FrameReader {
  readonly #bytesMax: number
  #chunks: Bytes[] = []
  #received = 0
  /** Length of the message that is arriving; null while its length is arriving. */
  #expected: number | null = null
  #length = 0
  #lengthBytes = 0

  constructor(bytesMax: number = frameBytesMax) {
    this.#bytesMax = bytesMax
  }

  /** The messages that are complete with this chunk; they may be views of it. @throws {FrameError} */
  push(chunk: Bytes): Bytes[] {
    const messages: Bytes[] = []
    let offset = 0
    while (offset < chunk.length || this.#expected === 0) {
      if (this.#expected === null) this.#readLengthByte(chunk[offset++] ?? 0)
      else {
        const part = chunk.subarray(offset, offset + this.#expected - this.#received)
        offset += part.length
        this.#received += part.length
        this.#chunks.push(part)
        if (this.#received === this.#expected) messages.push(this.#take())
      }
    }
    return messages
  }

  #readLengthByte(byte: number): void {
    this.#length += (byte & 0x7f) * 2 ** (7 * this.#lengthBytes)
    this.#lengthBytes++
    if (this.#length > this.#bytesMax) throw new FrameError(`a message is longer than ${this.#bytesMax} bytes`)
    if (byte < 0x80) this.#expected = this.#length
    else if (this.#lengthBytes === lengthBytesMax) throw new FrameError('a message has no readable length')
  }

  #take(): Bytes {
    const [first] = this.#chunks
    const message = this.#chunks.length === 1 && first !== undefined ? first : concat(...this.#chunks)
    this.#chunks = []
    this.#received = 0
    this.#expected = null
    this.#length = 0
    this.#lengthBytes = 0
    return message
  }
}

/** A response as it goes over the socket. */
export function encodeResponse(value: AbciResponse): Bytes {
  const writer = new BinaryWriter()
  Response.encode({ value }, writer.fork()).join()
  return writer.finish()
}
