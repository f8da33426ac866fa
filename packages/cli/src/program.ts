/**
 * The command line: commands, options, and how an action gets its context.
 * @module
 */
import { Command, Option } from 'commander'

import type { Context } from './context.ts'
import type { ExitCode } from './exitCodes.ts'
import { exitCodes } from './exitCodes.ts'
import type { MessageKey } from '@jurat/verify/messages/message'
import type { Action, GlobalFlags, Register, Runner } from './runner.ts'
import { registerAccount } from './commands/account.ts'
import { registerCertificate } from './commands/certificate.ts'
import { registerCa } from './commands/ca.ts'
import { registerCompletion } from './commands/completion.ts'
import { registerConfig } from './commands/config.ts'
import { registerDeposit } from './commands/deposit.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerJob } from './commands/job.ts'
import { registerFlow } from './commands/flow.ts'
import { registerKeys } from './commands/keys.ts'
import { registerLog } from './commands/log.ts'
import { registerNode } from './commands/node.ts'
import { registerPackage } from './commands/package.ts'
import { registerRecord } from './commands/record.ts'
import { registerReceipt } from './commands/receipt.ts'
import { registerTarget } from './commands/target.ts'
import { registerTrust } from './commands/trust.ts'
import { registerVerify } from './commands/verify.ts'

/** How actions are run. `makeContext` reads the settings with the flags of the command. */
export interface ProgramOptions {
  readonly help: (key: MessageKey) => string
  makeContext(flags: GlobalFlags): Context
  /** Gets the exit code of the action that ran. */
  onExit(code: ExitCode): void
  readonly version: string
  /** Gets help and version. */
  readonly write: (text: string) => void
  /** Gets the help that is shown because a command is missing. Errors are thrown, and not written here. */
  readonly writeError: (text: string) => void
}

/** The whole command line. */
export function createProgram(options: ProgramOptions): Command {
  const { help } = options
  const program = new Command('jurat')
    .description(help('cli.help.jurat'))
    .version(options.version, '-V, --version', help('cli.help.version'))
    .helpOption('-h, --help', help('cli.help.help'))
    .configureOutput({ writeOut: options.write, writeErr: options.writeError, outputError: () => undefined })
    .configureHelp({ styleTitle: (title) => titleOf(help, title) })
    .option('--node <url>', help('cli.help.node'))
    .option('--key <key>', help('cli.help.key'))
    .option('--json', help('cli.help.json'))
    .addOption(new Option('--language <tag>', help('cli.help.language')).choices(['en', 'zh-CN', 'zh-TW']))
    .option('--passphrase-file <file>', help('cli.help.passphraseFile'))
    .helpCommand(false)
    .showHelpAfterError(false)
    .exitOverride()
  const runner: Runner = { help, action: (action) => wrap(options, action) }
  for (const register of registrations) register(program, runner)
  return program
}

const titles: Readonly<Record<string, MessageKey>> = {
  'Usage:': 'cli.title.usage',
  'Arguments:': 'cli.title.arguments',
  'Options:': 'cli.title.options',
  'Commands:': 'cli.title.commands',
}

/** A heading of commander's help in the reader's language. */
function titleOf(help: ProgramOptions['help'], title: string): string {
  const key = titles[title]
  return key === undefined ? title : help(key)
}

const registrations: readonly Register[] = [
  registerDeposit,
  registerVerify,
  registerReceipt,
  registerPackage,
  registerRecord,
  registerFlow,
  registerTrust,
  registerAccount,
  registerLog,
  registerNode,
  registerJob,
  registerCertificate,
  registerTarget,
  registerCa,
  registerKeys,
  registerDoctor,
  registerConfig,
  registerCompletion,
]

function wrap<Args extends readonly unknown[], Flags>(
  options: ProgramOptions,
  action: Action<Args, Flags>,
): (...parameters: unknown[]) => Promise<void> {
  return async (...parameters) => {
    // Commander hands over the arguments, then the options of the command, then the command itself.
    const command = parameters.at(-1)
    if (!(command instanceof Command)) throw new TypeError('the command is missing')
    const flags = command.optsWithGlobals<Flags & GlobalFlags>()
    const code = await action(options.makeContext(flags), parameters.slice(0, -2) as unknown as Args, flags, command)
    options.onExit(code ?? exitCodes.done)
  }
}
