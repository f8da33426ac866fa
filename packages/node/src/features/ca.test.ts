/**
 * The certification authority: what it issues and refuses, what it says of what was revoked, what it renews, and what a clock
 * that jumps does to it. Strangers' tools: test/conformance/certificateAuthority.test.ts.
 */
import assert from 'node:assert/strict'
import { createPublicKey, verify, webcrypto, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import type { HashedAlgorithm } from '@peculiar/x509'
import { DerReader } from '@jurat/core/asn1/reader'
import { context, tags } from '@jurat/core/asn1/writer'
import { type Bytes, equal, fromText, toHex } from '@jurat/core/bytes'
import { certificateFields, readCertificateTime } from '@jurat/core/certificates/fields'
import { nextUpdateOf } from '@jurat/core/certificates/revocation'
import { statusCertificatesMax, statusQuestion, statusRequestBytesMax } from '@jurat/core/certificates/status'
import { ClockGuard } from '../engine/clockGuard.ts'
import { VirtualTime } from '../engine/virtualTime.fixtures.ts'
import { MemoryFiles } from '../platform/memoryFiles.ts'
import { CertificateAuthority, listLifetimeMs, listRenewMs, renewalLookMs, statusLifetimeMs } from './ca.ts'
import { AuthorityFolder } from './ca/authorityFolder.ts'
import { issuerHashes } from './ca/documentSigner.ts'
import { makeAuthority, rootListLifetimeMs } from './ca/founding.ts'
import { purposes } from './ca/profiles.ts'
import { signingRequestBytesMax } from './ca/signingRequest.ts'
import { steadyTime } from './ca/steadyTime.ts'
import { memoryKeyValue } from './memoryKeyValue.fixtures.ts'

await import('reflect-metadata')
const x509 = await import('@peculiar/x509')

const dayMs = 86_400_000
const network = 'jurat.test/ca'
const base = 'http://ca.test:8080'

const plainSealer = { seal: (_: string, secret: Bytes) => secret, open: (_: string, sealed: Bytes) => sealed }

interface Bench {
  readonly time: VirtualTime
  readonly authority: CertificateAuthority
  readonly place: AuthorityFolder
  readonly warned: string[]
  /** Opens the same authority again, as a restart does. */
  readonly again: () => Promise<CertificateAuthority>
}

async function bench(): Promise<Bench> {
  const time = new VirtualTime()
  const files = new MemoryFiles()
  const place = new AuthorityFolder(files, '/keys/authority', plainSealer)
  const secrets = new Map<string, Bytes>()
  const warned: string[] = []
  const options = {
    place,
    store: memoryKeyValue(),
    secrets: {
      putSealed: async (purpose: string, secret: Bytes) => void secrets.set(purpose, secret),
      getSealed: (purpose: string) => secrets.get(purpose) ?? null,
    },
    network,
    base,
    time: steadyTime(time, new ClockGuard(time)),
    timers: time,
    warn: (message: string) => void warned.push(message),
  }
  const open = async (): Promise<CertificateAuthority> => {
    const authority = await CertificateAuthority.open(options)
    assert.ok(authority !== null)
    return authority
  }
  assert.equal(await CertificateAuthority.open(options), null, 'an empty folder holds no authority')
  await makeAuthority(place, { network, nowMs: time.now(), base })
  return { time, authority: await open(), place, warned, again: open }
}

const p256 = { name: 'ECDSA', namedCurve: 'P-256' }
const signing = { name: 'ECDSA', hash: 'SHA-256' }

/** A request that asks for more than anybody should get. */
async function requestOf(algorithm: object = p256, signingAlgorithm: object = signing): Promise<Bytes> {
  const keys = await webcrypto.subtle.generateKey(algorithm as webcrypto.EcKeyGenParams, true, ['sign', 'verify'])
  const extensions = [
    new x509.BasicConstraintsExtension(true, 3, true),
    new x509.ExtendedKeyUsageExtension([purposes.timeStamping]),
    new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'bank.example' }]),
  ]
  const about = {
    name: 'CN=Supreme Court',
    keys,
    signingAlgorithm: signingAlgorithm as HashedAlgorithm,
    extensions,
  }
  return new Uint8Array((await x509.Pkcs10CertificateRequestGenerator.create(about, webcrypto)).rawData)
}

const subject = { commonName: '#30 王小明 "Ming", O=x', organisation: '某某公司', email: 'ming@example.test' }
const order = { profile: 'identity', subject, organisation: 'org', request: await requestOf() } as const

const certificateOf = (authority: CertificateAuthority, serial: string): X509Certificate =>
  new X509Certificate(authority.register.der(serial))

test('name and use are those of the registration, and nothing that the request asked for', async () => {
  const { authority } = await bench()
  const { serial } = await authority.issue(order)
  const own = certificateOf(authority, serial)
  assert.equal(own.serialNumber.toLowerCase(), serial)
  assert.deepEqual([own.ca, own.subjectAltName], [false, 'email:ming@example.test'])
  const names = new x509.X509Certificate(authority.register.der(serial).slice()).subjectName
  assert.deepEqual([names.getField('CN'), names.getField('O')], [[subject.commonName], [subject.organisation]])
  assert.deepEqual(own.keyUsage, [purposes.clientAuth, purposes.emailProtection])
  assert.ok(own.verify(createPublicKey({ key: Buffer.from(pemOf(authority.issuing)) })))
  assert.ok(
    equal(certificateFields(authority.register.der(serial)).issuer, certificateFields(authority.issuing).subject),
  )
  const addresses = Buffer.from(own.raw).toString('latin1')
  for (const path of ['/ca/issuing.crl', '/ocsp', '/ca/issuing.cer']) assert.ok(addresses.includes(base + path), path)
})

const pemOf = (certificate: Bytes): string => new X509Certificate(certificate).toString()

test('requests without proof of possession, of other keys, or that are none, are refused', async () => {
  const { authority } = await bench()
  const [first, second] = [await requestOf(), await requestOf()]
  const flipped = first.slice()
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
  // The key of one request, the signature of another.
  const signedBy = new x509.Pkcs10CertificateRequest(second.slice())
  const body = new DerReader(first).inside(tags.sequence).next(tags.sequence).bytes
  const rest = second.subarray(4 + new DerReader(second).inside(tags.sequence).next(tags.sequence).bytes.length)
  assert.ok(signedBy.signature.byteLength > 0)
  const mixed = Uint8Array.from([
    0x30,
    0x82,
    (body.length + rest.length) >> 8,
    (body.length + rest.length) & 255,
    ...body,
    ...rest,
  ])
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  }
  const cases: readonly (readonly [string, Bytes])[] = [
    ['a changed signature', flipped],
    ['the signature of another key', mixed],
    ['P-384', await requestOf({ name: 'ECDSA', namedCurve: 'P-384' }, { name: 'ECDSA', hash: 'SHA-384' })],
    ['RSA', await requestOf(rsa, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' })],
    ['nothing', new Uint8Array(0)],
    ['text', fromText('please')],
    ['a certificate', authority.issuing],
    ['half of it', first.subarray(0, first.length >> 1)],
    ['too many bytes', new Uint8Array(signingRequestBytesMax + 1)],
  ]
  const before = authority.register.certificates.length
  for (const [what, request] of cases) {
    await assert.rejects(authority.issue({ ...order, request }), { code: 'request-unacceptable' }, what)
  }
  for (const commonName of ['', ' ', 'x'.repeat(65), 'a\u0000b', 'a\u202eb']) {
    const named = { ...order, subject: { ...subject, commonName } }
    await assert.rejects(authority.issue(named), { code: 'request-unacceptable' }, JSON.stringify(commonName))
  }
  await assert.rejects(authority.issue({ ...order, request: null }), { code: 'request-unacceptable' })
  assert.equal(authority.register.certificates.length, before)
  const pem = new x509.Pkcs10CertificateRequest(first.slice()).toString('pem')
  await authority.issue({ ...order, request: fromText(pem) })
})

/** What an answer of the responder says: its status of the protocol, and of each certificate its tag. */
function said(answer: Bytes): { status: number; tags: number[]; thisUpdateMs: number; nextUpdateMs: number } {
  const outer = new DerReader(answer).inside(tags.sequence)
  const [status = -1] = outer.next(tags.enumerated).contents
  if (outer.tag === null) return { status, tags: [], thisUpdateMs: 0, nextUpdateMs: 0 }
  const wrapped = outer.inside(context(0)).inside(tags.sequence)
  wrapped.objectIdentifier()
  const body = new DerReader(wrapped.next(tags.octetString).contents).inside(tags.sequence).inside(tags.sequence)
  body.next(context(1))
  body.next(tags.generalizedTime)
  const singles = body.inside(tags.sequence)
  const found: number[] = []
  let [thisUpdateMs, nextUpdateMs] = [0, 0]
  while (singles.tag !== null) {
    const single = singles.inside(tags.sequence)
    single.next(tags.sequence)
    found.push(single.next().tag)
    thisUpdateMs = readCertificateTime(single.next(tags.generalizedTime))
    nextUpdateMs = readCertificateTime(single.inside(context(0)).next(tags.generalizedTime))
  }
  return { status, tags: found, thisUpdateMs, nextUpdateMs }
}

const [good, revoked, unknown] = [0x80, 0xa1, 0x82]

const serialsOf = (list: Bytes): string[] =>
  new x509.X509Crl(list.slice()).entries.map(({ serialNumber }) => serialNumber.toLowerCase())

const numberOf = (list: Bytes): string => {
  const extension = new x509.X509Crl(list.slice()).extensions.find(({ type }) => type === '2.5.29.20')
  return BigInt(`0x${toHex(new DerReader(new Uint8Array(extension?.value ?? [])).unsigned())}`).toString()
}

test('what is revoked stands in the list and in the answers, for ever, also after a restart', async () => {
  const { authority, again } = await bench()
  const { serial } = await authority.issue(order)
  const ask = (own: CertificateAuthority): number | undefined =>
    said(own.revocation.status(own.register.der(serial))).tags[0]
  assert.equal(ask(authority), good)
  const before = authority.revocationList
  assert.deepEqual(serialsOf(before), [])
  await assert.rejects(authority.revoke('ab'.repeat(16), 'superseded'), { code: 'not-found' })
  await authority.revoke(serial, 'keyCompromise')
  await assert.rejects(authority.revoke(serial, 'superseded'), { code: 'conflict' })
  assert.equal(ask(authority), revoked)
  assert.deepEqual(serialsOf(authority.revocationList), [serial])
  assert.ok(BigInt(numberOf(authority.revocationList)) > BigInt(numberOf(before)))
  const restarted = await again()
  assert.equal(ask(restarted), revoked)
  assert.deepEqual(serialsOf(restarted.revocationList), [serial])
  assert.ok(BigInt(numberOf(restarted.revocationList)) > BigInt(numberOf(authority.revocationList)))
  assert.equal(restarted.register.revocation(serial)?.reason, 'keyCompromise')
})

test('certificates of others are unknown, and whatever is no request is said to be none', async () => {
  const { authority } = await bench()
  const [sha1, sha256] = issuerHashes(authority.issuing)
  const own = certificateFields(authority.timeStamping.certificate).serial
  const questions: readonly (readonly [string, Bytes, number])[] = [
    ['by SHA-1', statusQuestion(sha1, own), good],
    ['by SHA-256', statusQuestion(sha256, own), good],
    ['a number that was never issued', statusQuestion(sha1, Uint8Array.of(1)), unknown],
    ['another issuer', statusQuestion({ ...sha1, keyHash: new Uint8Array(20) }, own), unknown],
    ['the hash of another algorithm', statusQuestion({ ...sha1, algorithm: sha256.algorithm }, own), unknown],
  ]
  for (const [what, question, tag] of questions) assert.deepEqual(said(authority.status(question)).tags, [tag], what)
  const question = statusQuestion(sha1, own)
  const list = new DerReader(question).inside(tags.sequence).inside(tags.sequence).inside(tags.sequence)
  const one = list.next(tags.sequence).bytes
  const many = (count: number): Bytes => {
    const wrap = (bytes: Bytes): Bytes => Uint8Array.from([0x30, 0x82, bytes.length >> 8, bytes.length & 255, ...bytes])
    return wrap(wrap(wrap(Uint8Array.from(Array.from({ length: count }, () => [...one]).flat()))))
  }
  assert.equal(said(authority.status(many(statusCertificatesMax))).tags.length, statusCertificatesMax)
  const refused = [new Uint8Array(0), fromText('hello'), many(statusCertificatesMax + 1), question.subarray(0, -1)]
  for (const request of [...refused, new Uint8Array(statusRequestBytesMax + 1)]) {
    assert.equal(said(authority.status(request)).status, 1)
  }
  for (let place = 0; place < question.length; place++) {
    for (const bit of [1, 0x80]) {
      const changed = question.slice()
      changed[place] = (changed[place] ?? 0) ^ bit
      assert.ok([0, 1].includes(said(authority.status(changed)).status), `byte ${place}`)
    }
  }
})

test('documents are signed under three certificates, and with a new key after a revocation', async () => {
  const { authority } = await bench()
  const message = fromText('a certificate of deposit')
  const signatureHolds = async (organisation: string | null): Promise<string> => {
    const signer = authority.documentSigner(organisation)
    assert.ok(signer !== null)
    const [own, issuing, root] = signer.certificates.map((certificate) => new X509Certificate(certificate))
    assert.ok(own && issuing && root)
    assert.ok(own.verify(issuing.publicKey) && issuing.verify(root.publicKey) && root.verify(root.publicKey))
    assert.ok(verify('sha256', message, own.publicKey, await signer.sign(message)))
    assert.deepEqual(own.keyUsage, [purposes.documentSigning, purposes.emailProtection])
    assert.equal(said(signer.revocation.status(signer.certificates[0] ?? message)).tags[0], good)
    assert.equal(signer.revocation.lists().length, 2)
    return own.serialNumber.toLowerCase()
  }
  const first = await signatureHolds(null)
  await authority.revoke(first, 'keyCompromise')
  assert.notEqual(await signatureHolds(null), first)
  assert.equal(authority.documentSigner('org'), null)
  const { serial } = await authority.issue({ ...order, profile: 'documentSigning', request: null })
  assert.equal(await signatureHolds('org'), serial)
  await authority.revoke(serial, 'cessationOfOperation')
  assert.equal(authority.documentSigner('org'), null, 'nobody signs for an organisation that was struck off')
})

test('what the node signs with is renewed before it ends; without the key of the root as far as that goes', async () => {
  const { time, authority, place, warned, again } = await bench()
  await authority.issue({ ...order, profile: 'documentSigning', request: null })
  const [root, issuing] = [authority.root, authority.issuing]
  const start = time.now()
  const seen = new Set<string>()
  while (time.now() < start + 9 * 365.25 * dayMs) {
    await time.pass(60 * dayMs)
    await authority.look()
    const now = time.now()
    for (const signer of [authority.documentSigner(null), authority.documentSigner('org')]) {
      const [certificate] = signer?.certificates ?? []
      assert.ok(certificate !== undefined && Date.parse(new X509Certificate(certificate).validTo) > now)
    }
    assert.ok(Date.parse(new X509Certificate(authority.timeStamping.certificate).validTo) > now + 300 * dayMs)
    assert.ok(nextUpdateOf(authority.revocationList) > now)
    assert.ok(nextUpdateOf(authority.rootList ?? root) > now + rootListLifetimeMs / 4)
    seen.add(toHex(certificateFields(authority.timeStamping.certificate).key))
  }
  assert.ok(seen.size > 2, 'each time with a new key')
  assert.ok(!equal(authority.issuing, issuing), 'that of the issuing authority is renewed')
  assert.ok(equal(certificateFields(authority.issuing).key, certificateFields(issuing).key), 'under its key')
  assert.deepEqual(warned, [])
  await place.removeRootKey()
  const rootless = await again()
  assert.ok(equal(rootless.timeStamping.certificate, authority.timeStamping.certificate))
  const number = rootless.register.certificates.length
  await time.pass(rootListLifetimeMs)
  await rootless.look()
  assert.match(warned.join(), /jurat ca renew/u)
  await time.pass(8 * 365.25 * dayMs)
  for (let looked = 0; looked < 3; looked++) await rootless.look()
  assert.ok(rootless.register.certificates.length <= number + 3, 'nothing is issued over and over that ends no later')
})

test('the list is renewed by a timer, long before it ages', async () => {
  const { time, authority } = await bench()
  authority.start()
  const first = authority.revocationList
  await time.pass(listRenewMs + renewalLookMs)
  await authority.stop()
  assert.ok(BigInt(numberOf(authority.revocationList)) > BigInt(numberOf(first)))
  assert.ok(nextUpdateOf(authority.revocationList) >= time.now() + listLifetimeMs - renewalLookMs - 1_000)
})

test('while the clock has jumped nothing is issued, and what is said goes on in the time before', async () => {
  for (const jumpMs of [3_650 * dayMs, -3_650 * dayMs]) {
    const { time, authority } = await bench()
    const before = time.now()
    const { serial } = await authority.issue(order)
    const ask = (): ReturnType<typeof said> => said(authority.revocation.status(authority.register.der(serial)))
    time.jump(jumpMs)
    await time.pass(30_000)
    await assert.rejects(authority.issue(order), { code: 'not-ready' })
    await authority.look()
    assert.ok(Math.abs(ask().thisUpdateMs - before) < 60_000, 'answers have the time before')
    await authority.revoke(serial, 'superseded')
    assert.deepEqual([ask().tags, serialsOf(authority.revocationList)], [[revoked], [serial]], 'revoking never waits')
    assert.ok(Math.abs(nextUpdateOf(authority.revocationList) - listLifetimeMs - before) < 60_000)
    const number = numberOf(authority.revocationList)
    // Set back at once: as if nothing had been.
    time.jump(-jumpMs)
    await authority.issue(order)
    // A clock that stays where it is, is believed after a minute.
    time.jump(jumpMs)
    await authority.look()
    await time.pass(61_000)
    await authority.look()
    assert.ok(Math.abs(ask().thisUpdateMs - time.now()) < 2_000)
    assert.ok(ask().nextUpdateMs >= time.now() + statusLifetimeMs - 1_000)
    assert.ok(Math.abs(nextUpdateOf(authority.revocationList) - listLifetimeMs - time.now()) < 2_000)
    assert.ok(BigInt(numberOf(authority.revocationList)) > BigInt(number), 'numbers of lists only grow')
  }
})
