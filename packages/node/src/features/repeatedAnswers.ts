/**
 * Answers of administrative writes under an `Idempotency-Key`: the same key and request give the same answer, another
 * request 409, also while the first is running and after a restart. Kept sealed, because a new API key is among them.
 * @module
 */
import { createHash } from 'node:crypto'
import { type Bytes, fromText, toHex, toText } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'

/** Another request under a key that was used. */
export class RepeatedError extends JuratError<'idempotency-conflict'> {}

/** Where answers are kept. */
export interface AnswerStore {
  putSealed(purpose: string, value: Bytes): Promise<void>
  getSealed(purpose: string): Bytes | null
}

interface Kept<Answer> {
  readonly request: string
  readonly answer: Answer
}

/** Answers by organisation and key. `Answer` must survive JSON. */
export class RepeatedAnswers {
  readonly #store: AnswerStore
  readonly #running = new Map<string, Kept<Promise<unknown>>>()

  constructor(store: AnswerStore) {
    this.#store = store
  }

  /** Runs `make` unless this request was answered under this key. A failure is not kept: the key may try again. */
  async once<Answer>(
    { organisation, key, request }: { organisation: string; key: string; request: Uint8Array },
    make: () => Promise<Answer>,
  ): Promise<Answer> {
    const name = hash(`jurat/idempotency/v1\n${organisation}\n${key}`)
    const requestHash = hash(request)
    const running = this.#running.get(name)
    if (running !== undefined) {
      if (running.request !== requestHash) throw conflict()
      return running.answer as Promise<Answer>
    }
    const answer = this.#unlessKept(`answer/${name}`, requestHash, make)
    this.#running.set(name, { request: requestHash, answer })
    try {
      return await answer
    } finally {
      this.#running.delete(name)
    }
  }

  async #unlessKept<Answer>(purpose: string, request: string, make: () => Promise<Answer>): Promise<Answer> {
    const stored = this.#store.getSealed(purpose)
    if (stored !== null) {
      const kept = JSON.parse(toText(stored)) as Kept<Answer>
      if (kept.request !== request) throw conflict()
      return kept.answer
    }
    const answer = await make()
    await this.#store.putSealed(purpose, fromText(JSON.stringify({ request, answer })))
    return answer
  }
}

const hash = (data: string | Uint8Array): string => toHex(createHash('sha256').update(data).digest())

const conflict = (): RepeatedError =>
  new RepeatedError('idempotency-conflict', 'this Idempotency-Key was used with another request')
