/**
 * Kept checkpoints of which some are damaged on the disk: a later one takes their place, and a time stamp that is damaged is
 * as one that is not there.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ClassicLevel } from 'classic-level'
import { createNodeFiles } from '../platform/nodeFiles.ts'
import { keyOf } from './keys.ts'
import { openLevelKeyValue } from './levelKeyValue.ts'
import { openNotes } from './notes.ts'
import { tokenPrefix } from './noteTokens.ts'

/** Notes, and bytes of one: so many that the check at the start, which reads the newest 8 MiB, ends before the damaged one. */
const notesMade = 12
const noteBytes = 1_000_000

test('a later checkpoint takes the place of one that is damaged', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'jurat-notes-'))
  t.after(() => rm(parent, { recursive: true }))
  const folder = join(parent, 'notes')
  const open = async (): ReturnType<typeof openNotes> =>
    openNotes(await openLevelKeyValue(folder), { files: createNodeFiles(), folder })
  const notes = await open()
  for (let size = 1; size <= notesMade; size++) {
    await notes.put({ size, timeMs: size * 1_000, note: new Uint8Array(noteBytes).fill(size) }, { keep: true })
    await notes.tokens.put({ size, token: Uint8Array.of(size) })
  }
  await notes.close()
  const bytes = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const
  const level = new ClassicLevel<Buffer, Buffer>(folder, bytes)
  for (const prefix of ['n/', tokenPrefix]) {
    const key = Buffer.from(keyOf(prefix, 2))
    const value = Buffer.from((await level.get(key)) ?? [])
    assert.ok(value.length > 0, `${prefix} 2 is there`)
    value.writeUInt8(value.readUInt8(value.length - 1) ^ 4, value.length - 1)
    await level.put(key, value)
  }
  await level.close()

  const damaged = await open()
  assert.deepEqual([(await damaged.covering(1))?.size, (await damaged.covering(2))?.size], [1, 3])
  assert.equal(damaged.tokens.at(2), null)
  assert.equal(await damaged.tokens.covering(2), null)
  assert.deepEqual(damaged.tokens.at(3), { size: 3, token: Uint8Array.of(3) })
  await assert.rejects(damaged.at(2), { code: 'damaged' }, 'asked for by its size it is damaged and not absent')
  await damaged.close()
})
