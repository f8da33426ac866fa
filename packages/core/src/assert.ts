/**
 * Assertions: what we hold for true of our own program. Input of others is never asserted but checked, with an error
 * of its own.
 * @module
 */

/** A broken assumption of the program itself. It is a bug, and it stops the node. */
export class AssertionFailure extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AssertionFailure'
  }
}

/** @throws {AssertionFailure} when `condition` does not hold. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message)
}
