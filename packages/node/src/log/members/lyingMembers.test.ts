import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText, toText, type Bytes } from '@jurat/core/bytes'
import { formatAddCheckpoint, parseCosignatureLines } from '@jurat/core/note/addCheckpoint'
import { formatCheckpoint, parseCheckpoint } from '@jurat/core/note/checkpoint'
import { cosignerOf, signerOf } from '@jurat/core/note/cosignature'
import { formatNote, openNote } from '@jurat/core/note/note'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { origin } from '../publisher.fixtures.ts'
import { WitnessServer } from '../witnessServer.ts'
import { encodeExchange, type Exchange, exchangeBytesMax, ExchangeError } from './exchange.ts'
import { OffenceError } from './heads.ts'
import { offencePauseMs } from './memberExchanges.ts'
import { assertHonest, opened, memberSecrets, names, networkId, testConsortium } from './members.fixtures.ts'

test('a member with another tree is named, gets no cosignature, and holds nobody up', async () => {
  const consortium = await testConsortium()
  for (const { publisher } of consortium.members.values()) await publisher.start()
  await consortium.time.pass(100)
  const honest = names.filter((name) => name !== 'notary')
  consortium.grow(['true'], honest)
  consortium.grow(['false'], ['notary'])
  await consortium.time.pass(2_000)
  for (const name of honest) {
    assert.equal(opened(consortium.member(name)).size, 3)
    assert.deepEqual(
      consortium.member(name).alarms.map(({ details }) => details['member']),
      ['notary'],
    )
  }
  const liar = consortium.member('notary')
  assert.equal(opened(liar).size, 2)
  assert.equal(liar.log.signer.log()?.size, 2)
  assertHonest(consortium, ['notary'])
  await consortium.stop()
})

test('a member that signs another root is named with both notes, in whichever order they come', async () => {
  for (const early of [false, true]) {
    const consortium = await testConsortium()
    for (const { publisher } of consortium.members.values()) await publisher.start()
    await consortium.time.pass(100)
    const forged = cosignedBy('notary', { size: 3, root: nodeCrypto.sha256(fromText('forged')) })
    const send = async (): Promise<void> => {
      await consortium.links.handlers.get('court')?.receive('notary', encodeExchange(networkId, forged))
    }
    if (early) await send()
    consortium.grow(['true'])
    await consortium.time.pass(100)
    if (!early) await send()
    await consortium.time.pass(100)
    const [alarm, ...others] = consortium.member('court').alarms
    assert.deepEqual(others, [])
    assert.equal(alarm?.details['member'], 'notary')
    const policy = consortium.member('court').publisher.policy()
    const verifiers = policy.members.flatMap(({ executors, logVerifier }) => [...executors, logVerifier])
    const theirs = openNote(fromText(String(alarm?.details['theirNote'])), verifiers)
    assert.deepEqual(
      theirs.verified.map(({ name }) => name),
      ['notary'],
    )
    assert.equal(parseCheckpoint(theirs.body).size, 3)
    const own = alarm?.details['ownNote']
    if (typeof own === 'string') assert.equal(parseCheckpoint(openNote(fromText(own), verifiers).body).size, 3)
    else assert.ok(early, 'an own note is there once the block is settled')
    for (const member of consortium.members.values()) assert.equal(opened(member).size, 3)
    await consortium.stop()
  }
})

test('a member that reports twice is named, and counts for nothing but its first report', async () => {
  const consortium = await testConsortium()
  for (const { publisher } of consortium.members.values()) await publisher.start()
  await consortium.time.pass(100)
  const report = (text: string): Bytes => {
    const root = nodeCrypto.sha256(fromText(text))
    return encodeExchange(networkId, { reports: [{ height: 2, size: 4, root }], cosigned: [], wanted: [] })
  }
  const court = consortium.links.handlers.get('court')
  await court?.receive('notary', report('one'))
  await court?.receive('notary', report('two'))
  await court?.receive('notary', report('two'))
  assert.deepEqual(
    consortium.member('court').alarms.map(({ message, details }) => [message, details['member']]),
    [['A member has reported two different trees of one height', 'notary']],
  )
  await consortium.stop()
})

test('a stolen log key with an invented larger tree gets no cosignature from anybody', async () => {
  const consortium = await testConsortium()
  for (const { publisher } of consortium.members.values()) await publisher.start()
  consortium.grow(['true'])
  await consortium.time.pass(100)
  // The thief has everything of the notary: its log key, its executor keys and its transport key.
  const invented = consortium.member('notary').log.backup().grow(['invented', 'entries']).extension
  const body = formatCheckpoint({ origin, ...invented })
  const thief = signerOf(nodeCrypto, origin, memberSecrets('notary').log)
  const note = formatNote(body, [thief.sign(body)])
  const proof = await consortium
    .member('court')
    .log.backup()
    .withHashes(() => [])
  for (const name of names) {
    const { publisher, log } = consortium.member(name)
    const witness = new WitnessServer({
      crypto: nodeCrypto,
      clock: consortium.time,
      signer: log.signer,
      cosigners: [],
      logs: new Map(),
      networks: [origin],
      executed: (asked) => publisher.executed(asked),
      fatal: (error) => assert.fail(String(error)),
    })
    const answer = await witness.addCheckpoint(formatAddCheckpoint(3, proof, note))
    assert.deepEqual([answer.status, toText(answer.body)], [409, '3\n'])
    const own = publisher.checkpoint()
    assert.ok(own !== null)
    const known = await witness.addCheckpoint(formatAddCheckpoint(3, [], own))
    assert.deepEqual([known.status, parseCosignatureLines(known.body).map((line) => line.name)], [200, [name, name]])
    const other = formatCheckpoint({ origin, size: 3, root: invented.root })
    const split = await witness.addCheckpoint(formatAddCheckpoint(3, [], formatNote(other, [thief.sign(other)])))
    assert.equal(split.status, 422)
    if (name === 'notary') continue
    const told = { ...cosignedBy('notary', invented), reports: [{ height: 2, ...invented }] }
    await consortium.links.handlers.get(name)?.receive('notary', encodeExchange(networkId, told))
  }
  await consortium.time.pass(2_000)
  for (const member of consortium.members.values()) {
    assert.equal(opened(member).size, 3)
    assert.equal(member.log.signer.log()?.size, 3)
  }
  // The true block of that height comes: the lie is found out, and the chain goes on without the liar.
  consortium.grow(['also true'])
  await consortium.time.pass(200)
  for (const name of ['court', 'forensics', 'authority']) {
    assert.equal(opened(consortium.member(name)).size, 4)
    assert.ok(consortium.member(name).alarms.some(({ details }) => details['member'] === 'notary'))
  }
  await consortium.stop()
})

test('garbage and false signatures have their sender ignored for a while, and harm nobody else', async () => {
  const consortium = await testConsortium()
  for (const { publisher } of consortium.members.values()) await publisher.start()
  await consortium.time.pass(100)
  const honest = ['court', 'forensics', 'authority']
  consortium.links.fate = (from, to) => ({ delayMs: from === 'notary' || to === 'notary' ? null : 1 })
  const court = consortium.links.handlers.get('court')
  assert.ok(court !== undefined)
  consortium.grow(['entry'], ['court'])
  const { size, root } = consortium.member('court').log.durable
  const good = cosignedBy('notary', { size, root })
  const [head] = good.cosigned
  assert.ok(head !== undefined)
  const spoiled = head.lines.map((line) => ({
    ...line,
    blob: line.blob.map((byte, at) => (at === 9 ? byte ^ 1 : byte)),
  }))
  const messages: Bytes[] = [
    new Uint8Array(0),
    fromText('garbage'),
    new Uint8Array(exchangeBytesMax + 1),
    encodeExchange(nodeCrypto.sha256(fromText('another network')), good),
    encodeExchange(networkId, { ...good, cosigned: [{ ...head, lines: spoiled }] }),
  ]
  for (const message of messages) {
    await assert.rejects(court.receive('notary', message))
    await assert.rejects(court.receive('notary', encodeExchange(networkId, good)), OffenceError)
    await consortium.time.pass(offencePauseMs)
  }
  await court.receive('notary', encodeExchange(networkId, good))
  await assert.rejects(court.receive('stranger', encodeExchange(networkId, good)), ExchangeError)
  consortium.grow(['entry'], ['forensics', 'authority'])
  await consortium.time.pass(500)
  for (const name of honest) assert.equal(opened(consortium.member(name)).size, 3)
  assertHonest(consortium)
  await consortium.stop()
})

/** A message of one member with both its signatures over a head. */
function cosignedBy(name: string, { size, root }: { size: number; root: Bytes }): Exchange {
  const secrets = memberSecrets(name)
  const body = formatCheckpoint({ origin, size, root })
  const lines = [secrets.executorEd25519, secrets.executorMldsa44].map((secret) =>
    cosignerOf(nodeCrypto, name, secret).cosign(body, 1_800_000_000),
  )
  return { reports: [], cosigned: [{ size, root, lines }], wanted: [] }
}
