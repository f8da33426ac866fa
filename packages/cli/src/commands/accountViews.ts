/**
 * `jurat account open|status|proposals`: accounts as the node shows them, and a new one through the node's registrar.
 * @module
 */
import type { Account, Proposal } from '@jurat/api/accounts'
import { toHex } from '@jurat/core/bytes'
import type { Context } from '../context.ts'
import { nodeClient } from '../context.ts'
import type { Register } from '../runner.ts'
import { publicKeyOf, weightedKey } from '../references.ts'

interface OpenFlags {
  readonly authKey: readonly string[]
  readonly recoveryKey: string
  readonly encryptionKey?: string
}

/** Adds the commands. */
export const registerAccountViews: Register = (account, run) => {
  account
    .command('open')
    .description(run.help('cli.help.account.open'))
    .requiredOption('--auth-key <key:weight...>', run.help('cli.help.authKey'))
    .requiredOption('--recovery-key <key>', run.help('cli.help.recoveryKey'))
    .option('--encryption-key <key>', run.help('cli.help.encryptionKey'))
    .action(run.action<[], OpenFlags>((context, _, flags) => open(context, flags)))
  account
    .command('status <account>')
    .description(run.help('cli.help.account.status'))
    .action(run.action<[string]>((context, [reference]) => status(context, reference)))
  account
    .command('proposals <account>')
    .description(run.help('cli.help.account.proposals'))
    .action(run.action<[string]>((context, [reference]) => listProposals(context, reference)))
}

async function open(context: Context, flags: OpenFlags): Promise<void> {
  const authMap = flags.authKey.map((reference) => {
    const { publicKey, weight } = weightedKey(context, reference)
    return { publicKey: toHex(publicKey), weight }
  })
  const body = {
    authMap,
    recoverKey: toHex(publicKeyOf(context, flags.recoveryKey)),
    ...(flags.encryptionKey === undefined ? {} : { encryptionKey: toHex(publicKeyOf(context, flags.encryptionKey)) }),
  }
  const { value } = await nodeClient(context).call('createAccount', { body })
  print(context, value)
}

async function status(context: Context, reference: string): Promise<void> {
  const { value } = await nodeClient(context).call('getAccount', { params: { account: reference } })
  print(context, value)
}

/** The record's bytes are for programs; people get its fields. */
function print(context: Context, account: Account): void {
  const state = account.frozen ? 'frozen' : account.recovering ? 'recovering' : 'normal'
  const rows: (readonly [string, string])[] = [
    ['name', account.name],
    ['id', account.id],
    ['status', `${String(account.status)} ${context.say(`cli.status.${state}`)}`],
    ['version', String(account.version)],
    ['custody', account.custody],
    ['balance', String(account.balance)],
    ...account.authMap.map(
      ({ publicKey, weight }) => ['key', `${String(weight).padStart(3)}  ${shorten(publicKey)}`] as const,
    ),
  ]
  if (account.recoverKey !== null) rows.push(['recovery', shorten(account.recoverKey)])
  if (account.pendingRecoverKey !== null) {
    const { publicKey, effectiveAt } = account.pendingRecoverKey
    rows.push(['recovery', `${shorten(publicKey)}  ${context.say('cli.from', { time: isoTime(effectiveAt) })}`])
  }
  if (account.resetAllowedAt !== null && account.recovering)
    rows.push(['reset', context.say('cli.from', { time: isoTime(account.resetAllowedAt) })])
  if (account.registrarQuota !== null) rows.push(['quota', String(account.registrarQuota)])
  context.output.result(
    rows.map(([name, value]) => `${name.padEnd(9)} ${value}`),
    account,
  )
}

async function listProposals(context: Context, reference: string): Promise<void> {
  const { value } = await nodeClient(context).call('listProposals', { params: { account: reference } })
  const lines = value.proposals.flatMap((proposal) => describeProposal(context, proposal))
  context.output.result(lines.length === 0 ? context.say('cli.noProposals') : lines, value)
}

/** A proposal in a few lines: what would happen, who voted, until when. */
export function describeProposal(context: Context, proposal: Proposal): string[] {
  const { id, type, to, value, votes, expiresAt } = proposal
  return [
    id,
    `  ${context.say('cli.proposal', { type, to: to ?? '-', value, votes: votes.length, until: isoTime(expiresAt) })}`,
  ]
}

/** An ML-DSA-44 key has 2,626 digits: on a terminal its beginning is enough. */
const shorten = (key: string): string => (key.length > 70 ? `${key.slice(0, 64)}…` : key)

const isoTime = (timeMs: number): string => new Date(timeMs).toISOString()
