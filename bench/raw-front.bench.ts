/**
 * The raw front beside Tessera's POSIX personality, under the same load generator.
 * @module
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { freshFolder, startNode } from '../test/runningNode.ts'
import { median, percentile, report, type Row } from './report.ts'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '256,1024' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    'http-threads': { type: 'string' },
  },
})

/** The public key pair of Tessera's own tests; it signs nothing but this benchmark's log. */
const tesseraTestKey = 'PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg'

const tessera = join(import.meta.dirname, '..', '.cache', 'tools', 'bin', 'tessera-posix')
const peerThere = existsSync(tessera)

/** A server that answers POSTs of raw entries and publishes checkpoints. */
interface Subject {
  readonly name: string
  readonly addUrl: string
  readonly checkpointUrl: string
  stop(): Promise<void>
}

const rows: Row[] = []
for (const connections of values.connections.split(',').map(Number)) {
  const rates = new Map<string, number[]>()
  for (let round = 0; round < Number(values.rounds); round++) {
    // In turn, so that a drift of the machine meets both.
    for (const start of peerThere ? [startJurat, startTessera] : [startJurat]) {
      const subject = await start()
      rates.set(subject.name, [...(rates.get(subject.name) ?? []), await growth(subject, connections)])
      await subject.stop()
    }
  }
  for (const [name, values_] of rates) {
    const peer = rates.get('Tessera POSIX 1.0.4')
    const against = peer === undefined ? '-' : (median(values_) / median(peer)).toFixed(2)
    rows.push({
      log: name,
      connections,
      'entries/s': Math.round(median(values_)),
      'times Tessera': against,
      'p50 ms': '-',
    })
  }
}
for (const start of peerThere ? [startJurat, startTessera] : [startJurat]) {
  const subject = await start()
  rows.push({
    log: subject.name,
    connections: 1,
    'entries/s': '-',
    'times Tessera': '-',
    'p50 ms': await lone(subject),
  })
  await subject.stop()
}
report(
  {
    name: 'raw-front',
    question: 'How many raw entries a second are in a published checkpoint, beside Tessera on the same machine?',
    control: 'wrk with unique 300-byte bodies; rate = growth of the published tree; rounds of both in turn, medians',
    limits: `load generator and server share the machine${peerThere ? '' : '; Tessera was not installed'}; our 200 means that the checkpoint covers the entry, Tessera's that it is integrated`,
  },
  rows,
)

async function startJurat(): Promise<Subject> {
  const threads = values['http-threads']
  const more = threads === undefined ? [] : [`--http-threads=${threads}`]
  const node = await startNode(freshFolder(), ['--raw-front', '--database-url=off', ...more])
  return {
    name: 'Jurat',
    addUrl: `${node.url}/log/add`,
    checkpointUrl: `${node.url}/log/checkpoint`,
    stop: () => node.stop(),
  }
}

async function startTessera(): Promise<Subject> {
  const folder = join(freshFolder(), 'tessera')
  mkdirSync(folder)
  const child: ChildProcess = spawn(tessera, [`--storage_dir=${folder}`, '--listen=127.0.0.1:20251'], {
    env: { ...process.env, LOG_PRIVATE_KEY: tesseraTestKey },
    stdio: 'ignore',
  })
  const url = 'http://127.0.0.1:20251'
  while ((await fetch(`${url}/checkpoint`).catch(() => null)) === null) await sleep(50)
  return {
    name: 'Tessera POSIX 1.0.4',
    addUrl: `${url}/add`,
    checkpointUrl: `${url}/checkpoint`,
    async stop() {
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await exit
    },
  }
}

async function sizeOf(subject: Subject): Promise<number> {
  const answer = await fetch(subject.checkpointUrl).catch(() => null)
  return answer?.status === 200 ? Number((await answer.text()).split('\n')[1]) : 0
}

/** Growth of the published tree, entries a second, in the middle of a run of wrk. */
async function growth(subject: Subject, connections: number): Promise<number> {
  const script = join(freshFolder(), 'unique.lua')
  writeFileSync(
    script,
    `local n = 0
local filler = string.rep("x", 270)
math.randomseed(${randomBytes(4).readUInt32LE()})
local salt = math.random(0, 2147483647)
request = function()
  n = n + 1
  return wrk.format("POST", nil, nil, string.format("%010d/%018d", salt, n) .. filler)
end
`,
  )
  const seconds = Number(values.seconds)
  const load = promisify(execFile)(
    'wrk',
    ['-t1', `-c${connections}`, `-d${seconds + 3}s`, '--timeout', '30s', '-s', script, subject.addUrl],
    { timeout: (seconds + 60) * 1000 },
  )
  await sleep(2000)
  const before = await sizeOf(subject)
  const started = performance.now()
  await sleep(seconds * 1000)
  const after = await sizeOf(subject)
  const rate = ((after - before) / (performance.now() - started)) * 1000
  await load
  return rate
}

/** Median time of a lone client's add, in milliseconds. */
async function lone(subject: Subject): Promise<string> {
  const times: number[] = []
  for (let number = 0; number < 30; number++) {
    const started = performance.now()
    const body = `lone ${randomBytes(16).toString('hex')}${'x'.repeat(260)}`
    const answer = await fetch(subject.addUrl, { method: 'POST', body })
    await answer.text()
    if (answer.status !== 200) throw new Error(`add: ${answer.status}`)
    times.push(performance.now() - started)
  }
  return percentile(Float64Array.from(times).toSorted(), 0.5).toFixed(1)
}
