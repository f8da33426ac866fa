/**
 * A member whose keys are there and whose signer state is lost: muted, until the others have told what it signed and the
 * tree here holds it. Whatever one of them says, it signs nothing twice.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equal, fromText, type Bytes } from '@jurat/core/bytes'
import { formatCheckpoint } from '@jurat/core/note/checkpoint'
import { cosignerOf } from '@jurat/core/note/cosignature'
import { formatNote } from '@jurat/core/note/note'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { MemoryFiles } from '../../platform/memoryFiles.ts'
import { origin } from '../publisher.fixtures.ts'
import {
  assertHonest,
  memberSecrets,
  networkId,
  opened,
  testConsortium,
  type TestConsortium,
  testMember,
  type TestMember,
} from './members.fixtures.ts'
import { SignedMemory } from './signedMemory.ts'
import { encodeAnswer, encodeQuestion, type SignedAnswer } from './testimony.ts'

/** Everybody has signed 4 entries, and the court is started again from a backup with 3, muted. */
async function restoredCourt(): Promise<{ consortium: TestConsortium; court: TestMember }> {
  const consortium = await testConsortium()
  for (const { publisher } of consortium.members.values()) await publisher.start()
  await consortium.time.pass(100)
  consortium.grow(['a'])
  await consortium.time.pass(500)
  const log = consortium.member('court').log.backup()
  consortium.grow(['b'])
  await consortium.time.pass(500)
  assert.equal(consortium.member('court').log.signer.log()?.size, 4)
  await consortium.member('court').publisher.stop()
  const time = { clock: consortium.time, timers: consortium.time }
  const court = await testMember('court', { log, links: consortium.links.of('court'), time, muted: true })
  consortium.members.set('court', court)
  return { consortium, court }
}

/** Has a member answer questions of the others by what is given; null: not at all. */
function lie(consortium: TestConsortium, name: string, answer: SignedAnswer | null): void {
  const handler = consortium.links.handlers.get(name)
  assert.ok(handler !== undefined)
  const question = encodeQuestion(networkId)
  consortium.links.handlers.set(name, {
    ...handler,
    connected: (member) => handler.connected(member),
    async receive(member, message) {
      if (!equal(message, question)) return handler.receive(member, message)
      if (answer === null) throw new Error('silent')
      return encodeAnswer(networkId, answer)
    },
  })
}

const invented = (signer: string): Bytes => {
  const body = formatCheckpoint({ origin, size: 900, root: nodeCrypto.sha256(fromText('invented')) })
  const line = cosignerOf(nodeCrypto, signer, memberSecrets(signer).executorEd25519).cosign(body, 1)
  return formatNote(body, [{ ...line, name: 'court' }])
}

test('it waits for what it signed, goes on by itself, and signs what was agreed meanwhile', async () => {
  const { consortium, court } = await restoredCourt()
  await court.publisher.start()
  await consortium.time.pass(3_000)
  assert.equal(court.publisher.mode, 'muted')
  assert.match(court.publisher.closed()?.message ?? '', /4 entries were signed, of which 3 are here/)
  assert.equal(court.log.signer.history.length, 0)
  court.publisher.onBlock(court.log.grow(['b']))
  consortium.grow(['c'])
  await consortium.time.pass(10_000)
  assert.equal(court.publisher.mode, 'signing')
  assert.equal(court.log.signer.history[0]?.size, 4)
  assert.equal(opened(court).size, 5)
  consortium.grow(['d'])
  await consortium.time.pass(1_000)
  assert.equal(court.log.signer.log()?.size, 6)
  assertHonest(consortium)
  await consortium.stop()
})

test('it goes on beside a dead member, and the quorum that needs it is made up for', async () => {
  const { consortium, court } = await restoredCourt()
  await consortium.member('authority').publisher.stop()
  await court.publisher.start()
  court.publisher.onBlock(court.log.grow(['b']))
  consortium.grow(['c'], ['court', 'notary', 'forensics'])
  await consortium.time.pass(15_000)
  assert.equal(court.publisher.mode, 'signing')
  for (const name of ['court', 'notary', 'forensics']) assert.equal(opened(consortium.member(name)).size, 5)
  assertHonest(consortium)
  await consortium.stop()
})

test('with two dead members it waits, and names them', async () => {
  const { consortium, court } = await restoredCourt()
  for (const name of ['authority', 'notary']) await consortium.member(name).publisher.stop()
  await court.publisher.start()
  court.publisher.onBlock(court.log.grow(['b']))
  await consortium.time.pass(20_000)
  assert.match(court.publisher.closed()?.message ?? '', /missing: notary, authority/)
  await consortium.stop()
})

test('what one member answers never has it sign twice; only the claim to be muted too holds it up', async () => {
  const rows: readonly [string, SignedAnswer | null][] = [
    ['nothing', null],
    ['none', { muted: false, note: null, place: null }],
    ['that it is muted too', { muted: true, note: null, place: null }],
    ['a note that another member signed', { muted: false, note: invented('notary'), place: null }],
    ['garbage for a note', { muted: false, note: fromText('garbage'), place: null }],
  ]
  for (const [what, answer] of rows) {
    const { consortium, court } = await restoredCourt()
    lie(consortium, 'notary', answer)
    await court.publisher.start()
    await consortium.time.pass(5_000)
    const both = what === 'that it is muted too' ? /more than a third/ : /4 entries were signed/
    assert.match(court.publisher.closed()?.message ?? '', both, what)
    court.publisher.onBlock(court.log.grow(['b']))
    await consortium.time.pass(10_000)
    assert.equal(court.publisher.mode, what === 'that it is muted too' ? 'muted' : 'signing', what)
    if (court.publisher.mode === 'signing') assert.equal(court.log.signer.history[0]?.size, 4, what)
    assertHonest(consortium)
    await consortium.stop()
  }
})

test('a tree that it has signed and that is not here keeps it muted for ever, with an alarm', async () => {
  const { consortium, court } = await restoredCourt()
  lie(consortium, 'notary', { muted: false, note: formatOwn(3), place: null })
  await court.publisher.start()
  court.publisher.onBlock(court.log.grow(['b']))
  await consortium.time.pass(20_000)
  assert.equal(court.publisher.mode, 'muted')
  assert.match(court.publisher.closed()?.message ?? '', /a tree of 3 entries was signed that is not the one here/)
  assert.match(court.alarms[0]?.message ?? '', /has signed a tree that is not the one here/)
  await consortium.stop()
})

test('what members have signed outlives the process that saw it', async () => {
  const { consortium } = await restoredCourt()
  const files = new MemoryFiles()
  await files.makeFolder('/data')
  const warnings: string[] = []
  const make = async (): Promise<SignedMemory> => {
    const place = { files, dataFolder: '/data' }
    const warn = (message: string): void => void warnings.push(message)
    const memory = new SignedMemory({ origin, crypto: nodeCrypto, timers: consortium.time, place, warn })
    await memory.load()
    return memory
  }
  const root = nodeCrypto.sha256(fromText('root'))
  const line = (name: string): { name: string; id: number; blob: Bytes } => ({
    name,
    id: 7,
    blob: Uint8Array.of(1, 2, 3, 4, 5),
  })
  const memory = await make()
  memory.signed('court', { size: 5, root, lines: [line('court'), line('notary')] })
  memory.signed('court', { size: 4, root, lines: [line('court')] })
  memory.signed('court', { size: 9, root, lines: [line('notary')] })
  await memory.write()
  const again = await make()
  assert.equal(again.of('court')?.size, 5)
  assert.deepEqual(again.of('court')?.note, memory.of('court')?.note)
  assert.equal(again.of('notary'), null)
  const [file = ''] = await files.list('/data/members')
  await files.replaceFile(`/data/members/${file}`, fromText('garbage'))
  assert.equal((await make()).of('court'), null)
  assert.deepEqual(warnings, ['What a member has signed cannot be read'])
  await consortium.stop()
})

/** A checkpoint of another tree with the court's own signature: as if its key had been used elsewhere. */
function formatOwn(size: number): Bytes {
  const body = formatCheckpoint({ origin, size, root: nodeCrypto.sha256(fromText('elsewhere')) })
  return formatNote(body, [cosignerOf(nodeCrypto, 'court', memberSecrets('court').executorEd25519).cosign(body, 1)])
}
