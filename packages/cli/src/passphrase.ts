/**
 * The passphrase of the keys: from a file, from the environment, or asked for on the terminal.
 * @module
 */
import { isCancel, password } from '@clack/prompts'
import type { MessageKey } from '@jurat/verify/messages/message'
import { CliError, exitCodes } from './exitCodes.ts'
import { firstLine } from './keyFolder.ts'
import type { Environment } from './settings.ts'

/** Where a passphrase may come from. */
export interface PassphraseSource {
  readonly environment: Environment
  /** Variable of the environment that holds it. */
  readonly variable: 'JURAT_PASSPHRASE' | 'JURAT_NEW_PASSPHRASE'
  /** File whose first line is the passphrase. */
  readonly file: string | null
  /** Whether somebody can be asked. */
  readonly interactive: boolean
  /** Whether it is chosen now: then it is asked for twice. */
  readonly isNew: boolean
  /** A message in the reader's language. */
  readonly say: (key: MessageKey) => string
}

/** A function that gives the passphrase, asking at most once. */
export function passphraseReader(source: PassphraseSource): () => Promise<string> {
  let known: Promise<string> | null = null
  return () => (known ??= readPassphrase(source))
}

async function readPassphrase({
  environment,
  variable,
  file,
  interactive,
  isNew,
  say,
}: PassphraseSource): Promise<string> {
  if (file !== null) return firstLine(file)
  const given = environment[variable]
  if (given !== undefined) return given
  if (!interactive) {
    const key = variable === 'JURAT_PASSPHRASE' ? 'cli.passphrase.missing' : 'cli.passphrase.newMissing'
    throw new CliError(exitCodes.usage, 'passphrase-missing', { key })
  }
  const first = await ask(say(isNew ? 'cli.passphrase.askNew' : 'cli.passphrase.ask'))
  if (isNew && (await ask(say('cli.passphrase.askAgain'))) !== first) {
    throw new CliError(exitCodes.usage, 'passphrase-wrong', { key: 'cli.passphrase.differ' })
  }
  return first
}

async function ask(message: string): Promise<string> {
  const answer = await password({ message, output: process.stderr })
  if (isCancel(answer)) throw new CliError(exitCodes.usage, 'passphrase-missing', { key: 'cli.passphrase.notGiven' })
  return answer
}
