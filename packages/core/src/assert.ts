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

/** Where no value can arrive: the compiler proves it, and a value that arrives nevertheless stops the node. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`no value should arrive here, but ${String(value)} did`)
}
