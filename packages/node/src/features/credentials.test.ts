/**
 * Organisations, keys and hosted accounts: what is at rest, who passes, what survives a restart.
 * @module
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { systemClock } from '../platform/clock.ts'
import type { KeyValueStore } from '../store/keyValue.ts'
import { Credentials } from './credentials.ts'
import { createSealer } from './keys/seal.ts'
import { memoryKeyValue } from './memoryKeyValue.fixtures.ts'

const sealer = createSealer(randomBytes(32))
const open = (store: KeyValueStore): Promise<Credentials> => Credentials.open(store, sealer, systemClock)

test('a key passes until it is revoked, also over a restart', async () => {
  const store = memoryKeyValue()
  const credentials = await open(store)
  const { id } = await credentials.createOrganisation('Court')
  const made = await credentials.createKey(id, { label: 'gate', scopes: ['deposit'], account: null })
  assert.match(made.key, /^jrt_[a-z2-7]{16}_[a-z2-7]{52}$/)
  for (const other of [credentials, await open(store)]) {
    assert.equal(other.authenticate(made.key)?.organisation, id)
    assert.equal(other.authenticate(made.key)?.organisation, id, 'from memory')
  }
  await credentials.deleteKey(id, made.id)
  for (const other of [credentials, await open(store)]) assert.equal(other.authenticate(made.key), null)
})

test('nothing but the right token passes', async () => {
  const credentials = await open(memoryKeyValue())
  const { id } = await credentials.createOrganisation('Court')
  const { key, id: keyId } = await credentials.createKey(id, { label: 'gate', scopes: ['admin'], account: null })
  const last = key.endsWith('a') ? 'b' : 'a'
  const others = ['', 'jrt_', key.slice(0, -1), key.slice(0, -1) + last, `${key}a`, key.toUpperCase(), `jrt_${keyId}_`]
  for (const token of [...others, `jrt_${'a'.repeat(16)}_${key.split('_')[2]}`]) {
    assert.equal(credentials.authenticate(token), null, token)
  }
})

test('no secret is in the store', async () => {
  const store = memoryKeyValue()
  const credentials = await open(store)
  const { id } = await credentials.createOrganisation('Court')
  const { key } = await credentials.createKey(id, { label: 'gate', scopes: ['deposit'], account: null })
  const [secretKey, recoverKey] = [randomBytes(33), randomBytes(33)]
  await credentials.addAccount(id, { id: 'aa'.repeat(32), name: 'opaque', secretKey, recoverKey })
  await credentials.putSealed('answer/x', randomBytes(32))
  const secret = key.split('_')[2] ?? ''
  for await (const [, value] of store.range({ from: new Uint8Array(0), to: new Uint8Array([0xff]) })) {
    const hex = Buffer.from(value).toString('hex')
    for (const bytes of [secretKey, recoverKey, Buffer.from(secret)]) assert.ok(!hex.includes(bytes.toString('hex')))
  }
  assert.deepEqual(Buffer.from(credentials.secretKey('aa'.repeat(32))), secretKey)
  assert.deepEqual(Buffer.from(credentials.recoveryKey('aa'.repeat(32))), recoverKey)
})

test('hosted accounts are found by id and name, and only by their organisation', async () => {
  const store = memoryKeyValue()
  const first = await open(store)
  const [own, other] = [await first.createOrganisation('A'), await first.createOrganisation('B')]
  const account = { id: 'bb'.repeat(32), name: 'k5d', secretKey: randomBytes(33), recoverKey: randomBytes(33) }
  await first.addAccount(own.id, account)
  for (const credentials of [first, await open(store)]) {
    assert.equal(credentials.hostedAccount(own.id, account.name).id, account.id)
    assert.equal(credentials.hostedAccount(own.id, account.id).name, account.name)
    assert.throws(() => credentials.hostedAccount(other.id, account.id), { code: 'not-found' })
    assert.deepEqual(credentials.hostedAccounts(other.id), [])
  }
})

test('another master key opens nothing', async () => {
  const store = memoryKeyValue()
  const credentials = await open(store)
  const { id } = await credentials.createOrganisation('A')
  await credentials.addAccount(id, {
    id: 'cc'.repeat(32),
    name: 'n',
    secretKey: randomBytes(33),
    recoverKey: randomBytes(33),
  })
  const thief = await Credentials.open(store, createSealer(randomBytes(32)), systemClock)
  assert.throws(() => thief.secretKey('cc'.repeat(32)), { code: 'sealed-wrong' })
})

test('a sealed secret opens for its purpose only, and not with a changed byte', () => {
  const sealed = sealer.seal('one', randomBytes(40))
  assert.throws(() => sealer.open('other', sealed), { code: 'sealed-wrong' })
  for (let i = 0; i < sealed.length; i++) {
    const changed = Uint8Array.from(sealed)
    changed[i] = (changed[i] ?? 0) ^ 1
    assert.throws(() => sealer.open('one', changed), { code: 'sealed-wrong' }, `byte ${i}`)
    assert.throws(() => sealer.open('one', sealed.subarray(0, i)), { code: 'sealed-wrong' })
  }
})
