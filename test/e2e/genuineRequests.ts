/**
 * A valid request for every route of a running node, made of things that exist there: what hostile requests begin with.
 * @module
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { OperationId } from '@jurat/api/routes'
import { fromHex, fromText, toBase64, toHex } from '@jurat/core/bytes'
import { statusQuestion } from '@jurat/core/certificates/status'
import { writeQuery } from '@jurat/core/timestamp/query'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { formatCheckpoint } from '@jurat/core/note/checkpoint'
import { formatAddCheckpoint } from '@jurat/core/note/addCheckpoint'
import { formatNote } from '@jurat/core/note/note'
import { logSigner, origin } from '@jurat/node/log/publisher.fixtures'
import { platformRandom } from '@jurat/sdk/keyFile'
import { generateKey } from '@jurat/sdk/keys'
import { operationHash, operations } from '@jurat/sdk/operations'
import { addSignature, createTransaction, encodeTransaction } from '@jurat/sdk/transactions'
import type { Node } from '../runningNode.ts'
import type { RawRequest } from './rawHttp.ts'

/** The request of a route. */
export interface Genuine extends RawRequest {
  readonly id: OperationId
  /** What it may be answered with, the first time and later. */
  readonly statuses: readonly number[]
}

/** Makes the requests; each keeps its connection open. */
export async function genuineRequests(node: Node): Promise<Genuine[]> {
  const host = ['host', `127.0.0.1:${node.port}`] as const
  const key = ['authorization', `Bearer ${node.apiKey}`] as const
  const json = ['content-type', 'application/json'] as const
  const get = (id: OperationId, target: string, statuses = [200]): Genuine => ({
    id,
    statuses,
    target,
    method: 'GET',
    headers: [host, key],
    body: Buffer.alloc(0),
  })
  const post = (id: OperationId, target: string, body: object, statuses = [200]): Genuine => ({
    ...get(id, target, statuses),
    method: 'POST',
    headers: [host, key, json],
    body: Buffer.from(JSON.stringify(body)),
  })
  const made = await makeThings(node)
  const { organisation, apiKey, account, deposit, transaction, ballot } = made
  const original = Buffer.from('an original')
  const sha256 = createHash('sha256').update(original).digest('hex')
  const put = { ...get('putOriginal', `/v1/originals/${sha256}`, [201, 200]), method: 'PUT', body: original }
  const bytes = (genuine: Genuine, mediaType: string, body: Uint8Array): Genuine => ({
    ...genuine,
    method: 'POST',
    headers: [host, ['content-type', mediaType]],
    body: Buffer.from(body),
  })
  const certificateBody = { profile: 'documentSigning', commonName: 'Ω signer', organisation }
  const hashes = { algorithm: '1.3.14.3.2.26', nameHash: new Uint8Array(20), keyHash: new Uint8Array(20) }
  const statusRequest = statusQuestion(hashes, Uint8Array.of(1))
  return [
    post('createDeposits', '/v1/deposits?wait=committed', made.depositBody),
    get('findDeposits', `/v1/deposits?digest=${made.digest}`),
    get('getDeposit', `/v1/deposits/${deposit}`),
    get('getReceipt', `/v1/receipts/${deposit}`, [200, 202]),
    get('getTrust', '/v1/trust'),
    put,
    get('getOriginal', `/v1/originals/${sha256}`),
    bytes(get('submitTransaction', '/v1/transactions'), 'application/cbor', transaction),
    get('getTransaction', `/v1/transactions/${made.txHash}`),
    post('createAccount', '/v1/accounts', made.accountBody, [201]),
    get('getAccount', `/v1/accounts/${account}`),
    get('listProposals', `/v1/accounts/${account}/proposals`),
    post('proposeBallot', '/v1/ballots', ballot, [200]),
    // A network of one member: the proposal was also the deciding vote.
    post('voteBallot', `/v1/ballots/${made.txHash}/votes`, { operationHash: made.operationHash }, [404]),
    get('getBlock', '/v1/blocks/1'),
    get('getNetwork', '/v1/network'),
    // Only a consortium has CometBFT.
    get('getLightBlock', '/v1/light-blocks/1', [404]),
    post('createOrganisation', '/v1/organisations', { name: 'Ω organisation' }, [201]),
    get('listOrganisations', '/v1/organisations'),
    post('createApiKey', `/v1/organisations/${organisation}/keys`, { label: 'l', scopes: ['read', 'deposit'] }, [201]),
    get('listApiKeys', `/v1/organisations/${organisation}/keys`),
    { ...get('deleteApiKey', `/v1/organisations/${organisation}/keys/${apiKey}`, [204, 404]), method: 'DELETE' },
    { ...get('createHostedAccount', `/v1/organisations/${organisation}/accounts`, [201]), method: 'POST' },
    get('listHostedAccounts', `/v1/organisations/${organisation}/accounts`),
    post('issueAuthorityCertificate', '/v1/authority/certificates', certificateBody, [201]),
    get('listAuthorityCertificates', '/v1/authority/certificates?after=0&limit=2'),
    get('getAuthorityCertificate', `/v1/authority/certificates/${'ab'.repeat(16)}`, [404]),
    post(
      'revokeAuthorityCertificate',
      `/v1/authority/certificates/${'ab'.repeat(16)}/revocation`,
      { reason: 'superseded' },
      [404],
    ),
    get('getAuthorityStatement', '/ca/issuing.crl'),
    bytes(get('postCertificateStatus', '/ocsp'), 'application/ocsp-request', statusRequest),
    get('getCertificateStatus', `/ocsp/${Buffer.from(statusRequest).toString('base64url')}`),
    get('listEvents', '/v1/events?after=0&limit=2', [200, 404, 503]),
    post('requestCertificate', '/v1/certificates', { deposits: [{ id: deposit }] }, [202, 404, 503]),
    get('listCertificates', '/v1/certificates?limit=2', [200, 404, 503]),
    get('getCertificateRequest', '/v1/certificate-requests/1', [200, 404, 503]),
    get('getCertificate', '/v1/certificates/JC-2027-000001', [200, 404, 503]),
    get('getCertificateFile', '/v1/certificates/JC-2027-000001/file', [200, 404, 503]),
    post('reissueCertificate', '/v1/certificates/JC-2027-000001/reissue', {}, [202, 404, 503]),
    post(
      'correctCertificate',
      '/v1/certificates/JC-2027-000001/corrections',
      { reason: 'r', changes: [{ what: 'w', was: 'a', is: 'b' }] },
      [202, 404, 503],
    ),
    post('sendToTargets', `/v1/deposits/${deposit}/targets`, {}, [202, 404, 503]),
    get('listTargets', `/v1/deposits/${deposit}/targets`, [200, 404, 503]),
    get('listJobs', '/v1/jobs?state=dead', [200, 404, 503]),
    post('retryJob', '/v1/jobs/999999999/retry', {}, [404, 503]),
    ...flowRequests(made.flow, get, post),
    get('listIdentityProviders', '/v1/identity/providers'),
    post('startIdentityVerification', '/v1/identity/verifications', { provider: 'declaration' }, [201, 404, 429, 503]),
    post(
      'answerIdentityVerification',
      '/v1/identity/verifications/aaaaaaaaaaaaaaaa/answer',
      { answer: { certName: '張三' } },
      [404, 503],
    ),
    get('listIdentities', '/v1/identity/statements', [200, 404, 503]),
    get('getIdentityStatement', `/v1/identity/statements/${'ab'.repeat(16)}`, [404, 503]),
    post(
      'discloseIdentityStatement',
      `/v1/identity/statements/${'ab'.repeat(16)}/disclosures`,
      { fields: ['certName'] },
      [404, 503],
    ),
    {
      ...get('revokeIdentityStatement', `/v1/identity/statements/${'ab'.repeat(16)}/revocation`, [404, 503]),
      method: 'POST',
    },
    {
      ...get('eraseIdentityFields', `/v1/identity/statements/${'ab'.repeat(16)}/fields`, [404, 503]),
      method: 'DELETE',
    },
    get('getCheckpoint', '/log/checkpoint'),
    get('getTile', `/log/tile/0/000.p/2`),
    // Only members of a consortium have this second checkpoint over the same tiles.
    get('getWitnessedCheckpoint', '/log/witnessed/checkpoint', [404]),
    get('getWitnessedTile', '/log/witnessed/tile/0/000.p/2'),
    bytes(get('addRaw', '/log/add'), 'application/octet-stream', fromText('a raw body')),
    bytes(get('addCheckpoint', '/witness/add-checkpoint', [200, 409]), 'text/plain', witnessRequest()),
    get('getCosignedCheckpoint', `/witness/${toHex(crypto.sha256(fromText(origin)))}/checkpoint`, [200, 404]),
    bytes(get('requestTimestamp', '/tsa'), 'application/timestamp-query', timestampRequest()),
    bytes(
      get('requestSigstoreTimestamp', '/api/v1/timestamp', [201]),
      'application/json',
      fromText(JSON.stringify({ artifactHash: toBase64(digestOf('stamped')), hashAlgorithm: 'sha256', nonce: 5 })),
    ),
    get('getTimestampChain', '/api/v1/timestamp/certchain'),
    get('getHealth', '/health'),
    get('getMetrics', '/metrics'),
    get('getOpenapi', '/openapi.json'),
    get('getReference', '/reference'),
    get('getReferenceScript', '/reference/start.js'),
    post('createVerification', '/v1/verifications', { receipt: { format: 'jurat-receipt/v1' }, fingerprint: sha256 }),
    get('getVerifyPage', '/verify'),
    get('getDepositPage', `/v/${deposit}`),
    get('getVerifyFile', '/verify.html'),
  ]
}

type Get = (id: OperationId, target: string, statuses?: number[]) => Genuine
type Post = (id: OperationId, target: string, body: object, statuses?: number[]) => Genuine

/** Requests about flows. Without a database they are answered with 404, and with 503 while it is not there yet. */
function flowRequests(flow: string, get: Get, post: Post): Genuine[] {
  const off = [404, 503]
  const names = { en: 't', 'zh-CN': 't', 'zh-TW': 't' }
  const rules = { repeats: false, roles: [], accounts: [], deadline: null }
  const phase = { id: 'p', names, act: 'record', order: null, required: false, ...rules }
  const template = { format: 'jurat-flow-template/v1', id: 't', version: 1, names, roles: [], phases: [phase] }
  const item = { algorithm: 'sha-256', digest: toHex(digestOf('phase')), metadata: { name: '檔案' }, blind: true }
  const parties = [{ role: 'initiator', name: '甲方' }]
  return [
    get('listFlowTemplates', '/v1/flow-templates', [200, ...off]),
    post('createFlowTemplate', '/v1/flow-templates', template, [201, ...off]),
    post('createFlow', '/v1/flows', { name: 'n', template: 'contract', version: 1, parties }, [201, 422, ...off]),
    get('listFlows', '/v1/flows', [200, ...off]),
    get('getFlow', `/v1/flows/${flow}`, [200, ...off]),
    post('createFlowDeposit', `/v1/flows/${flow}/deposits`, { phase: 'draft', item }, [200, 403, ...off]),
    get('getFlowTimeline', `/v1/flows/${flow}/timeline`, [200, ...off]),
    get('getFlowPackage', `/v1/flows/${flow}/package`, [200, 409, ...off]),
    post('createFlowAccess', `/v1/flows/${flow}/access`, { label: 'l', seconds: 60 }, [201, 409, ...off]),
    get('listFlowAccess', `/v1/flows/${flow}/access`, [200, ...off]),
    { ...get('revokeFlowAccess', `/v1/flows/${flow}/access/${'b'.repeat(16)}`, off), method: 'DELETE' },
    post('openFlow', '/v1/flow-access', { code: `jfa_${'a'.repeat(16)}_${'a'.repeat(32)}` }, [403, 429, ...off]),
    post('openFlowPackage', '/v1/flow-access/package', { code: 'c' }, [403, 429, ...off]),
  ]
}

const digestOf = (text: string): Uint8Array => crypto.sha256(fromText(text))

function timestampRequest(): Uint8Array {
  const imprint = { algorithm: 'sha256', digest: digestOf('stamped') } as const
  return writeQuery({ imprint, policy: null, nonce: null, certificates: true })
}

/** The first checkpoint of the other log that the node witnesses. */
function witnessRequest(): Uint8Array {
  const body = formatCheckpoint({ origin, size: 1, root: crypto.sha256(fromText('root')) })
  return formatAddCheckpoint(0, [], formatNote(body, [logSigner.sign(body)]))
}

/** Makes an organisation, a key, an account, a deposit and a signed transaction. */
async function makeThings(node: Node) {
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const headers = { authorization: `Bearer ${node.apiKey}`, 'content-type': 'application/json' }
    const answer = await fetch(`${node.url}${path}`, { method, headers, body: body ? JSON.stringify(body) : null })
    const text = await answer.text()
    assert.ok(answer.ok, `${method} ${path}: ${text}`)
    return JSON.parse(text) as T
  }
  const keys = generateKey(crypto, 'ed25519', platformRandom)
  const authMap = [{ publicKey: toHex(keys.publicKey), weight: 100 }]
  const accountBody = { authMap, recoverKey: toHex(keys.publicKey) }
  const account = await call<{ id: string }>('POST', '/v1/accounts', accountBody)
  const { id: organisation } = await call<{ id: string }>('POST', '/v1/organisations', { name: 'o' })
  const newKey = { label: 'l', scopes: ['read'] }
  const apiKey = await call<{ id: string }>('POST', `/v1/organisations/${organisation}/keys`, newKey)
  const digest = createHash('sha256').update('an original').digest('hex')
  const depositBody = {
    items: [
      { algorithm: 'sha-256', digest, metadata: { name: '檔案', phase: 'b' }, blind: true, flow: 'ab'.repeat(32) },
      { algorithm: 'sm3', digest, commitment: 'cd'.repeat(32) },
      { algorithm: 'sha-512', digest: digest + digest },
    ],
  }
  const { deposits } = await call<{ deposits: { id: string }[] }>('POST', '/v1/deposits', depositBody)
  const deposit = deposits[0]?.id ?? ''
  const { txHash } = await call<{ txHash: string }>('GET', `/v1/deposits/${deposit}`)
  const { networkId } = await call<{ networkId: string }>('GET', '/v1/network')
  const item = { algorithm: 1, digest: crypto.sha256(fromText('signed')), commitment: null, flow: null }
  const open = createTransaction(crypto, {
    networkId: fromHex(networkId),
    from: fromHex(account.id),
    operation: operations.deposit({ items: [item, item] }),
    timestampMs: Date.now(),
    periodMs: 600_000,
    random: platformRandom,
  })
  const transaction = encodeTransaction(addSignature(crypto, open, keys))
  const { type, to, payload } = operations.setRegistrar({ target: fromHex(account.id), quota: 1 })
  const ballot = { type, to: to === null ? null : toHex(to), payload: toBase64(payload) }
  const proposed = operationHash(crypto, operations.freeze({ target: fromHex(account.id) }))
  // Without a database there are no flows: then an id that is well formed stands for one.
  const flow = await fetch(`${node.url}/v1/flows`, {
    method: 'POST',
    headers: { authorization: `Bearer ${node.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'n', template: 'contract', parties: [] }),
  }).then((answer) => answer.json() as Promise<{ flow?: { id: string } }>)
  const things = { organisation, apiKey: apiKey.id, account: account.id, accountBody, digest, deposit, depositBody }
  return {
    ...things,
    flow: flow.flow?.id ?? 'a'.repeat(16),
    txHash,
    transaction,
    ballot,
    operationHash: toHex(proposed),
  }
}
