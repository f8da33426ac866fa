/**
 * Signs checkpoints with the log key, and in a consortium with the executor keys, under the rule that two roots for one size, or a smaller tree after a larger,
 * never leave this machine: the signer's state is durable before the signature exists (ledger.md, Signer state).
 * @module
 */
import { assert } from '@jurat/core/assert'
import { equal, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { consistencyProof, verifyConsistency } from '@jurat/core/merkle/proof'
import { formatCheckpoint } from '@jurat/core/note/checkpoint'
import type { Signer } from '@jurat/core/note/cosignature'
import { formatNote, type NoteSignature } from '@jurat/core/note/note'
import type { Clock } from '../platform/clock.ts'
import type { Store } from '../store/store.ts'

/** A position of the tree that is to be signed. */
export interface TreeHead {
  readonly size: number
  readonly root: Bytes
}

/** Makes one signature over a checkpoint's body, at this time. */
export type SignatureMaker = (body: Bytes, timeSeconds: number) => NoteSignature

/** A checkpoint's body and the signatures that were asked for, in their order. */
export interface SignedCheckpoint {
  readonly body: Bytes
  readonly timeSeconds: number
  readonly signatures: readonly NoteSignature[]
}

/** What signing needs of the store. */
export type SignerStorage = Pick<Store, 'signer' | 'tilesWritten' | 'withHashes'>

/** The keys that sign this log, with the one state that they share. One head at a time. */
export class CheckpointSigner {
  readonly #origin: string
  readonly #store: SignerStorage
  readonly #crypto: CryptoProvider
  readonly #clock: Clock

  constructor(options: { origin: string; store: SignerStorage; crypto: CryptoProvider; clock: Clock }) {
    this.#origin = options.origin
    this.#store = options.store
    this.#crypto = options.crypto
    this.#clock = options.clock
  }

  /**
   * Makes the note of a durable tree head, with the log's signature alone.
   * @throws as {@link signatures} does.
   */
  async sign(head: TreeHead, key: Signer): Promise<Bytes> {
    const { body, signatures } = await this.signatures(head, [(signed) => key.sign(signed)])
    return formatNote(body, signatures)
  }

  /**
   * Makes signatures over the checkpoint of a durable tree head: by the log key, by executor keys, or by several.
   * @throws {StoreError} when the state cannot be written, or contradicts; AssertionFailure when the tree does not extend
   * what was signed: the node must stop.
   */
  async signatures(head: TreeHead, makers: readonly SignatureMaker[]): Promise<SignedCheckpoint> {
    const { signer } = this.#store
    const last = signer.log()
    assert(last !== null, 'a log key without signer state must not sign')
    assert(head.size >= last.size, 'a smaller tree than the last must not be signed')
    await this.#assertExtends(last, head)
    // Whoever reads the checkpoint may ask for its tiles at once.
    await this.#store.tilesWritten(head.size)
    const timeMs = Math.max(this.#clock.now(), last.timeMs)
    const timeSeconds = Math.floor(timeMs / 1000)
    await signer.advance({ size: head.size, root: head.root, timeMs })
    const body = formatCheckpoint({ origin: this.#origin, size: head.size, root: head.root })
    return { body, timeSeconds, signatures: makers.map((make) => make(body, timeSeconds)) }
  }

  async #assertExtends(last: TreeHead, head: TreeHead): Promise<void> {
    if (last.size === head.size) {
      assert(last.size === 0 || equal(last.root, head.root), 'two roots of one size must not be signed')
      return
    }
    if (last.size === 0) return
    const path = await this.#store.withHashes((read) => consistencyProof(this.#crypto, read, last.size, head.size))
    verifyConsistency(this.#crypto, {
      oldSize: last.size,
      oldRoot: last.root,
      newSize: head.size,
      newRoot: head.root,
      path,
    })
  }
}
