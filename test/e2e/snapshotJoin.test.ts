/**
 * A fifth institution, admitted, joins a chain by snapshot, with real CometBFT: it begins with the state of the others, gets the log
 * before it from them, goes on over a kill in the middle of the one and of the other, and cosigns. Three of the four give it another
 * chunk than that of the snapshot.
 *
 * JURAT_CHAIN_ENTRIES says how many entries the chain has before it joins: 2,000 by default. A long chain:
 *
 *     JURAT_CHAIN_ENTRIES=1000000 node --test test/e2e/snapshotJoin.test.ts
 * @module
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { tilePath, tilesForGrowth, entriesPath } from '@jurat/core/merkle/tile'
import { verifyReceipt } from '@jurat/verify/verify'
import { signedBatches } from '../../bench/signedBatches.ts'
import { nodeCrypto } from '../../packages/node/src/crypto/nodeCrypto.ts'
import { tool } from '../conformance/tools.ts'
import { PlannedNetwork } from '../plannedNetwork.ts'

const skip = tool('cometbft') === null && 'cometbft is not installed (npm run engine:install)'

const entries = Number(process.env['JURAT_CHAIN_ENTRIES'] ?? 2_000)
const patienceMs = 120_000 + entries / 2
const timeout = 590_000 + entries

describe('a member joins by snapshot', { skip, timeout }, () => {
  const founders = 4
  /** Snapshots are made at each multiple of this height. */
  const snapshotEvery = 4
  const fifth = 'member-5'
  let network: PlannedNetwork
  /** Ids of deposits and their originals, before the snapshot and after it. */
  const deposits: { id: string; original: Buffer; after: boolean }[] = []

  const names = (): string[] => network.plan.members.map(({ name }) => name)

  async function deposit(name: string, after: boolean): Promise<void> {
    const { url, apiKey } = network.target(name)
    const original = randomBytes(40)
    const digest = Buffer.from(nodeCrypto.sha256(original)).toString('hex')
    await network.until(`a deposit at ${name}`, async () => {
      const answer = await fetch(`${url}/v1/deposits?wait=witnessed`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ items: [{ algorithm: 'sha-256', digest }] }),
      }).catch(() => null)
      if (answer?.status !== 200) return false
      const { deposits: made } = (await answer.json()) as { deposits: { id: string }[] }
      deposits.push({ id: made[0]?.id ?? '', original, after })
      return true
    })
  }

  /** Receipts of all deposits, from the member that has them, verify; who has signed the newest. */
  async function allVerify(of: (after: boolean) => string): Promise<string[]> {
    let signers: string[] = []
    // Its own trust file names the document of its admission, which is before the snapshot.
    const trust = await (await fetch(`${network.member(fifth).url}/v1/trust`)).text()
    assert.equal((JSON.parse(trust) as { documents: unknown[] }).documents.length, 1)
    for (const { id, original, after } of deposits) {
      let receipt = ''
      await network.until(`a receipt at ${of(after)}`, async () => {
        const answer = await fetch(`${network.member(of(after)).url}/v1/receipts/${id}`)
        receipt = await answer.text()
        return answer.status === 200
      })
      const verdict = await verifyReceipt({ crypto: nodeCrypto, original, receipt, trust })
      assert.equal(verdict.summary, 'verified', JSON.stringify(verdict.steps))
      signers = verdict.signatories.filter(({ timeMs }) => timeMs !== null).map((signatory) => signatory.name)
    }
    return signers
  }

  /** Every tile and bundle of the first `size` entries is the same at two members. */
  async function sameTiles(size: number): Promise<void> {
    for (const { level, index, width } of tilesForGrowth(0, size)) {
      const paths = [tilePath(level, index, width), ...(level === 0 ? [entriesPath(index, width)] : [])]
      for (const path of paths) {
        const [ours, theirs] = await Promise.all(
          [fifth, 'court'].map(async (name) => {
            const answer = await fetch(`${network.member(name).url}/log/${path}`)
            assert.equal(answer.status, 200, `${path} at ${name}`)
            return Buffer.from(await answer.arrayBuffer())
          }),
        )
        assert.deepEqual(ours, theirs, path)
      }
    }
  }

  before(async () => {
    network = await PlannedNetwork.found(founders, founders + 1, patienceMs, [
      '--snapshot-every',
      String(snapshotEvery),
    ])
  })
  after(() => network.remove())

  /** The fifth stands in a consortium document, before its node has ever run. */
  async function admit(): Promise<void> {
    await network.join(fifth, '--genesis', network.plan.genesis)
    const said = await network.run('court', 'admit', network.member(fifth).joinFile)
    const ids = [...said.matchAll(/^proposal {2}([0-9a-f]{64})$/gm)].map(([, id = '']) => id)
    for (const name of ['notary', 'forensics']) {
      await network.until(`${name} knows the proposals`, async () => {
        const listed = await network.run(name, 'ballots')
        return ids.every((id) => listed.includes(id))
      })
      await network.run(name, 'approve', ...ids)
    }
    await network.until('the fifth is a member', async () => {
      const seen = await Promise.all(
        names()
          .slice(0, founders)
          .map((name) => network.seenBy(name)),
      )
      return seen.every((one) => one?.consortium.sequence === 1)
    })
  }

  /** All founders have made the same ones: a busy member may have left a height out, and what it has not it cannot give. */
  async function sameSnapshots(): Promise<void> {
    await network.until('all have the same snapshots', async () => {
      const folders = names()
        .slice(0, founders)
        .map((name) =>
          readdirSync(join(network.member(name).data, 'snapshots'))
            .toSorted()
            .join(),
        )
      const same = folders.every((one) => one !== '' && one === folders[0])
      if (!same) await deposit('court', false)
      return same
    })
  }

  /** A bit of every snapshot that a member has made changes on its disk: it gives others another chunk than it says. */
  function spoilSnapshots(name: string): void {
    const folder = join(network.member(name).data, 'snapshots')
    for (const file of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, file))
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
      writeFileSync(join(folder, file), bytes)
    }
  }

  /** The fifth is killed while its CometBFT takes a snapshot: what it has is not whole. */
  async function killedInStateSync(): Promise<void> {
    const { data } = network.member(fifth)
    network.start(fifth, ['--join', 'snapshot'])
    await network.until('state sync has begun', async () =>
      ['joining', 'cometbft/data/blockstore.db'].every((name) => existsSync(join(data, name))),
    )
    await network.process(fifth).end('SIGKILL')
    assert.ok(existsSync(join(data, 'joining')) && !existsSync(join(data, 'base')), 'it had not the whole of it')
  }

  const secondsSince = (startedAt: number): string => ((performance.now() - startedAt) / 1_000).toFixed(1)

  test('it begins with a snapshot, and has executed no block before it', async (context) => {
    await deposit('court', false)
    await admit()
    await (await signedBatches(network.target('court'), 500)).run(entries)
    await network.even(names().slice(0, founders), entries)
    // A snapshot is offered when the two blocks after it are there.
    for (let more = 0; more < snapshotEvery + 2; more++) await deposit('court', false)
    await sameSnapshots()
    for (const name of ['notary', 'forensics', 'authority']) spoilSnapshots(name)
    await killedInStateSync()
    const startedAt = performance.now()
    network.start(fifth, ['--join', 'snapshot'])
    await network.process(fifth).ready()
    const lies = network.said(fifth).split('A member sent another chunk').length - 1
    context.diagnostic(`${lies} members were refused that sent another chunk`)
    context.diagnostic(`it took the snapshot and was ready ${secondsSince(startedAt)} s after the start of its process`)
    const { data } = network.member(fifth)
    assert.ok(existsSync(join(data, 'base')), 'it began with a snapshot')
    assert.ok(!existsSync(join(data, 'joining')), 'it has the whole of it')
    await deposit('court', true)
    await network.even(names())
    assert.equal((await fetch(`${network.member(fifth).url}/v1/blocks/1`)).status, 404)
  })

  test('killed while it gets the log before the snapshot, it goes on', async (context) => {
    await network.process(fifth).end('SIGKILL')
    const startedAt = performance.now()
    network.start(fifth, ['--join', 'snapshot'])
    await network.process(fifth).ready()
    const { treeSize = 0 } = (await network.seenBy('court')) ?? {}
    await network.even(names(), treeSize)
    await sameTiles(treeSize)
    context.diagnostic(
      `all tiles of ${treeSize} entries are the same ${secondsSince(startedAt)} s after its next start`,
    )
  })

  test('it cosigns; what it has not says so, and what it has verifies', async () => {
    // A quorum of four of five: with one of the old ones gone, the new one must have signed.
    await network.process('authority').end()
    await deposit(fifth, true)
    assert.ok((await allVerify((after) => (after ? fifth : 'court'))).includes(fifth))
    const old = await fetch(`${network.member(fifth).url}/v1/receipts/${deposits[0]?.id}`)
    assert.equal(old.status, 404)
    assert.equal(((await old.json()) as { code: string }).code, 'not-here')
  })

  test('its folder is clean, at rest too, and begins again from its backup', async () => {
    await network.process(fifth).end()
    const said = await network.command(fifth, ['fsck'])
    assert.match(said, /^Clean\.$/m)
    const [copy, restored] = [join(network.folder, 'copy'), join(network.folder, 'restored')]
    await network.command(fifth, ['backup', copy])
    await network.command(fifth, ['restore', copy], restored)
    assert.match(await network.command(fifth, ['fsck'], restored), /^Clean\.$/m)
  })
})
