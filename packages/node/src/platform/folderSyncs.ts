/**
 * Syncs of folders, shared: one that begins after several names were made makes all of them durable. So what many do at
 * once in one folder costs two syncs, and not one for each.
 * @module
 */

/** A folder whose sync is on its way. */
interface Syncing {
  readonly now: Promise<void>
  /** The one after it, for names that were made since it began; null when nobody asked for it. */
  next: Promise<void> | null
}

/** Shares the syncs of folders. */
export class FolderSyncs {
  readonly #sync: (path: string) => Promise<void>
  readonly #folders = new Map<string, Syncing>()

  /** @param sync - makes the names in a folder durable. */
  constructor(sync: (path: string) => Promise<void>) {
    this.#sync = sync
  }

  /**
   * Makes durable what was named in a folder before this call.
   * @throws what the sync throws, also when the one before it has failed: after that nobody knows what is on the disk.
   */
  sync(path: string): Promise<void> {
    const syncing = this.#folders.get(path)
    if (syncing === undefined) return this.#begin(path)
    syncing.next ??= syncing.now.then(() => this.#begin(path))
    return syncing.next
  }

  #begin(path: string): Promise<void> {
    const syncing: Syncing = { now: this.#sync(path), next: null }
    this.#folders.set(path, syncing)
    const forget = (): void => void this.#folders.delete(path)
    void syncing.now.then(() => syncing.next ?? forget(), forget)
    return syncing.now
  }
}
