/**
 * A consortium that changes by ballot, with real processes: a fifth institution joins, one rotates its keys, one leaves;
 * deposits before, between and after. Every receipt verifies with the one trust file that was fetched at the end.
 *
 * JURAT_CHAIN_ENTRIES says how many entries the chain has before the fifth joins: 2,000 by default. A long chain:
 *
 *     JURAT_CHAIN_ENTRIES=1000000 node --test test/e2e/ballots.test.ts
 * @module
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { verifyReceipt } from '@jurat/verify/verify'
import { nodeCrypto } from '../../packages/node/src/crypto/nodeCrypto.ts'
import { signedBatches } from '../../bench/signedBatches.ts'
import { tool } from '../conformance/tools.ts'
import { PlannedNetwork } from '../plannedNetwork.ts'

const skip = tool('cometbft') === null && 'cometbft is not installed (npm run engine:install)'

/** Entries of the chain before the fifth joins it, made in batches. */
const entries = Number(process.env['JURAT_CHAIN_ENTRIES'] ?? 2_000)
const batchItems = 1_000

/** Longest wait for anything that the network does, and for all of it, milliseconds: at least 2,000 entries a second are executed. */
const patienceMs = 100_000 + entries / 2
const timeout = 590_000 + entries

/** A deposit, and its receipt. */
interface Deposited {
  readonly id: string
  readonly original: Buffer
  receipt: string
}

describe('a consortium changes by ballot', { skip, timeout }, () => {
  const founders = 4
  let network: PlannedNetwork
  const deposits: Deposited[] = []

  /** All of these have executed the document of this sequence. */
  const inForce = (sequence: number, names: readonly string[]): Promise<void> =>
    network.until(`document ${sequence} is in force at ${names.join(', ')}`, async () => {
      const seen = await Promise.all(names.map((name) => network.seenBy(name)))
      return seen.every((one) => one !== null && one.consortium.sequence >= sequence)
    })

  /** The proposals that a command has made are approved by two more. */
  async function approve(said: string, by: readonly string[]): Promise<void> {
    const ids = [...said.matchAll(/^proposal {2}([0-9a-f]{64})$/gm)].map(([, id = '']) => id)
    assert.ok(ids.length > 0, said)
    for (const name of by) {
      await network.until(`${name} knows the proposals`, async () => {
        const listed = await network.run(name, 'ballots')
        return ids.every((id) => listed.includes(id))
      })
      await network.run(name, 'approve', ...ids)
    }
  }

  /** Deposits at a member, and keeps its receipt. */
  async function deposit(name: string): Promise<void> {
    const { url, apiKey } = network.target(name)
    const original = randomBytes(40)
    const digest = Buffer.from(nodeCrypto.sha256(original)).toString('hex')
    let id = ''
    await network.until(`a deposit at ${name}`, async () => {
      const answer = await fetch(`${url}/v1/deposits?wait=witnessed`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ items: [{ algorithm: 'sha-256', digest }] }),
      }).catch(() => null)
      if (answer?.status !== 200) return false
      const { deposits: made } = (await answer.json()) as { deposits: { id: string }[] }
      id = made[0]?.id ?? ''
      return true
    })
    let receipt = ''
    await network.until(`a receipt at ${name}`, async () => {
      const answer = await fetch(`${url}/v1/receipts/${id}`)
      receipt = await answer.text()
      return answer.status === 200
    })
    deposits.push({ id, original, receipt })
  }

  /** So many entries, signed by a client, executed by all founders. */
  async function lengthen(): Promise<void> {
    const batches = await signedBatches(network.target('court'), batchItems)
    await batches.run(entries)
    await network.even(
      network.plan.members.slice(0, founders).map(({ name }) => name),
      entries,
    )
  }

  async function trustOf(name: string): Promise<string> {
    return (await fetch(`${network.member(name).url}/v1/trust`)).text()
  }

  /**
   * Every receipt verifies with the trust file of a member. One whose document was replaced lacks, at most, a fresh proof,
   * which any member gives. @returns who has signed the newest
   */
  async function allVerify(name: string): Promise<string[]> {
    const trust = await trustOf(name)
    let signers: string[] = []
    for (const deposited of deposits) {
      const { id, original } = deposited
      const judge = (): ReturnType<typeof verifyReceipt> =>
        verifyReceipt({ crypto: nodeCrypto, original, receipt: deposited.receipt, trust })
      let verdict = await judge()
      if (verdict.summary !== 'verified') {
        const lacking = verdict.steps.filter(({ required, state }) => required && state !== 'passed')
        const codes = lacking.map(({ code }) => code)
        assert.deepEqual(codes, ['document-superseded'], JSON.stringify(verdict.steps))
        deposited.receipt = await (await fetch(`${network.member(name).url}/v1/receipts/${id}`)).text()
        verdict = await judge()
      }
      assert.equal(verdict.summary, 'verified', JSON.stringify(verdict.steps))
      signers = verdict.signatories.filter(({ timeMs }) => timeMs !== null).map((signatory) => signatory.name)
    }
    return signers
  }

  /** The trust file of a member names the documents up to this sequence. */
  const trusts = (name: string, sequence: number): Promise<void> =>
    network.until(`the trust file of ${name} reaches document ${sequence}`, async () => {
      const { documents } = JSON.parse(await trustOf(name)) as { documents: unknown[] }
      return documents.length >= sequence
    })

  before(async () => {
    network = await PlannedNetwork.found(founders, founders + 1, patienceMs)
  })
  after(() => network.remove())

  test('a fifth institution follows the chain, is admitted, and its cosignature counts', async (context) => {
    await deposit('court')
    await lengthen()
    await deposit('notary')
    const fifth = 'member-5'
    const joined = await network.join(fifth, '--genesis', network.plan.genesis)
    assert.match(joined, /give it to a member/)
    const startedAt = performance.now()
    // Nobody has a snapshot of a chain that is so young: it waits for none, and executes it.
    network.start(fifth, ['--join', 'snapshot', '--snapshot-wait-ms', '6000'])
    // Before anybody admits it.
    await network.even([fifth, 'court'])
    const { height = 0, treeSize = 0 } = (await network.seenBy(fifth)) ?? {}
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    context.diagnostic(`${treeSize} entries in ${height} blocks, executed ${seconds} s after the start of its process`)
    assert.match(network.said(fifth), /No other member has offered a snapshot/)
    assert.ok(!existsSync(join(network.member(fifth).data, 'base')), 'it has executed everything')
    const said = await network.run('court', 'admit', network.member(fifth).joinFile)
    assert.match(said, /\+ member-5 .*\n/)
    assert.match(said, /approval {2}3 of 4 members/)
    await approve(said, ['notary', 'forensics'])
    await inForce(1, ['court', 'notary', 'forensics', 'authority', fifth])
    await deposit(fifth)
    await trusts(fifth, 1)
    // A quorum of four of five: with one of the old ones gone, the new one must have signed.
    await network.process('authority').end()
    await deposit('court')
    assert.ok((await allVerify('court')).includes(fifth))
    network.start('authority')
    await network.process('authority').ready()
  })

  test('a member rotates all its keys: the node takes them over by itself, and they count', async () => {
    const before = (await network.seenBy('court'))?.consortium.members.find(({ name }) => name === 'forensics')
    const said = await network.run('forensics', 'rotate')
    assert.equal([...said.matchAll(/~ forensics {2}key /g)].length, 6)
    await approve(said, ['court', 'authority', 'member-5'])
    await inForce(2, ['court', 'notary', 'forensics', 'authority', 'member-5'])
    const now = (await network.seenBy('court'))?.consortium.members.find(({ name }) => name === 'forensics')
    assert.notEqual(now?.ballotKey, before?.ballotKey)
    await deposit('forensics')
    // A quorum of four of five, and four validators that must vote: with another one gone, the new keys must work.
    await network.process('authority').end()
    await deposit('court')
    assert.ok((await allVerify('court')).includes('forensics'))
    network.start('authority')
    await network.process('authority').ready()
    await assert.rejects(network.run('forensics', 'rotate'), /start the node anew/)
    // At its next start the node lets go of the former keys.
    await network.process('forensics').end()
    network.start('forensics')
    await network.process('forensics').ready()
    assert.ok(!existsSync(join(network.member('forensics').data, 'keys', 'next')))
    await deposit('forensics')
  })

  test('some keys alone: what was approved is taken, what was not waits in the folder and in its backup', async () => {
    const everybody = ['court', 'notary', 'forensics', 'authority', 'member-5']
    const keyLines = (said: string): number => [...said.matchAll(/~ forensics {2}key /g)].length
    const { data } = network.member('forensics')
    const next = join(data, 'keys', 'next')
    const first = await network.run('forensics', 'rotate', '--keys', 'log,transport')
    assert.equal(keyLines(first), 2)
    const second = await network.run('forensics', 'rotate', '--keys', 'ballot')
    assert.equal(keyLines(second), 3)
    await assert.rejects(network.run('forensics', 'rotate', '--keys', 'log,registrar'), /network rotate/)
    await approve(first, ['court', 'authority', 'member-5'])
    await inForce(3, everybody)
    await deposit('forensics')
    assert.ok((await allVerify('court')).length >= 4)
    await network.process('forensics').end()
    assert.match(await network.command('forensics', ['fsck']), /^Clean\.$/m)
    const [copy, restored] = [join(network.folder, 'copy'), join(network.folder, 'restored')]
    await network.command('forensics', ['backup', copy])
    await network.command('forensics', ['restore', copy], restored)
    for (const name of ['ballot', 'log', 'transport']) {
      assert.deepEqual(readFileSync(join(restored, 'keys', 'next', name)), readFileSync(join(next, name)), name)
    }
    assert.match(await network.command('forensics', ['fsck'], restored), /^Clean\.$/m)
    network.start('forensics')
    await network.process('forensics').ready()
    assert.deepEqual(readdirSync(next), ['ballot'])
    const third = await network.run('forensics', 'rotate', '--keys', 'ballot')
    assert.equal(keyLines(third), 1)
    await approve(third, ['court', 'authority', 'member-5'])
    await inForce(4, everybody)
  })

  test('a member leaves: it signs no more, and the others go on', async () => {
    await approve(await network.run('court', 'remove', 'notary'), ['forensics', 'authority', 'member-5'])
    await inForce(5, ['court', 'forensics', 'authority', 'member-5'])
    await deposit('member-5')
    assert.ok(!(await allVerify('member-5')).includes('notary'))
    await network.process('notary').end()
    await deposit('forensics')
  })

  test('whatever was deposited is verified with the trust file of every member', async () => {
    for (const name of ['court', 'forensics', 'authority', 'member-5']) {
      await trusts(name, 5)
      await allVerify(name)
    }
    await assert.rejects(network.run('court', 'remove', 'forensics'), /4 to 31 members/)
  })
})
