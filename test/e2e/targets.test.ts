/**
 * The same fingerprint on a second network: two real nodes, of which the second is away at first and the first is killed in
 * between. What comes back is verified under the trust file that was pinned, and sent once however often it was tried.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { OfficeEvents } from '@jurat/api/office'
import type { TargetStandings } from '@jurat/api/targets'
import { skip } from '@jurat/node/database/office/office.fixtures'
import { ask, until as untilWithin } from '../nodeCalls.ts'
import { freshFolder, type Node, startNode } from '../runningNode.ts'

/** Longest wait for what must happen, in milliseconds. */
const patienceMs = 90_000

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

async function deposit(node: Node, digest: string): Promise<string> {
  const body = { items: [{ algorithm: 'sha-256', digest }] }
  const { deposits } = await ask<{ deposits: { id: string }[] }>(node, 'POST', '/v1/deposits?wait=witnessed', body)
  return deposits[0]?.id ?? ''
}

const until = (what: string, holds: () => Promise<boolean>): Promise<void> =>
  untilWithin(what, holds, { patienceMs, everyMs: 100 })

test('a deposit reaches a second network once, whoever is away or killed', { skip }, async (t) => {
  const [homeFolder, notaryFolder] = [freshFolder(), freshFolder()]
  let notary = await startNode(notaryFolder, ['--database-url', 'off'])
  t.after(() => notary.stop('SIGKILL'))
  const profile = join(homeFolder, 'profile.json')
  const target = { name: 'notary', url: notary.url, apiKeyFile: 'notary.key', trustFile: 'notary.json' }
  const writeProfile = (follow: readonly string[]): void =>
    writeFileSync(
      profile,
      JSON.stringify({
        issuer: 'Home',
        address: 'https://home.example',
        targets: [{ ...target, trustFingerprint: notary.trustFingerprint }],
        follow,
      }),
    )
  writeProfile([])
  writeFileSync(join(homeFolder, 'notary.key'), `${notary.apiKey}\n`)
  writeFileSync(join(homeFolder, 'notary.json'), readFileSync(join(notary.folder, 'trust.json')))
  const { port } = notary
  await notary.stop()

  let home = await startNode(homeFolder, ['--profile', profile])
  t.after(() => home.stop('SIGKILL'))
  const digest = digestOf('contract')
  const id = await deposit(home, digest)
  const standing = async (of: string): Promise<TargetStandings['targets'][number] | undefined> =>
    (await ask<TargetStandings>(home, 'GET', `/v1/deposits/${of}/targets`)).targets?.[0]
  await until(
    'the office is open',
    async () => 'targets' in (await ask<object>(home, 'POST', `/v1/deposits/${id}/targets`)),
  )
  await until('the first attempt failed', async () => ((await standing(id))?.reason ?? null) !== null)
  assert.equal((await standing(id))?.state, 'waiting')

  // The organisation's every deposit is sent from the next start on.
  const { organisations } = await ask<{ organisations: { id: string }[] }>(home, 'GET', '/v1/organisations')
  writeProfile(organisations.map(({ id: organisation }) => organisation))
  await home.stop('SIGKILL')
  notary = await startNode(notaryFolder, ['--database-url', 'off'], port)
  home = await startNode(homeFolder, ['--profile', profile])
  await until('it succeeded', async () => (await standing(id))?.state === 'succeeded')
  const there = await standing(id)
  const found = await ask<{ matches: { index: number }[] }>(notary, 'GET', `/v1/deposits?digest=${digest}`)
  assert.deepEqual(
    found.matches.map(({ index }) => index),
    [there?.index],
    'sent once',
  )
  assert.equal(there?.reason, null)

  const followedDigest = digestOf('order')
  const followed = await deposit(home, followedDigest)
  await until('what is followed succeeded too', async () => (await standing(followed))?.state === 'succeeded')
  const { events } = await ask<OfficeEvents>(home, 'GET', '/v1/events?after=0&limit=100')
  const kinds = (of: string): string[] =>
    events.filter(({ subject }) => subject === `deposit/${of}`).map(({ kind }) => kind)
  for (const one of [id, followed]) assert.deepEqual(kinds(one), ['target.wanted', 'target.sent', 'target.succeeded'])
})
