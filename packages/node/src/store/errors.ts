/**
 * Errors of the store.
 * @module
 */

/**
 * `failed`: a write failed, the process must end. `damaged`: stored bytes are not what was written; `jurat node fsck`
 * tells more. `other-format`: they are of a version of the format that this program does not read. `locked`: another process holds the folder. `signer-conflict`: something was to be signed that contradicts what was
 * signed. `truth-lost`: the segments lack what was already signed. `not-here`: it stands before the snapshot from which this
 * member began, and no other member has given it yet.
 */
export type StoreErrorCode =
  'failed' | 'damaged' | 'other-format' | 'locked' | 'signer-conflict' | 'truth-lost' | 'closed' | 'not-here'

/** An error of the store. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** One value of a database is damaged; the others are not. */
export class DamagedValueError extends StoreError {
  readonly key: Uint8Array

  constructor(message: string, key: Uint8Array) {
    super('damaged', message)
    this.key = key
  }
}
