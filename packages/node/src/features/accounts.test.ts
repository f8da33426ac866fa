/**
 * The making of accounts: keys before the ledger, another key for recovery, nothing left over by a crash, and a limit.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { equal, toHex } from '@jurat/core/bytes'
import { accountId } from '@jurat/core/ledger/account'
import { stateKeys } from '@jurat/core/ledger/state'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { systemClock } from '../platform/clock.ts'
import { Accounts, type NewAccount } from './accounts.ts'
import { Credentials, CredentialsError } from './credentials.ts'
import { createSealer } from './keys/seal.ts'
import { memoryKeyValue } from './memoryKeyValue.fixtures.ts'
import { TransactionError } from './transactions.ts'

const sealer = createSealer(randomBytes(32))

/** A registrar over a set of names, which can be told to fail before or after it has made an account. */
class Registrar {
  readonly made = new Map<string, NewAccount>()
  fails: 'before' | 'after' | 'refused' | null = null

  async register(account: NewAccount): Promise<void> {
    if (this.fails === 'refused') throw new TransactionError(108, null)
    if (this.fails === 'before') throw new Error('the process ended')
    this.made.set(stateKeys.account(toHex(accountId(nodeCrypto, account.name))), account)
    if (this.fails === 'after') throw new Error('the process ended')
  }
}

function accountsOf(registrar: Registrar, keys: Credentials, accountsPerOrganisationMax = 100): Accounts {
  return new Accounts({
    crypto: nodeCrypto,
    view: { get: (key) => (registrar.made.has(key) ? new Uint8Array(1) : null) },
    accountAt: () => Promise.resolve(null),
    proposals: () => [],
    register: (account) => registrar.register(account),
    isRefusal: (error) => error instanceof TransactionError || error instanceof CredentialsError,
    keys,
    accountsPerOrganisationMax,
  })
}

test('a hosted account has two different keys, and both are kept', async () => {
  const keys = await Credentials.open(memoryKeyValue(), sealer, systemClock)
  const { id: organisation } = await keys.createOrganisation('Court')
  const registrar = new Registrar()
  const { id } = await accountsOf(registrar, keys).createHosted(organisation)
  const made = registrar.made.get(stateKeys.account(id))
  const authority = made?.authMap[0]?.publicKey ?? new Uint8Array(0)
  const recovery = made?.recoverKey ?? new Uint8Array(0)
  assert.ok(!equal(authority, recovery))
  assert.deepEqual(nodeCrypto.publicKeyOf(keys.secretKey(id)), authority)
  assert.deepEqual(nodeCrypto.publicKeyOf(keys.recoveryKey(id)), recovery)
})

test('wherever the making of a hosted account breaks off, the next start knows what became of it', async () => {
  for (const [fails, left] of [
    ['refused', 0],
    ['before', 0],
    ['after', 1],
  ] as const) {
    const store = memoryKeyValue()
    const before = await Credentials.open(store, sealer, systemClock)
    const { id: organisation } = await before.createOrganisation('Court')
    const registrar = new Registrar()
    registrar.fails = fails
    await assert.rejects(accountsOf(registrar, before).createHosted(organisation))
    assert.deepEqual(before.hostedAccounts(organisation), [], `${fails}: nobody uses it before it is certain`)

    const after = await Credentials.open(store, sealer, systemClock)
    assert.equal(after.reservedAccounts.length, fails === 'refused' ? 0 : 1, fails)
    await accountsOf(registrar, after).settle()
    for (const keys of [after, await Credentials.open(store, sealer, systemClock)]) {
      const hosted = keys.hostedAccounts(organisation)
      assert.equal(hosted.length, left, fails)
      assert.deepEqual(keys.reservedAccounts, [])
      for (const { id } of hosted) assert.ok(registrar.made.has(stateKeys.account(id)))
    }
  }
})

test('an organisation makes no more accounts than it may, hosted or not, also over a restart', async () => {
  const store = memoryKeyValue()
  let keys = await Credentials.open(store, sealer, systemClock)
  const { id: organisation } = await keys.createOrganisation('Court')
  const other = (await keys.createOrganisation('Notary')).id
  const registrar = new Registrar()
  const publicKey = (): string => toHex(nodeCrypto.publicKeyOf(Uint8Array.from([1, ...randomBytes(32)])))
  const own = { authMap: [{ publicKey: publicKey(), weight: 100 }], recoverKey: publicKey() }
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => accountsOf(registrar, keys, 3).createHosted(organisation)),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3)
  keys = await Credentials.open(store, sealer, systemClock)
  await assert.rejects(accountsOf(registrar, keys, 3).createHosted(organisation), { code: 'too-many-accounts' })
  await assert.rejects(accountsOf(registrar, keys, 3).create(organisation, own), { code: 'too-many-accounts' })
  assert.equal(registrar.made.size, 3)
  assert.deepEqual(keys.reservedAccounts, [])
  await accountsOf(registrar, keys, 3).createHosted(other)
  registrar.fails = 'refused'
  await assert.rejects(accountsOf(registrar, keys, 4).createHosted(organisation), { code: 'ledger' })
  registrar.fails = null
  await accountsOf(registrar, keys, 4).createHosted(organisation)
  assert.equal(keys.hostedAccounts(organisation).length, 4)
})
