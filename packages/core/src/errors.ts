/**
 * The root of all errors that Jurat throws on purpose: a stable code for programs, a sentence for people.
 * Each family is a subclass with its own union of codes.
 * @module
 */

/** An expected failure. `code` is stable and documented; `message` is a sentence; `cause` is the native one. */
export class JuratError<Code extends string = string> extends Error {
  readonly code: Code

  constructor(code: Code, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
  }
}
