/**
 * The passphrase of the keys: from a file, from the environment, or asked for on the terminal.
 * @module
 */
import { isCancel, password } from '@clack/prompts'
import { CliError, exitCodes } from './exitCodes.ts'
import { firstLine } from './keyFolder.ts'
import type { Environment } from './settings.ts'

/** Where a passphrase may come from. */
export interface PassphraseSource {
  readonly environment: Environment
  /** File whose first line is the passphrase. */
  readonly file: string | null
  /** Whether somebody can be asked. */
  readonly interactive: boolean
}

/** A function that gives the passphrase, asking at most once. @param isNew - ask twice, for a key that is being made. */
export function passphraseReader(source: PassphraseSource, isNew: boolean): () => Promise<string> {
  let known: Promise<string> | null = null
  return () => (known ??= readPassphrase(source, isNew))
}

async function readPassphrase({ environment, file, interactive }: PassphraseSource, isNew: boolean): Promise<string> {
  if (file !== null) return firstLine(file)
  const variable = environment['JURAT_PASSPHRASE']
  if (variable !== undefined) return variable
  if (!interactive) {
    throw new CliError(
      exitCodes.usage,
      'passphrase-missing',
      'the passphrase of the key is needed: --passphrase-file FILE, JURAT_PASSPHRASE_FILE or JURAT_PASSPHRASE',
    )
  }
  const first = await ask(isNew ? 'New passphrase' : 'Passphrase')
  if (isNew && (await ask('The same again')) !== first) {
    throw new CliError(exitCodes.usage, 'passphrase-wrong', 'the two passphrases differ')
  }
  return first
}

async function ask(message: string): Promise<string> {
  const answer = await password({ message, output: process.stderr })
  if (isCancel(answer)) throw new CliError(exitCodes.usage, 'passphrase-missing', 'no passphrase was given')
  return answer
}
