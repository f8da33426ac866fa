/** The SDK against a real node: own keys, batches, receipts that verify, retries after a restart. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromHex, toHex } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { accountId } from '@jurat/core/ledger/account'
import { DepositBatcher } from '@jurat/sdk/batcher'
import { createClient } from '@jurat/sdk/client'
import type { Client } from '@jurat/sdk/client'
import type { ItemToDeposit } from '@jurat/sdk/items'
import { algorithmNames, generateKey } from '@jurat/sdk/keys'
import type { KeyPair } from '@jurat/sdk/keys'
import { platformRandom } from '@jurat/sdk/keyFile'
import { fetchProvenEntry, fetchCheckpoint } from '@jurat/sdk/logReader'
import { completeReceipt, fetchReceipt } from '@jurat/sdk/receipts'
import { signedSender } from '@jurat/sdk/signedDeposits'
import { readTrust } from '@jurat/sdk/trust'
import type { ReadTrust } from '@jurat/sdk/trust'
import { parseCheckpoint } from '@jurat/core/note/checkpoint'
import { parseNote } from '@jurat/core/note/note'
import { verifyReceipt } from '@jurat/verify/verify'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'jurat-sdk-'))
const data = join(folder, 'data')

interface Bootstrap {
  readonly url: string
  readonly apiKey: string
  readonly trustFingerprint: string
}

let node: ChildProcess
let client: Client
let trust: ReadTrust

before(async () => {
  const program = join(root, 'packages/node/src/cli.ts')
  const words = ['start', '--data', data, '--listen', '127.0.0.1:0', '--database-url', 'off']
  const env = { ...process.env, JURAT_MASTER_KEY_FILE: join(folder, 'master.key') }
  node = spawn(process.execPath, [program, ...words], { env, stdio: 'ignore' })
  const file = join(data, 'bootstrap.json')
  while (!existsSync(file)) {
    assert.equal(node.exitCode, null, 'the node starts')
    await sleep(50)
  }
  const { url, apiKey, trustFingerprint } = JSON.parse(readFileSync(file, 'utf8')) as Bootstrap
  client = createClient({ address: url, apiKey })
  trust = readTrust(crypto, JSON.stringify((await client.call('getTrust', {})).value))
  assert.equal(toHex(trust.fingerprint), trustFingerprint)
})

after(async () => {
  const ended = new Promise((resolve) => node.once('exit', resolve))
  node.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true })
})

/** Item number `at`: two in three have metadata, one in three is blinded. */
function itemNumber(at: number): { original: Uint8Array; item: ItemToDeposit } {
  const original = new TextEncoder().encode(`original ${String(at)}`)
  const metadata = at % 3 === 0 ? null : { name: `file ${String(at)}`, phase: '簽署' }
  return { original, item: { algorithm: 'sha-256', digest: crypto.sha256(original), metadata, blind: at % 3 === 2 } }
}

async function openAccount(keys: readonly KeyPair[]): Promise<Uint8Array> {
  const [first] = keys
  assert.ok(first)
  const authMap = keys.map(({ publicKey }) => ({ publicKey: toHex(publicKey), weight: 100 / keys.length }))
  const body = { authMap, recoverKey: toHex(first.publicKey) }
  const { value } = await client.call('createAccount', { body })
  const id = fromHex(value.id)
  assert.deepEqual(accountId(crypto, value.name), id)
  return id
}

test('3,000 items signed by two keys, in batches of 1,000: each has its own receipt, which verifies', async () => {
  const keys = ['ed25519', 'sm2'].map((name) => generateKey(crypto, name === 'sm2' ? 'sm2' : 'ed25519', platformRandom))
  const account = await openAccount(keys)
  const send = signedSender({ client, crypto, networkId: trust.networkId, account, keys })
  const batcher = new DepositBatcher({ send })
  const all = Array.from({ length: 3000 }, (_, at) => itemNumber(at))
  const deposited = await Promise.all(all.map(({ item }) => batcher.add(item)))
  await batcher.close()
  assert.equal(new Set(deposited.map(({ index }) => index)).size, 3000)
  for (const at of [0, 1, 2, 999, 1000, 2999]) {
    const { original, item } = itemNumber(at)
    const one = deposited[at]
    assert.ok(one)
    const receipt = completeReceipt(crypto, await fetchReceipt(client, one.id), item, one.secret)
    const verdict = await verifyReceipt({ original, receipt, trust: trust.text, crypto })
    assert.equal(verdict.summary, 'verified', JSON.stringify(verdict.steps))
    assert.equal(verdict.signedByOperator, false)
    assert.equal(verdict.metadata.length, at % 3 === 0 ? 0 : 2)
    const other = await verifyReceipt({ original: new Uint8Array([1]), receipt, trust: trust.text, crypto })
    assert.equal(other.summary, 'failed')
  }
})

test('an account under a key of every algorithm deposits', async () => {
  for (const name of algorithmNames) {
    const key = generateKey(crypto, name, platformRandom)
    const account = await openAccount([key])
    const send = signedSender({ client, crypto, networkId: trust.networkId, account, keys: [key] })
    const [one] = await send([itemNumber(0).item])
    assert.equal(one?.state, 'committed', name)
  }
})

test('a signature for another network, or by too few keys, is refused with its code', async () => {
  const keys = [1, 2].map(() => generateKey(crypto, 'ed25519', platformRandom))
  const account = await openAccount(keys)
  const { networkId } = trust
  const cases = [
    { code: 'ledger-wrong-network', networkId: new Uint8Array(32), keys },
    { code: 'ledger-signature-invalid', networkId, keys: keys.slice(0, 1) },
    { code: 'ledger-timestamp-invalid', networkId, keys, now: () => Date.now() - 3_600_000 },
    { code: 'ledger-source-missing', networkId, keys, account: new Uint8Array(32) },
  ]
  for (const { code, ...change } of cases) {
    const send = signedSender({ client, crypto, account, ...change })
    await assert.rejects(send([itemNumber(0).item]), { code }, code)
  }
})

test('an entry and its proof come from the tiles', async () => {
  const head = parseCheckpoint(parseNote(await fetchCheckpoint(client)).body)
  for (const index of [0, Math.floor(head.size / 2), head.size - 1]) {
    const { entry } = await fetchProvenEntry(client, crypto, head, index)
    assert.equal(entry[0], 0xd9)
  }
  const wrong = { ...head, root: new Uint8Array(32) }
  await assert.rejects(fetchProvenEntry(client, crypto, wrong, 0), { code: 'answer-malformed' })
})
