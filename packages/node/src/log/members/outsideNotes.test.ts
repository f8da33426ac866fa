import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fromText, toText, type Bytes } from '@jurat/core/bytes'
import type { OutsideWitness } from '@jurat/core/ledger/consortium'
import { servingName } from '@jurat/core/ledger/consortiumRules'
import { formatCosignatureLines, parseAddCheckpoint } from '@jurat/core/note/addCheckpoint'
import { formatCheckpoint, parseCheckpoint } from '@jurat/core/note/checkpoint'
import { signerOf, verifierOf } from '@jurat/core/note/cosignature'
import { formatNote, openNote, parseNote } from '@jurat/core/note/note'
import type { Verifier } from '@jurat/core/note/vkey'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { systemClock, systemTimers } from '../../platform/clock.ts'
import { nodeNetwork } from '../../platform/nodeNetwork.ts'
import type { KeptNote } from '../../store/notes.ts'
import { MemoryLog, MemoryNotes } from '../memoryLog.fixtures.ts'
import { cosignersOf, origin } from '../publisher.fixtures.ts'
import { startWitness, textAnswer, type RunningWitness } from '../witness.fixtures.ts'
import {
  documentOf,
  memberSecrets,
  names,
  opened,
  testMember,
  type TestMember,
  VirtualLinks,
} from './members.fixtures.ts'
import { coveringNote, outsideLagMaxMs } from './outsideNotes.ts'

/** Longest wait for something that surely comes, milliseconds. */
const patienceMs = 60_000

const servingSigner = (name: string): ReturnType<typeof signerOf> =>
  signerOf(nodeCrypto, servingName(origin, name), memberSecrets(name).log)

const servingVerifier = (name: string): Verifier => verifierOf(nodeCrypto, servingSigner(name).vkey)

/** The logs of all members, as an outside witness knows them. */
const servedLogs = new Map(names.map((name) => [servingName(origin, name), [servingVerifier(name)]]))

interface Bench {
  readonly document: Bytes
  readonly links: VirtualLinks
  readonly members: readonly TestMember[]
  /** The same block at all members. */
  readonly grow: (entries: readonly string[]) => void
}

async function witnessesOf(t: TestContext, all: readonly string[]): Promise<RunningWitness[]> {
  const running = await Promise.all(all.map((name) => startWitness(name, { both: name === 'both', logs: servedLogs })))
  t.after(() => Promise.all(running.map((witness) => witness.close())))
  return running
}

/** As the document names it. */
function named(name: string, url: string): OutsideWitness {
  const [first, second] = cosignersOf(name, name === 'both').map(({ vkey }) => vkey.publicKey)
  assert.ok(first !== undefined)
  return { name, url, keys: second === undefined ? [first] : [first, second] }
}

/** Four members over real time and real HTTP, which end with the test. */
async function consortiumOf(
  t: TestContext,
  witnesses: readonly OutsideWitness[],
  witnessQuorum: number,
): Promise<Bench> {
  const document = documentOf(names, { witnesses, witnessQuorum })
  const links = new VirtualLinks(systemTimers)
  const members: TestMember[] = []
  for (const name of names) members.push(await memberOf(t, name, new MemoryLog(document), links))
  for (const { publisher } of members) await publisher.start()
  return {
    document,
    links,
    members,
    grow(entries) {
      for (const { publisher, log } of members) publisher.onBlock(log.grow(entries))
    },
  }
}

async function memberOf(
  t: TestContext,
  name: string,
  log: MemoryLog,
  links: VirtualLinks,
  { muted = false }: { muted?: boolean } = {},
): Promise<TestMember> {
  const time = { clock: systemClock, timers: systemTimers }
  const member = await testMember(name, { log, links: links.of(name), time, network: nodeNetwork, muted })
  t.after(() => member.publisher.stop())
  return member
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await condition())) {
    assert.ok(performance.now() < end, `waited in vain: ${what}`)
    await systemTimers.sleep(20)
  }
}

const complete = (members: readonly TestMember[], size: number): Promise<void> =>
  until(`all have ${size}`, () => members.every(({ publisher }) => publisher.completeSize === size))

/** Who signed the note that a member keeps for a size; null while there is none. */
function signersAt({ log, name }: TestMember, size: number, verifiers: readonly Verifier[]): string[] | null {
  const kept = log.notes.outsideKept.get(size)
  if (kept === undefined) return null
  const { body, verified } = openNote(kept.note, [servingVerifier(name), ...verifiers])
  const note = log.notes.kept.find((beside) => beside.size === size)
  assert.ok(note !== undefined)
  const { root } = parseCheckpoint(parseNote(note.note).body)
  assert.deepEqual(parseCheckpoint(body), { origin: servingName(origin, name), size, root })
  return verified.map((line) => line.name)
}

test('outside witnesses cosign what the members have completed: kept beside it, served, and given to receipts', async (t) => {
  const running = await witnessesOf(t, ['both', 'one'])
  const verifiers = running.flatMap(({ witness }) => witness.verifiers)
  const { members, grow } = await consortiumOf(
    t,
    running.map(({ witness }) => named(witness.name, witness.url)),
    2,
  )
  await complete(members, 2)
  grow(['a', 'b'])
  await complete(members, 4)
  for (const member of members) {
    const { publisher, log, name } = member
    await until('it is witnessed', () => log.notes.outsideKept.has(4))
    assert.deepEqual(signersAt(member, 4, verifiers), [servingName(origin, name), 'both', 'both', 'one'])
    // The members' checkpoint stays as it is.
    assert.equal(opened(member).size, 4)
    assert.deepEqual(await publisher.witnessed(), log.notes.outsideKept.get(4)?.note)
    const covering = await publisher.noteFor(3)
    assert.deepEqual(covering?.witnesses, [log.notes.outsideKept.get(4)?.note])
    assert.deepEqual(covering?.note, (await log.notes.at(4))?.note)
    assert.deepEqual(member.alarms, [])
    assert.deepEqual(member.failures, [])
    const outside = publisher.standings.filter(({ name: who }) => ['both', 'one'].includes(who))
    assert.deepEqual(
      outside.map(({ answer }) => answer),
      ['cosigned', 'cosigned'],
    )
  }
})

test('a dead, a slow and a lying witness hold nobody up, and none of their lines is kept', async (t) => {
  const running = await witnessesOf(t, ['honest', 'dead', 'slow', 'liar'])
  const [honest, dead, slow, liar] = running
  assert.ok(honest !== undefined && dead !== undefined && slow !== undefined && liar !== undefined)
  const listed = running.map(({ witness }) => named(witness.name, witness.url))
  await dead.close()
  slow.behave = () => new Promise(() => undefined)
  const lies: ((body: Bytes) => ReturnType<typeof textAnswer>)[] = [
    () => textAnswer(200, 'no line\n'),
    // A line of its own key over another tree.
    (body) => {
      const { checkpoint } = parseAddCheckpoint(body)
      const other = formatCheckpoint({ origin: checkpoint.origin, size: 9, root: nodeCrypto.sha256(fromText('lie')) })
      const lines = cosignersOf('liar').map((cosigner) => cosigner.cosign(other, Math.floor(Date.now() / 1000)))
      return textAnswer(200, toText(formatCosignatureLines(lines)))
    },
    // A true line, of a time that cannot be.
    (body) => {
      const { note } = parseAddCheckpoint(body)
      const lines = cosignersOf('liar').map((cosigner) => cosigner.cosign(note.body, 1_000_000_000))
      return textAnswer(200, toText(formatCosignatureLines(lines)))
    },
    () => textAnswer(409, '4503599627370495\n', 'text/x.tlog.size'),
    () => textAnswer(422, 'another tree\n'),
    () => textAnswer(500, 'x'.repeat(100_000)),
  ]
  let told = 0
  liar.behave = async (method, _, body) => {
    const lie = lies[told++ % lies.length]
    return method === 'POST' && lie !== undefined ? lie(body) : textAnswer(404, 'no note\n')
  }
  const { members, grow } = await consortiumOf(t, listed, 1)
  for (let i = 0; i < 2 * lies.length; i++) {
    grow([`entry ${i}`])
    await complete(members, 3 + i)
    if (i % 3 === 0) await systemTimers.sleep(200)
  }
  const verifiers = running.flatMap(({ witness }) => witness.verifiers)
  for (const member of members) {
    const size = 2 + 2 * lies.length
    await until('the honest one has cosigned the newest', () => member.log.notes.outsideKept.has(size))
    for (const kept of member.log.notes.outsideKept.values()) {
      assert.deepEqual(signersAt(member, kept.size, verifiers), [servingName(origin, member.name), 'honest'])
    }
    assert.deepEqual(member.failures, [])
    // It claims another history without a note that proves it: people are told, and nothing ends.
    for (const { message } of member.alarms)
      assert.equal(message, 'A witness claims to know another history of this log')
  }
  assert.ok(told >= lies.length)
})

test('a witness that was away is asked again, for the newest', async (t) => {
  const [witness] = await witnessesOf(t, ['one'])
  assert.ok(witness !== undefined)
  witness.behave = async () => textAnswer(503, 'later\n')
  const { members, grow } = await consortiumOf(t, [named('one', witness.witness.url)], 1)
  grow(['a'])
  await complete(members, 3)
  await until('it was asked', () =>
    members.every(({ publisher }) => publisher.standings.some(({ reason }) => reason === 'later')),
  )
  for (const { publisher, log } of members) {
    assert.equal(log.notes.outsideKept.size, 0)
    assert.equal(await publisher.witnessed(), null)
    assert.deepEqual((await publisher.noteFor(2))?.witnesses, [])
  }
  witness.behave = null
  grow(['b'])
  await complete(members, 4)
  for (const member of members) {
    await until('it is witnessed', () => member.log.notes.outsideKept.has(4))
    assert.deepEqual(signersAt(member, 4, witness.witness.verifiers), [servingName(origin, member.name), 'one'])
    // What it proves is hardly later than the earliest checkpoint that covers the entry.
    assert.equal((await member.publisher.noteFor(2))?.witnesses.length, 1)
  }
})

test('a witness with a tree that this member signed and does not know: an alarm with the note, and all goes on', async (t) => {
  const [witness] = await witnessesOf(t, ['one'])
  assert.ok(witness !== undefined)
  const root = nodeCrypto.sha256(fromText('another tree'))
  const body = formatCheckpoint({ origin: servingName(origin, 'court'), size: 500, root })
  const lines = [
    servingSigner('court').sign(body),
    ...cosignersOf('one').map((cosigner) => cosigner.cosign(body, Math.floor(Date.now() / 1000))),
  ]
  await witness.signer.advanceWitness(servingName(origin, 'court'), { size: 500, root, note: formatNote(body, lines) })
  const { members, grow } = await consortiumOf(t, [named('one', witness.witness.url)], 1)
  const [court] = members
  assert.ok(court !== undefined)
  const proof = "A witness holds a checkpoint, signed by this member's log key, that is unknown here"
  await until('it is told', () => court.alarms.some(({ message }) => message === proof))
  const details = court.alarms.find(({ message }) => message === proof)?.details
  assert.equal(details?.['size'], 500)
  openNote(fromText(String(details?.['note'])), [servingVerifier('court')])
  grow(['a'])
  await complete(members, 3)
  for (const member of members) {
    assert.deepEqual(member.failures, [])
    if (member !== court) await until('it is witnessed', () => member.log.notes.outsideKept.has(3))
  }
  assert.equal(court.log.notes.outsideKept.size, 0)
})

test('a restored member asks nobody while it is muted; what it had witnessed before is no alarm', async (t) => {
  const [witness] = await witnessesOf(t, ['one'])
  assert.ok(witness !== undefined)
  const { members, grow, links } = await consortiumOf(t, [named('one', witness.witness.url)], 1)
  const court = members.find(({ name }) => name === 'court')
  assert.ok(court !== undefined)
  await complete(members, 2)
  const backup = court.log.backup()
  grow(['a'])
  await complete(members, 3)
  await until('it is witnessed', () => court.log.notes.outsideKept.has(3))
  await court.publisher.stop()
  // Nobody can tell it what it has signed.
  const fate = links.fate
  links.fate = () => ({ delayMs: null })
  const restored = await memberOf(t, 'court', backup, links, { muted: true })
  backup.grow(['a'])
  const asked = (): number => witness.requests.filter(({ path }) => path === '/add-checkpoint').length
  const others = members.filter((member) => member !== court)
  await until('the others have asked', () => others.every(({ log }) => log.notes.outsideKept.has(3)))
  const before = asked()
  await restored.publisher.start()
  await systemTimers.sleep(500)
  assert.equal(restored.publisher.mode, 'muted')
  assert.equal(asked(), before)
  links.fate = fate
  await until('it signs again', () => restored.publisher.mode === 'signing')
  for (const member of [...others, restored]) member.publisher.onBlock(member.log.grow(['b']))
  await complete([...others, restored], 4)
  await until('it is witnessed', () => restored.log.notes.outsideKept.has(4))
  assert.deepEqual(restored.alarms, [])
  assert.deepEqual(restored.failures, [])
})

test('a receipt takes a checkpoint that outside witnesses have cosigned when it is hardly later, else the earliest', async () => {
  const notes = new MemoryNotes()
  const put = (size: number, timeMs: number): KeptNote => ({ size, timeMs, note: fromText(`${size}`) })
  for (const [size, timeMs] of [
    [5, 1_000],
    [7, 1_000 + outsideLagMaxMs],
    [9, 1_001 + outsideLagMaxMs],
  ] as const)
    await notes.put(put(size, timeMs))
  assert.deepEqual(await coveringNote(notes, 5), { ...notes.kept[0], witnesses: [] })
  await notes.outside.put({ ...put(9, 0), note: fromText('outside 9') })
  assert.equal((await coveringNote(notes, 5))?.size, 5)
  assert.equal((await coveringNote(notes, 6))?.size, 9)
  await notes.outside.put({ ...put(7, 0), note: fromText('outside 7') })
  assert.deepEqual(await coveringNote(notes, 5), { ...notes.kept[1], witnesses: [fromText('outside 7')] })
  assert.equal(await coveringNote(notes, 10), null)
})
