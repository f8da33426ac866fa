/**
 * `jurat account approve|withdraw`: votes on proposals of an account, and of the members (`--ballot`).
 * @module
 */
import type { Proposal } from '@jurat/api/accounts'
import { equal, fromBase64, fromHex, toHex } from '@jurat/core/bytes'
import { operationHash } from '@jurat/sdk/operations'
import { operations } from '@jurat/sdk/operations'
import type { Context } from '../context.ts'
import { nodeClient } from '../context.ts'
import { CliError, exitCodes } from '../exitCodes.ts'
import type { Register } from '../runner.ts'
import { accountOf, ownAccount } from '../references.ts'
import { printOutcome, signAndSend } from '../sending.ts'
import type { SendingFlags } from '../sending.ts'
import { addSendingOptions } from './sendingOptions.ts'
import { describeProposal } from './accountViews.ts'

/** Adds the commands. */
export const registerProposals: Register = (account, run) => {
  const approveCommand = account.command('approve <proposal>').description(run.help('cli.help.account.approve'))
  addSendingOptions(approveCommand, run)
  approveCommand.action(run.action<[string], SendingFlags>((context, [id], flags) => approve(context, id, flags)))
  const withdrawCommand = account.command('withdraw <proposal>').description(run.help('cli.help.account.withdraw'))
  addSendingOptions(withdrawCommand, run)
  withdrawCommand.action(
    run.action<[string], SendingFlags>((context, [id], flags) =>
      signAndSend(context, voter(context, flags), operations.withdraw({ id: proposalId(context, id) }), flags),
    ),
  )
}

const voter = (context: Context, { ballot }: SendingFlags): Uint8Array =>
  ballot === true ? accountOf(context, 'admin') : ownAccount(context)

function proposalId(context: Context, text: string): Uint8Array {
  if (/^[0-9a-f]{64}$/u.test(text)) return fromHex(text)
  throw new CliError(exitCodes.usage, 'proposal-malformed', context.say('cli.proposalMalformed'))
}

/**
 * The hash that is signed is computed here from the operation that was shown, so a node cannot show one operation and
 * have another approved.
 */
async function approve(context: Context, text: string, flags: SendingFlags): Promise<void> {
  const id = proposalId(context, text)
  const from = voter(context, flags)
  const proposal = await findProposal(context, from, text)
  const hash = operationHash(context.crypto, {
    type: proposal.type,
    to: proposal.to === null ? null : fromHex(proposal.to),
    value: proposal.value,
    gasLimit: proposal.gasLimit,
    payload: fromBase64(proposal.payload),
  })
  if (!equal(hash, fromHex(proposal.operationHash))) {
    throw new CliError(exitCodes.unreachable, 'answer-malformed', context.say('cli.proposalMismatch'))
  }
  for (const line of describeProposal(context, proposal)) context.output.remark(line)
  if (flags.ballot === true && context.settings.signers.value === null) {
    const body = { operationHash: toHex(hash) }
    const { value } = await nodeClient(context).call('voteBallot', { params: { txHash: text }, body })
    printOutcome(context, value)
    return
  }
  await signAndSend(context, from, operations.approve({ id, operationHash: hash }), flags)
}

async function findProposal(context: Context, account: Uint8Array, id: string): Promise<Proposal> {
  const { value } = await nodeClient(context).call('listProposals', { params: { account: toHex(account) } })
  const proposal = value.proposals.find((each) => each.id === id)
  if (proposal === undefined)
    throw new CliError(exitCodes.refused, 'proposal-missing', context.say('cli.noProposal', { id }))
  return proposal
}
