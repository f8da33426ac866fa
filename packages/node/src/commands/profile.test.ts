/**
 * Profiles of a network: each fault is named with its field or file, and no limit is passed over. And what the answers of
 * a further network mean.
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fromText } from '@jurat/core/bytes'
import { stampedEvidence } from '@jurat/verify/evidence.fixtures'
import { juratTarget, TargetError } from '../features/targets/targetNetwork.ts'
import type { Network } from '../platform/network.ts'
import { readProfile } from './profile.ts'
import { pinnedTarget } from './targets.ts'

const plain = { issuer: 'Notary', address: 'https://e.example' }
const target = {
  name: 'notary',
  url: 'https://n.example',
  apiKeyFile: 'key',
  trustFile: 'trust.json',
  trustFingerprint: 'ab'.repeat(32),
}

test('profiles with a fault are refused, by the name of what is wrong', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'jurat-profile-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'profile.json')
  await writeFile(join(folder, 'key'), 'jrt_x\n')
  await writeFile(join(folder, 'trust.json'), stampedEvidence().trust)
  await writeFile(join(folder, 'big.svg'), new Uint8Array(262_145))
  await writeFile(join(folder, 'most.png'), new Uint8Array(262_144))
  const cases: readonly [string, unknown, RegExp | null][] = [
    ['the least', plain, null],
    ['a target and a logo of the greatest size', { ...plain, targets: [target], logos: { a: 'most.png' } }, null],
    ['no JSON', '{', /is not JSON/],
    ['no issuer', { address: plain.address }, /issuer/],
    ['an unknown field', { ...plain, colour: 'red' }, /profile/],
    ['an address with a slash at its end', { ...plain, address: 'https://e.example/' }, /address/],
    ['a name twice', { ...plain, targets: [target, target] }, /notary twice/],
    ['a key that is not there', { ...plain, targets: [{ ...target, apiKeyFile: 'none' }] }, /none.*cannot be read/],
    ['too many targets', { ...plain, targets: Array.from({ length: 17 }, () => target) }, /targets/],
    ['a logo that is too big', { ...plain, logos: { a: 'big.svg' } }, /more than 262144 bytes/],
    ['a long text', { ...plain, texts: { en: ['x'.repeat(513)] } }, /texts/],
  ]
  for (const [name, value, fault] of cases) {
    await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value))
    if (fault === null) assert.equal((await readProfile(path)).issuer, 'Notary', name)
    else await assert.rejects(readProfile(path), fault, name)
  }
  await writeFile(path, JSON.stringify({ ...plain, targets: [target] }))
  const [read] = (await readProfile(path)).targets
  assert.ok(read !== undefined)
  assert.equal(await read.apiKey(), 'jrt_x')
  const examine = () => Promise.reject(new Error('nothing is verified here'))
  assert.throws(() => pinnedTarget(read, answering(200, '{}'), { examine }), /has the fingerprint [0-9a-f]{64}/)
})

/** A network that answers everything alike. */
function answering(status: number, text: string): Network {
  const response = { status, contentType: 'application/json', body: fromText(text) }
  return { get: () => Promise.resolve(response), post: () => Promise.resolve(response) }
}

test('answers of a further network: what may change is tried again, what will not is refused', async () => {
  const id = 'a'.repeat(58)
  const problem = JSON.stringify({ title: 'No.', detail: 'Never.' })
  const cases: readonly [number, string, string][] = [
    [200, JSON.stringify({ deposits: [{ id }] }), id],
    [200, JSON.stringify({ deposits: [{ id: '../x' }] }), 'unreachable'],
    [200, 'null', 'unreachable'],
    [200, '<html>', 'unreachable'],
    [401, problem, 'unreachable'],
    [429, problem, 'unreachable'],
    [503, problem, 'unreachable'],
    [302, '', 'refused'],
    [404, problem, 'refused'],
    [422, problem, 'refused'],
  ]
  for (const [status, text, expected] of cases) {
    const network = answering(status, text)
    const there = juratTarget({ name: 'n', url: 'https://n.example', apiKey: () => Promise.resolve('k'), network })
    const sent = there.send({ algorithm: 1, digest: new Uint8Array(32) }, 'key')
    const outcome = await sent.catch((error: unknown) => (error instanceof TargetError ? error.code : String(error)))
    assert.equal(outcome, expected, `${status} ${text}`)
  }
  const gone: Network = { get: () => Promise.reject(new Error('gone')), post: () => Promise.reject(new Error('gone')) }
  const there = juratTarget({ name: 'n', url: 'https://n.example', apiKey: () => Promise.resolve('k'), network: gone })
  await assert.rejects(there.receipt(id), (error) => error instanceof TargetError && error.code === 'unreachable')
})
