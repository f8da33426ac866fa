/**
 * What the front threads and the main thread tell each other. A turn of the event loop is one message each way, whatever
 * number of requests or answers it holds, because a message costs more than a request.
 * @module
 */
import type { LaneAnswer } from '../fastLane.ts'
import type { LaneHead } from '../laneHead.ts'

/** With what a front thread starts. */
export interface FrontStart {
  readonly host: string
  readonly port: number
  /** Whether other threads listen on the same port. */
  readonly shared: boolean
  readonly connectionsMax: number
  /** Method and path of what the main thread answers over messages: `POST /v1/deposits`. */
  readonly routes: readonly string[]
  /** Where the HTTP server of the main thread takes connections, and by what it knows that a thread of its own sends one. */
  readonly relay: RelayTarget
}

/** The main thread's end of relayed connections. */
export interface RelayTarget {
  readonly path: string
  readonly secret: string
}

/** Numbers that a request has in the index of its batch. */
export const requestNumbers = 3

/** Requests that stood whole at the end of a turn. */
export interface RequestBatch {
  readonly kind: 'requests'
  /** Whether the numbers of heads begin again with 0. */
  readonly headsAnew: boolean
  /** Heads that were not sent yet, by the next numbers. */
  readonly heads: readonly LaneHead[]
  /** Three numbers a request: its id, its head's number, bytes of its body. */
  readonly index: Uint32Array<ArrayBuffer>
  /** All bodies, one after another. */
  readonly bodies: Uint8Array<ArrayBuffer>
}

/** What a front thread tells. */
export type FrontReport =
  | { readonly kind: 'listening'; readonly port: number }
  /** It cannot listen, or could not take a connection. */
  | { readonly kind: 'failed'; readonly code: string | undefined; readonly message: string }
  /** No connection of the lane is left, after a stop. */
  | { readonly kind: 'drained' }
  | RequestBatch

/** Numbers that an answer has in the index of its batch. */
export const answerNumbers = 4

/** Answers that were ready at the end of a turn. */
export interface AnswerBatch {
  readonly kind: 'answers'
  /**
   * Four numbers an answer: its request's id, its status (0: the HTTP server must look at this request), the place of its
   * headers in `headers`, the characters of its body.
   */
  readonly index: Uint32Array<ArrayBuffer>
  /** All bodies, one after another: one text is cloned several times faster than many. */
  readonly bodies: string
  /** The different header blocks of these answers: nearly always one. */
  readonly headers: readonly string[]
}

/** What a front thread is told. */
export type FrontOrder = { readonly kind: 'open' } | { readonly kind: 'stop' } | AnswerBatch

/** Collects answers for one message. */
export class AnswerBatchBuilder {
  #index: number[] = []
  #bodies = ''
  #headers: string[] = []

  /** @param answer - null when the HTTP server must look at the request. */
  add(id: number, answer: LaneAnswer | null): void {
    const { status, headers, body } = answer ?? left
    let at = this.#headers.lastIndexOf(headers)
    if (at === -1) at = this.#headers.push(headers) - 1
    this.#index.push(id, status, at, body.length)
    this.#bodies += body
  }

  /** Gives what was collected, and begins anew. */
  take(): AnswerBatch {
    const index = new Uint32Array(this.#index)
    const batch: AnswerBatch = { kind: 'answers', index, bodies: this.#bodies, headers: this.#headers }
    this.#index = []
    this.#bodies = ''
    this.#headers = []
    return batch
  }
}

const left: LaneAnswer = { status: 0, headers: '', body: '' }

/** Collects requests for one message. */
export class RequestBatchBuilder {
  readonly #headsMax: number
  readonly #numbers = new Map<LaneHead, number>()
  #heads: LaneHead[] = []
  #headsAnew = false
  #index: number[] = []
  #bodies: Buffer[] = []
  #bytes = 0

  /** @param headsMax - heads that both sides remember, at least. */
  constructor(headsMax: number) {
    this.#headsMax = headsMax
  }

  add(id: number, head: LaneHead, body: Buffer): void {
    let number = this.#numbers.get(head)
    if (number === undefined) {
      number = this.#numbers.size
      this.#numbers.set(head, number)
      this.#heads.push(head)
    }
    this.#index.push(id, number, body.length)
    this.#bodies.push(body)
    this.#bytes += body.length
  }

  take(): RequestBatch {
    const bodies = new Uint8Array(this.#bytes)
    let at = 0
    for (const body of this.#bodies) {
      bodies.set(body, at)
      at += body.length
    }
    const index = new Uint32Array(this.#index)
    const batch: RequestBatch = { kind: 'requests', headsAnew: this.#headsAnew, heads: this.#heads, index, bodies }
    this.#heads = []
    this.#index = []
    this.#bodies = []
    this.#bytes = 0
    // Only between two messages: the numbers of one message mean one list.
    this.#headsAnew = this.#numbers.size >= this.#headsMax
    if (this.#headsAnew) this.#numbers.clear()
    return batch
  }
}
