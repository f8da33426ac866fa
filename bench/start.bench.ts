/**
 * From nothing to the first receipt, as a newcomer does it: `npm start` over a fresh folder, dependencies installed.
 * @module
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { nobleCrypto } from '@jurat/core/crypto/noble'
import { freePort } from '@jurat/node/platform/ports.fixtures'
import { verifyReceipt } from '@jurat/verify/verify'
import { freshFolder } from '../test/runningNode.ts'
import { median, report, type Row } from './report.ts'

const root = join(import.meta.dirname, '..')
/** Longest wait for the answers of one start. */
const timeoutMs = 60_000

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } })
const rounds = Number(values.rounds)

/** When what was reached, in milliseconds since the command was given. */
interface Times {
  readonly printed: number
  readonly receipt: number
  /** PostgreSQL answers and its tables are made; null without it. */
  readonly database: number | null
  /** From the signal to the end of the last process. */
  readonly stopping: number
}

const subjects = [
  { what: 'npm start', options: [] },
  { what: 'npm start, without PostgreSQL', options: ['--database-url=off'] },
]
const times = subjects.map((): Times[] => [])
for (let round = 0; round < rounds; round++) {
  // In turn, so that a drift of the machine meets both.
  for (const [at, { options }] of subjects.entries()) times[at]?.push(await start(options))
}
const rows = subjects.map(({ what }, at): Row => {
  const of = (time: keyof Times): number[] => (times[at] ?? []).map((each) => Math.round(each[time] ?? 0))
  return {
    what,
    'address printed ms': median(of('printed')),
    'first receipt ms': median(of('receipt')),
    'min..max': `${Math.min(...of('receipt'))}..${Math.max(...of('receipt'))}`,
    'PostgreSQL up ms': median(of('database')) || '-',
    'stop ms': median(of('stopping')),
  }
})
report(
  {
    name: 'start',
    question: 'How long from "npm start" over a fresh folder to the first receipt?',
    control: `median of ${rounds} rounds, with and without PostgreSQL in turn; the key is read where the node puts it; every receipt is then verified`,
    limits:
      'dependencies are installed and in the page cache; the deposit is a request, not a command typed by a person',
  },
  rows,
)

/** The environment of somebody who has never used Jurat; npm's own cache stays where it is. */
function newcomer(home: string): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !/^(?:JURAT_|XDG_|npm_|DATABASE_URL)/u.test(name))
  return { ...Object.fromEntries(ours), HOME: home, npm_config_cache: join(homedir(), '.npm') }
}

/** Starts a node over a new folder, deposits, fetches the receipt, and stops it. */
async function start(options: readonly string[]): Promise<Times> {
  const home = freshFolder()
  const data = join(home, 'data')
  const address = `127.0.0.1:${await freePort()}`
  const started = performance.now()
  const since = (): number => performance.now() - started
  const npm = spawn('npm', ['start', '--', '--data', data, '--listen', address, ...options], {
    cwd: root,
    env: newcomer(home),
    stdio: ['ignore', 'pipe', 'ignore'],
    // A group of its own, so that whatever npm puts between us and the node can be ended with it.
    detached: true,
  })
  const group = -(npm.pid ?? 0)
  const kill = (): void => void signalTo(group, 'SIGKILL')
  process.once('exit', kill)
  const giveUp = setTimeout(kill, timeoutMs)
  for await (const line of createInterface(npm.stdout)) if (line.includes('/health')) break
  npm.stdout.resume()
  const printed = since()
  const url = `http://${address}`
  const evidence = await firstReceipt(url, join(data, 'bootstrap.json'))
  const receipt = since()
  const trust = await (await fetch(`${url}/v1/trust`)).text()
  const database = options.length === 0 ? await databaseUp(url).then(since) : null
  const signalled = performance.now()
  // What Ctrl-C does: every process of the terminal's group gets it.
  signalTo(group, 'SIGINT')
  while (signalTo(group, 0)) await sleep(1)
  const stopping = performance.now() - signalled
  clearTimeout(giveUp)
  process.off('exit', kill)
  rmSync(home, { recursive: true, force: true })
  const { summary } = await verifyReceipt({ ...evidence, trust, crypto: nobleCrypto })
  if (summary !== 'verified') throw new Error(summary)
  return { printed, receipt, database, stopping }
}

/** Signals a group of processes; whether there is one. */
function signalTo(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(group, signal)
  } catch {
    return false
  }
}

async function databaseUp(url: string): Promise<void> {
  for (;;) {
    const { database } = (await (await fetch(`${url}/health`)).json()) as { database: string }
    if (database === 'up') return
    await sleep(5)
  }
}

async function firstReceipt(url: string, bootstrap: string): Promise<{ original: Buffer; receipt: string }> {
  const { apiKey } = JSON.parse(readFileSync(bootstrap, 'utf8')) as { apiKey: string }
  const original = randomBytes(1000)
  const digest = Buffer.from(nobleCrypto.sha256(original)).toString('hex')
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ items: [{ algorithm: 'sha-256', digest }] })
  const answer = await fetch(`${url}/v1/deposits`, { method: 'POST', headers, body })
  if (!answer.ok) throw new Error(`deposit: ${answer.status} ${await answer.text()}`)
  const { deposits } = (await answer.json()) as { deposits: { id: string }[] }
  for (;;) {
    const receipt = await fetch(`${url}/v1/receipts/${deposits[0]?.id}`)
    const text = await receipt.text()
    if (receipt.status === 200) return { original, receipt: text }
    if (receipt.status !== 202) throw new Error(`receipt: ${receipt.status} ${text}`)
  }
}
