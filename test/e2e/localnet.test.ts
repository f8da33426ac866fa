/**
 * Four institutions with one chain, as `npm run localnet` starts them: a receipt with the cosignatures of three, an idle
 * while, one member killed, cut off, stopped, two cut off and healed. The client's own list of what was acknowledged is the
 * judge, at every member; what anybody showed must never contradict anything else, and every folder must be clean.
 * @module
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { withoutLitewitness } from '../conformance/litewitness.ts'
import { tool } from '../conformance/tools.ts'
import { ConsortiumJudge } from '../fault/consortiumJudge.ts'
import { assertRightTimeAfterIdle } from '../fault/consortiumIdle.ts'
import { type LocalNetwork, startLocalNetwork } from '../localNetwork.ts'

const jurat = join(import.meta.dirname, '../../packages/cli/bin/jurat.js')

const skip = tool('cometbft') === null && 'cometbft is not installed (npm run engine:install)'

/** A short idle while: longer than the tolerance of clocks, so that an old time would be seen. */
const idleMs = 5_000

describe('a consortium of four', { skip, timeout: 590_000 }, () => {
  let network: LocalNetwork
  let judge: ConsortiumJudge

  /** Counts who looks at it. */
  let looks = 0
  const mirror = createServer((_, response) => {
    looks++
    response.writeHead(404).end()
  })

  before(async () => {
    await new Promise<void>((resolve) => mirror.listen(0, '127.0.0.1', resolve))
    const { port } = mirror.address() as AddressInfo
    network = await startLocalNetwork({
      witness: withoutLitewitness === false,
      environment: { JURAT_MIRRORS: `http://127.0.0.1:${port}` },
    })
    judge = new ConsortiumJudge(network)
  })
  after(async () => {
    await network?.stop()
    mirror.close()
  })

  test('it is described as scripts rely on', () => {
    assert.deepEqual(
      network.members.map(({ name }) => name),
      ['court', 'notary', 'forensics', 'authority'],
    )
    const [first] = network.members
    assert.ok(first !== undefined)
    for (const [at, { url, apiKey, pid, cometbftPid }] of network.members.entries()) {
      assert.equal(Number(new URL(url).port), Number(new URL(first.url).port) + 10 * at)
      assert.match(apiKey, /^jrt_/)
      for (const id of [pid, cometbftPid]) assert.ok(id !== null && process.kill(id, 0))
    }
  })

  test('a deposit at one member is witnessed by three, and proven alike at all', async () => {
    const response = await judge.deposit('court', 'witnessed')
    assert.equal(response.status, 200, await response.clone().text())
    const { deposits } = (await response.json()) as { deposits: { state: string }[] }
    assert.equal(deposits[0]?.state, 'witnessed')
    const [made] = judge.acknowledged
    assert.ok(made !== undefined)
    for (const name of ['court', 'notary']) await judge.verified(name, made)
    await judge.even()
  })

  test('an outside witness cosigns; receipt and verdict name it', { skip: withoutLitewitness }, async () => {
    const { witness } = network
    assert.ok(witness !== null)
    const deposit = judge.acknowledged[0] ?? assert.fail()
    const [original, receipt] = [join(network.folder, 'original'), join(network.folder, 'original.jurat.json')]
    writeFileSync(original, deposit.original)
    await judge.until('a receipt with the note of the outside witness', async () => {
      const text = await (await fetch(`${judge.member('notary').url}/v1/receipts/${deposit.id}`)).text()
      writeFileSync(receipt, text)
      const { witnesses = [] } = JSON.parse(text) as { witnesses?: readonly string[] }
      return witnesses.some((note) => note.includes(`\n— ${witness.name} `))
    })
    const words = [jurat, 'verify', original, receipt, '--trust', network.trust, '--language', 'en']
    const { stdout } = await promisify(execFile)(process.execPath, words)
    assert.match(
      stdout,
      /besides, 1 of 1 outside witnesses have cosigned the same tree:\n {2}jurat\.local\/litewitness {2}20/,
    )
  })

  test('the headers are followed from one member and compared with another', async () => {
    const [court, notary] = [judge.member('court').url, judge.member('notary').url]
    const words = ['log', 'follow', '--node', court, '--also', notary, '--trust', network.trust, '--count', '1']
    const { stdout } = await promisify(execFile)(process.execPath, [jurat, ...words, '--json'])
    const { height, size, root } = JSON.parse(stdout) as { height: number; size: number; root: string }
    assert.ok(height > 1 && size > 0)
    assert.match(root, /^[0-9a-f]{64}$/)
  })

  test('idle, it does not grow; a deposit afterwards bears the right time', async () => {
    await assertRightTimeAfterIdle(judge, idleMs)
  })

  test('one member is killed: the others go on, and it returns by itself', async () => {
    await network.tell('kill', 'authority')
    for (let n = 0; n < 5; n++) await judge.deposited('court')
    await network.tell('start', 'authority')
    await judge.even()
    await judge.deposited('authority')
  })

  test('one member is cut off: the others go on, and it returns by itself', async () => {
    await network.tell('cut', 'notary')
    for (let n = 0; n < 5; n++) await judge.deposited('court')
    await network.tell('heal', 'notary')
    await judge.even()
  })

  test('one member is stopped: its folder is clean, and the others go on', async () => {
    const { name, data } = judge.member('forensics')
    await network.tell('stop', name)
    await judge.assertClean(name, data)
    for (let n = 0; n < 5; n++) await judge.deposited('notary')
    await network.tell('start', name)
    await judge.even()
  })

  test('two are cut off: nothing is acknowledged, and a 503 names who is missing; healed, it goes on', async () => {
    await network.tell('cut', 'notary')
    await network.tell('cut', 'authority')
    // What was on its way may still come through; afterwards nothing may.
    await sleep(500)
    const count = judge.acknowledged.length
    const [refused, alone] = await Promise.all([judge.deposit('court'), judge.deposit('notary')])
    for (const { status } of [refused, alone]) assert.equal(status, 503)
    assert.match(await refused.text(), /missing: (notary, authority|authority, notary)/)
    assert.match(await alone.text(), /missing: /)
    assert.equal(judge.acknowledged.length, count)
    await network.tell('heal', 'notary')
    await network.tell('heal', 'authority')
    await judge.deposited('court')
  })

  test('members look at what others show, and raise no alarm', async () => {
    await judge.until('the mirror is looked at', async () => looks > 0)
    for (const { name, url, data } of network.members) {
      assert.doesNotMatch(await (await fetch(`${url}/metrics`)).text(), /^jurat_alarms_total/m, name)
      assert.ok(!existsSync(join(data, 'alarms')), name)
    }
  })

  test('the program is killed: its next start ends what it left, and knows the key of a folder that was restored', async () => {
    const before = network.members
    const { data, apiKey } = judge.member('forensics')
    rmSync(join(data, 'bootstrap.json'))
    await network.killAndRestart()
    if (process.platform === 'linux')
      assert.match(network.output(), /was killed, and left running: .*court \(process \d+\)/)
    for (const { pid, cometbftPid } of before) {
      for (const id of [pid, cometbftPid]) assert.ok(id !== null && !network.members.some((one) => one.pid === id))
    }
    assert.equal(judge.member('forensics').apiKey, apiKey)
    await judge.deposited('forensics')
  })

  test('whatever was acknowledged is proven at every member, nothing was signed twice, every folder is clean', async (context) => {
    context.diagnostic(JSON.stringify(await judge.judge()))
    await judge.stopAndCheck()
  })
})
