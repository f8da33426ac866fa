/**
 * A whole node in this process: every route answers what it declares, a deposit becomes a receipt, a restart keeps
 * everything.
 * @module
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { DepositAnswer } from '@jurat/api/deposits'
import type { HostedAccount, NewApiKey, Organisation } from '@jurat/api/organisations'
import { problemMediaType } from '@jurat/api/problems'
import type { Route } from '@jurat/api/route'
import { type OperationId, routes } from '@jurat/api/routes'
import { fromText, toHex } from '@jurat/core/bytes'
import { formatAddCheckpoint } from '@jurat/core/note/addCheckpoint'
import { formatCheckpoint, parseCheckpoint } from '@jurat/core/note/checkpoint'
import { signerOf } from '@jurat/core/note/cosignature'
import { formatNote, parseNote } from '@jurat/core/note/note'
import { parseReceipt } from '@jurat/core/receipt/receipt'
import { writeQuery } from '@jurat/core/timestamp/query'
import { Compile } from 'typebox/compile'
import { openDataFolder } from './commands/dataFolder.ts'
import { finishFounding } from './commands/start.ts'
import { readConfig } from './config.ts'
import { nodeCrypto } from './crypto/nodeCrypto.ts'
import { startNode } from './main.ts'
import { silentLogger } from './observe/logger.ts'
import { createMetrics } from './observe/metrics.ts'
import { createNodeFiles } from './platform/nodeFiles.ts'

interface TestNode {
  readonly url: string
  readonly apiKey: string
  readonly logKey: Uint8Array
  readonly stop: () => Promise<void>
}

async function start(folder: string, options: readonly string[] = []): Promise<TestNode> {
  const fixed = ['--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--database-url', 'off']
  const { config } = await readConfig([...fixed, '--master-key-file', join(folder, 'master.key'), ...options], {})
  const data = await openDataFolder(config, createNodeFiles(), {}, true)
  let apiKey = ''
  let stopped = false
  const fatal = (error: unknown): never => {
    throw error
  }
  const node = await startNode(config, data, {
    logger: silentLogger,
    metrics: createMetrics(),
    fatal,
    async beforeOpening(node) {
      if (data.founding !== null) ({ apiKey } = await finishFounding(data, node))
    },
  })
  return {
    url: node.url,
    apiKey,
    logKey: data.keys.log,
    async stop() {
      if (stopped) return
      stopped = true
      await node.stop()
      await data.release()
    },
  }
}

/** A folder that is removed after the test, once whatever lives in it has ended. */
async function folderOf(t: TestContext, ended: () => Promise<void>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'jurat-'))
  t.after(async () => {
    await ended()
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}

interface Asked {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Asks by operation id, and holds the answer to what the route table declares. */
function asker(
  node: TestNode,
  asked: Set<string>,
): (id: OperationId, what?: Asked) => Promise<{ status: number; text: string }> {
  return async (id, { params = {}, query = '', body, headers = {} } = {}) => {
    asked.add(id)
    const route: Route = routes[id]
    const path = route.path.replaceAll(/\{(\w+)\*?\}/g, (_, name: string) => params[name] ?? '')
    const response = await fetch(`${node.url}${path}${query}`, {
      method: route.method,
      headers: {
        ...(route.scope !== null && { authorization: `Bearer ${node.apiKey}` }),
        ...(route.body !== undefined && { 'content-type': route.body.mediaType }),
        ...headers,
      },
      ...(body !== undefined && {
        body: body instanceof Uint8Array ? Buffer.from(body) : typeof body === 'string' ? body : JSON.stringify(body),
      }),
    })
    const text = await response.text()
    const type = response.headers.get('content-type') ?? ''
    const declared = route.answers[response.status]
    // The witness protocol has its own texts for its errors (c2sp.org/tlog-witness).
    const expected = id === 'addCheckpoint' ? 'text/plain' : problemMediaType
    if (response.status >= 400 && declared === undefined) assert.ok(type.startsWith(expected), `${id}: ${text}`)
    else {
      assert.ok(declared !== undefined, `${id} answered ${response.status}: ${text}`)
      assert.ok(type.startsWith(declared.mediaType.split(';', 1)[0] ?? ''), `${id}: ${type}`)
      if (declared.schema !== null) {
        const errors = Compile(declared.schema).Errors(JSON.parse(text))
        assert.deepEqual(errors, [], id)
      }
    }
    return { status: response.status, text }
  }
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a cast with a name
const json = <T>({ text }: { text: string }): T => JSON.parse(text) as T

test('every route answers what it declares, and a restart keeps everything', async (t) => {
  const folder = await folderOf(t, () => node.stop())
  let node = await start(folder, ['--raw-front'])
  const asked = new Set<string>()
  let ask = asker(node, asked)
  const original = Buffer.from('the very first deed')
  const digest = createHash('sha256').update(original).digest('hex')
  const item = { algorithm: 'sha-256', digest, metadata: { name: 'deed.txt' } }
  const headers = { 'idempotency-key': 'first' }
  const deposit = (): Promise<{ status: number; text: string }> =>
    ask('createDeposits', { query: '?wait=witnessed', body: { items: [item] }, headers })
  const [first, again] = await Promise.all([deposit(), deposit()])
  assert.equal(first.text, again.text)
  const { deposits } = json<DepositAnswer>(first)
  const [{ id, index } = { id: '', index: 0 }] = deposits
  const other = await ask('createDeposits', { body: { items: [{ ...item, blind: true }] }, headers })
  assert.equal(other.status, 409)

  assert.equal((await ask('getDeposit', { params: { id } })).status, 200)
  assert.equal((await ask('findDeposits', { query: `?digest=${digest}` })).status, 200)
  const receipt = await ask('getReceipt', { params: { id } })
  assert.equal(receipt.status, 200)
  const { txHash } = json<{ txHash: string }>(await ask('getDeposit', { params: { id } }))
  assert.equal((await ask('putOriginal', { params: { sha256: digest }, body: original })).status, 201)
  assert.equal((await ask('getOriginal', { params: { sha256: digest } })).text, original.toString())

  const transaction = await ask('getTransaction', { params: { txHash } })
  const bytes = Buffer.from(json<{ transaction: string }>(transaction).transaction, 'base64')
  const repeated = await ask('submitTransaction', { body: bytes })
  assert.equal(repeated.status, 200, repeated.text)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  assert.equal((await ask('submitTransaction', { body: bytes })).status, 409)

  const publicKey = toHex(nodeCrypto.publicKeyOf(Uint8Array.from([1, ...Buffer.alloc(32, 7)])))
  const recoverKey = toHex(nodeCrypto.publicKeyOf(Uint8Array.from([1, ...Buffer.alloc(32, 8)])))
  const made = await ask('createAccount', { body: { authMap: [{ publicKey, weight: 100 }], recoverKey } })
  const account = json<{ id: string; name: string }>(made)
  assert.equal(made.status, 201, made.text)
  assert.equal(json<{ id: string }>(await ask('getAccount', { params: { account: account.name } })).id, account.id)
  assert.equal((await ask('listProposals', { params: { account: 'admin' } })).status, 200)
  const thaw = { type: 18, to: account.id, payload: 'gA==' }
  assert.ok((await ask('proposeBallot', { body: thaw })).status < 500)
  assert.ok((await ask('voteBallot', { params: { txHash }, body: { operationHash: txHash } })).status < 500)
  assert.equal((await ask('getBlock', { params: { height: '1' } })).status, 200)
  assert.equal((await ask('getNetwork')).status, 200)
  // A network of one has no CometBFT.
  assert.equal((await ask('getLightBlock', { params: { height: 'latest' } })).status, 404)
  assert.equal((await ask('getTrust')).status, 200)

  const organisation = json<Organisation>(await ask('createOrganisation', { body: { name: 'Court' } })).id
  const hosted = await ask('createHostedAccount', { params: { organisation } })
  const { id: hostedId } = json<HostedAccount>(hosted)
  const key = { label: 'gate', scopes: ['deposit'], account: hostedId }
  const newKey = json<NewApiKey>(await ask('createApiKey', { params: { organisation }, body: key }))
  assert.equal((await ask('listOrganisations')).status, 200)
  assert.equal((await ask('listApiKeys', { params: { organisation } })).status, 200)
  assert.equal((await ask('listHostedAccounts', { params: { organisation } })).status, 200)
  const asCourt = { authorization: `Bearer ${newKey.key}` }
  assert.equal((await ask('createDeposits', { body: { items: [item] }, headers: asCourt })).status, 200)
  assert.equal((await ask('deleteApiKey', { params: { organisation, key: newKey.id } })).status, 204)
  assert.equal((await ask('createDeposits', { body: { items: [item] }, headers: asCourt })).status, 401)

  assert.equal((await ask('listEvents')).status, 404, 'this node runs without a database')
  assert.equal((await ask('listJobs')).status, 404)
  const change = { what: 'w', was: 'a', is: 'b' }
  for (const [name, body] of [
    ['requestCertificate', { deposits: [{ id }] }],
    ['correctCertificate', { reason: 'r', changes: [change] }],
    ...(
      [
        'reissueCertificate',
        'listCertificates',
        'getCertificateRequest',
        'getCertificate',
        'getCertificateFile',
      ] as const
    ).map((name) => [name, undefined] as const),
  ] as const) {
    assert.equal((await ask(name, { params: { number: 'JC-2027-000001', request: '1' }, body })).status, 404, name)
  }
  assert.equal((await ask('sendToTargets', { params: { id } })).status, 404)
  assert.equal((await ask('listTargets', { params: { id } })).status, 404)
  assert.equal((await ask('retryJob', { params: { job: '1' } })).status, 404)
  const names = { en: 't', 'zh-CN': 't', 'zh-TW': 't' }
  const rules = { repeats: false, roles: [], accounts: [], deadline: null }
  const phase = { id: 'p', names, act: 'record', order: null, required: false, ...rules }
  const template = { format: 'jurat-flow-template/v1', id: 't', version: 1, names, roles: [], phases: [phase] }
  const flow = { flow: 'a'.repeat(16), access: 'b'.repeat(16) }
  const flowCalls: [id: OperationId, body?: unknown][] = [
    ['listFlowTemplates'],
    ['createFlowTemplate', template],
    ['createFlow', { name: 'n', template: 'contract', parties: [] }],
    ['listFlows'],
    ['getFlow'],
    ['createFlowDeposit', { phase: 'draft', item: { algorithm: 'sha-256', digest } }],
    ['getFlowTimeline'],
    ['getFlowPackage'],
    ['createFlowAccess', { label: 'l' }],
    ['listFlowAccess'],
    ['revokeFlowAccess'],
    ['openFlow', { code: 'c' }],
    ['openFlowPackage', { code: 'c' }],
  ]
  for (const [id, body] of flowCalls) assert.equal((await ask(id, { params: flow, body })).status, 404, id)
  assert.deepEqual(JSON.parse((await ask('listIdentityProviders')).text), { providers: [] })
  const statement = { params: { statement: 'ab'.repeat(16) } }
  const begin = { body: { provider: 'declaration' } }
  const answerTo = { params: { verification: 'a'.repeat(16) }, body: { answer: { certName: 'X' } } }
  assert.equal((await ask('startIdentityVerification', begin)).status, 404)
  assert.equal((await ask('answerIdentityVerification', answerTo)).status, 404)
  assert.equal((await ask('listIdentities')).status, 404)
  assert.equal((await ask('discloseIdentityStatement', { ...statement, body: { fields: [] } })).status, 404)
  for (const id of ['getIdentityStatement', 'revokeIdentityStatement', 'eraseIdentityFields'] as const) {
    assert.equal((await ask(id, statement)).status, 404, id)
  }

  const serial = { params: { serial: 'ab'.repeat(8) } }
  const order = { profile: 'documentSigning', subject: { commonName: 'Somebody', organisation: 'Firm', email: null } }
  assert.ok((await ask('issueAuthorityCertificate', { body: order })).status < 500)
  assert.equal((await ask('listAuthorityCertificates')).status, 200)
  assert.equal((await ask('getAuthorityCertificate', serial)).status, 404)
  const revocation = { ...serial, body: { reason: 'superseded' } }
  assert.ok((await ask('revokeAuthorityCertificate', revocation)).status < 500)
  assert.equal((await ask('getAuthorityStatement', { params: { document: 'root.cer' } })).status, 200)
  assert.equal((await ask('postCertificateStatus', { body: new Uint8Array(3) })).status, 200)
  assert.ok((await ask('getCertificateStatus', { params: { path: 'AAAA' } })).status < 500)

  const raw = Number((await ask('addRaw', { body: 'a line' })).text)
  const size = Number((await ask('getCheckpoint')).text.split('\n')[1])
  assert.ok(size > raw, `${size} covers ${raw}`)
  assert.equal((await ask('getTile', { params: { path: `entries/000.p/${size}` } })).status, 200)
  assert.equal((await ask('getTile', { params: { path: '../signer/log' } })).status, 404)
  // Of one institution outside witnesses cosign the log's own checkpoint: there is no second one over the same tiles.
  assert.equal((await ask('getWitnessedCheckpoint')).status, 404)
  assert.equal((await ask('getWitnessedTile', { params: { path: `entries/000.p/${size}` } })).status, 200)
  assert.equal((await ask('addCheckpoint', { body: 'nonsense' })).status, 400)
  assert.equal((await ask('getCosignedCheckpoint', { params: { origin: digest } })).status, 404)
  const imprint = { algorithm: 'sha256', digest: nodeCrypto.sha256(original) } as const
  const query = writeQuery({ imprint, policy: null, nonce: null, certificates: true })
  assert.equal((await ask('requestTimestamp', { body: query })).status, 200)
  const notDer = { 'content-type': 'application/json' }
  assert.equal((await ask('requestTimestamp', { body: query, headers: notDer })).status, 415)
  const sigstore = { artifactHash: Buffer.from(digest, 'hex').toString('base64'), hashAlgorithm: 'sha256' }
  assert.equal((await ask('requestSigstoreTimestamp', { body: sigstore })).status, 201)
  const asDer = { 'content-type': 'application/timestamp-query' }
  assert.equal((await ask('requestSigstoreTimestamp', { body: query, headers: asDer })).status, 201)
  const otherLength = { ...sigstore, hashAlgorithm: 'sha512' }
  assert.equal((await ask('requestSigstoreTimestamp', { body: otherLength })).status, 400)
  assert.equal((await ask('getTimestampChain')).status, 200)
  for (const id of ['getHealth', 'getMetrics', 'getOpenapi', 'getReference'] as const) {
    assert.equal((await ask(id)).status, 200, id)
  }
  const verified = await ask('createVerification', {
    body: { receipt: receipt.text, original: { algorithm: 'sha-256', digest } },
  })
  assert.equal(json<{ summary: string; trustFrom: string }>(verified).summary, 'verified', verified.text)
  assert.equal((await ask('getDepositPage', { params: { id } })).status, 200)
  assert.equal((await ask('getVerifyPage')).status, 200)
  assert.equal((await ask('getVerifyFile')).status, 200)
  assert.equal((await ask('getReferenceScript', { params: { file: 'start.js' } })).status, 200)
  assert.deepEqual([...asked].toSorted(compareText), Object.keys(routes).toSorted(compareText))

  const { apiKey } = node
  await node.stop()
  node = { ...(await start(folder)), apiKey }
  ask = asker(node, asked)
  assert.equal((await deposit()).text, first.text, 'the same answer after a restart')
  // The checkpoint may have been stamped since, or another one that is hardly later.
  const later = parseReceipt((await ask('getReceipt', { params: { id } })).text)
  assert.deepEqual(later.entry, parseReceipt(receipt.text).entry)
  assert.equal(json<{ index: number }>(await ask('getDeposit', { params: { id } })).index, index)
  assert.equal((await ask('addRaw', { body: 'a line' })).status, 404, 'the raw front is off')
})

test('asked as a witness for its own log, a solo node compares and never signs', async (t) => {
  const folder = await folderOf(t, () => node.stop())
  const node = await start(folder)
  const served = fromText(await (await fetch(`${node.url}/log/checkpoint`)).text())
  const { origin, size, root } = parseCheckpoint(parseNote(served).body)
  const note = (name: string, treeSize: number, treeRoot: Uint8Array): Uint8Array => {
    const body = formatCheckpoint({ origin: name, size: treeSize, root: treeRoot })
    return formatNote(body, [signerOf(nodeCrypto, name, node.logKey).sign(body)])
  }
  const forged = Uint8Array.from(note(origin, size, root))
  forged[forged.length - 4] = (forged.at(-4) ?? 0) === 0x41 ? 0x42 : 0x41
  const otherRoot = new Uint8Array(32)
  const cases: [what: string, status: number, note: Uint8Array, said: RegExp][] = [
    ['its own newest checkpoint', 403, served, /executes/],
    ['a larger tree', 409, note(origin, size + 1, otherRoot), new RegExp(`^${size}\n$`)],
    ['a smaller tree', 409, note(origin, size - 1, otherRoot), new RegExp(`^${size}\n$`)],
    ['another root', 422, note(origin, size, otherRoot), /another root/],
    ['a broken signature', 403, forged, /signature/],
    ['a name below the network', 404, note(`${origin}/operator`, size, root), /unknown/],
  ]
  for (const [what, status, asked, said] of cases) {
    const body = Buffer.from(formatAddCheckpoint(0, [], asked))
    const answer = await fetch(`${node.url}/witness/add-checkpoint`, { method: 'POST', body })
    assert.equal(answer.status, status, what)
    assert.match(await answer.text(), said, what)
  }
  const alarms = (await (await fetch(`${node.url}/metrics`)).text()).match(/^jurat_alarms_total\{.*\} (\d+)$/m)
  assert.equal(alarms?.[1], '1', 'the second root')
})

const compareText = (a: string, b: string): number => (a < b ? -1 : 1)
