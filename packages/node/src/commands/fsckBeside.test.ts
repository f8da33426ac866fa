/**
 * What fsck says of keys, credentials, trust file and originals, with and without the master key.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fromText, toHex, type Bytes } from '@jurat/core/bytes'
import { type ConsortiumDocument, encodeDocument } from '@jurat/core/ledger/consortium'
import { decodeGenesis, networkIdOf } from '@jurat/core/ledger/genesis'
import { defaultParameters } from '@jurat/core/ledger/parameters'
import { defaultRequired } from '@jurat/core/receipt/steps'
import { formatTrust } from '@jurat/core/receipt/trustChain'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { randomSecretKey } from '../features/accounts.ts'
import { Credentials } from '../features/credentials.ts'
import { found } from '../features/founding.ts'
import { takeNextKeys } from '../features/keys/nextKeys.ts'
import { makeNodeKeys } from '../features/keys/nodeKeys.ts'
import { createSealer, type Sealer } from '../features/keys/seal.ts'
import { systemClock } from '../platform/clock.ts'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { createNodeFiles } from '../platform/nodeFiles.ts'
import { openCounted } from '../store/countedKeyValue.ts'
import { openLevelKeyValue } from '../store/levelKeyValue.ts'
import { checkOriginals, checkTrust, genesisFault } from './fsckFolder.ts'
import { checkCredentials, checkKeys } from './fsckSecrets.ts'
import { documentWith, type KeyFolder, keyFolder, prepareNext, testKeys, testSealer } from './keyChange.fixtures.ts'

const files = createNodeFiles()
const root = await mkdtemp(join(tmpdir(), 'jurat-beside-'))
after(() => rm(root, { recursive: true }))

const sealer = createSealer(new Uint8Array(32).fill(1))
const otherSealer = createSealer(new Uint8Array(32).fill(2))
const original = fromText('an original')
const digest = toHex(nodeCrypto.sha256(original))
let folders = 0

interface Folder {
  readonly data: string
  genesis: Bytes
}

/** What lies beside the ledger of a solo network with one hosted account and one original. */
async function makeFolder(): Promise<Folder> {
  const data = join(root, `data-${folders++}`)
  await files.makeFolder(data)
  const keys = await makeNodeKeys(files, join(data, 'keys'), sealer)
  const secrets = { secretKey: randomSecretKey(), recoverKey: randomSecretKey() }
  const request = { name: 'jurat.example/x', timeMs: 1, rawFront: false, parameters: defaultParameters, witnesses: [] }
  const { genesis, depositor } = found(nodeCrypto, { ...request, witnessQuorum: 0, addresses: [], keys }, secrets)
  const profile = { requires: defaultRequired }
  const trust = { networkId: networkIdOf(nodeCrypto, genesis), origin: request.name, genesis, documents: [], roots: [] }
  const text = formatTrust(nodeCrypto, { ...trust, authorities: [], profile })
  await files.replaceFile(join(data, 'trust.json'), fromText(text))
  await files.makeFolder(join(data, 'blobs', digest.slice(0, 2)))
  await files.writeFile(join(data, 'blobs', digest.slice(0, 2), digest), original)
  const place = join(data, 'credentials')
  const map = await openCounted(await openLevelKeyValue(place), files, place)
  const credentials = await Credentials.open(map, sealer, systemClock)
  const { id } = await credentials.createOrganisation('Operator')
  await credentials.addAccount(id, depositor)
  await credentials.addOwnership(id, digest)
  await credentials.putSealed('answer/1', Uint8Array.of(1))
  await credentials.close()
  return { data, genesis }
}

async function findingsOf({ data, genesis }: Folder, master: Sealer | null): Promise<string[]> {
  const found: string[] = []
  const add = (area: string, where: string, detail: string): void => void found.push(`${area}: ${where}: ${detail}`)
  const fault = await genesisFault(files, data, genesis)
  if (fault !== null) return [`genesis: ${fault}`]
  await checkTrust(files, data, genesis, add)
  await checkKeys(files, data, { genesis, documents: [decodeGenesis(genesis).document] }, master, add)
  const { originals } = await checkCredentials(files, data, master, add)
  await checkOriginals(files, data, originals, add)
  return found
}

const cases: readonly [string, RegExp[], (folder: Folder) => Promise<unknown>, (Sealer | null)?][] = [
  ['nothing', [], async () => undefined],
  ['nothing, without the master key', [], async () => undefined, null],
  [
    'another master key',
    [
      /^key: keys: none opens/,
      /^credentials: credentials: account\/[0-9a-f]+: its keys do not open/,
      /^credentials: credentials: sealed\/answer\/1: it does not open/,
    ],
    async () => undefined,
    otherSealer,
  ],
  ['a key is missing', [/^key: keys\/log: it is missing$/], ({ data }) => files.remove(join(data, 'keys/log'))],
  [
    'a key is torn, without the master key',
    [/^key: keys\/log: it has 3 bytes/],
    ({ data }) => files.replaceFile(join(data, 'keys/log'), Uint8Array.of(1, 2, 3)),
    null,
  ],
  [
    'a key in the place of another',
    [/^key: keys\/ballot: it does not open/],
    async ({ data }) =>
      files.replaceFile(join(data, 'keys/ballot'), (await files.readFile(join(data, 'keys/log'))) ?? new Uint8Array(0)),
  ],
  [
    'a key that was made anew',
    [/^key: keys\/log: its public key is not that of the consortium document/],
    ({ data }) => files.replaceFile(join(data, 'keys/log'), sealer.seal('node/log', randomSecretKey())),
  ],
  [
    'the account key that was made anew',
    [/^key: keys\/front: its public key is not that of the genesis/],
    ({ data }) => files.replaceFile(join(data, 'keys/front'), sealer.seal('node/front', randomSecretKey())),
  ],
  [
    'credentials are missing',
    [/^credentials: credentials: it is missing/],
    ({ data }) => files.remove(join(data, 'credentials')),
  ],
  [
    'the genesis of another network',
    [
      /^trust: trust.json: it is that of the network/,
      ...Array.from({ length: 8 }, () => /^key: .* not that of the (genesis|consortium document)/),
    ],
    async (folder) => {
      folder.genesis = (await makeFolder()).genesis
    },
  ],
  [
    'no genesis at all',
    [/^genesis: /],
    async (folder) => {
      folder.genesis = fromText('not CBOR')
    },
  ],
  [
    'an original is missing',
    [/^original: blobs\/..\/[0-9a-f]{64}: it is missing/],
    ({ data }) => files.remove(join(data, 'blobs')),
  ],
  [
    'an original in a folder that is not its own',
    [/^original: blobs\/zz\/[0-9a-f]{64}: it is in the wrong folder/],
    async ({ data }) => {
      await files.makeFolder(join(data, 'blobs/zz'))
      await files.writeFile(join(data, 'blobs/zz', digest), original)
    },
  ],
  [
    "what was being stored when the node ended is nobody's",
    [],
    async ({ data }) => {
      await files.makeFolder(join(data, 'blobs/incoming'))
      await files.writeFile(join(data, 'blobs/incoming/abc'), original)
    },
  ],
]

/** What fsck says of a member's keys against these documents. */
async function keyFindings(folder: KeyFolder, documents: readonly ConsortiumDocument[]): Promise<string[]> {
  const found: string[] = []
  const standard = { genesis: (await makeFolder()).genesis, documents: documents.map(encodeDocument) }
  const add = (_: string, where: string, detail: string): void => void found.push(`${where}: ${detail}`)
  await checkKeys(folder.files, folder.data, standard, testSealer, add)
  return found
}

test('keys that rotate are those of the document in force, whether they were taken or lie in keys/next', async () => {
  const disk = new MemoryFiles()
  const folder = await keyFolder(disk)
  const next = await prepareNext(folder, ['log', 'validator', 'ballot'])
  const { ballot: _, ...approved } = next
  const before = documentWith(folder.keys)
  const after = documentWith({ ...folder.keys, ...approved })
  assert.deepEqual(await keyFindings(folder, [before]), [])
  assert.deepEqual(await keyFindings(folder, [before, after]), [])
  await takeNextKeys(disk, testKeys, testSealer, folder.keys, ['log', 'validator'])
  assert.deepEqual(await keyFindings(folder, [before, after]), [])
  const left = { ...after, members: after.members.filter(({ name }) => name !== 'court') }
  assert.deepEqual(await keyFindings(folder, [before, after, left]), [], 'the keys that it left with')
  assert.deepEqual(await keyFindings(folder, [left]), [], 'it waits to be admitted')
})

test('a rotation whose keys are lost or damaged is found', async () => {
  const folder = await keyFolder(new MemoryFiles())
  const next = await prepareNext(folder, ['log', 'validator'])
  const documents = [documentWith(folder.keys), documentWith({ ...folder.keys, ...next })]
  await folder.files.replaceFile(`${testKeys}/next/log`, sealer.seal('node/log', randomSecretKey()))
  assert.deepEqual(await keyFindings(folder, documents), [
    'keys/log: its public key is not that of the consortium document',
  ])
  await folder.files.replaceFile(`${testKeys}/next/log`, new Uint8Array(3))
  assert.match((await keyFindings(folder, documents))[0] ?? '', /^keys\/next\/log: it has 3 bytes/)
  await folder.files.replaceFile(`${testKeys}/next/log`, otherSealer.seal('node/log', next.log ?? randomSecretKey()))
  assert.match((await keyFindings(folder, documents))[0] ?? '', /^keys\/next\/log: it does not open/)
  await folder.files.remove(`${testKeys}/next`)
  assert.deepEqual(
    (await keyFindings(folder, documents)).map((line) => line.split(':')[0]),
    ['keys/log', 'keys/validator'],
  )
})

for (const [name, expected, spoil, master = sealer] of cases) {
  test(`beside the ledger: ${name}`, async () => {
    const folder = await makeFolder()
    await spoil(folder)
    const found = await findingsOf(folder, master)
    assert.equal(found.length, expected.length, found.join('\n'))
    for (const [at, pattern] of expected.entries()) assert.match(found[at] ?? '', pattern)
  })
}
