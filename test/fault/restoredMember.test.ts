/**
 * What a member may lose in a running consortium with the real CometBFT: everything but a backup, its signer state beside
 * a dead member, CometBFT's store, or the newest part of that, or a bit of a file. It comes back by itself, and signs nothing that it may have signed;
 * by an operator's command when more than a third have lost theirs.
 * @module
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { tool } from '../conformance/tools.ts'
import { type LocalMember, type LocalNetwork, startLocalNetwork } from '../localNetwork.ts'
import { nodeProgram } from '../runningNode.ts'

const skip = tool('cometbft') === null && 'cometbft is not installed (npm run engine:install)'

/** Longest wait for anything that the network does, milliseconds. */
const patienceMs = 120_000

const run = promisify(execFile)

/** What a member's keys have signed last. */
interface Signed {
  readonly size: number
  readonly place: readonly [height: number, round: number, step: number]
}

describe('what a member may lose', { skip, timeout: 590_000 }, () => {
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
      assert.ok(performance.now() < end, `${what}\n${network.output().slice(-2_000)}`)
      await sleep(200)
    }
  }

  /** Deposits until one is witnessed. */
  const deposit = (name: string): Promise<void> =>
    until(`a deposit at ${name}`, async () => {
      const { url, apiKey } = member(name)
      const items = [{ algorithm: 'sha-256', digest: randomBytes(32).toString('hex') }]
      const response = await fetch(`${url}/v1/deposits?wait=witnessed`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ items }),
        signal: AbortSignal.timeout(40_000),
      })
      return response.status === 200
    })

  function signed(data: string): Signed {
    const [, size] = readFileSync(join(data, 'signer', 'log'), 'utf8').split('\n')
    const { height, round, step } = JSON.parse(readFileSync(join(data, 'signer', 'cometbft'), 'utf8')) as {
      height: string
      round: number
      step: number
    }
    return { size: Number(size), place: [Number(height), round, step] }
  }

  function assertBeyond(before: Signed, now: Signed): void {
    assert.ok(now.size >= before.size, `${now.size} entries after ${before.size}`)
    const at = now.place.findIndex((value, index) => value !== before.place[index])
    assert.ok(
      at === -1 || (now.place[at] ?? 0) > (before.place[at] ?? 0),
      `${now.place.join('/')} after ${before.place.join('/')}`,
    )
  }

  /** What its node has written into its log. */
  function said(data: string): string {
    const folder = join(data, 'logs')
    return readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('')
  }

  const command = ({ name, data }: LocalMember, words: readonly string[]): Promise<unknown> =>
    run(process.execPath, [nodeProgram, ...words, '--data', data], {
      env: { ...process.env, JURAT_MASTER_KEY_FILE: join(network.folder, `${name}.master.key`) },
    })

  test('everything but an old backup: it starts muted, and returns by itself', async () => {
    const forensics = member('forensics')
    const { data } = forensics
    await deposit('forensics')
    await network.tell('stop', 'forensics')
    await command(forensics, ['backup', join(network.folder, 'backup')])
    await network.tell('start', 'forensics')
    for (let i = 0; i < 2; i++) await deposit('forensics')
    await network.tell('stop', 'forensics')
    const before = signed(data)
    renameSync(data, `${data}.lost`)
    await deposit('court')
    await command(forensics, ['restore', join(network.folder, 'backup')])
    await network.tell('start', 'forensics')
    assert.match(said(data), /The validator is muted/)
    assert.match(said(data), /The store of CometBFT is behind the ledger/)
    assertBeyond(before, signed(data))
    await deposit('forensics')
  })

  test('its signer state, beside a dead member: the network needs it, and goes on with it', async () => {
    await network.tell('kill', 'authority')
    await network.tell('kill', 'notary')
    const { data } = member('notary')
    const before = signed(data)
    renameSync(join(data, 'signer'), `${data}.signer`)
    await network.tell('start', 'notary')
    assertBeyond(before, signed(data))
    await deposit('court')
    await network.tell('start', 'authority')
  })

  test("CometBFT's store, all of it or the newest part: it gets the chain again", async () => {
    const { data } = member('court')
    const store = join(data, 'cometbft', 'data')
    const older = join(network.folder, 'older')
    await network.tell('stop', 'court')
    cpSync(store, older, { recursive: true })
    await network.tell('start', 'court')
    await deposit('court')
    for (const replace of [() => cpSync(older, store, { recursive: true }), () => undefined]) {
      await network.tell('stop', 'court')
      rmSync(store, { recursive: true })
      replace()
      const before = signed(data)
      const times = said(data).split('The store of CometBFT is behind the ledger').length
      await network.tell('start', 'court')
      await deposit('court')
      assert.ok(said(data).split('The store of CometBFT is behind the ledger').length > times)
      assertBeyond(before, signed(data))
    }
  })

  test('a flipped bit: what is derived is made again by itself, a damaged block is refused, and the others go on', async () => {
    const { data } = member('notary')
    function flip(folder: string, names: RegExp): void {
      const name = readdirSync(join(data, folder)).find((one) => names.test(one)) ?? ''
      const bytes = readFileSync(join(data, folder, name))
      const at = bytes.length >> 1
      bytes[at] = (bytes[at] ?? 0) ^ 1
      writeFileSync(join(data, folder, name), bytes)
    }
    await network.tell('kill', 'notary')
    flip('state', /^MANIFEST-/)
    await network.tell('start', 'notary')
    await deposit('notary')
    await network.tell('stop', 'notary')
    flip('segments', /[.]seg$/)
    await assert.rejects(network.tell('start', 'notary'), /ended at its start/)
    await deposit('court')
    flip('segments', /[.]seg$/)
    await network.tell('start', 'notary')
    await deposit('notary')
  })

  test("two of four lose their signer state: neither goes on by itself, both do after one operator's command", async () => {
    const pair = [member('forensics'), member('authority')]
    await deposit('court')
    for (const { name } of pair) await network.tell('kill', name)
    const before = pair.map(({ data }) => signed(data))
    for (const { data } of pair) renameSync(join(data, 'signer'), `${data}.both`)
    // The first of the two that comes up goes on by itself beside a silent one, as beside a dead one. Without notary they
    // are enough for each other only together, so each knows of the other's loss when it judges.
    await network.tell('cut', 'notary')
    // Neither becomes ready, so the answers to these two come when they are killed.
    const started = pair.map(({ name }) => network.tell('start', name).catch(() => undefined))
    for (const { name, data } of pair) {
      await until(`${name} waits`, async () => said(data).includes('more than a third of the members have lost'))
    }
    for (const { name } of pair) await network.tell('kill', name)
    await Promise.all(started)
    await network.tell('heal', 'notary')
    const [forensics] = pair as [LocalMember]
    await assert.rejects(command(forensics, ['resume-signing', 'authority']), /Nothing was done/)
    await assert.rejects(command(forensics, ['resume-signing', 'forensics', '--asked-every-member']), /is this member/)
    await assert.rejects(command(member('court'), ['resume-signing', 'authority']), /stop it first/)
    await command(forensics, ['resume-signing', 'authority', '--asked-every-member'])
    await Promise.all(pair.map(({ name }) => network.tell('start', name)))
    for (const [at, { name, data }] of pair.entries()) {
      assertBeyond(before[at] as Signed, signed(data))
      await deposit(name)
    }
    assert.match(said(forensics.data), /its operator's command to go on is used up/)
    assert.ok(!readdirSync(forensics.data).includes('resume-signing'), 'it holds once')
    await network.tell('stop', 'forensics')
    await assert.rejects(command(forensics, ['resume-signing', 'authority']), /signer state of this member is there/)
  })
})
