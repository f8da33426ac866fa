/**
 * Every choice of a run, from its seed.
 * @module
 */

/** A source of choices. The same seed gives the same ones, whatever the machine (sfc32). */
export class Chance {
  #state: [number, number, number, number]

  constructor(seed: number, stream = 0) {
    this.#state = [0x9e3779b9, 0x243f6a88 ^ stream, seed >>> 0, Math.floor(seed / 2 ** 32) + 1]
    for (let round = 0; round < 16; round++) this.next()
  }

  /** A number in [0, 1). */
  readonly next = (): number => {
    const [a, b, c, d] = this.#state
    const sum = (a + b + d) | 0
    this.#state = [b ^ (b >>> 9), (c + (c << 3)) | 0, (((c << 21) | (c >>> 11)) + sum) | 0, (d + 1) | 0]
    return (sum >>> 0) / 2 ** 32
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  /** A number from `low` to below `high`. */
  between(low: number, high: number): number {
    return low + this.next() * (high - low)
  }

  /** True in this share of all cases. */
  often(share: number): boolean {
    return this.next() < share
  }

  /** One of a list that is not empty. */
  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** A duration around `meanMs`, most of them short and some long. */
  wait(meanMs: number): number {
    return -Math.log(1 - this.next()) * meanMs
  }

  /** The list in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((item) => ({ item, order: this.next() }))
      .toSorted((a, b) => a.order - b.order)
      .map(({ item }) => item)
  }
}
