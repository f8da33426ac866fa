/**
 * What a command is given in order to register itself, and how its action is called.
 * @module
 */
import type { Command } from 'commander'
import type { MessageKey } from '@jurat/verify/messages/message'
import type { Context } from './context.ts'
import type { ExitCode } from './exitCodes.ts'

/** Options of every command. */
export interface GlobalFlags {
  readonly node?: string
  readonly key?: string
  readonly language?: string
  readonly passphraseFile?: string
  readonly account?: string
  readonly signers?: string
  readonly trust?: string
  readonly json?: boolean
}

/** What an action does; the exit code is 0 unless it gives another. */
export type Action<Args extends readonly unknown[], Flags> = (
  context: Context,
  args: Args,
  flags: Flags & GlobalFlags,
  command: Command,
) => Promise<ExitCode | void> | ExitCode | void

/** What a command needs in order to register itself. */
export interface Runner {
  /** Help text in the reader's language. */
  help(key: MessageKey): string
  /** Wraps an action for commander. */
  action<Args extends readonly unknown[] = [], Flags = object>(
    action: Action<Args, Flags>,
  ): (...parameters: unknown[]) => Promise<void>
}

/** Adds commands to a parent. */
export type Register = (parent: Command, run: Runner) => void
