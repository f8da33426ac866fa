/**
 * `jurat account`: every operation of the ledger on accounts. Each is sent at once, proposed to the other keys of the
 * account, put to the vote of the members, or written into a file that others sign too.
 * Rules: docs/spec/operations.md.
 * @module
 */
import type { Command } from 'commander'
import { fromBase64 } from '@jurat/core/bytes'
import { documentHash } from '@jurat/core/ledger/consortium'
import { operations } from '@jurat/sdk/operations'
import type { Operation } from '@jurat/sdk/operations'
import { nodeClient } from '../context.ts'
import type { Context } from '../context.ts'
import { readBytes } from '../files.ts'
import type { Register, Runner } from '../runner.ts'
import { accountOf, ownAccount, publicKeyOf, weightedKey, wholeNumber } from '../references.ts'
import { performOperation } from '../sending.ts'
import type { SendingFlags } from '../sending.ts'
import { registerAccountFiles } from './accountFiles.ts'
import { registerProposals } from './accountProposals.ts'
import { registerAccountViews } from './accountViews.ts'
import { addSendingOptions } from './sendingOptions.ts'

/** Adds the commands. */
export const registerAccount: Register = (parent, run) => {
  const account = parent.command('account').description(run.help('cli.help.account'))
  registerAccountViews(account, run)
  for (const command of operationCommands) registerOperation(account, run, command)
  registerProposals(account, run)
  registerAccountFiles(account, run)
}

/** What an operation may be told by flags. */
interface OperationFlags {
  readonly authKey?: readonly string[]
  readonly recoveryKey?: string
  readonly encryptionKey?: string
  readonly hosted?: boolean
  readonly amount?: string
}

type HelpKey = Parameters<Runner['help']>[0]

interface OperationCommand {
  /** Name and arguments, as commander reads them. */
  readonly words: string
  readonly help: HelpKey
  readonly flags: readonly (keyof OperationFlags)[]
  /** Whether only `admin` may do it: then it is put to the vote. */
  readonly admin?: boolean
  build(context: Context, words: readonly (string | undefined)[], flags: OperationFlags): Operation | Promise<Operation>
}

const operationCommands: readonly OperationCommand[] = [
  {
    words: 'create <name>',
    help: 'cli.help.account.create',
    flags: ['authKey', 'recoveryKey', 'encryptionKey', 'hosted', 'amount'],
    build: (context, [name = ''], flags) =>
      operations.createAccount({
        name,
        authMap: authMapOf(context, flags),
        recoverKey: publicKeyOf(context, flags.recoveryKey ?? ''),
        encryptionKey: flags.encryptionKey === undefined ? null : publicKeyOf(context, flags.encryptionKey),
        custody: flags.hosted === true ? 'hosted' : 'own',
        initialAmount: wholeNumber(context, flags.amount ?? '0'),
      }),
  },
  {
    words: 'update-keys',
    help: 'cli.help.account.updateKeys',
    flags: ['authKey'],
    build: (context, _, flags) => operations.updateAuthMap({ authMap: authMapOf(context, flags) }),
  },
  {
    words: 'set-recovery-key <key>',
    help: 'cli.help.account.setRecoveryKey',
    flags: [],
    build: (context, [key = '']) => operations.setRecoveryKey({ recoverKey: publicKeyOf(context, key) }),
  },
  {
    words: 'set-encryption-key <key>',
    help: 'cli.help.account.setEncryptionKey',
    flags: [],
    build: (context, [key = '']) => operations.setEncryptionKey({ encryptionKey: publicKeyOf(context, key) }),
  },
  { words: 'pre-reset', help: 'cli.help.account.preReset', flags: [], build: () => operations.preReset() },
  {
    words: 'reset',
    help: 'cli.help.account.reset',
    flags: ['authKey'],
    build: (context, _, flags) => operations.reset({ authMap: authMapOf(context, flags) }),
  },
  { words: 'dispute', help: 'cli.help.account.dispute', flags: [], build: () => operations.dispute() },
  {
    words: 'freeze [account]',
    help: 'cli.help.account.freeze',
    flags: [],
    build: (context, [target]) =>
      operations.freeze({ target: target === undefined ? ownAccount(context) : accountOf(context, target) }),
  },
  {
    words: 'thaw <account>',
    help: 'cli.help.account.thaw',
    flags: [],
    admin: true,
    build: (context, [target = '']) => operations.thaw({ target: accountOf(context, target) }),
  },
  {
    words: 'adjudicate <account>',
    help: 'cli.help.account.adjudicate',
    flags: ['authKey', 'recoveryKey'],
    admin: true,
    build: (context, [target = ''], flags) =>
      operations.adjudicate({
        target: accountOf(context, target),
        authMap: authMapOf(context, flags),
        recoverKey: publicKeyOf(context, flags.recoveryKey ?? ''),
      }),
  },
  {
    words: 'transfer <account> <amount>',
    help: 'cli.help.account.transfer',
    flags: [],
    build: (context, [target = '', amount = '']) =>
      operations.transfer({ target: accountOf(context, target), amount: wholeNumber(context, amount) }),
  },
  {
    words: 'attest <account>',
    help: 'cli.help.account.attest',
    flags: [],
    build: (context, [target = '']) => operations.attest({ account: accountOf(context, target) }),
  },
  {
    words: 'set-registrar <account> <quota>',
    help: 'cli.help.account.setRegistrar',
    flags: [],
    admin: true,
    build: (context, [target = '', quota = '']) =>
      operations.setRegistrar({ target: accountOf(context, target), quota: wholeNumber(context, quota) }),
  },
  {
    words: 'change-consortium <document>',
    help: 'cli.help.account.changeConsortium',
    flags: [],
    admin: true,
    build: (context, [path = '']) => changeConsortium(context, readBytes(path)),
  },
]

/** The new document names the hash of the one that it replaces: the one in force, as the node shows it. */
async function changeConsortium(context: Context, document: Uint8Array): Promise<Operation> {
  const { value } = await nodeClient(context).call('getNetwork', {})
  const present = fromBase64(value.consortium.document)
  return operations.changeConsortium({ document, replaces: documentHash(context.crypto, present) })
}

function authMapOf(context: Context, { authKey = [] }: OperationFlags): ReturnType<typeof weightedKey>[] {
  return authKey.map((reference) => weightedKey(context, reference))
}

/** How each flag is written, and its help. */
const flagWords: Readonly<Record<keyof OperationFlags, { readonly words: string; readonly help: HelpKey }>> = {
  authKey: { words: '--auth-key <key:weight...>', help: 'cli.help.authKey' },
  recoveryKey: { words: '--recovery-key <key>', help: 'cli.help.recoveryKey' },
  encryptionKey: { words: '--encryption-key <key>', help: 'cli.help.encryptionKey' },
  hosted: { words: '--hosted', help: 'cli.help.hosted' },
  amount: { words: '--amount <number>', help: 'cli.help.amount' },
}

function registerOperation(account: Command, run: Runner, operation: OperationCommand): void {
  const command = account.command(operation.words).description(run.help(operation.help))
  for (const name of operation.flags) {
    const { words, help } = flagWords[name]
    // An account without authority keys, or one that cannot be recovered, is never meant.
    if (name === 'authKey' || name === 'recoveryKey') command.requiredOption(words, run.help(help))
    else command.option(words, run.help(help))
  }
  addSendingOptions(command, run)
  command.action(async (...parameters: unknown[]) => {
    const words = parameters.slice(0, -2) as (string | undefined)[]
    const perform = run.action<(string | undefined)[], OperationFlags & SendingFlags>(async (context, _, flags) =>
      performOperation(context, await operation.build(context, words, flags), {
        ...flags,
        ballot: flags.ballot === true || operation.admin === true,
      }),
    )
    await perform(...parameters)
  })
}
