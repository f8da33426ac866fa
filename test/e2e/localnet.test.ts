/**
 * Four institutions with one chain, as `npm run localnet` starts them: a receipt with the cosignatures of three, one
 * member away and back, two cut off and healed. The client's own list of what was acknowledged is the judge, at every
 * member; the checkpoints that anybody showed must never contradict one another.
 * @module
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeCrypto } from '../../packages/node/src/crypto/nodeCrypto.ts'
import { verifyReceipt } from '@jurat/verify/verify'
import { tool } from '../conformance/tools.ts'
import { type LocalMember, type LocalNetwork, startLocalNetwork } from '../localNetwork.ts'

const skip = tool('cometbft') === null && 'cometbft is not installed (npm run engine:install)'

/** Longest wait for anything that the network does, milliseconds. */
const patienceMs = 120_000

/** Longest wait for a request of a network that may stand still, milliseconds. */
const requestMs = 40_000

/** A deposit that was acknowledged. */
interface Acknowledged {
  readonly id: string
  readonly index: number
  readonly original: Buffer
}

describe('a consortium of four', { skip, timeout: 590_000 }, () => {
  let network: LocalNetwork
  const acknowledged: Acknowledged[] = []
  // One watch for all: whatever any member shows must fit.
  const roots = new Map<number, string>()

  before(async () => {
    network = await startLocalNetwork()
  })
  after(() => network?.stop())

  const member = (name: string): LocalMember => {
    const found = network.members.find((one) => one.name === name)
    assert.ok(found !== undefined)
    return found
  }

  async function look(): Promise<void> {
    for (const { url } of network.members) {
      const answer = await fetch(`${url}/log/checkpoint`).catch(() => null)
      if (answer?.status !== 200) continue
      const [, size = '', root = ''] = (await answer.text()).split('\n')
      assert.equal(roots.get(Number(size)) ?? root, root, `two roots for size ${size}`)
      roots.set(Number(size), root)
    }
  }

  async function deposit(at: LocalMember, wait = 'committed'): Promise<Response> {
    const original = randomBytes(40)
    const digest = Buffer.from(nodeCrypto.sha256(original)).toString('hex')
    const response = await fetch(`${at.url}/v1/deposits?wait=${wait}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${at.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ items: [{ algorithm: 'sha-256', digest }] }),
      signal: AbortSignal.timeout(requestMs),
    })
    if (response.status !== 200) return response
    const { deposits } = (await response.clone().json()) as { deposits: { id: string; index: number }[] }
    const [made] = deposits
    assert.ok(made !== undefined)
    acknowledged.push({ ...made, original })
    await look()
    return response
  }

  async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + patienceMs
    while (!(await condition())) {
      assert.ok(performance.now() < end, `${what}\n${network.output().slice(-2_000)}`)
      await sleep(100)
    }
  }

  const networkOf = async ({ url }: LocalMember): Promise<{ treeSize: number; height: number } | null> => {
    const answer = await fetch(`${url}/v1/network`).catch(() => null)
    return answer?.ok === true ? ((await answer.json()) as { treeSize: number; height: number }) : null
  }

  /** Waits until the other member has executed what the first has. */
  const caughtUp = (late: string, early: string): Promise<void> =>
    until(`${late} catches up`, async () => {
      const [a, b] = [await networkOf(member(late)), await networkOf(member(early))]
      return a !== null && b !== null && a.treeSize === b.treeSize
    })

  async function receiptAt({ url }: LocalMember, id: string): Promise<string> {
    let text = ''
    await until(`a receipt of ${id} at ${url}`, async () => {
      const answer = await fetch(`${url}/v1/receipts/${id}`)
      text = await answer.text()
      return answer.status === 200
    })
    return text
  }

  async function verified(receipt: string, original: Uint8Array): Promise<Awaited<ReturnType<typeof verifyReceipt>>> {
    const trust = readFileSync(network.trust, 'utf8')
    const verdict = await verifyReceipt({ crypto: nodeCrypto, original, receipt, trust })
    assert.equal(verdict.summary, 'verified', JSON.stringify(verdict.steps))
    return verdict
  }

  test('a deposit at one member is witnessed by three, and proven alike at another', async () => {
    const response = await deposit(member('court'), 'witnessed')
    assert.equal(response.status, 200)
    const { deposits } = (await response.json()) as { deposits: { state: string }[] }
    assert.equal(deposits[0]?.state, 'witnessed')
    const [made] = acknowledged
    assert.ok(made !== undefined)
    const verdict = await verified(await receiptAt(member('court'), made.id), made.original)
    assert.ok(verdict.signatories.filter(({ timeMs }) => timeMs !== null).length >= 3, 'three institutions have signed')
    await caughtUp('notary', 'court')
    await verified(await receiptAt(member('notary'), made.id), made.original)
    await until('the four roots are equal', async () => {
      const notes = await Promise.all(
        network.members.map(async ({ url }) => (await fetch(`${url}/log/checkpoint`)).text()),
      )
      return new Set(notes.map((note) => note.split('\n').slice(0, 3).join(' '))).size === 1
    })
  })

  test('one member is killed: the others go on, and it returns by itself', async () => {
    await network.tell('kill', 'authority')
    for (let n = 0; n < 5; n++) assert.equal((await deposit(member('court'))).status, 200)
    await network.tell('start', 'authority')
    await caughtUp('authority', 'court')
    assert.equal((await deposit(member('authority'))).status, 200)
  })

  test('one member is cut off: the others go on, and it returns by itself', async () => {
    await network.tell('cut', 'notary')
    for (let n = 0; n < 5; n++) assert.equal((await deposit(member('court'))).status, 200)
    await network.tell('heal', 'notary')
    await caughtUp('notary', 'court')
  })

  test('two are cut off: nothing is acknowledged, and a 503 names who is missing; healed, it goes on', async () => {
    await network.tell('cut', 'notary')
    await network.tell('cut', 'authority')
    const before = acknowledged.length
    const refused = await deposit(member('court'))
    assert.equal(refused.status, 503)
    assert.match(await refused.text(), /missing: .*(notary|authority)/)
    assert.equal(acknowledged.length, before)
    await network.tell('heal', 'notary')
    await network.tell('heal', 'authority')
    await until('it goes on', async () => (await deposit(member('court')).catch(() => null))?.status === 200)
  })

  test('whatever was acknowledged is proven at every member', async () => {
    for (const { name } of network.members) if (name !== 'court') await caughtUp(name, 'court')
    for (const one of network.members) {
      for (const { id, index, original } of acknowledged) {
        const text = await receiptAt(one, id)
        assert.equal((JSON.parse(text) as { index: number }).index, index, one.name)
        await verified(text, original)
      }
    }
    await look()
  })
})
