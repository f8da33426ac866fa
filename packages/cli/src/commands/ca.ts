/**
 * `jurat ca`: certificates of a running node's certification authority, for its administrators. What needs the stopped node (init,
 * root, renew) is handed on to the node's own program.
 * @module
 */
import type { AuthorityCertificate, AuthorityCertificateRequest, AuthorityCertificates } from '@jurat/api/authority'
import { nodeClient } from '../context.ts'
import type { Context } from '../context.ts'
import { readText, writeText } from '../files.ts'
import type { Register } from '../runner.ts'

/** The commands that the node's own program runs. */
export const stoppedCommands: readonly string[] = ['init', 'root', 'renew']

interface IssueFlags {
  readonly profile: string
  readonly organisation?: string
  readonly email?: string
  readonly request?: string
  readonly out?: string
}

/** Adds the commands. */
export const registerCa: Register = (parent, run) => {
  const ca = parent.command('ca').description(run.help('cli.help.ca'))
  for (const name of stoppedCommands) {
    ca.command(name)
      .description(run.help(`cli.help.ca_${name as 'init'}`))
      .helpOption(false)
  }
  ca.command('issue <name>')
    .description(run.help('cli.help.ca_issue'))
    .requiredOption('--profile <profile>', run.help('cli.help.caProfile'))
    .option('--organisation <id>', run.help('cli.help.caOrganisation'))
    .option('--email <address>', run.help('cli.help.caEmail'))
    .option('--request <file>', run.help('cli.help.caRequest'))
    .option('--out <file>', run.help('cli.help.caOut'))
    .action(run.action<[string], IssueFlags>((context, [name], flags) => issue(context, name, flags)))
  ca.command('list')
    .description(run.help('cli.help.ca_list'))
    .action(run.action((context) => list(context)))
  ca.command('show <serial>')
    .description(run.help('cli.help.ca_show'))
    .action(run.action<[string]>((context, [serial]) => show(context, serial)))
  ca.command('revoke <serial>')
    .description(run.help('cli.help.ca_revoke'))
    .requiredOption('--reason <reason>', run.help('cli.help.caReason'))
    .action(
      run.action<[string], { readonly reason: string }>((context, [serial], { reason }) =>
        revoke(context, serial, reason),
      ),
    )
}

async function issue(context: Context, commonName: string, flags: IssueFlags): Promise<void> {
  const { profile, organisation, email, request, out } = flags
  const pem = request === undefined ? null : readText(request)
  // The node says which profiles there are.
  const body = {
    profile: profile as AuthorityCertificateRequest['profile'],
    commonName,
    ...(organisation !== undefined && { organisation }),
    ...(email !== undefined && { email }),
    ...(pem !== null && { request: pem }),
  }
  const { value } = await nodeClient(context).call('issueAuthorityCertificate', { body })
  if (out !== undefined) writeText(out, value.pem)
  context.output.result([out === undefined ? value.pem.trimEnd() : out, lineOf(context, value)], value)
}

async function list(context: Context): Promise<void> {
  const certificates: AuthorityCertificate[] = []
  const client = nodeClient(context)
  let after: number | null = 0
  while (after !== null) {
    const { value }: { value: AuthorityCertificates } = await client.call('listAuthorityCertificates', {
      query: { after: String(after) },
    })
    certificates.push(...value.certificates)
    after = value.next
  }
  context.output.result(
    certificates.map((certificate) => lineOf(context, certificate)),
    { certificates },
  )
}

async function show(context: Context, serial: string): Promise<void> {
  const { value } = await nodeClient(context).call('getAuthorityCertificate', { params: { serial } })
  context.output.result([lineOf(context, value), value.pem.trimEnd()], value)
}

async function revoke(context: Context, serial: string, reason: string): Promise<void> {
  const body = { reason: reason as NonNullable<AuthorityCertificate['revocation']>['reason'] }
  const { value } = await nodeClient(context).call('revokeAuthorityCertificate', { params: { serial }, body })
  context.output.result([lineOf(context, value)], value)
}

function lineOf(context: Context, { serial, profile, commonName, notAfter, revocation }: AuthorityCertificate): string {
  const until = new Date(notAfter).toISOString().slice(0, 10)
  const state =
    revocation === null
      ? context.say('cli.ca.until', { until })
      : context.say('cli.ca.revoked', { reason: revocation.reason })
  return `${serial}  ${profile}  ${commonName}  ${state}`
}
