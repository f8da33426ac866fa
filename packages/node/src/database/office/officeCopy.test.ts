/**
 * The office of one database, copied and taken by an empty one: every row is there, numbers go on, and what cannot be
 * read or belongs to a newer version changes nothing.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { appendEvent } from './events.ts'
import { networkId, skip, testOffice, testServer } from './office.fixtures.ts'
import { copyOffice, openOfficeCopy } from './officeCopy.ts'
import { migrateOffice, type Office } from './schema.ts'

/** More rows than are read at once. */
const eventsMade = 1_203

test('a copy of the office is the office', { skip }, async (t) => {
  const [server, other] = [await testServer(t), await testServer(t)]
  const folder = await mkdtemp(join(tmpdir(), 'jurat-office-copy-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'office.jsonl')
  const linesOf = async (connection: pg.PoolConfig | null): Promise<string> => {
    let text = ''
    for await (const lines of copyOffice(connection ?? {})) text += lines
    return text
  }
  assert.equal(await linesOf(server.connection()), '', 'a database without an office')
  assert.equal(await openOfficeCopy(path), null)

  const office = await testOffice(server.connection)
  t.after(() => office.stop())
  await office.transact(async (transaction) => {
    for (let i = 0; i < eventsMade; i++) {
      const body = { i, text: '㐀 "\\ \n 𠮷', much: 9_007_199_254_740_991 }
      await appendEvent(transaction, 1_000 + i, { organisation: null, subject: `s/${i}`, kind: 'a.b', body })
    }
    const job = {
      kind: 'none',
      key: 'k',
      body: '{}',
      made_ms: '1',
      due_ms: '9000000000000000',
      deadline_ms: '9000000000000000',
      patience_ms: '1',
    }
    await transaction.insertInto('office.job').values(job).execute()
  })
  await office.stop()
  const copied = await linesOf(server.connection())
  await writeFile(path, copied)

  // What cannot be read leaves the database as it was.
  const pool = new pg.Pool(other.connection() ?? {})
  // The server may end before its last connection does.
  pool.on('error', () => {})
  const open: Office = new Kysely({ dialect: new PostgresDialect({ pool }) })
  t.after(() => open.destroy())
  const owner = { networkId, now: () => 5 }
  const attempt = async (text: string): Promise<boolean> => {
    await writeFile(join(folder, 'spoiled'), text)
    return migrateOffice(open, owner, await openOfficeCopy(join(folder, 'spoiled')))
  }
  const [first = ''] = copied.split('\n')
  for (const [spoiled, reason] of [
    ['', /first line/],
    ['{"format":"jurat-office/v2","step":1}\n', /first line/],
    [copied.slice(0, -30), /a line is no row/],
    [copied.replace('\n["', '\n["no_such_'), /no table/],
    [`${first.replace(/"step":\d+/, '"step":999')}\n`, /newer than this program/],
  ] as const) {
    await assert.rejects(attempt(spoiled), reason)
    assert.equal(await linesOf(other.connection()), '')
  }
  await assert.rejects(migrateOffice(open, { ...owner, networkId: Buffer.alloc(32, 8) }, await openOfficeCopy(path)), {
    message: /another network/,
  })

  assert.equal(await migrateOffice(open, owner, await openOfficeCopy(path)), true)
  assert.equal(await linesOf(other.connection()), copied)
  const next = await open.transaction().execute(async (transaction) => {
    const job = { kind: 'none', key: 'l', body: '{}', made_ms: '1', due_ms: '2', deadline_ms: '3', patience_ms: '4' }
    const { id } = await transaction.insertInto('office.job').values(job).returning('id').executeTakeFirstOrThrow()
    const event = { organisation: null, subject: 's', kind: 'a.b', body: {} }
    return [id, await appendEvent(transaction, 0, event)]
  })
  assert.deepEqual(next, ['2', eventsMade + 2], 'numbers go on')
  assert.equal(await migrateOffice(open, owner, await openOfficeCopy(path)), false, 'an office that is there stays')
  assert.notEqual(await linesOf(other.connection()), copied)
})
