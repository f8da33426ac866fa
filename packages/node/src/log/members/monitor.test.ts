import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText, type Bytes } from '@jurat/core/bytes'
import { formatCheckpoint, parseCheckpoint } from '@jurat/core/note/checkpoint'
import { signerOf, verifierOf } from '@jurat/core/note/cosignature'
import { formatNote, openNote } from '@jurat/core/note/note'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { VirtualTime } from '../../engine/virtualTime.fixtures.ts'
import type { TreeHead } from '../checkpointSigner.ts'
import { MemoryLog } from '../memoryLog.fixtures.ts'
import { origin, secretKey } from '../publisher.fixtures.ts'
import { alarmsOfSourceMax, lookEveryMs, Monitor } from './monitor.ts'

const court = signerOf(nodeCrypto, origin, secretKey('court log'))
const verifiers = [verifierOf(nodeCrypto, court.vkey)]

function noteOf({ size, root }: TreeHead, name = origin, signer = court): Bytes {
  const body = formatCheckpoint({ origin: name, size, root })
  return formatNote(body, [signer.sign(body)])
}

interface Watch {
  readonly log: MemoryLog
  readonly monitor: Monitor
  readonly time: VirtualTime
  readonly alarms: Record<string, unknown>[]
  /** What stands at each address; nothing there: not reachable. */
  readonly shown: Map<string, Bytes>
}

function watch(): Watch {
  const log = new MemoryLog(fromText('document'))
  const shown = new Map<string, Bytes>()
  const alarms: Record<string, unknown>[] = []
  const time = new VirtualTime()
  const monitor = new Monitor({
    crypto: nodeCrypto,
    store: log,
    timers: time,
    network: {
      async get(url) {
        const body = shown.get(url)
        if (body === undefined) throw new Error('not reachable')
        return { status: 200, contentType: 'text/plain', body }
      },
    },
    watched: async () => ({
      sources: ['a', 'b', 'c'].map((name) => ({ name, url: `https://${name}.example/log/checkpoint` })),
      verifiers,
    }),
    warn: (message) => assert.fail(message),
    alarm: (_, details) => alarms.push(details),
  })
  return { log, monitor, time, alarms, shown }
}

const urlOf = (name: string): string => `https://${name}.example/log/checkpoint`

test('older, equal and newer checkpoints of one tree, garbage and silence raise no alarm', async () => {
  const { log, monitor, alarms, shown } = watch()
  const old = log.grow(['a', 'b', 'c']).extension
  const now = log.grow(['d', 'e']).extension
  const ahead = log.backup()
  shown.set(urlOf('a'), noteOf(old))
  shown.set(urlOf('b'), noteOf(now))
  shown.set(urlOf('c'), noteOf(ahead.grow(['f']).extension))
  await monitor.look()
  log.grow(['f'])
  await monitor.look()
  shown.set(urlOf('a'), fromText('garbage'))
  const untrue = { size: 3, root: nodeCrypto.sha256(fromText('false')) }
  shown.set(urlOf('b'), noteOf(untrue, 'another.example/log'))
  shown.set(urlOf('c'), noteOf(untrue, origin, signerOf(nodeCrypto, origin, secretKey('a stranger'))))
  await monitor.look()
  assert.deepEqual(alarms, [])
})

test('a checkpoint that the own tree does not extend is told once, with both notes', async () => {
  const { log, monitor, alarms, shown, time } = watch()
  const other = log.backup().grow(['false']).extension
  const own = log.grow(['true']).extension
  await log.notes.put({ size: own.size, timeMs: 0, note: noteOf(own) })
  log.grow(['more'])
  shown.set(urlOf('b'), noteOf(other))
  monitor.start()
  await time.pass(3 * lookEveryMs)
  monitor.stop()
  assert.deepEqual(
    alarms.map(({ source, size }) => [source, size]),
    [['b', 3]],
  )
  const read = (text: unknown): TreeHead => parseCheckpoint(openNote(fromText(String(text)), verifiers).body)
  assert.deepEqual(read(alarms[0]?.['note']).root, other.root)
  assert.deepEqual(read(alarms[0]?.['ownNote']).root, own.root)
})

test('a false checkpoint that is larger than the own tree is found out by another, or when the own tree has grown', async () => {
  const { log, monitor, alarms, shown } = watch()
  const [one, two] = [log.backup(), log.backup()]
  const truth = one.grow(['x', 'true']).extension
  shown.set(urlOf('a'), noteOf(two.grow(['x', 'false']).extension))
  await monitor.look()
  assert.equal(alarms.length, 0)
  shown.set(urlOf('c'), noteOf(truth))
  await monitor.look()
  assert.deepEqual(
    alarms.map(({ source, otherSource }) => [source, otherSource]),
    [['c', 'a']],
  )
  shown.clear()
  log.grow(['x', 'true'])
  await monitor.look()
  assert.deepEqual(
    alarms.slice(1).map(({ source }) => source),
    ['a'],
  )
})

test('a liar with another lie every minute is told so often and no more; others are still heard', async () => {
  const { log, monitor, alarms, shown } = watch()
  log.grow(['true'])
  const lie = (n: number): Bytes => noteOf({ size: 3, root: nodeCrypto.sha256(fromText(`lie ${n}`)) })
  for (let n = 0; n < 3 * alarmsOfSourceMax; n++) {
    shown.set(urlOf('a'), lie(n))
    await monitor.look()
  }
  assert.equal(alarms.length, alarmsOfSourceMax)
  shown.set(urlOf('b'), lie(-1))
  await monitor.look()
  assert.ok(alarms.slice(alarmsOfSourceMax).every(({ source }) => source === 'b'))
  assert.ok(alarms.length > alarmsOfSourceMax)
})
