/**
 * Exit codes of the `jurat` command. They are a public surface: docs/reference/exit-codes.md.
 * @module
 */
import type { MessageValues } from '@jurat/verify/messages/fill'
import { message as messageOf } from '@jurat/verify/messages/message'
import type { MessageKey } from '@jurat/verify/messages/message'

/** Every exit code. `jurat node ...` gives the node's own. */
export const exitCodes = {
  /** Done; for `verify`: verified. */
  done: 0,
  /** Failed; for `verify`: the evidence does not hold. */
  failed: 1,
  /** The command line, the configuration or a file named by it cannot be used. */
  usage: 2,
  /** Incomplete; for `verify`: a required step is absent; for waiting commands: not there in time. */
  incomplete: 3,
  /** The node did not answer, or what it answered cannot be used. */
  unreachable: 4,
  /** The node or the ledger refused; the code is in the message. */
  refused: 5,
} as const

/** One of the exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A message of the catalogue that is said where the reader's language is known. */
export interface Said {
  readonly key: MessageKey
  readonly values?: MessageValues
}

/** Ends a command with a message and an exit code. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  /** Stable code for `--json`. */
  readonly code: string
  /** Null when the message is already in the reader's language. */
  readonly said: Said | null

  constructor(exitCode: ExitCode, code: string, message: string | Said, options: { cause?: unknown } = {}) {
    const said = typeof message === 'string' ? null : message
    const text = typeof message === 'string' ? message : messageOf('en', message.key, message.values)
    super(text, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CliError'
    this.exitCode = exitCode
    this.code = code
    this.said = said
  }
}
