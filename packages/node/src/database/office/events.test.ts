/**
 * Events in a real PostgreSQL: numbers without gaps in the order in which readers see them, nothing of a transaction
 * that failed, nothing lost by a reindex or a stopped database, never the office of two networks in one.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { clearProjections, migrate, type Tables } from '../schema.ts'
import { appendEvent, type EventPage, readEvents } from './events.ts'
import { networkId, skip, testOffice, testServer, until } from './office.fixtures.ts'
import { OfficeError } from './officeDatabase.ts'
import { migrateOffice, type OfficeTables } from './schema.ts'

const writers = 8
const eventsOfWriter = 12

test('readers see numbers in order and without gaps while many write', { skip }, async (t) => {
  const server = await testServer(t)
  let time = 1_000
  const office = await testOffice(server.connection, { now: () => time })
  t.after(() => office.stop())

  const write = async (writer: number): Promise<void> => {
    for (let n = 0; n < eventsOfWriter; n++) {
      const fails = (writer + n) % 4 === 0
      const written = office.transact(async (transaction) => {
        const organisation = writer % 2 === 0 ? 'even' : 'odd'
        const event = { organisation, subject: `writer/${writer}`, kind: 'test.written', body: { n, fails } }
        await appendEvent(transaction, time, event)
        // The later a transaction ends after its number, the likelier a later number would be seen before it.
        await sleep((writer * 7 + n * 3) % 5)
        if (fails) throw new Error('as planned')
      })
      if (fails) await assert.rejects(written, /as planned/)
      else await written
    }
  }
  const seen: number[] = []
  let writing = true
  const reader = async (): Promise<void> => {
    for (let last = false; !last;) {
      last = !writing
      const page = await office.read((database) =>
        readEvents(database, { organisation: null, after: seen.at(-1) ?? 0, limit: 3 }),
      )
      seen.push(...page.events.map(({ sequence }) => sequence))
      if (page.more) last = false
    }
  }
  const reading = reader()
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  writing = false
  await reading

  const planned = Array.from({ length: writers * eventsOfWriter }, (_, i) => (i % writers) + Math.floor(i / writers))
  const count = 1 + planned.filter((sum) => sum % 4 !== 0).length
  assert.deepEqual(
    seen,
    Array.from({ length: count }, (_, i) => i + 1),
  )
  const even = await office.read((database) => readEvents(database, { organisation: 'even', after: 0, limit: 1_000 }))
  assert.ok(even.events.length > 0)
  assert.ok(even.events.every(({ organisation, body }) => organisation === 'even' && body['fails'] === false))
  assert.equal(even.next, count, 'the reader need not ask for the others again')

  time = 10
  const event = { organisation: null, subject: 'clock', kind: 'test.moved', body: {} }
  await office.transact((transaction) => appendEvent(transaction, time, event))
  const moved = await office.read((database) => readEvents(database, { organisation: null, after: count, limit: 1 }))
  assert.deepEqual(moved.events, [{ ...event, sequence: count + 1, timeMs: 10 }], 'a clock set back changes no order')
})

test('events outlive a stopped database and a reindex, and belong to one network', { skip }, async (t) => {
  const server = await testServer(t)
  const office = await testOffice(server.connection)
  t.after(() => office.stop())
  const all = (): Promise<EventPage> =>
    office.read((database) => readEvents(database, { organisation: null, after: 0, limit: 10 }))
  const first = await all()
  assert.deepEqual(
    first.events.map(({ kind, body }) => [kind, body]),
    [['office.opened', { networkId: networkId.toString('hex') }]],
  )

  await server.stop()
  await assert.rejects(all(), (error) => error instanceof OfficeError && error.code === 'not-ready')
  await until('the office is closed', () => !office.open)
  await server.start()
  await until('the office is open again', () => office.open)
  assert.deepEqual(await all(), first)

  const pool = new pg.Pool({ ...server.connection(), max: 1 })
  const projections = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    await migrate(projections)
    await clearProjections(projections)
    assert.deepEqual(await all(), first)
    const stranger = { networkId: Buffer.alloc(32, 8), now: () => 0 }
    const database = projections as unknown as Kysely<OfficeTables>
    await assert.rejects(migrateOffice(database, stranger), /office of another network/)
    await migrateOffice(database, { networkId, now: () => 0 })
    assert.deepEqual(await all(), first, 'opening again writes nothing')
  } finally {
    await projections.destroy()
  }
})
