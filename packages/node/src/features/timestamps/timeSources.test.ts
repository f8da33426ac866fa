/**
 * The clock against servers of time: real ones over UDP that answer right, wrong, not at all, or for somebody else. And the
 * authority over it: on a network that is not for tests it gives tokens only while most of them agree.
 */
import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { comparedPolicy } from '@jurat/core/timestamp/identifiers'
import { systemClock, systemTimers } from '../../platform/clock.ts'
import { nodeDatagrams } from '../../platform/datagrams.ts'
import { readTimeAnswer, timeQuestion } from './sntp.ts'
import { answerLifetimeMs, offsetMaxMs, type TimeSource, TimeSources } from './timeSources.ts'
import { trustedTime } from './trustedTime.ts'

const sockets: Socket[] = []
after(() => {
  for (const socket of sockets) socket.close()
})

const epochSeconds = 2_208_988_800

/** An answer as a server of stratum 2 gives it. */
function answerTo(question: Uint8Array, timeMs: number): Buffer {
  const answer = Buffer.alloc(48)
  answer[0] = (4 << 3) | 4
  answer[1] = 2
  answer.set(question.subarray(40, 48), 24)
  for (const place of [32, 40]) {
    answer.writeUInt32BE((Math.floor(timeMs / 1000) + epochSeconds) % 2 ** 32, place)
    answer.writeUInt32BE(Math.floor(((timeMs % 1000) / 1000) * 2 ** 32), place + 4)
  }
  return answer
}

/** A server that is off by so much; null: it is silent. `change` spoils its answers. */
async function server(offByMs: number | null, change: (answer: Buffer) => void = () => {}): Promise<TimeSource> {
  const socket = createSocket('udp4')
  sockets.push(socket)
  socket.on('message', (question, { port, address }) => {
    if (offByMs === null) return
    const answer = answerTo(question, Date.now() + offByMs)
    change(answer)
    socket.send(answer, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { host: '127.0.0.1', port: socket.address().port }
}

const good = await server(0)
const late = await server(offsetMaxMs + 500)
const cases: readonly (readonly [string, readonly TimeSource[], boolean])[] = [
  ['one that agrees', [good], true],
  ['one that is a little off', [await server(offsetMaxMs / 2)], true],
  ['one that is too far ahead', [late], false],
  ['one that is too far behind', [await server(-offsetMaxMs - 500)], false],
  ['two of three', [good, late, await server(0)], true],
  ['one of two', [good, late], false],
  ['one of three, one does not know the time', [good, late, await server(0, (answer) => (answer[1] = 0))], false],
  ['an alarm in the leap bits', [await server(0, (answer) => (answer[0] = 0xe4))], false],
  ['the answer to another question', [await server(0, (answer) => (answer[31] = (answer[31] ?? 0) ^ 1))], false],
  ['a client that answers', [await server(0, (answer) => (answer[0] = 0x23))], false],
  ['no time at all', [await server(0, (answer) => answer.fill(0, 40))], false],
  ['nobody is there', [{ host: '127.0.0.1', port: 1 }], false],
]

test('the clock is believed while more than half of the sources agree with it', async () => {
  await Promise.all(
    cases.map(async ([what, sources, agrees]) => {
      let warned = 0
      const told = { warn: () => void warned++ }
      const own = new TimeSources({
        sources,
        datagrams: nodeDatagrams,
        clock: systemClock,
        timers: systemTimers,
        ...told,
      })
      assert.match(own.disagreement() ?? '', /^0 of/u, 'nothing is known before the first answer')
      await own.ask()
      assert.equal(own.disagreement() === null, agrees, `${what}: ${own.disagreement()}`)
    }),
  )
})

test('a silent source is given up after a while', async () => {
  const silent = await server(null)
  await assert.rejects(nodeDatagrams.ask(silent, timeQuestion(new Uint8Array(8)), 50), /did not answer/u)
})

test('a clock that is set, and answers that are old, are found out without asking again', async () => {
  let [wallMs, monotonicMs] = [0, 0]
  const clock = { now: () => Date.now() + wallMs, monotonic: () => performance.now() + monotonicMs }
  const own = new TimeSources({ sources: [good], datagrams: nodeDatagrams, clock, timers: systemTimers, warn() {} })
  await own.ask()
  const policyNow = (): string | null => {
    const guard = { check: () => ({ ok: true }) as const }
    const judges = { clock, guard, tipTimeMs: () => 0, isTest: false, policy: null }
    const time = trustedTime({ ...judges, disagreement: () => own.disagreement() })
    return 'policy' in time ? time.policy : null
  }
  assert.equal(policyNow(), comparedPolicy)
  for (const byMs of [offsetMaxMs + 100, -offsetMaxMs - 100, 10 * 365 * 86_400_000]) {
    wallMs = byMs
    assert.equal(policyNow(), null, `${byMs}`)
  }
  wallMs = 0
  assert.equal(policyNow(), comparedPolicy)
  wallMs = answerLifetimeMs + 1
  monotonicMs = answerLifetimeMs + 1
  assert.equal(policyNow(), null, 'what was true five minutes ago is not known now')
})

test('the count of seconds begins anew in 2036', () => {
  const cookie = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  for (const timeMs of [Date.UTC(2026, 0, 1), Date.UTC(2036, 1, 7, 7), Date.UTC(2070, 0, 1)]) {
    const times = readTimeAnswer(new Uint8Array(answerTo(timeQuestion(cookie), timeMs)), cookie, timeMs + 1_000_000)
    assert.equal(times?.sentMs, timeMs)
  }
  assert.equal(readTimeAnswer(new Uint8Array(47), cookie, 0), null)
})
