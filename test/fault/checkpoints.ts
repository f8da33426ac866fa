/**
 * A watcher of the published checkpoints: no second root for a size, never a smaller tree, and every later tree
 * extends the earlier ones.
 * @module
 */
import assert from 'node:assert/strict'

/** Remembers every checkpoint that it was shown. */
export class CheckpointWatch {
  readonly #roots = new Map<number, string>()
  #largest = 0

  /** Asks for the checkpoint now; an unreachable node shows none. */
  async look(url: string): Promise<void> {
    const answer = await fetch(`${url}/log/checkpoint`).catch(() => null)
    if (answer?.status !== 200) return
    this.see(await answer.text().catch(() => ''))
  }

  /** @throws AssertionError when the note contradicts an earlier one. */
  see(note: string): void {
    const [origin, sizeText, root] = note.split('\n')
    if (origin === undefined || origin === '' || sizeText === undefined || root === undefined) return
    const size = Number(sizeText)
    assert.equal(this.#roots.get(size) ?? root, root, `two roots for size ${size}`)
    assert.ok(size >= this.#largest, `the published tree shrank from ${this.#largest} to ${size}`)
    this.#roots.set(size, root)
    this.#largest = size
  }

  /** Whether a note shows a tree that was shown before; no note is known always. */
  knows(note: string): boolean {
    const [, size, root] = note.split('\n')
    return root === undefined || root === '' || this.#roots.get(Number(size)) === root
  }

  get seen(): number {
    return this.#roots.size
  }
}
