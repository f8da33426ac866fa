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
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freeRange } from '@jurat/node/platform/ports.fixtures'
import { verifyReceipt } from '@jurat/verify/verify'
import { environmentOf, MemberProcess, runProgram } from '../../localnet/process.ts'
import { type Plan, type PlannedMember, planNetwork } from '../../localnet/plan.ts'
import { nodeCrypto } from '../../packages/node/src/crypto/nodeCrypto.ts'
import { signedBatches } from '../../bench/signedBatches.ts'
import { tool } from '../conformance/tools.ts'

const skip = tool('cometbft') === null && 'cometbft is not installed (npm run engine:install)'

/** Entries of the chain before the fifth joins it, made in batches. */
const entries = Number(process.env['JURAT_CHAIN_ENTRIES'] ?? 2_000)
const batchItems = 1_000

/** Longest wait for anything that the network does, and for all of it, milliseconds: at least 2,000 entries a second are executed. */
const patienceMs = 100_000 + entries / 2
const timeout = 590_000 + entries

/** What GET /v1/network says, as far as it is looked at. */
interface Seen {
  readonly height: number
  readonly treeSize: number
  readonly consortium: {
    readonly sequence: number
    readonly members: readonly { readonly name: string; readonly ballotKey: string }[]
  }
}

/** A deposit, and its receipt. */
interface Deposited {
  readonly id: string
  readonly original: Buffer
  receipt: string
}

describe('a consortium changes by ballot', { skip, timeout }, () => {
  const founders = 4
  let plan: Plan
  let folder = ''
  let output = ''
  const processes = new Map<string, MemberProcess>()
  const deposits: Deposited[] = []

  const planned = (name: string): PlannedMember => {
    const found = plan.members.find((member) => member.name === name)
    assert.ok(found !== undefined, name)
    return found
  }

  function start(name: string): MemberProcess {
    const made = new MemberProcess(planned(name), plan, 'off', (line) => (output += `${name} | ${line}\n`))
    processes.set(name, made)
    made.start()
    return made
  }

  /** `jurat network ...` at an institution. @returns what it said */
  const run = (name: string, ...words: string[]): Promise<string> => {
    const one = planned(name)
    return runProgram(['network', ...words, '--data', one.data], environmentOf(one))
  }

  const joinWords = (one: PlannedMember): string[] =>
    `join --name ${one.name} --url ${one.url} --consensus 127.0.0.1:${one.consensusPort} --members 127.0.0.1:${one.membersPort} --out ${one.joinFile}`.split(
      ' ',
    )

  async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + patienceMs
    while (!(await condition())) {
      assert.ok(performance.now() < end, `${what}\n${output.slice(-4_000)}`)
      await sleep(100)
    }
  }

  async function seenBy(name: string): Promise<Seen | null> {
    const answer = await fetch(`${planned(name).url}/v1/network`).catch(() => null)
    return answer?.ok === true ? ((await answer.json()) as Seen) : null
  }

  /** All of these have executed the document of this sequence. */
  const inForce = (sequence: number, names: readonly string[]): Promise<void> =>
    until(`document ${sequence} is in force at ${names.join(', ')}`, async () => {
      const seen = await Promise.all(names.map((name) => seenBy(name)))
      return seen.every((one) => one !== null && one.consortium.sequence >= sequence)
    })

  /** The proposals that a command has made are approved by two more. */
  async function approve(said: string, by: readonly string[]): Promise<void> {
    const ids = [...said.matchAll(/^proposal {2}([0-9a-f]{64})$/gm)].map(([, id = '']) => id)
    assert.ok(ids.length > 0, said)
    for (const name of by) {
      await until(`${name} knows the proposals`, async () => {
        const listed = await run(name, 'ballots')
        return ids.every((id) => listed.includes(id))
      })
      await run(name, 'approve', ...ids)
    }
  }

  /** Deposits at a member, and keeps its receipt. */
  async function deposit(name: string): Promise<void> {
    const { url, data } = planned(name)
    const { apiKey } = JSON.parse(readFileSync(join(data, 'bootstrap.json'), 'utf8')) as { apiKey: string }
    const original = randomBytes(40)
    const digest = Buffer.from(nodeCrypto.sha256(original)).toString('hex')
    let id = ''
    await until(`a deposit at ${name}`, async () => {
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
    await until(`a receipt at ${name}`, async () => {
      const answer = await fetch(`${url}/v1/receipts/${id}`)
      receipt = await answer.text()
      return answer.status === 200
    })
    deposits.push({ id, original, receipt })
  }

  /** So many entries, signed by a client, executed by all founders. */
  async function lengthen(): Promise<void> {
    const { url, data } = planned('court')
    const { apiKey } = JSON.parse(readFileSync(join(data, 'bootstrap.json'), 'utf8')) as { apiKey: string }
    const { hostname, port } = new URL(url)
    const batches = await signedBatches({ url, apiKey, host: hostname, port: Number(port) }, batchItems)
    await batches.run(entries)
    await until('the founders have executed it', async () => {
      const seen = await Promise.all(plan.members.slice(0, founders).map(({ name }) => seenBy(name)))
      return seen.every((one) => one !== null && one.treeSize >= entries && one.treeSize === seen[0]?.treeSize)
    })
  }

  async function trustOf(name: string): Promise<string> {
    return (await fetch(`${planned(name).url}/v1/trust`)).text()
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
        deposited.receipt = await (await fetch(`${planned(name).url}/v1/receipts/${id}`)).text()
        verdict = await judge()
      }
      assert.equal(verdict.summary, 'verified', JSON.stringify(verdict.steps))
      signers = verdict.signatories.filter(({ timeMs }) => timeMs !== null).map((signatory) => signatory.name)
    }
    return signers
  }

  /** The trust file of a member names the documents up to this sequence. */
  const trusts = (name: string, sequence: number): Promise<void> =>
    until(`the trust file of ${name} reaches document ${sequence}`, async () => {
      const { documents } = JSON.parse(await trustOf(name)) as { documents: unknown[] }
      return documents.length >= sequence
    })

  before(async () => {
    // Sockets lie in it, whose paths end at 107 bytes.
    folder = mkdtempSync('/tmp/jb-')
    plan = planNetwork(folder, founders + 1, await freeRange(200))
    // No relays: the members dial one another.
    plan = { ...plan, members: plan.members.map((member) => ({ ...member, routes: '' })) }
    const first = plan.members.slice(0, founders)
    for (const one of first) await run(one.name, ...joinWords(one), '--network', plan.origin)
    const joins = first.map(({ joinFile }) => joinFile)
    await run('court', 'assemble', ...joins, '--name', plan.origin, '--out', plan.genesis)
    for (const { name } of first) start(name)
    await Promise.all([...processes.values()].map((one) => one.ready()))
  })
  after(async () => {
    await Promise.all([...processes.values()].map((one) => one.end('SIGKILL')))
    if (folder !== '') rmSync(folder, { recursive: true, force: true })
  })

  test('a fifth institution follows the chain, is admitted, and its cosignature counts', async (context) => {
    await deposit('court')
    await lengthen()
    await deposit('notary')
    const fifth = 'member-5'
    const one = planned(fifth)
    const joined = await run(fifth, ...joinWords(one), '--genesis', plan.genesis)
    assert.match(joined, /give it to a member/)
    const startedAt = performance.now()
    start(fifth)
    await until('it has executed everything before anybody admits it', async () => {
      const [own, other] = [await seenBy(fifth), await seenBy('court')]
      return own !== null && own.treeSize === other?.treeSize
    })
    const { height = 0, treeSize = 0 } = (await seenBy(fifth)) ?? {}
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    context.diagnostic(`${treeSize} entries in ${height} blocks, executed ${seconds} s after the start of its process`)
    const said = await run('court', 'admit', one.joinFile)
    assert.match(said, /\+ member-5 .*\n/)
    assert.match(said, /approval {2}3 of 4 members/)
    await approve(said, ['notary', 'forensics'])
    await inForce(1, ['court', 'notary', 'forensics', 'authority', fifth])
    await deposit(fifth)
    await trusts(fifth, 1)
    // A quorum of four of five: with one of the old ones gone, the new one must have signed.
    await processes.get('authority')?.end()
    await deposit('court')
    assert.ok((await allVerify('court')).includes(fifth))
    start('authority')
    await processes.get('authority')?.ready()
  })

  test('a member rotates all its keys: the node takes them over by itself, and they count', async () => {
    const before = (await seenBy('court'))?.consortium.members.find(({ name }) => name === 'forensics')
    const said = await run('forensics', 'rotate')
    assert.equal([...said.matchAll(/~ forensics {2}key /g)].length, 6)
    await approve(said, ['court', 'authority', 'member-5'])
    await inForce(2, ['court', 'notary', 'forensics', 'authority', 'member-5'])
    const now = (await seenBy('court'))?.consortium.members.find(({ name }) => name === 'forensics')
    assert.notEqual(now?.ballotKey, before?.ballotKey)
    await deposit('forensics')
    // A quorum of four of five, and four validators that must vote: with another one gone, the new keys must work.
    await processes.get('authority')?.end()
    await deposit('court')
    assert.ok((await allVerify('court')).includes('forensics'))
    start('authority')
    await processes.get('authority')?.ready()
    await assert.rejects(run('forensics', 'rotate'), /start the node anew/)
    // At its next start the node lets go of the former keys.
    await processes.get('forensics')?.end()
    start('forensics')
    await processes.get('forensics')?.ready()
    assert.ok(!existsSync(join(planned('forensics').data, 'keys', 'next')))
    await deposit('forensics')
  })

  test('a member leaves: it signs no more, and the others go on', async () => {
    await approve(await run('court', 'remove', 'notary'), ['forensics', 'authority', 'member-5'])
    await inForce(3, ['court', 'forensics', 'authority', 'member-5'])
    await deposit('member-5')
    assert.ok(!(await allVerify('member-5')).includes('notary'))
    await processes.get('notary')?.end()
    await deposit('forensics')
  })

  test('whatever was deposited is verified with the trust file of every member', async () => {
    for (const name of ['court', 'forensics', 'authority', 'member-5']) {
      await trusts(name, 3)
      await allVerify(name)
    }
    await assert.rejects(run('court', 'remove', 'forensics'), /4 to 31 members/)
  })
})
