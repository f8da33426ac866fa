/**
 * A request under an `Idempotency-Key` whose member dies between the broadcast of its transaction and the block: the others
 * make the block without it, and the same request, repeated at the member that is back, finds that deposit. Real processes.
 * @module
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cometRpc } from '../../packages/node/src/engine/cometbft/rpc.ts'
import { cometbftPaths } from '../../packages/node/src/engine/cometbft/supervision/home.ts'
import { tool } from '../conformance/tools.ts'
import { type LocalMember, type LocalNetwork, startLocalNetwork } from '../localNetwork.ts'

const skip = tool('cometbft') === null && 'cometbft is not installed (npm run engine:install)'

/** Longest wait for anything that the network does, milliseconds. */
const patienceMs = 120_000

/** Longest wait for one answer, milliseconds. */
const requestMs = 40_000

describe('a request that is repeated after its member died', { skip, timeout: 590_000 }, () => {
  let network: LocalNetwork
  before(async () => {
    network = await startLocalNetwork()
  })
  after(() => network?.stop())

  const member = (name: string): LocalMember => {
    const found = network.members.find((one) => one.name === name)
    assert.ok(found !== undefined)
    return found
  }

  async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + patienceMs
    while (!(await condition().catch(() => false))) {
      assert.ok(performance.now() < end, `${what}\n${network.output().slice(-3_000)}`)
      await sleep(50)
    }
  }

  function deposit(name: string, digest: string, key: string): Promise<Response> {
    const { url, apiKey } = member(name)
    return fetch(`${url}/v1/deposits`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ items: [{ algorithm: 'sha-256', digest }] }),
      signal: AbortSignal.timeout(requestMs),
    })
  }

  /** Transactions in the mempool of a member's CometBFT. */
  async function inMempool(name: string): Promise<number> {
    const rpc = cometRpc(cometbftPaths(member(name).data).rpcSocket)
    try {
      return Number(((await rpc.call('num_unconfirmed_txs')) as { total: string }).total)
    } finally {
      rpc.close()
    }
  }

  /** Places in the log at which a member finds the digest. */
  async function found(name: string, digest: string): Promise<number[]> {
    const answer = await fetch(`${member(name).url}/v1/deposits?digest=${digest}`)
    const { matches } = (await answer.json()) as { matches: { index: number }[] }
    return matches.map(({ index }) => index)
  }

  test('its transaction comes into a block of the others: there is one deposit, and both requests are it', async () => {
    const digest = randomBytes(32).toString('hex')
    const key = randomBytes(16).toString('hex')
    await until('a first deposit', async () => {
      const first = await deposit('notary', randomBytes(32).toString('hex'), randomBytes(16).toString('hex'))
      return first.status === 200
    })
    // Two of four make no block, so the transaction stays where it is.
    await network.tell('kill', 'authority')
    await network.tell('kill', 'forensics')
    const cut = deposit('notary', digest, key).then(
      ({ status }) => status,
      () => null,
    )
    await until('another member has the transaction', async () => (await inMempool('court')) > 0)
    await network.tell('kill', 'notary')
    assert.notEqual(await cut, 200, 'nothing was answered to the first request')
    // Three of four make the block, without the one that the request was made at.
    await Promise.all(['authority', 'forensics'].map((name) => network.tell('start', name)))
    await until('the block of the others', async () => (await found('court', digest)).length === 1)
    await network.tell('start', 'notary')
    let placed: number[] = []
    await until('the repeated request is answered', async () => {
      const again = await deposit('notary', digest, key)
      const { deposits } = (await again.json()) as { deposits: { index: number }[] }
      placed = deposits.map(({ index }) => index)
      return again.status === 200
    })
    assert.equal(placed.length, 1)
    // One more block, so that a second deposit of it would be there too.
    assert.equal(
      (await deposit('notary', randomBytes(32).toString('hex'), randomBytes(16).toString('hex'))).status,
      200,
    )
    for (const name of ['notary', 'court']) assert.deepEqual(await found(name, digest), placed, name)
  })
})
