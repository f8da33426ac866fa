/**
 * Stamping of checkpoints: only when the tree grew, the newest one, again when it failed; and which note a receipt takes.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText } from '@jurat/core/bytes'
import { settle, VirtualTime } from '../../engine/virtualTime.fixtures.ts'
import { stampedNote, stampLagMaxMs } from '../../log/stampedNotes.ts'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import { noteKeepMs } from '../../store/noteNumbers.ts'
import { type NoteStore, openNotes } from '../../store/notes.ts'
import { memoryKeyValue } from '../memoryKeyValue.fixtures.ts'
import { NoteStamper, stampEveryMs } from './noteStamper.ts'

async function emptyNotes(): Promise<NoteStore> {
  const files = new MemoryFiles()
  await files.makeFolder('/notes')
  return openNotes(memoryKeyValue(), { files, folder: '/notes' })
}

const noteOf = (size: number): Uint8Array => fromText(`note ${size}`)
const keep = (notes: NoteStore, size: number, timeMs: number): Promise<void> =>
  notes.put({ size, timeMs, note: noteOf(size) })

interface Bench {
  readonly notes: NoteStore
  readonly stamper: NoteStamper
  /** Sizes that were stamped, in their order. */
  readonly stamped: string[]
  /** The tree grows, and one look passes. */
  readonly grow: (size: number) => Promise<void>
  available: boolean
}

async function bench(notes: NoteStore): Promise<Bench> {
  const time = new VirtualTime()
  const stamped: string[] = []
  let complete = 0
  const own: Bench = {
    notes,
    stamped,
    available: true,
    stamper: new NoteStamper({
      notes,
      completeSize: () => complete,
      stamp(note) {
        if (!own.available) return null
        stamped.push(Buffer.from(note).toString())
        return fromText(`token over ${Buffer.from(note).toString()}`)
      },
      timers: time,
      warn: (message) => assert.fail(message),
    }),
    async grow(size) {
      if (size > complete) await keep(notes, size, size * 100)
      complete = size
      await time.pass(stampEveryMs)
      await settle()
    },
  }
  await own.stamper.start()
  return own
}

test('the newest checkpoint is stamped, once, and again after the tree grew', async () => {
  const { notes, stamper, stamped, grow } = await bench(await emptyNotes())
  for (const size of [3, 3, 5]) await grow(size)
  assert.deepEqual(stamped, ['note 3', 'note 5'])
  assert.deepEqual(notes.tokens.at(5)?.token, fromText('token over note 5'))
  await stamper.stop()
  const again = await bench(notes)
  await again.grow(5)
  assert.deepEqual(again.stamped, [], 'a restart stamps nothing twice')
  await again.stamper.stop()
})

test('what cannot be stamped now is stamped later', async () => {
  const own = await bench(await emptyNotes())
  own.available = false
  await own.grow(3)
  own.available = true
  await own.grow(3)
  assert.deepEqual(own.stamped, ['note 3'])
  await own.stamper.stop()
})

test('a receipt takes its own note when that is stamped, or a stamped one that is hardly later', async () => {
  const notes = await emptyNotes()
  const times = [1_000, 2_000, 3_000 + stampLagMaxMs]
  for (const [at, timeMs] of times.entries()) await keep(notes, at + 1, timeMs)
  const taken = async (size: number, witnesses: Uint8Array[] = []): Promise<readonly [number, number]> => {
    const covering = { size, note: noteOf(size), witnesses }
    const { size: own, tokens, note } = await stampedNote(notes, covering)
    assert.deepEqual(note, noteOf(own))
    return [own, tokens.length]
  }
  assert.deepEqual(await taken(1), [1, 0])
  await notes.tokens.put({ size: 3, token: fromText('t3') })
  assert.deepEqual(await taken(1), [1, 0], 'too late')
  await notes.tokens.put({ size: 2, token: fromText('t2') })
  assert.deepEqual(await taken(1), [2, 1])
  assert.deepEqual(await taken(1, [fromText('witness')]), [1, 0], 'what outside witnesses cosigned stays')
  assert.deepEqual(await taken(2, [fromText('witness')]), [2, 1])
  assert.deepEqual(await taken(3), [3, 1])
})

test('never an earlier note: members that replaced the document since have not signed it', async () => {
  const notes = await emptyNotes()
  await keep(notes, 1, 1_000)
  await keep(notes, 2, 1_001)
  await notes.tokens.put({ size: 1, token: fromText('t1') })
  const { size, tokens } = await stampedNote(notes, { size: 2, note: noteOf(2), witnesses: [] })
  assert.deepEqual([size, tokens.length], [2, 0])
})

test('a stamped note is never pruned', async () => {
  const notes = await emptyNotes()
  await keep(notes, 1, 1_000)
  await keep(notes, 2, 1_001)
  await keep(notes, 3, 1_002)
  await notes.tokens.put({ size: 2, token: fromText('t2') })
  for (let size = 4; size < 1_010; size++) await keep(notes, size, 2_000 + noteKeepMs)
  assert.notEqual(await notes.at(2), null)
  assert.equal(await notes.at(3), null, 'the one beside it is')
})
