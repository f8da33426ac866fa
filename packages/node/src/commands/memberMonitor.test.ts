/**
 * The monitor as a member runs it, over real HTTP: whoever shows another tree is named, and both notes stay on disk.
 * @module
 */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { type Bytes, equal, fromText, toHex, toText } from '@jurat/core/bytes'
import { servingName } from '@jurat/core/ledger/consortiumRules'
import { formatCheckpoint, parseCheckpoint } from '@jurat/core/note/checkpoint'
import { signerOf } from '@jurat/core/note/cosignature'
import { formatNote, parseNote } from '@jurat/core/note/note'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { TreeHead } from '../log/checkpointSigner.ts'
import { documentOf, memberSecrets, names } from '../log/members/members.fixtures.ts'
import { MemoryLog } from '../log/memoryLog.fixtures.ts'
import { cosignersOf, origin } from '../log/publisher.fixtures.ts'
import { Alarms, alarmFilesMax } from '../observe/alarms.ts'
import { createMetrics } from '../observe/metrics.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { memberMonitor } from './memberMonitor.ts'

const folder = '/data/alarms'

/** A note of a member's log key, under the network's name or under that of the log as it serves it. */
function noteOf(member: string, { size, root }: TreeHead, name = origin): Bytes {
  const body = formatCheckpoint({ origin: name, size, root })
  return formatNote(body, [signerOf(nodeCrypto, name, memberSecrets(member).log).sign(body)])
}

/** Everybody at one address: members, a witness and a mirror below paths of their own. */
async function everybody(t: TestContext): Promise<{ url: string; shown: Map<string, Bytes>; asked: Set<string> }> {
  const [shown, asked] = [new Map<string, Bytes>(), new Set<string>()]
  const server = createServer(({ url = '' }, response) => {
    asked.add(url)
    const note = shown.get(url)
    response.writeHead(note === undefined ? 404 : 200).end(note)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close().closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, shown, asked }
}

const served = (member: string): string => toHex(nodeCrypto.sha256(fromText(servingName(origin, member))))

test('a member, an outside witness or a mirror that shows another tree is named, with both notes, on disk and once', async (t) => {
  const { url, shown, asked } = await everybody(t)
  const [cosigner] = cosignersOf('witness')
  assert.ok(cosigner !== undefined)
  const document = documentOf(names, {
    addresses: (name) => [`jurat-members://127.0.0.1:1`, `${url}/${name}`],
    witnesses: [{ name: 'witness', url: `${url}/witness/`, keys: [cosigner.vkey.publicKey] }],
  })
  const log = new MemoryLog(document)
  const [self, other, third] = names
  const own = log.grow(['true']).extension
  await log.notes.put({ size: own.size, timeMs: 0, note: noteOf(self, own) })
  const [files, metrics, said] = [new MemoryFiles(), createMetrics(), [] as object[]]
  const alarms = (): Alarms => {
    const logger = { error: (fields: object) => void said.push(fields), warn: (_: object, m: string) => assert.fail(m) }
    return new Alarms({ files, folder, clock: systemClock, logger, metrics })
  }
  const look = async (): Promise<void> => {
    const raised = alarms()
    const monitor = memberMonitor(
      {
        origin,
        config: { memberRoutes: [], mirrors: [`${url}/mirror`] },
        folder: { member: { member: self } },
        store: log,
        warn: (message) => assert.fail(message),
        alarm: (message, details) => raised.raise(message, details),
      },
      systemTimers,
    )
    await monitor.look()
    await raised.settled()
  }
  const lie = (n: number): TreeHead => ({ size: own.size, root: nodeCrypto.sha256(fromText(`lie ${n}`)) })
  const places: readonly (readonly [string, string, Bytes])[] = [
    [other, `/${other}/log/checkpoint`, noteOf(other, lie(0))],
    [third, `/${third}/log/witnessed/checkpoint`, noteOf(third, lie(1), servingName(origin, third))],
    ['witness', `/witness/${served(self)}/checkpoint`, noteOf(self, lie(2), servingName(origin, self))],
    [`${url}/mirror`, '/mirror/checkpoint', noteOf(other, lie(3))],
  ]
  for (const [, path] of places) shown.set(path, noteOf(self, own))
  await look()
  assert.deepEqual(said, [])
  for (const path of places.map(([, path]) => path)) assert.ok(asked.has(path), path)
  assert.ok(![...asked].some((path) => path.startsWith(`/${self}/`)), 'it does not ask itself')

  for (const [at, [source, path, note]] of places.entries()) {
    shown.set(path, note)
    await look()
    shown.set(path, noteOf(self, own))
    const found = (await files.list(folder)).map(
      async (name) =>
        JSON.parse(toText((await files.readFile(`${folder}/${name}`)) ?? new Uint8Array())) as Record<string, string>,
    )
    const kept = (await Promise.all(found)).filter((alarm) => alarm['source'] === source && 'ownNote' in alarm)
    assert.equal(kept.length, 1, path)
    const rootIn = (text = ''): Bytes => parseCheckpoint(parseNote(fromText(text)).body).root
    assert.ok(equal(rootIn(kept[0]?.['note']), lie(at).root))
    assert.ok(equal(rootIn(kept[0]?.['ownNote']), own.root))
  }
  const before = await files.list(folder)
  for (const [, path, note] of places) shown.set(path, note)
  for (let restart = 0; restart < 3; restart++) await look()
  const after = await files.list(folder)
  assert.ok(before.every((name) => after.includes(name)))
  const once = after.length
  await look()
  assert.equal((await files.list(folder)).length, once)
  assert.match(await metrics.text(), new RegExp(`jurat_alarms_total\\{kind="log"\\} ${said.length}\\n`))
})

test('so many alarms are on disk, and the first ones stay', async () => {
  const files = new MemoryFiles()
  const logger = { error: () => {}, warn: (_: object, message: string) => assert.fail(message) }
  const alarms = new Alarms({ files, folder, clock: systemClock, logger, metrics: createMetrics() })
  for (let n = 0; n < alarmFilesMax; n++) alarms.raise('an alarm', { n })
  await alarms.settled()
  const first = await files.list(folder)
  assert.equal(first.length, alarmFilesMax)
  for (let n = 0; n < alarmFilesMax; n++) alarms.raise('another alarm', { n })
  await alarms.settled()
  assert.deepEqual(await files.list(folder), first)
})

test('a disk that cannot take an alarm is a warning, and the next one is written', async () => {
  const files = new MemoryFiles()
  const warned: string[] = []
  const broken = { ...folderOperations(files), createFile: () => Promise.reject(new Error('ENOSPC')) }
  const options = { folder, clock: systemClock, metrics: createMetrics() }
  const logger = { error: () => {}, warn: (_: object, message: string) => void warned.push(message) }
  const alarms = new Alarms({ files: broken, logger, ...options })
  alarms.raise('an alarm', {})
  await alarms.settled()
  assert.deepEqual(warned, ['An alarm could not be written to disk'])
})

const folderOperations = (files: MemoryFiles): Pick<MemoryFiles, 'list' | 'makeFolder'> => ({
  list: (path) => files.list(path),
  makeFolder: (path) => files.makeFolder(path),
})
