/**
 * Issuing over a real PostgreSQL, with the real layout and signatures: what a certificate waits for, what it is refused
 * for, and that each is issued once although the database and the place of the files go away in the middle.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { toHex } from '@jurat/core/bytes'
import { parseTrust } from '@jurat/core/receipt/trustChain'
import { crypto } from '@jurat/verify/network.fixtures'
import { consortiumEvidence, type Evidence, stampedEvidence } from '@jurat/verify/evidence.fixtures'
import { examineReceipt } from '@jurat/verify/verify'
import { readEvents } from '../database/office/events.ts'
import { Jobs } from '../database/office/jobs.ts'
import { skip, testOffice, testServer, until } from '../database/office/office.fixtures.ts'
import { silentLogger } from '../observe/logger.ts'
import { systemTimers } from '../platform/clock.ts'
import { Certificates, type CertificatesOptions, certifiedMax } from './certificates.ts'
import { gather, type GatherSources, type ReachedTarget } from './certificates/gather.ts'
import { LayoutError } from './certificates/layout/error.ts'
import { Layouter } from './certificates/layout/layouter.ts'
import { FolderBlobStore } from './originals.ts'
import { EditorThread } from './signing/editorThread.ts'
import { signPdf } from './signing/sign.ts'
import { signedAtMs, sourcesOf } from './signing/signing.fixtures.ts'

const id = 'a'.repeat(58)

/** Sources over one piece of evidence. */
function sourcesOver({ receipt, trust }: Evidence, changes: Partial<GatherSources> = {}): GatherSources {
  return {
    profile: {
      issuer: '公證處',
      address: 'https://e.example',
      prefix: 'T',
      language: 'en',
      zoneMinutes: 480,
      time: 'none',
      texts: {},
      logos: new Map([['nobody.example', { type: 'svg', bytes: new Uint8Array() }]]),
      required: [],
    },
    network: { name: 'jurat.example/court', id: 'ab'.repeat(32) },
    receipt: () => Promise.resolve(receipt),
    trust: () => Promise.resolve({ text: trust, fingerprint: toHex(parseTrust(crypto, trust).fingerprint) }),
    examine: (job) => examineReceipt({ ...job, crypto }),
    reached: () => Promise.resolve([]),
    holder: () => 'Firm',
    findings: () => Promise.resolve([]),
    verifierSha256: () => Promise.resolve(null),
    ...changes,
  }
}

test('a certificate waits for log, time and networks, and is refused for another fingerprint', async () => {
  const [stamped, members] = [stampedEvidence(), consortiumEvidence().before]
  const gathered = (evidence: Evidence, changes: Partial<GatherSources> = {}, receipt: string | null = null) =>
    gather(sourcesOver(evidence, changes), [{ id, receipt }], 'en')
  const profileOf = (changes: Partial<GatherSources['profile']>): Partial<GatherSources> => ({
    profile: { ...sourcesOver(stamped).profile, ...changes },
  })
  const plain = await gathered(members)
  assert.ok('content' in plain, JSON.stringify(plain))
  const [deposit] = plain.content.deposits
  assert.ok(plain.content.members.length >= plain.content.threshold && plain.content.threshold > 0)
  assert.ok(
    plain.content.members.every(({ logo }) => logo === null),
    'no logo of somebody who did not sign',
  )

  const there: ReachedTarget = {
    deposit: id,
    target: 'notary',
    state: 'succeeded',
    algorithm: 1,
    digest: Buffer.from(deposit?.digest ?? '', 'hex'),
    remote_index: '7',
    remote_time_ms: '1800000000000',
    reason: null,
  }
  const onNotary = (changes: Partial<ReachedTarget>): Partial<GatherSources> => ({
    ...profileOf({ required: ['notary'] }),
    reached: () => Promise.resolve([{ ...there, ...changes }]),
  })
  const cases: readonly [string, ReturnType<typeof gathered>, 'content' | 'waiting' | 'refused', RegExp][] = [
    ['no checkpoint yet', gathered(members, { receipt: () => Promise.resolve(null) }), 'waiting', /no checkpoint/],
    ['no token at all', gathered(members, profileOf({ time: 'any' })), 'waiting', /no time stamp/],
    ['a token', gathered(stamped, profileOf({ time: 'any' })), 'content', /./],
    ['a network that was not reached', gathered(members, onNotary({ state: 'sent' })), 'waiting', /on notary: sent/],
    ['a network that was reached', gathered(members, onNotary({})), 'content', /"index":7/],
    ['another fingerprint there', gathered(members, onNotary({ digest: Buffer.alloc(32) })), 'refused', /another/],
    ['another algorithm there', gathered(members, onNotary({ algorithm: 2 })), 'refused', /another/],
    ['a receipt of another deposit', gathered(members, {}, stamped.receipt), 'refused', /another deposit/],
    ['a receipt that is none', gathered(members, {}, '{}'), 'refused', /another deposit/],
    ['the trust file of another network', gathered({ ...members, trust: stamped.trust }), 'waiting', /proves nothing/],
  ]
  for (const [name, result, outcome, says] of cases) {
    const found = await result
    assert.ok(outcome in found, `${name}: ${JSON.stringify(found)}`)
    assert.match(JSON.stringify(found), says, name)
  }
})

test('database and files gone in the middle of issuing: each once, numbers without gaps', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'jurat-certificates-'))
  const server = await testServer(t)
  const [layout, editor, blobs] = [
    new Layouter(systemTimers),
    new EditorThread(systemTimers),
    new FolderBlobStore(folder),
  ]
  let areFilesGone = true
  let failures = 0
  let isNotedLost = false
  const signed: string[] = []
  const verifier = 'ef'.repeat(32)
  const deposited = new Map<string, string>()
  const files: CertificatesOptions['files'] = {
    async put(sha256, content, bytesMax) {
      if (areFilesGone) {
        failures++
        content.destroy()
        throw new Error('the place of the files is gone')
      }
      await blobs.put(sha256, content, bytesMax)
      signed.push(sha256)
      // Kept, and the database goes before that is noted.
      if (isNotedLost) await server.stop()
    },
    get: (sha256) => blobs.get(sha256),
  }
  let certificates: Certificates | null = null
  const office = await testOffice(server.connection, {
    workers(over) {
      const jobs = new Jobs({
        office: over,
        now: () => Date.now(),
        timers: systemTimers,
        alarm: () => {},
        logger: silentLogger,
      })
      certificates = new Certificates({
        ...sourcesOver(consortiumEvidence().before),
        office: over,
        jobs,
        now: () => Date.UTC(2027, 0, 1),
        layout,
        isImpossible: (error) => error instanceof LayoutError && error.code === 'character-missing',
        sign: (pdf) =>
          signPdf(editor, pdf, sourcesOf('signer'), 'B-T', {
            field: null,
            timeMs: signedAtMs,
            reason: null,
            appearance: null,
          }),
        files,
        wantTargets: () => Promise.resolve(),
        verifierSha256: () => Promise.resolve(verifier),
        depositOwn: (sha256, key) => {
          deposited.set(key, sha256)
          return Promise.resolve(`deposit of ${sha256}`)
        },
      })
      return [jobs]
    },
  })
  t.after(async () => {
    await office.stop()
    await layout.stop()
    await editor.stop()
    await rm(folder, { recursive: true, force: true })
  })
  assert.ok(certificates !== null)
  const issuing: Certificates = certificates
  for (let n = 0; n < 3; n++) await issuing.request('firm', [{ id, receipt: null }])
  await until('the files could not be kept', () => failures > 1)
  isNotedLost = true
  areFilesGone = false
  await until('the office is closed', () => !office.open)
  isNotedLost = false
  await server.start()
  const all = () => issuing.list('firm', '0', 9).catch(() => [])
  await until('all are issued', async () => {
    await until('their digests are deposited', async () => (await all()).every(({ deposit }) => deposit !== null))
    const rows = await all()
    return rows.length === 3 && rows.every(({ state }) => state === 'issued')
  })
  const rows = await all()
  assert.deepEqual(
    rows.map(({ number }) => number).toSorted((a, b) => String(a).localeCompare(String(b))),
    ['T-2027-000001', 'T-2027-000002', 'T-2027-000003'],
  )
  assert.ok(rows.every(({ sha256 }) => signed.includes(sha256 ?? '')))
  const digests = [...rows.map(({ sha256 }) => sha256), verifier]
  assert.deepEqual(
    [...deposited.values()].toSorted(),
    digests.toSorted((a, b) => String(a).localeCompare(String(b))),
  )
  const { events } = await office.read((database) =>
    readEvents(database, { organisation: 'firm', after: 0, limit: 99 }),
  )
  for (const kind of ['certificate.numbered', 'certificate.issued']) {
    const subjects = events.filter((event) => event.kind === kind).map(({ subject }) => subject)
    assert.deepEqual([subjects.length, new Set(subjects).size], [3, 3], kind)
  }
  const many = (length: number) => Array.from({ length }, (_, n) => ({ id: `${id}${n}`, receipt: null }))
  await assert.rejects(issuing.request('firm', many(certifiedMax + 1)), /at most 64/)
  await assert.rejects(issuing.request('firm', [...many(1), ...many(1)]), /stands twice/)
  await assert.rejects(issuing.reissue('T-2027-000001', 'stranger'), /no such certificate/)
  await assert.rejects(issuing.requested(rows[0]?.id ?? '', 'stranger'), /no such certificate/)
})
