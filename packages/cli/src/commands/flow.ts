/**
 * `jurat flow`: an affair in its phases: templates, beginning one, depositing its phases, its state, timeline and package.
 * docs/operating/flows.md.
 * @module
 */
import type { Flow, FlowTemplate } from '@jurat/api/flows'
import { toHex } from '@jurat/core/bytes'
import { digestStream } from '@jurat/sdk/hashing'
import { depositPhase, storeOriginal } from '@jurat/sdk/flows'
import type { Context } from '../context.ts'
import { nodeClient } from '../context.ts'
import { CliError, exitCodes } from '../exitCodes.ts'
import type { ExitCode } from '../exitCodes.ts'
import { openBlob, writeText } from '../files.ts'
import { flowLines, timelineLine } from '../flowViews.ts'
import { findOriginals, nativeHashers, openOriginal } from '../originals.ts'
import type { Register } from '../runner.ts'
import { registerFlowAccess } from './flowAccess.ts'

interface CreateFlags {
  readonly template: string
  readonly party?: readonly string[]
  readonly flowKey?: string
}

interface DepositFlags {
  readonly meta?: readonly string[]
  readonly blind?: boolean
  readonly keepOriginal?: boolean
}

/** Adds the commands. */
export const registerFlow: Register = (parent, run) => {
  const flow = parent.command('flow').description(run.help('cli.help.flow'))
  flow
    .command('templates')
    .description(run.help('cli.help.flowTemplates'))
    .action(run.action((context) => templates(context)))
  flow
    .command('create <name>')
    .description(run.help('cli.help.flowCreate'))
    .requiredOption('--template <id[/version]>', run.help('cli.help.flowTemplate'))
    .option('--party <role=name:accounts...>', run.help('cli.help.flowParty'))
    .option('--flow-key <hex>', run.help('cli.help.flowKey'))
    .action(run.action<[string], CreateFlags>((context, [name], flags) => create(context, name, flags)))
  flow
    .command('list')
    .description(run.help('cli.help.flowList'))
    .action(run.action((context) => list(context)))
  flow
    .command('deposit <flow> <phase> <path>')
    .description(run.help('cli.help.flowDeposit'))
    .option('--meta <name=value...>', run.help('cli.help.meta'))
    .option('--blind', run.help('cli.help.blind'))
    .option('--keep-original', run.help('cli.help.flowKeepOriginal'))
    .option('--account <account>', run.help('cli.help.accountFlag'))
    .action(run.action<[string, string, string], DepositFlags>((context, args, flags) => deposit(context, args, flags)))
  flow
    .command('show <flow>')
    .description(run.help('cli.help.flowShow'))
    .action(
      run.action<[string]>(async (context, [id]) => {
        const { value } = await nodeClient(context).call('getFlow', { params: { flow: id } })
        return showFlow(context, value)
      }),
    )
  flow
    .command('timeline <flow>')
    .description(run.help('cli.help.flowTimeline'))
    .action(run.action<[string]>((context, [id]) => timeline(context, id)))
  flow
    .command('pack <flow>')
    .description(run.help('cli.help.flowPack'))
    .requiredOption('--out <file>', run.help('cli.help.packageOut'))
    .action(
      run.action<[string], { out: string }>(async (context, [id], { out }) => {
        const { value } = await nodeClient(context).call('getFlowPackage', { params: { flow: id } })
        writePackage(context, value, out)
      }),
    )
  flow
    .command('open <code>')
    .description(run.help('cli.help.flowOpen'))
    .option('--out <file>', run.help('cli.help.packageOut'))
    .action(run.action<[string], { out?: string }>((context, [code], { out }) => open(context, code, out)))
  registerFlowAccess(flow, run)
}

async function templates(context: Context): Promise<void> {
  const { value } = await nodeClient(context).call('listFlowTemplates', {})
  const lines = value.templates.flatMap((template) => templateLines(context, template))
  context.output.result(lines, value)
}

function templateLines({ language }: Context, template: FlowTemplate): string[] {
  const { id, version, names, roles, phases } = template
  return [
    `${id}/${version}  ${names[language]}`,
    ...roles.map((role) => `  ${role.id}  ${role.names[language]}`),
    ...phases.map(
      (phase) => `  ${phase.order ?? '–'}${phase.required ? ' *' : '  '} ${phase.id}  ${phase.names[language]}`,
    ),
  ]
}

async function create(context: Context, name: string, flags: CreateFlags): Promise<void> {
  const [template = '', version] = flags.template.split('/')
  const parties = (flags.party ?? []).map((text) => readParty(context, text))
  const { value } = await nodeClient(context).call('createFlow', {
    body: {
      name,
      template,
      parties,
      ...(version === undefined ? {} : { version: Number(version) }),
      ...(flags.flowKey === undefined ? {} : { key: flags.flowKey }),
    },
  })
  context.output.result([context.say('cli.flowCreated', { id: value.flow.id, key: value.key })], value)
}

/** `role=name`, or `role=name:account,account`. */
function readParty(context: Context, text: string): { role: string; name: string; accounts?: string[] } {
  const [, role = '', name = '', accounts] = /^([^=]+)=([^:]+)(?::(.+))?$/.exec(text) ?? []
  if (role === '') throw new CliError(exitCodes.usage, 'party-malformed', context.say('cli.partyMalformed', { text }))
  return { role, name, ...(accounts === undefined ? {} : { accounts: accounts.split(',') }) }
}

async function list(context: Context): Promise<void> {
  const { value } = await nodeClient(context).call('listFlows', {})
  const lines = value.flows.map(({ id, name, template, version, deposits }) =>
    context.say('cli.flowLine', { id, name, template: `${template}/${version}`, deposits }),
  )
  context.output.result(lines, value)
}

async function deposit(
  context: Context,
  [flow, phase, path]: readonly [string, string, string],
  flags: DepositFlags,
): Promise<void> {
  const [original, ...more] = findOriginals([path])
  if (original === undefined || more.length > 0 || path === '-') {
    throw new CliError(exitCodes.usage, 'one-file', context.say('cli.flowOneFile'))
  }
  const client = nodeClient(context)
  const { digest, length } = await digestStream('sha-256', openOriginal(path), nativeHashers)
  // Stored first: a phase whose original did not arrive would be in every package without it.
  if (flags.keepOriginal !== true) await storeOriginal(client, await openBlob(path), toHex(digest))
  const metadata = {
    'file.name': original.name,
    'file.size': String(length),
    ...readMetadata(context, flags.meta ?? []),
  }
  const item = { algorithm: 'sha-256', digest, blind: flags.blind === true, metadata } as const
  const account = context.settings.account.value
  const made = await depositPhase(client, { flow, phase, item, ...(account === null ? {} : { account }) })
  context.output.result(context.say('cli.flowDeposited', { number: made.sequence, phase, id: made.deposit }), made)
}

function readMetadata(context: Context, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new CliError(exitCodes.usage, 'metadata-malformed', context.say('cli.metaMalformed', { pair }))
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

/** A flow that is not complete, or in which something is wrong, is no failure of the command. */
function showFlow(context: Context, flow: Flow): ExitCode {
  context.output.result(flowLines(context, flow), flow)
  return exitCodes.done
}

async function timeline(context: Context, id: string): Promise<void> {
  const { value } = await nodeClient(context).call('getFlowTimeline', { params: { flow: id } })
  context.output.result(
    value.entries.map((entry) => timelineLine(entry)),
    value,
  )
}

async function open(context: Context, code: string, out: string | undefined): Promise<void> {
  if (out === undefined) {
    const { value } = await nodeClient(context).call('openFlow', { body: { code } })
    showFlow(context, value)
    return
  }
  const { value } = await nodeClient(context).call('openFlowPackage', { body: { code } })
  writePackage(context, value, out)
}

function writePackage(context: Context, bytes: Uint8Array, out: string): void {
  writeText(out, bytes)
  context.output.result(context.say('cli.flowPacked', { path: out }), { package: out, bytes: bytes.length })
}
