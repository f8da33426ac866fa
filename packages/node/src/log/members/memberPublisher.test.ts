import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualTime } from '../../engine/virtualTime.fixtures.ts'
import { MemoryLog } from '../memoryLog.fixtures.ts'
import { encodeExchange } from './exchange.ts'
import {
  assertHonest,
  opened,
  documentOf,
  names,
  networkId,
  testConsortium,
  testMember,
  VirtualLinks,
} from './members.fixtures.ts'

test('four members make every checkpoint complete, the genesis first, each with its own log signature', async () => {
  const consortium = await testConsortium()
  for (const { publisher } of consortium.members.values()) await publisher.start()
  await consortium.time.pass(50)
  for (const member of consortium.members.values()) assert.equal(opened(member).size, 2)
  for (let i = 0; i < 5; i++) {
    consortium.grow([`a ${i}`, `b ${i}`])
    await consortium.time.pass(50)
  }
  const shown = [...consortium.members.values()].map(({ publisher }) => publisher.checkpoint())
  for (const member of consortium.members.values()) {
    assert.equal(opened(member).size, 12)
    assert.ok(opened(member).members.length >= 3)
    assert.deepEqual(
      member.log.notes.kept.map(({ size }) => size),
      [2, 4, 6, 8, 10, 12],
    )
    assert.deepEqual(member.alarms, [])
    assert.deepEqual(member.failures, [])
  }
  assert.equal(new Set(shown.map((note) => note?.toString())).size, names.length)
  await consortium.stop()
})

test('a dead member holds nobody up; when it comes back it gets what it missed', async () => {
  const consortium = await testConsortium()
  const living = names.filter((name) => name !== 'authority')
  for (const name of living) await consortium.member(name).publisher.start()
  consortium.links.fate = (from, to) => ({ delayMs: from === 'authority' || to === 'authority' ? null : 1 })
  for (let i = 0; i < 3; i++) {
    consortium.grow([`entry ${i}`], living)
    await consortium.time.pass(100)
  }
  for (const name of living) assert.equal(opened(consortium.member(name)).size, 5)
  const { log, publisher } = consortium.member('authority')
  for (let i = 0; i < 3; i++) log.grow([`entry ${i}`])
  consortium.links.fate = () => ({ delayMs: 1 })
  await publisher.start()
  await consortium.time.pass(12_000)
  assert.equal(opened(consortium.member('authority')).size, 5)
  consortium.grow(['afterwards'])
  await consortium.time.pass(100)
  for (const member of consortium.members.values()) assert.equal(opened(member).size, 6)
  assertHonest(consortium)
  await consortium.stop()
})

test('without two thirds nothing is signed and nothing shown; when they are back it goes on, none skipped', async () => {
  const consortium = await testConsortium()
  for (const { publisher } of consortium.members.values()) await publisher.start()
  await consortium.time.pass(100)
  const together = (name: string): boolean => name === 'court' || name === 'notary'
  consortium.links.fate = (from, to) => ({ delayMs: together(from) === together(to) ? 1 : null })
  for (let i = 0; i < 5; i++) consortium.grow([`entry ${i}`])
  await consortium.time.pass(5_000)
  for (const member of consortium.members.values()) {
    assert.equal(opened(member).size, 2)
    assert.equal(member.log.signer.log()?.size, 2)
    const waiting = member.publisher.waitCovered(7, 1_000)
    await consortium.time.pass(1_000)
    assert.equal(await waiting, null)
    assert.ok(member.publisher.standings.some(({ answer }) => answer === 'unreachable'))
  }
  consortium.links.fate = () => ({ delayMs: 1 })
  await consortium.time.pass(12_000)
  for (const member of consortium.members.values()) {
    assert.equal(opened(member).size, 7)
    const signed = new Set(member.log.signer.history.map(({ size }) => size))
    assert.deepEqual([...signed], [0, 2, 3, 4, 5, 6, 7])
  }
  assertHonest(consortium)
  await consortium.stop()
})

test('lost, repeated and late messages and restarts: everybody gets there, and nobody signs twice', async () => {
  for (const seed of [1, 2, 3]) {
    const consortium = await testConsortium()
    const next = random(seed)
    consortium.links.fate = () => ({
      delayMs: next() < 0.2 ? null : Math.floor(next() * 300),
      twice: next() < 0.2,
    })
    for (const { publisher } of consortium.members.values()) await publisher.start()
    for (let i = 0; i < 12; i++) {
      consortium.grow([`entry ${i}`])
      await consortium.time.pass(Math.floor(next() * 400))
      const name = names[Math.floor(next() * names.length)]
      if (next() < 0.4 && name !== undefined) await consortium.restart(name)
    }
    consortium.links.fate = () => ({ delayMs: 1 })
    await consortium.time.pass(30_000)
    for (const member of consortium.members.values()) {
      assert.equal(opened(member).size, 14, `seed ${seed}, ${member.name}`)
      assert.deepEqual(member.alarms, [])
    }
    assertHonest(consortium)
    await consortium.stop()
  }
})

test('a slow member gets there late and slows nobody', async () => {
  const consortium = await testConsortium()
  consortium.links.fate = (from, to) => ({ delayMs: from === 'authority' || to === 'authority' ? 2_000 : 1 })
  for (const { publisher } of consortium.members.values()) await publisher.start()
  for (let i = 0; i < 4; i++) {
    consortium.grow([`entry ${i}`])
    await consortium.time.pass(100)
    for (const name of names.slice(0, 3)) assert.equal(opened(consortium.member(name)).size, 3 + i)
  }
  await consortium.time.pass(20_000)
  assert.equal(opened(consortium.member('authority')).size, 6)
  assertHonest(consortium)
  await consortium.stop()
})

test('nothing later is signed before the checkpoint after a consortium block is complete; keys rotate with it', async () => {
  const consortium = await testConsortium()
  for (const { publisher } of consortium.members.values()) await publisher.start()
  await consortium.time.pass(100)
  consortium.links.fate = () => ({ delayMs: null })
  // Of the new document only the notary's keys differ; nobody holds them here, so three of four sign from then on.
  consortium.grow(['change'], names, documentOf(names, { version: (name) => (name === 'notary' ? 1 : 0) }))
  for (let i = 0; i < 3; i++) consortium.grow([`entry ${i}`])
  await consortium.time.pass(5_000)
  for (const { log } of consortium.members.values()) assert.equal(log.signer.log()?.size, 2)
  consortium.links.fate = () => ({ delayMs: 1 })
  await consortium.time.pass(15_000)
  for (const name of names.filter((name) => name !== 'notary')) {
    const member = consortium.member(name)
    assert.deepEqual(opened(member), { size: 6, members: ['m1', 'm3', 'm4'] })
    const station = member.log.notes.kept.find(({ size }) => size === 3)
    assert.equal(station?.keep, true)
  }
  assertHonest(consortium)
  await consortium.stop()
})

test('a member that was away for long asks for the stations and the newest, and does not sign the old', async () => {
  const consortium = await testConsortium()
  const others = names.filter((name) => name !== 'authority')
  for (const name of others) await consortium.member(name).publisher.start()
  const changed = documentOf(names, { quorum: 4 })
  const back = documentOf(names, { quorum: 3 })
  assert.notDeepEqual(changed, back)
  for (let i = 0; i < 60; i++) {
    consortium.grow([`entry ${i}`], others, i === 20 ? back : undefined)
    await consortium.time.pass(20)
  }
  for (const name of others) assert.equal(opened(consortium.member(name)).size, 62)
  const late = consortium.member('authority')
  await late.publisher.start()
  for (let i = 0; i < 60; i++) consortium.grow([`entry ${i}`], ['authority'], i === 20 ? back : undefined)
  await consortium.time.pass(20_000)
  assert.equal(opened(late).size, 62)
  assert.ok(late.log.notes.kept.some(({ size, keep }) => size === 23 && keep))
  consortium.grow(['afterwards'])
  await consortium.time.pass(100)
  for (const member of consortium.members.values()) assert.equal(opened(member).size, 63)
  assertHonest(consortium)
  await consortium.stop()
})

test('blocks that become durable while a member starts are neither missed nor taken twice', async () => {
  const consortium = await testConsortium()
  const changed = documentOf(names, { version: (name) => (name === 'notary' ? 1 : 0) })
  for (const { publisher, log } of consortium.members.values()) {
    publisher.onBlock(log.grow(['before the start']))
    const started = publisher.start()
    publisher.onBlock(log.grow(['changed'], changed))
    publisher.onBlock(log.grow(['after']))
    await started
  }
  await consortium.time.pass(3_000)
  for (const name of ['court', 'forensics', 'authority']) {
    const member = consortium.member(name)
    assert.deepEqual(opened(member), { size: 5, members: ['m1', 'm3', 'm4'] })
    assert.ok(member.log.notes.kept.some(({ size, keep }) => size === 4 && keep))
  }
  assertHonest(consortium)
  await consortium.stop()
})

test('keys without signer state sign nothing', async () => {
  const time = new VirtualTime()
  const links = new VirtualLinks(time)
  const log = new MemoryLog(documentOf(names))
  const muted = await testMember('court', {
    log,
    links: links.of('court'),
    time: { clock: time, timers: time },
    muted: true,
  })
  await muted.publisher.start()
  for (const name of names.slice(1)) {
    const report = { reports: [{ height: 0, ...log.genesis }], cosigned: [], wanted: [] }
    await links.handlers.get('court')?.receive(name, encodeExchange(networkId, report))
  }
  await time.pass(1_000)
  assert.equal(muted.publisher.mode, 'muted')
  assert.equal(muted.publisher.closed()?.code, 'muted')
  assert.deepEqual(log.signer.history, [])
  assert.equal(muted.publisher.checkpoint(), null)
  await muted.publisher.stop()
})

/** Numbers from 0 to 1 that are the same for a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
