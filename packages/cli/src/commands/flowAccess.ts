/**
 * `jurat flow access`: codes with which a court or a mediator opens a flow.
 * @module
 */
import type { FlowAccess } from '@jurat/api/flows'
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { nodeClient } from '../context.ts'
import { wholeNumber } from '../references.ts'
import type { Register } from '../runner.ts'

interface GrantFlags {
  readonly label: string
  readonly days: string
}

const daySeconds = 86_400

/** Adds the commands. */
export const registerFlowAccess: Register = (parent: Command, run) => {
  const access = parent.command('access').description(run.help('cli.help.flowAccess'))
  access
    .command('grant <flow>')
    .description(run.help('cli.help.flowAccessGrant'))
    .requiredOption('--label <text>', run.help('cli.help.flowLabel'))
    .option('--days <days>', run.help('cli.help.flowDays'), '3')
    .action(run.action<[string], GrantFlags>((context, [flow], flags) => grant(context, flow, flags)))
  access
    .command('list <flow>')
    .description(run.help('cli.help.flowAccessList'))
    .action(run.action<[string]>((context, [flow]) => list(context, flow)))
  access
    .command('revoke <flow> <access>')
    .description(run.help('cli.help.flowAccessRevoke'))
    .action(run.action<[string, string]>((context, [flow, id]) => revoke(context, flow, id)))
}

async function grant(context: Context, flow: string, { label, days }: GrantFlags): Promise<void> {
  const seconds = wholeNumber(context, days) * daySeconds
  const { value } = await nodeClient(context).call('createFlowAccess', { params: { flow }, body: { label, seconds } })
  const values = { code: value.code, until: new Date(value.access.expiresMs).toISOString() }
  context.output.result(context.say('cli.flowAccessGranted', values), value)
}

async function list(context: Context, flow: string): Promise<void> {
  const { value } = await nodeClient(context).call('listFlowAccess', { params: { flow } })
  context.output.result(
    value.access.map((access) => accessLine(context, access)),
    value,
  )
}

function accessLine({ say }: Context, { id, label, expiresMs, revokedMs }: FlowAccess): string {
  const time = new Date(revokedMs ?? expiresMs).toISOString()
  return `${id}  ${label}  ${say(revokedMs === null ? 'cli.flowAccessUntil' : 'cli.flowAccessRevokedAt', { time })}`
}

async function revoke(context: Context, flow: string, access: string): Promise<void> {
  await nodeClient(context).call('revokeFlowAccess', { params: { flow, access } })
  context.output.result(context.say('cli.flowAccessRevoked', { id: access }), { access, revoked: true })
}
