/**
 * Certificates of a real node that is killed while many wait: each is issued once, in numbers without gaps. Bounded here;
 * more by
 * `JURAT_CERTIFICATES=1000 JURAT_KILLS=10 npm test -- test/e2e/certificates.test.ts`.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CertificateStanding, PublicCertificate } from '@jurat/api/certificates'
import type { OfficeEvents } from '@jurat/api/office'
import { skip } from '@jurat/node/database/office/office.fixtures'
import { ask, until as untilWithin } from '../nodeCalls.ts'
import { freshFolder, type Node, startNode } from '../runningNode.ts'

/** How many are asked for, and how often the node is killed. */
const count = Number(process.env['JURAT_CERTIFICATES'] ?? 8)
const kills = Number(process.env['JURAT_KILLS'] ?? 2)

/** Longest wait for what must happen, in milliseconds. */
const patienceMs = 120_000 + count * 2_000

const until = (what: string, holds: () => Promise<boolean>): Promise<void> =>
  untilWithin(what, holds, { patienceMs, everyMs: 200 })

async function standings(node: Node): Promise<CertificateStanding[]> {
  const all: CertificateStanding[] = []
  for (;;) {
    const after = all.length === 0 ? '' : `&after=${all.at(-1)?.request}`
    const answer = await ask<{ certificates?: CertificateStanding[] }>(
      node,
      'GET',
      `/v1/certificates?limit=1000${after}`,
    )
    const { certificates = [] } = answer
    all.push(...certificates)
    if (certificates.length < 1_000) return all
  }
}

async function allEvents(node: Node): Promise<OfficeEvents['events']> {
  const events: OfficeEvents['events'] = []
  for (let after = 0, more = true; more;) {
    const page = await ask<OfficeEvents>(node, 'GET', `/v1/events?after=${after}&limit=1000`)
    events.push(...page.events)
    ;({ next: after, more } = page)
  }
  return events
}

test('many certificates, a node that is killed: each once, numbers without gaps', { skip }, async (t) => {
  const folder = freshFolder()
  const profile = join(folder, 'profile.json')
  writeFileSync(
    profile,
    JSON.stringify({ issuer: '杭州公證處', address: 'https://e.example', prefix: 'HZ', time: 'any' }),
  )
  const start = (): Promise<Node> => startNode(folder, ['--profile', profile])
  let node = await start()
  t.after(() => node.stop('SIGKILL'))
  const items = Array.from({ length: count }, (_, n) => ({
    algorithm: 'sha-256',
    digest: createHash('sha256').update(`work ${n}`).digest('hex'),
  }))
  const { deposits } = await ask<{ deposits: { id: string }[] }>(node, 'POST', '/v1/deposits', { items })
  await until('the office is open', async () => 'certificates' in (await ask<object>(node, 'GET', '/v1/certificates')))
  for (const { id } of deposits) await ask(node, 'POST', '/v1/certificates', { deposits: [{ id }] })

  for (let killed = 0; killed < kills; killed++) {
    const issued = Math.floor((count * killed) / (kills + 1))
    await until(
      'some are issued',
      async () => (await standings(node)).filter((one) => one.state === 'issued').length > issued,
    )
    await node.stop('SIGKILL')
    node = await start()
  }
  await until('all are issued', async () => {
    const all = await standings(node)
    return all.length === count && all.every(({ state }) => state === 'issued')
  })
  const all = await standings(node)
  const year = new Date().getUTCFullYear()
  assert.deepEqual(
    all.map(({ number }) => number).toSorted((a, b) => String(a).localeCompare(String(b))),
    items.map((_, n) => `HZ-${year}-${String(n + 1).padStart(6, '0')}`),
  )
  const events = await allEvents(node)
  for (const kind of ['certificate.numbered', 'certificate.issued']) {
    const subjects = events.filter((event) => event.kind === kind).map(({ subject }) => subject)
    assert.equal(subjects.length, count, kind)
    assert.equal(new Set(subjects).size, count, `${kind}, each once`)
  }

  const [first] = all
  const number = first?.number ?? ''
  const file = await fetch(`${node.url}/v1/certificates/${number}/file`, {
    headers: { authorization: `Bearer ${node.apiKey}` },
  })
  const bytes = Buffer.from(await file.arrayBuffer())
  assert.equal(createHash('sha256').update(bytes).digest('hex'), first?.sha256)
  assert.equal(bytes.subarray(0, 5).toString(), '%PDF-')
  const known = await ask<PublicCertificate>(node, 'GET', `/v1/certificates/${number}`)
  assert.deepEqual([known.issuer, known.deposits.length, known.refers], ['杭州公證處', 1, null])

  // Again under a new number, and a letter that corrects the first: it stays as it is.
  await ask(node, 'POST', `/v1/certificates/${number}/reissue`)
  const changes = [{ what: 'name', was: '張三', is: '张三' }]
  await ask(node, 'POST', `/v1/certificates/${number}/corrections`, { reason: 'misspelt', changes })
  await until(
    'both are issued',
    async () => (await standings(node)).filter((one) => one.state === 'issued').length === count + 2,
  )
  const later = await ask<PublicCertificate>(node, 'GET', `/v1/certificates/${number}`)
  assert.deepEqual([later.replacedBy.length, later.correctedBy.length, later.sha256], [1, 1, known.sha256])
  const refused = [{ what: 'name', was: 'a', is: '\u{10ffff}' }]
  const { request } = await ask<CertificateStanding>(node, 'POST', `/v1/certificates/${number}/corrections`, {
    reason: 'r',
    changes: refused,
  })
  const asked = (): Promise<CertificateStanding> => ask(node, 'GET', `/v1/certificate-requests/${request}`)
  await until('a character that no font has is refused', async () => (await asked()).state === 'refused')
  const { number: none, reason } = await asked()
  assert.equal(none, null)
  assert.match(reason ?? '', /no font/)
})
