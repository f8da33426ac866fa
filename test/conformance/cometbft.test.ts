/**
 * The real CometBFT over the ledger: blocks, the one proof block, and kills at every place of a block. Afterwards both sides
 * stand at the same height with the same hash, and an empty ledger that executes the whole chain again gets the same.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Place } from './cometbft/application.ts'
import { consortiumGenesis, placesOf, soloGenesis, TestChain, versionOf } from './cometbft/chain.ts'
import { tool } from './tools.ts'

const binary = tool('cometbft')
const skip = binary === null && 'cometbft is not installed (scripts/install-tools.sh)'

interface Status {
  readonly sync_info: { readonly latest_block_height: string; readonly latest_app_hash: string }
}

/** The height and hash at which CometBFT and the application agree. */
async function agreement(chain: TestChain): Promise<{ height: number; appHash: string; ledgerHeight: number }> {
  for (let attempt = 0; attempt < 600; attempt++) {
    chain.application.tell({ state: true })
    const { state } = await chain.application.take('state')
    const { sync_info: info } = (await chain.ask('status')) as unknown as Status
    // The hash after a block stands in the next one: an idle chain has made that.
    const settled = state.height === Number(info.latest_block_height) && state.height > state.ledgerHeight
    if (settled) {
      assert.equal(info.latest_app_hash.toLowerCase(), state.appHash)
      return state
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`CometBFT and the application do not agree: ${chain.log()}`)
}

async function deposited(chain: TestChain, name: string, items = 3): Promise<number> {
  chain.application.tell({ deposit: name, items })
  const report = await chain.application.take('deposited')
  assert.equal(report.deposited, name)
  return report.height
}

test('deposits, silence, kills at every place of a block, replay', { skip, timeout: 900_000 }, async (t) => {
  assert.ok(binary !== null)
  const chain = await TestChain.make(binary)
  t.after(() => chain.remove())
  await chain.startApplication()
  chain.startComet()
  await chain.ask('status')

  await t.test('a deposit stands in a block; the one proof block follows, then silence', async () => {
    const first = await deposited(chain, 'first')
    assert.ok(first >= 1)
    const { height } = await agreement(chain)
    assert.equal(height, first + 1)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    assert.equal((await agreement(chain)).height, height)
    assert.equal(await deposited(chain, 'second', 500), height + 1)
  })

  await t.test('many at once', async () => {
    for (let i = 0; i < 40; i++) chain.application.tell({ deposit: `many ${i}`, items: 10 })
    for (let i = 0; i < 40; i++) await chain.application.take('deposited')
    await agreement(chain)
  })

  const victims = ['application', 'cometbft', 'both'] as const
  const places: readonly Place[] = ['finalized', 'committing', 'committed']
  for (const place of places) {
    for (const victim of victims) {
      await t.test(`killed: ${victim}, at a block that is ${place}`, async () => {
        const before = await agreement(chain)
        const { application, comet } = chain
        application.tell({ hold: place })
        application.tell({ deposit: `${victim} ${place}`, items: 5 })
        await application.take('held')
        if (victim !== 'application') await comet.kill()
        if (victim !== 'cometbft') await application.kill()
        if (victim === 'cometbft') application.tell({ release: true })
        // Without its application CometBFT ends; the supervisor starts both again, the application first.
        if (victim === 'application') await comet.kill()
        if (victim !== 'cometbft') await chain.startApplication()
        chain.startComet()
        const after = await agreement(chain)
        assert.ok(after.ledgerHeight > before.ledgerHeight, 'the decided block is there')
        assert.notEqual(after.appHash, before.appHash)
        // Whoever outlived it was told the outcome.
        if (victim === 'cometbft') assert.equal((await application.take('deposited')).height, after.ledgerHeight)
        assert.ok((await deposited(chain, `after ${victim} ${place}`)) > after.height)
      })
    }
  }

  await t.test('an application that was stopped in order goes on where it was', async () => {
    const before = await agreement(chain)
    await chain.comet.kill()
    chain.application.tell({ stop: true })
    await chain.application.take('stopped')
    await chain.application.end()
    await chain.startApplication()
    // The height counts the block without transactions too, so CometBFT has nothing to deliver again.
    chain.application.tell({ state: true })
    assert.deepEqual((await chain.application.take('state')).state, before)
    chain.startComet()
    await agreement(chain)
  })

  await t.test('an empty ledger executes the whole chain again and gets the same hash', async () => {
    const before = await agreement(chain)
    await chain.comet.kill()
    await chain.application.kill()
    await chain.startApplication('fresh')
    chain.startComet()
    assert.deepEqual(await agreement(chain), before)
    await deposited(chain, 'on the fresh ledger')
  })
})

test('without CometBFT a submission ends with the news that no block is made', { skip }, async (t) => {
  assert.ok(binary !== null)
  assert.match(versionOf(binary), /^0\.39\./)
  const chain = await TestChain.make(binary)
  t.after(() => chain.remove())
  await chain.startApplication('data', 2_000)
  chain.application.tell({ deposit: 'early', items: 1 })
  const early = await chain.application.take('failed')
  assert.equal(early.code, 'stalled')
  assert.match(early.message, /No block has been made for \d+ seconds\. This member's CometBFT does not answer/)
  chain.application.tell({ deposit: 'turned away', items: 1 })
  assert.match((await chain.application.take('failed')).message, /Nothing was taken/)
  // It was not lost: once blocks are made it is recorded, although nobody waits any more.
  chain.startComet()
  let ledgerHeight = 0
  while (ledgerHeight === 0) ledgerHeight = (await agreement(chain)).ledgerHeight
})

test("another network's genesis is refused in words, and nothing is made", { skip }, async (t) => {
  assert.ok(binary !== null)
  const chain = await TestChain.make(binary)
  t.after(() => chain.remove())
  writeFileSync(chain.genesisPath, soloGenesis())
  await chain.startApplication()
  const comet = chain.startComet()
  const { fatal } = await chain.application.take('fatal')
  assert.match(fatal, /CometBFT's genesis is not that of this network: chain_id is jurat-[0-9a-f]{40} and must be/)
  await comet.end()
})

test(
  'two of four members make no block and name the others; with a third what was cut off is recorded',
  { skip },
  async (t) => {
    assert.ok(binary !== null)
    const places = await placesOf(consortiumGenesis(['court', 'notary', 'forensic', 'ca']), [
      'court',
      'notary',
      'forensic',
    ])
    const endMs = Date.now() + 300_000
    const chains: TestChain[] = []
    for (const place of places) chains.push(await TestChain.make(binary, place))
    t.after(() => Promise.all(chains.map((chain) => chain.remove())))
    const [court, notary, forensic] = chains
    assert.ok(court !== undefined && notary !== undefined && forensic !== undefined)
    for (const chain of [court, notary]) {
      await chain.startApplication('data', 8_000)
      chain.startComet()
    }
    // What is sent before the first block waits for it.
    court.application.tell({ deposit: 'cut off', items: 1 })
    const { message: unknown } = await court.application.take('failed')
    assert.match(unknown, /What was sent may still be recorded/)
    // It takes some seconds until both know that there is nothing to catch up with.
    let message = ''
    while (!message.includes('take part')) {
      if (Date.now() > endMs) throw new Error(`${message}; CometBFT of the other: ${notary.log()}`)
      await new Promise((resolve) => setTimeout(resolve, 500))
      court.application.tell({ deposit: 'turned away', items: 1 })
      message = (await court.application.take('failed')).message
      assert.match(message, /Nothing was taken/)
    }
    assert.match(message, /2 of 4 members take part, and 3 are needed; missing: forensic, ca\./)
    await forensic.startApplication()
    forensic.startComet()
    // The first block of the three is an empty one.
    let agreed = await agreement(court)
    while (agreed.ledgerHeight === 0) {
      if (Date.now() > endMs) throw new Error(`what was sent is in no block: ${court.log()}`)
      agreed = await agreement(court)
    }
    assert.ok((await deposited(forensic, 'by the third')) > agreed.ledgerHeight)
    const states = await Promise.all(chains.map((chain) => agreement(chain)))
    assert.equal(new Set(states.map(({ height, appHash }) => `${height} ${appHash}`)).size, 1)
  },
)
