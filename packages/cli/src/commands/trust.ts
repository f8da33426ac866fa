/**
 * `jurat trust`: pins a network's trust file by its fingerprint, shows what is pinned, and takes a longer proven chain of
 * consortium documents. Nothing else ever changes a pinned file.
 * @module
 */
import { confirm, isCancel } from '@clack/prompts'
import { toHex } from '@jurat/core/bytes'
import { extendsTrust, readTrust } from '@jurat/sdk/trust'
import type { ReadTrust } from '@jurat/sdk/trust'
import type { Context } from '../context.ts'
import { clientOf, nodeClient } from '../context.ts'
import { CliError, exitCodes } from '../exitCodes.ts'
import { readText } from '../files.ts'
import type { Register } from '../runner.ts'
import { pin, pinnedTrust, pinnedTrusts } from '../trustFolder.ts'

/** Adds the commands. */
export const registerTrust: Register = (parent, run) => {
  const trust = parent.command('trust').description(run.help('cli.help.trust'))
  trust
    .command('add [source]')
    .description(run.help('cli.help.trustAdd'))
    .option('--fingerprint <hex>', run.help('cli.help.fingerprint'))
    .action(run.action<[string | undefined], AddFlags>((context, [source], flags) => add(context, source, flags)))
  trust
    .command('show [source]')
    .description(run.help('cli.help.trustShow'))
    .action(run.action<[string | undefined]>((context, [source]) => show(context, source)))
  trust
    .command('update [source]')
    .description(run.help('cli.help.trustUpdate'))
    .action(run.action<[string | undefined]>((context, [source]) => update(context, source)))
}

interface AddFlags {
  readonly fingerprint?: string
}

/** A trust file from a file, from an address, or (without a source) from the configured node. */
async function fetchTrust(context: Context, source: string | undefined): Promise<ReadTrust> {
  if (source !== undefined && !/^https?:\/\//u.test(source)) return readTrust(context.crypto, readText(source))
  const client = source === undefined ? nodeClient(context) : clientOf(context, source, null)
  const { value } = await client.call('getTrust', {})
  return readTrust(context.crypto, JSON.stringify(value))
}

async function add(context: Context, source: string | undefined, { fingerprint }: AddFlags): Promise<void> {
  const trust = await fetchTrust(context, source)
  const networkId = toHex(trust.networkId)
  const pinned = pinnedTrust(context.environment, networkId)
  if (pinned !== null && toHex(readTrust(context.crypto, pinned).fingerprint) !== toHex(trust.fingerprint)) {
    throw new CliError(exitCodes.failed, 'trust-differs', context.say('cli.trustDiffers', { network: networkId }))
  }
  await agree(context, trust, fingerprint)
  const path = pin(context.environment, networkId, trust.text)
  context.output.result(
    [context.say('cli.trustPinned', { origin: trust.origin, path }), ...rows(trust)],
    view(trust, path),
  )
}

/** Somebody must have compared the fingerprint: the person at the terminal, or whoever wrote it on the command line. */
async function agree(context: Context, trust: ReadTrust, given: string | undefined): Promise<void> {
  const actual = toHex(trust.fingerprint)
  if (given !== undefined) {
    if (given.replaceAll(/[\s:]/gu, '').toLowerCase() === actual) return
    throw new CliError(
      exitCodes.failed,
      'fingerprint-differs',
      context.say('cli.fingerprintDiffers', { actual, given }),
    )
  }
  if (!context.interactive) {
    throw new CliError(exitCodes.usage, 'fingerprint-missing', context.say('cli.fingerprintMissing', { actual }))
  }
  for (const row of rows(trust)) context.output.remark(row)
  const yes = await confirm({ message: context.say('cli.fingerprintAsk'), initialValue: false, output: process.stderr })
  if (isCancel(yes) || !yes) {
    throw new CliError(exitCodes.failed, 'fingerprint-refused', context.say('cli.fingerprintRefused'))
  }
}

const rows = (trust: ReadTrust): string[] => [
  `origin       ${trust.origin}`,
  `network      ${toHex(trust.networkId)}`,
  `fingerprint  ${toHex(trust.fingerprint)}`,
  `documents    ${String(trust.documents)}`,
  ...trust.members.map((name) => `member       ${name}`),
]

const view = (trust: ReadTrust, path: string | null): object => ({
  origin: trust.origin,
  networkId: toHex(trust.networkId),
  fingerprint: toHex(trust.fingerprint),
  documents: trust.documents,
  members: trust.members,
  path,
})

async function show(context: Context, source: string | undefined): Promise<void> {
  if (source !== undefined) {
    const trust = await fetchTrust(context, source)
    context.output.result(rows(trust), view(trust, null))
    return
  }
  const pinned = pinnedTrusts(context.environment)
  const all = pinned.map(({ path }) => ({ path, trust: readTrust(context.crypto, readText(path)) }))
  const lines = all.flatMap(({ path, trust }) => [...rows(trust), `file         ${path}`])
  context.output.result(lines.length === 0 ? context.say('cli.nothingPinned') : lines, {
    pinned: all.map(({ path, trust }) => view(trust, path)),
  })
}

async function update(context: Context, source: string | undefined): Promise<void> {
  const longer = await fetchTrust(context, source)
  const networkId = toHex(longer.networkId)
  const text = pinnedTrust(context.environment, networkId)
  if (text === null) {
    throw new CliError(
      exitCodes.usage,
      'network-not-pinned',
      context.say('cli.networkNotPinned', { network: networkId }),
    )
  }
  const pinned = readTrust(context.crypto, text)
  if (!extendsTrust(pinned, longer)) {
    throw new CliError(exitCodes.failed, 'trust-differs', context.say('cli.trustDiffers', { network: networkId }))
  }
  const added = longer.documents - pinned.documents
  const path = pin(context.environment, networkId, longer.text)
  context.output.result([context.say('cli.trustUpdated', { count: added }), ...rows(longer)], view(longer, path))
}
