/**
 * The `jurat` command: reads the command line, runs one command, gives the exit code.
 * @module
 */
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { nobleCrypto } from '@jurat/core/crypto/noble'
import { stoppedCommands } from './commands/ca.ts'
import { runNode } from './commands/node.ts'
import type { Context } from './context.ts'
import { CliError, exitCodes } from './exitCodes.ts'
import { Output } from './output.ts'
import type { TextStream } from './output.ts'
import { createProgram } from './program.ts'
import type { GlobalFlags } from './runner.ts'
import { readSettings } from './settings.ts'
import type { Environment } from './settings.ts'
import { languageOf } from '@jurat/verify/messages/language'
import { isMessageKey, message } from '@jurat/verify/messages/message'
import type { Language } from '@jurat/verify/messages/language'

/** What the command needs of its process. */
export interface CliProcess {
  readonly env: Environment
  readonly stdin: { readonly isTTY?: boolean | undefined }
  readonly stdout: TextStream
  readonly stderr: TextStream
}

/** Runs one command line. @param words - without the program's name. @returns the exit code; it never throws. */
export async function main(words: readonly string[], process: CliProcess): Promise<number> {
  const output = new Output(process.stdout, process.stderr, words.includes('--json'))
  // Help is printed before the options are read, so its language is looked up in the words.
  const language = chooseLanguage(process.env, languageFlag(words))
  try {
    // `jurat node ...`, `jurat network ...` and some of `jurat ca ...` hand all their words on: the node's own program reads them.
    if (words[0] === 'node' && words.length > 1) return await runNode(words.slice(1), process.env)
    if (words[0] === 'network' && words.length > 1) return await runNode(words, process.env)
    if (words[0] === 'ca' && stoppedCommands.includes(words[1] ?? '')) return await runNode(words, process.env)
    return await runProgram(words, process, output, language)
  } catch (error) {
    if (!(error instanceof CommanderError)) return output.failure(error, language)
    if (error.exitCode === 0) return exitCodes.done
    return error.code === 'commander.help' ? exitCodes.usage : output.failure(usageError(error), language)
  }
}

/** A command line that commander does not understand. Its own English sentence is the detail. */
function usageError({ code, message: sentence }: CommanderError): CliError {
  const what = code.replace('commander.', '')
  const key = `cli.usage.${what}`
  const detail = sentence.replace(/^error: /u, '')
  const said = isMessageKey(key) ? { key, values: { detail } } : detail
  return new CliError(
    exitCodes.usage,
    what.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`),
    said,
  )
}

async function runProgram(
  words: readonly string[],
  process: CliProcess,
  output: Output,
  language: Language,
): Promise<number> {
  const { env } = process
  const makeContext = (flags: GlobalFlags): Context => ({
    environment: env,
    settings: readSettings(env, givenSettings(flags)),
    output,
    language,
    crypto: nobleCrypto,
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true && !output.asJson,
    say: (key, values) => message(language, key, values),
  })
  let exitCode: number = exitCodes.done
  const program = createProgram({
    help: (key) => message(language, key),
    makeContext,
    onExit: (code) => {
      exitCode = code
    },
    version: ownVersion(),
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
  })
  await program.parseAsync([...words], { from: 'user' })
  return exitCode
}

function languageFlag(words: readonly string[]): string | undefined {
  const at = words.indexOf('--language')
  if (at >= 0) return words[at + 1]
  return words.find((word) => word.startsWith('--language='))?.slice('--language='.length)
}

/** Flag, then JURAT_LANGUAGE, then the file, then the locale of the system. */
function chooseLanguage(env: Environment, flag: string | undefined): Language {
  const set = [flag, env['JURAT_LANGUAGE'], configuredLanguage(env), env['LC_ALL'], env['LC_MESSAGES'], env['LANG']]
  // An empty variable is one that is not set (POSIX, 8.2).
  return languageOf(set.find((tag) => tag !== undefined && tag !== '') ?? 'en')
}

/** A configuration file that cannot be read is reported by the command itself, not here. */
function configuredLanguage(env: Environment): string | undefined {
  try {
    return readSettings(env, {}).language.value ?? undefined
  } catch {
    return undefined
  }
}

/** The settings among the flags, without those that were not given. */
function givenSettings(flags: GlobalFlags): Parameters<typeof readSettings>[1] {
  const { node, key, language, passphraseFile, account, signers, trust } = flags
  const given = { node, key, language, passphraseFile, account, signers, trust }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}
