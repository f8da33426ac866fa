/**
 * How many checkpoints of other logs a second one witness cosigns, beside litewitness.
 * @module
 */
import { parseArgs } from 'node:util'
import { fromText } from '@jurat/core/bytes'
import { parseAddCheckpoint, parseCosignatureLines } from '@jurat/core/note/addCheckpoint'
import { verifierOf } from '@jurat/core/note/cosignature'
import { openNote } from '@jurat/core/note/note'
import { parseVkey, type Vkey } from '@jurat/core/note/vkey'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import { startLitewitness, withoutLitewitness } from '../test/conformance/litewitness.ts'
import { freshFolder, startNode } from '../test/runningNode.ts'
import { type GrowingLog, growingLogs } from './growingLogs.ts'
import { type LoadResult, post, runLoad } from './load.ts'
import { median, report, type Row } from './report.ts'

const { values } = parseArgs({
  options: {
    logs: { type: 'string', default: '50' },
    connections: { type: 'string', default: '1,50' },
    seconds: { type: 'string', default: '8' },
    checkpoints: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
})

/** Time at the start of each load that is not counted, in milliseconds. */
const warmUpMs = 1_000

/** Of so many answers one is verified in full; the others must name each key of the witness. */
const verifiedEvery = 100

/** A witness that listens and knows the logs. */
interface Subject {
  readonly name: string
  /** The address up to `/add-checkpoint`. */
  readonly url: string
  readonly keys: readonly Vkey[]
  stop(): Promise<void>
}

const peerName = 'litewitness 0.9.0'
const logs = growingLogs(Number(values.logs), Number(values.checkpoints))

const rows: Row[] = []
for (const connections of values.connections.split(',').map(Number)) {
  const results = new Map<string, LoadResult[]>()
  for (let round = 0; round < Number(values.rounds); round++) {
    // In turn, so that a drift of the machine meets both.
    for (const start of withoutLitewitness !== false ? [startJurat] : [startJurat, startPeer]) {
      const subject = await start(logs)
      try {
        results.set(subject.name, [...(results.get(subject.name) ?? []), await measure(subject, connections)])
      } finally {
        await subject.stop()
      }
    }
  }
  const rateOf = (name: string): number => median((results.get(name) ?? []).map(({ perSecond }) => perSecond))
  for (const [name, all] of results) {
    const figure = (of: (result: LoadResult) => number): number => median(all.map(of))
    rows.push({
      witness: name,
      connections,
      'checkpoints/s': rateOf(name),
      'times litewitness': withoutLitewitness !== false ? '-' : (rateOf(name) / rateOf(peerName)).toFixed(2),
      'p50 ms': figure(({ p50 }) => p50),
      'p95 ms': figure(({ p95 }) => p95),
      'p99 ms': figure(({ p99 }) => p99),
    })
  }
}
report(
  {
    name: 'add-checkpoint',
    question: 'How many checkpoints a second does one witness cosign, each durable before its cosignature leaves?',
    control: `${values.logs} logs, each growing by one entry a request, made beforehand; the same bytes go to litewitness, in turn, each over an empty folder; medians of ${values.rounds} rounds; every answer is 200 and names each key of the witness, one in ${verifiedEvery} is verified`,
    limits: `client and witness share the machine${withoutLitewitness !== false ? '; litewitness was not installed' : ''}; our answer has two cosignatures, Ed25519 and ML-DSA-44, that of litewitness one, Ed25519`,
  },
  rows,
)

async function startJurat(all: readonly GrowingLog[]): Promise<Subject> {
  const known = all.map(({ vkey }) => vkey).join(';')
  const node = await startNode(freshFolder(), [`--witnessed-logs=${known}`, '--database-url=off'])
  const { witnessKeys } = (await (await fetch(`${node.url}/v1/network`)).json()) as { witnessKeys: string[] }
  return {
    name: 'Jurat',
    url: `${node.url}/witness`,
    keys: witnessKeys.map((text) => parseVkey(nodeCrypto, text)),
    stop: () => node.stop(),
  }
}

async function startPeer(all: readonly GrowingLog[]): Promise<Subject> {
  if (withoutLitewitness !== false) throw new Error(withoutLitewitness)
  const { witness, close } = await startLitewitness('bench.example/litewitness')
  for (const { vkey } of all) witness.addLog(vkey)
  return { name: peerName, url: witness.url, keys: [witness.vkey], stop: close }
}

/** Each connection has logs of its own, so that no log ever has two requests on their way. */
async function measure({ name, url, keys }: Subject, connections: number): Promise<LoadResult> {
  const path = `${new URL(url).pathname.replace(/\/$/, '')}/add-checkpoint`
  const lines = Array.from({ length: connections }, (_, connection) => {
    const own = logs.filter((_log, number) => number % connections === connection)
    if (own.length === 0) throw new Error(`${logs.length} logs are too few for ${connections} connections`)
    return { own, sent: 0 }
  })
  const answers: { request: Buffer; text: string }[] = []
  let answered = 0
  // What is wrong ends the load; thrown from where it is met, it would end this process and leave others running.
  let wrong: string | null = null
  const result = await runLoad({
    host: new URL(url).hostname,
    port: Number(new URL(url).port),
    connections,
    warmUpMs,
    durationMs: Number(values.seconds) * 1_000,
    request(_, connection) {
      const line = lines[connection]
      if (line === undefined || wrong !== null) return null
      const { own } = line
      const body = own[line.sent % own.length]?.bodies[Math.floor(line.sent / own.length)]
      if (body === undefined) {
        wrong = `${name} is quicker than was prepared for: take more --checkpoints`
        return null
      }
      line.sent++
      return post(path, {}, body)
    },
    onAnswer(body, request) {
      const text = body()
      if (!keys.every((key) => text.includes(`— ${key.name} `))) wrong = `${name} answered ${text}`
      if (answered++ % verifiedEvery === 0) answers.push({ request, text })
    },
    onError(status, body) {
      wrong = `${name} answered ${status}: ${body}`
    },
  })
  if (wrong !== null) throw new Error(wrong)
  for (const { request, text } of answers) verify(request, text, keys)
  return result
}

/** @throws {Error} when an answer is not the cosignatures of all keys over what was asked. */
function verify(request: Buffer, text: string, keys: readonly Vkey[]): void {
  const body = request.subarray(request.indexOf('\r\n\r\n') + 4)
  const { note } = parseAddCheckpoint(new Uint8Array(body))
  const signatures = parseCosignatureLines(fromText(text))
  const { verified } = openNote(
    { ...note, signatures },
    keys.map((key) => verifierOf(nodeCrypto, key)),
  )
  if (verified.length !== keys.length) throw new Error(`${verified.length} of ${keys.length} cosignatures are good`)
}
