/**
 * The openssl program, which nobody here wrote, makes the requests that our certification authority answers, and checks its
 * certificates, its revocation lists and its answers about status.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { AuthorityCertificate } from '@jurat/api/authority'
import { freshFolder, type Node, startNode } from '../runningNode.ts'
import { opensslIn } from './opensslIn.ts'
import { tool } from './tools.ts'

const program = tool('openssl')
const skip = program === null && 'openssl is not installed'
const folder = freshFolder()
const at = (name: string): string => join(folder, name)
const { openssl, done } = opensslIn(program, folder)
const base = 'http://authority.example.test/jurat'

let node: Node | null = null

before(async () => {
  if (program === null) return
  const own = ['--network', 'jurat.test/certificates', '--authority-url', base]
  node = await startNode(freshFolder(), ['--database-url', 'off', ...own])
  for (const name of ['root', 'issuing']) {
    writeFileSync(at(`${name}.cer`), await get(`/ca/${name}.cer`))
    done('x509', '-in', `${name}.cer`, '-inform', 'DER', '-out', `${name}.pem`)
  }
})

after(() => node?.stop())

async function get(path: string): Promise<Buffer> {
  const answer = await fetch(`${node?.url ?? ''}${path}`)
  const bytes = Buffer.from(await answer.arrayBuffer())
  assert.ok(answer.ok, `${path}: ${answer.status} ${bytes.toString()}`)
  return bytes
}

async function post(path: string, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${node?.apiKey ?? ''}`, 'content-type': 'application/json' }
  return fetch(`${node?.url ?? ''}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** A request of openssl for much more than it gets, and the certificate that it gets. */
async function issue(name: string, profile: string, email?: string): Promise<AuthorityCertificate> {
  const wanted = ['-subj', '/C=CN/O=Supreme Court/CN=judge', '-addext', 'basicConstraints=critical,CA:TRUE']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  done('req', '-new', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, ...wanted)
  const request = readFileSync(at(`${name}.csr`), 'utf8')
  const answer = await post('/v1/authority/certificates', { profile, commonName: '王小明', email, request })
  const text = await answer.text()
  assert.equal(answer.status, 201, text)
  const certificate = JSON.parse(text) as AuthorityCertificate
  writeFileSync(at(`${name}.pem`), certificate.pem)
  return certificate
}

/** Fetches both revocation lists. */
async function fetchLists(): Promise<void> {
  for (const name of ['root', 'issuing']) {
    writeFileSync(at(`${name}.crl`), await get(`/ca/${name}.crl`))
    done('crl', '-in', `${name}.crl`, '-inform', 'DER', '-out', `${name}-crl.pem`)
  }
}

const strict = ['-x509_strict', '-CAfile', 'root.pem', '-untrusted', 'issuing.pem', '-policy_check']
const lists = ['-crl_check_all', '-CRLfile', 'root-crl.pem', '-CRLfile', 'issuing-crl.pem']

test('openssl verifies what was issued, with both lists, for its purposes and no others', { skip }, async () => {
  await fetchLists()
  const cases: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
    ['documents', 'documentSigning', ['smimesign'], ['sslserver', 'timestampsign']],
    ['member', 'member', ['sslclient', 'sslserver'], ['smimesign', 'timestampsign']],
    ['person', 'identity', ['sslclient', 'smimesign'], ['sslserver', 'timestampsign']],
    ['stamps', 'timeStamping', ['timestampsign'], ['smimesign', 'sslclient']],
  ]
  for (const [name, profile, good, bad] of cases) {
    await issue(name, profile, 'ming@example.test')
    for (const purpose of good) done('verify', ...strict, ...lists, '-purpose', purpose, `${name}.pem`)
    for (const purpose of bad) {
      assert.notEqual(openssl('verify', ...strict, ...lists, '-purpose', purpose, `${name}.pem`).code, 0, purpose)
    }
    const text = done('x509', '-in', `${name}.pem`, '-noout', '-text', '-nameopt', 'utf8')
    assert.match(text, /Subject: O=jurat\.test\/certificates, CN=王小明/u)
    assert.doesNotMatch(text, /Supreme|CA:TRUE/u)
    for (const path of ['/ca/issuing.crl', '/ocsp', '/ca/issuing.cer']) assert.ok(text.includes(`URI:${base}${path}`))
    assert.match(text, /email:ming@example\.test/u)
  }
  assert.match(done('x509', '-in', 'issuing.pem', '-noout', '-text'), new RegExp(`URI:${base}/ca/root\\.crl`, 'u'))
  // It is no authority: what it signs is refused.
  done(
    'req',
    '-x509',
    '-key',
    'member.key',
    '-CA',
    'member.pem',
    '-CAkey',
    'member.key',
    '-subj',
    '/CN=x',
    '-out',
    'x.pem',
  )
  assert.notEqual(openssl('verify', ...strict, '-untrusted', 'member.pem', 'x.pem').code, 0)
})

test('openssl asks for the status, and finds the certificate revoked in answer and list', { skip }, async () => {
  const { serial } = await issue('lost', 'identity')
  const ask = (name: string, ...options: readonly string[]): string =>
    done(
      'ocsp',
      '-issuer',
      'issuing.pem',
      ...options,
      '-cert',
      `${name}.pem`,
      '-CAfile',
      'root.pem',
      '-url',
      `${node?.url}/ocsp`,
    )
  for (const options of [[], ['-sha256'], ['-no_nonce']]) {
    const said = ask('lost', ...options)
    assert.match(said, /Response verify OK/u)
    // The nonce came back.
    if (options[0] !== '-no_nonce') assert.doesNotMatch(said, /WARNING/u)
    assert.match(said, /lost\.pem: good/u)
  }
  await fetchLists()
  done('verify', ...strict, ...lists, 'lost.pem')
  const revoked = await post(`/v1/authority/certificates/${serial}/revocation`, { reason: 'keyCompromise' })
  assert.equal(((await revoked.json()) as AuthorityCertificate).revocation?.reason, 'keyCompromise')
  assert.equal((await post(`/v1/authority/certificates/${serial}/revocation`, { reason: 'superseded' })).status, 409)
  assert.match(ask('lost'), /lost\.pem: revoked[^]*Reason: keyCompromise/u)
  await fetchLists()
  assert.match(openssl('verify', ...strict, ...lists, 'lost.pem').said, /certificate revoked/u)
  const text = done('crl', '-in', 'issuing.crl', '-inform', 'DER', '-CAfile', 'issuing.pem', '-text', '-noout')
  assert.match(text, /verify OK/u)
  assert.match(text, new RegExp(`Serial Number: ${serial.toUpperCase()}[^]*Key Compromise`, 'u'))
  assert.match(text, /X509v3 CRL Number/u)
  // What was never issued here: a certificate of the same name and serial under another issuer.
  done(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'o.key',
    '-out',
    'other.pem',
    '-subj',
    '/CN=x',
  )
  assert.match(ask('other'), /other\.pem: unknown/u)
})

test('the status can be asked for in the address, and what is no request is refused', { skip }, async () => {
  await issue('asked', 'member')
  done('ocsp', '-issuer', 'issuing.pem', '-cert', 'asked.pem', '-no_nonce', '-reqout', 'asked.req')
  const asked = readFileSync(at('asked.req')).toString('base64')
  for (const written of [encodeURIComponent(asked), asked.replaceAll('+', '%2B')]) {
    writeFileSync(at('asked.rsp'), await get(`/ocsp/${written}`))
    const checked = ['-respin', 'asked.rsp', '-issuer', 'issuing.pem', '-cert', 'asked.pem', '-CAfile', 'root.pem']
    assert.match(done('ocsp', ...checked), /asked\.pem: good/u)
  }
  writeFileSync(at('bad.rsp'), await get('/ocsp/aGVsbG8='))
  assert.match(openssl('ocsp', '-respin', 'bad.rsp').said, /malformedrequest/u)
})

test('a file that is signed under a certificate for documents verifies with openssl', { skip }, async () => {
  await issue('signer', 'documentSigning', 'ming@example.test')
  writeFileSync(at('contract'), 'a contract\n')
  const signed = ['-signer', 'signer.pem', '-inkey', 'signer.key', '-certfile', 'issuing.pem']
  done('cms', '-sign', '-in', 'contract', '-binary', '-outform', 'DER', '-out', 'contract.p7s', ...signed)
  const check = ['cms', '-verify', '-inform', 'DER', '-in', 'contract.p7s', '-content', 'contract', '-binary']
  await fetchLists()
  const trusted = ['root.pem', 'root-crl.pem', 'issuing-crl.pem'].map((name) => readFileSync(at(name), 'utf8'))
  writeFileSync(at('trusted.pem'), trusted.join(''))
  done(...check, '-CAfile', 'trusted.pem', '-crl_check_all')
})

test('requests that openssl made with other keys are refused with a reason', { skip }, async () => {
  const cases = [
    ['-newkey', 'rsa:2048'],
    ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
    ['-newkey', 'ed25519'],
  ]
  for (const options of cases) {
    done('req', '-new', ...options, '-nodes', '-keyout', 'b.key', '-out', 'b.csr', '-subj', '/CN=x')
    const request = readFileSync(at('b.csr'), 'utf8')
    const answer = await post('/v1/authority/certificates', { profile: 'identity', commonName: 'x', request })
    const problem = (await answer.json()) as { code: string; detail: string }
    assert.deepEqual([answer.status, problem.code], [422, 'certificate-request-refused'])
    assert.match(problem.detail, /P-256/u)
  }
  const long = await post('/v1/authority/certificates', {
    profile: 'identity',
    commonName: 'x',
    request: 'x'.repeat(16_385),
  })
  assert.equal(long.status, 400)
})
