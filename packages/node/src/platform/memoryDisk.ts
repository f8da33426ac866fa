/**
 * Files and folders of the disk in memory, each with what is visible now and what a loss of power would certainly leave.
 * @module
 */

/** A source of decisions: a number in [0, 1). */
export type Random = () => number

/** What a disk writes at once. A write that was not synced may be torn at these borders. */
const sectorBytes = 512

type Change = { readonly position: number; readonly data: Uint8Array } | { readonly length: number }

/** A growing byte array. */
class Content {
  #bytes = new Uint8Array(0)
  size = 0

  static of(bytes: Uint8Array): Content {
    const content = new Content()
    content.apply({ position: 0, data: bytes })
    return content
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.size)
  }

  apply(change: Change): void {
    if ('length' in change) return this.#resize(change.length)
    const end = change.position + change.data.length
    if (end > this.size) this.#resize(end)
    this.#bytes.set(change.data, change.position)
  }

  #resize(size: number): void {
    if (size < this.size) this.#bytes.fill(0, size, this.size)
    if (size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(size, this.#bytes.length * 2))
      larger.set(this.bytes)
      this.#bytes = larger
    }
    this.size = size
  }
}

/** A file: what is visible, what is durable, and the changes between the two. */
export class MemoryFile {
  #visible = new Content()
  #durable = new Content()
  #unsynced: Change[] = []
  /** Changes whose sync failed: they may be on the disk or not, and no later sync decides it. */
  #doubtful: Change[] = []

  get size(): number {
    return this.#visible.size
  }

  read(position: number, length: number): Uint8Array {
    return this.#visible.bytes.slice(position, Math.min(position + length, this.size))
  }

  write(data: Uint8Array, position: number): void {
    this.#change({ position, data: data.slice() })
  }

  truncate(length: number): void {
    this.#change({ length })
  }

  sync(): void {
    for (const change of this.#unsynced) this.#durable.apply(change)
    this.#unsynced = []
  }

  syncFailed(): void {
    this.#doubtful.push(...this.#unsynced)
    this.#unsynced = []
  }

  flipBit(bit: number): void {
    for (const content of [this.#visible, this.#durable]) {
      const byte = content.bytes[bit >> 3]
      if (byte !== undefined) content.bytes[bit >> 3] = byte ^ (1 << (bit & 7))
    }
  }

  /** What is left after a loss of power: the durable content and any part of the rest, in any order. */
  afterPowerLoss(random: Random): MemoryFile {
    const survivor = Content.of(this.#durable.bytes)
    for (const change of shuffled([...this.#doubtful, ...this.#unsynced], random)) {
      if (random() < 0.5) continue
      if ('length' in change) survivor.apply(change)
      else for (const sector of torn(change, random)) survivor.apply(sector)
    }
    const file = new MemoryFile()
    file.#visible = survivor
    file.#durable = Content.of(survivor.bytes)
    return file
  }

  #change(change: Change): void {
    this.#visible.apply(change)
    this.#unsynced.push(change)
  }
}

/** A folder: names now, and names that are durable. */
export class MemoryFolder {
  #visible = new Map<string, MemoryFile | MemoryFolder>()
  #durable = new Map<string, MemoryFile | MemoryFolder>()

  get(name: string): MemoryFile | MemoryFolder | null {
    return this.#visible.get(name) ?? null
  }

  names(): string[] {
    return [...this.#visible.keys()]
  }

  makeFile(name: string): MemoryFile {
    const found = this.#visible.get(name)
    if (found instanceof MemoryFile) return found
    const file = new MemoryFile()
    this.#visible.set(name, file)
    return file
  }

  makeFolder(name: string): MemoryFolder {
    const found = this.#visible.get(name)
    if (found instanceof MemoryFolder) return found
    const folder = new MemoryFolder()
    this.#visible.set(name, folder)
    return folder
  }

  rename(from: string, to: string): void {
    const found = this.#visible.get(from)
    if (found === undefined) return
    this.#visible.delete(from)
    this.#visible.set(to, found)
  }

  remove(name: string): void {
    this.#visible.delete(name)
  }

  sync(): void {
    this.#durable = new Map(this.#visible)
  }

  *files(path: string): IterableIterator<[string, MemoryFile]> {
    for (const [name, found] of this.#visible) {
      if (found instanceof MemoryFile) yield [`${path}/${name}`, found]
      else yield* found.files(`${path}/${name}`)
    }
  }

  /** What is left after a loss of power: each name as it is durable, or as it was made since. */
  afterPowerLoss(random: Random): MemoryFolder {
    const survivor = new MemoryFolder()
    for (const name of new Set([...this.#durable.keys(), ...this.#visible.keys()])) {
      const [durable, visible] = [this.#durable.get(name), this.#visible.get(name)]
      const left = durable === visible || random() < 0.5 ? durable : visible
      if (left !== undefined) survivor.#visible.set(name, left.afterPowerLoss(random))
    }
    survivor.sync()
    return survivor
  }
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((item) => ({ item, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item)
}

/** The sectors of a write that reached the disk. */
function torn(change: { position: number; data: Uint8Array }, random: Random): Change[] {
  if (random() < 0.5) return [change]
  const sectors: Change[] = []
  for (let offset = 0; offset < change.data.length;) {
    const end = Math.min(change.data.length, offset + sectorBytes - ((change.position + offset) % sectorBytes))
    if (random() < 0.5) sectors.push({ position: change.position + offset, data: change.data.subarray(offset, end) })
    offset = end
  }
  return sectors
}
