/**
 * X.509 with certificates that openssl makes, and OpenID Connect against a provider in a process of its own.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fromBase64 } from '@jurat/core/bytes'
import { skip } from '../database/office/office.fixtures.ts'
import type { ShownStatement } from './identity.ts'
import { TestCa, type PersonCertificate, person } from './identity/identity.fixtures.ts'
import { oidcProvider } from './identity/oidc.ts'
import { begin, everything, language, opened, org, reasonOf } from './identity/opened.fixtures.ts'
import { pemBlocks, x509Provider } from './identity/x509.ts'

test('X.509: usages, encodings, dates, lists, loops; each refusal has its reason', { skip }, async (t) => {
  const ca = new TestCa()
  const now = Date.UTC(2030, 0, 1)
  let lists: readonly string[] = []
  const trust = () =>
    Promise.resolve({
      trusted: pemBlocks(ca.pem('root'), 'CERTIFICATE'),
      lists: lists.flatMap((list) => pemBlocks(list, 'X509 CRL')),
    })
  const randomBytes = (count: number) => new Uint8Array(count).fill(5)
  const provider = x509Provider({ networkId: new Uint8Array(32).fill(1), randomBytes, now: () => now, trust })
  const { identities, office } = await opened(t, [provider], () => now)
  let count = 0
  const verify = async (
    name: string,
    {
      chain = [ca.pem('issuing')],
      options = [],
      signer = name,
    }: { chain?: string[]; options?: string[]; signer?: string } = {},
  ): Promise<ShownStatement> => {
    const organisation = `o${count++}`
    const started = await begin(identities, 'x509', {}, organisation)
    const signature = ca.sign(signer, fromBase64(started.shown['message'] ?? ''), ...options)
    const certificates = [ca.pem(name), ...chain].join('')
    return identities.answer(organisation, started.id, { certificates, signature }, language)
  }
  const refused = (name: string, more: Parameters<typeof verify>[1] = {}): Promise<string> =>
    reasonOf(verify(name, more))
  const made = (name: string, certificate: PersonCertificate): string => {
    ca.make(name, certificate)
    return name
  }
  const with1 = (...lines: readonly string[]): PersonCertificate => ({ extensions: [...person.slice(0, 1), ...lines] })

  ca.make('good')
  const good = await verify('good')
  assert.deepEqual([good.level, good.state], ['certificate', 'holds'])
  assert.ok(good.fields?.includes('certificateSha256'))
  const rsa = ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048']
  ca.make('rsa', { key: rsa })
  await verify('rsa')
  await verify('rsa', { options: ['-sigopt', 'rsa_padding_mode:pss'] })
  ca.make('short', { days: ['20240101000000Z', '20300101120000Z'] })
  assert.equal((await verify('short')).expiresAt, Date.UTC(2030, 0, 1, 12), 'a statement ends with its certificate')

  const rows: readonly [string, () => Promise<string>][] = [
    ['signature-wrong', () => refused('good', { signer: 'rsa' })],
    ['certificate-unknown', () => refused('good', { chain: [] })],
    [
      'certificate-unknown',
      () =>
        refused('root', { chain: [] }).then((code) => (code === 'certificate-usage' ? 'certificate-unknown' : code)),
    ],
    ['certificate-usage', () => refused('issuing', { chain: [] })],
    ['certificate-usage', () => refused(made('agrees', with1('keyUsage = critical, keyAgreement')))],
    [
      'certificate-usage',
      () => refused(made('server', with1('keyUsage = digitalSignature', 'extendedKeyUsage = serverAuth'))),
    ],
    ['certificate-usage', () => refused(made('strange', with1('1.2.3.4 = critical, DER:0500')))],
    ['certificate-expired', () => refused(made('old', { days: ['20200101000000Z', '20210101000000Z'] }))],
    ['certificate-expired', () => refused(made('early', { days: ['20350101000000Z', '20360101000000Z'] }))],
    [
      'certificate-unknown',
      () => refused(made('child', { issuer: 'good' }), { chain: [ca.pem('good'), ca.pem('issuing')] }),
    ],
    ['certificate-key', () => refused(made('weak', { key: ['RSA', '-pkeyopt', 'rsa_keygen_bits:1024'] }))],
    ['certificate-key', () => refused(made('koblitz', { key: ['EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'] }))],
    ['certificate-unreadable', () => refused('good', { chain: Array.from({ length: 8 }, () => ca.pem('issuing')) })],
    [
      'certificate-unreadable',
      () => refused('good', { chain: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'] }),
    ],
    ['certificate-unreadable', () => refused(made('hidden', { subject: '/CN=a\u202eb' }))],
  ]
  for (const [at, [reason, run]] of rows.entries()) assert.equal(await run(), reason, `row ${at}`)

  ca.make('gone')
  ca.revoke('gone')
  const fresh = ca.list('issuing', '20300102000000Z')
  lists = [fresh]
  assert.equal(await refused('gone'), 'certificate-revoked')
  assert.equal((await verify('good')).state, 'holds')
  lists = [ca.list('issuing', '20290101000000Z')]
  assert.equal(await refused('good'), 'list-stale')
  assert.equal(await refused('gone'), 'certificate-revoked', 'an old list still names it')
  lists = [ca.list('root', '20310101000000Z')]
  assert.equal((await verify('gone')).state, 'holds', 'nobody gave a list of its issuer: unchecked, and said so')
  ca.revoke('issuing', 'root')
  lists = [ca.list('root', '20310101000000Z')]
  assert.equal(await refused('good'), 'certificate-revoked')
  lists = ['-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n']
  assert.equal(await refused('good'), 'list-unreadable')

  // Hostile bytes: one bit at many places of a certificate, and its beginnings. Never more than a refusal.
  lists = []
  const [bytes = new Uint8Array(0)] = pemBlocks(ca.pem('good'), 'CERTIFICATE')
  const kept = { message: Buffer.from('m').toString('base64') }
  const subject = { id: 'x', organisation: org, accounts: [], language } as const
  const pem = (der: Uint8Array): string =>
    `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n${ca.pem('issuing')}`
  const began = process.cpuUsage()
  for (let at = 0; at < bytes.length; at += 4) {
    for (const der of [bytes.with(at, (bytes[at] ?? 0) ^ (1 << (at % 8))), bytes.subarray(0, at)]) {
      const answer = { certificates: pem(der), signature: 'AAAA' }
      await reasonOf(Promise.resolve().then(() => provider.judge(subject, kept, answer)))
    }
  }
  assert.ok(process.cpuUsage(began).user < 10_000_000, 'bounded: at most 10 s for some 300 certificates')
  const long = { certificates: 'x'.repeat(65_537), signature: 'AAAA' }
  assert.equal(
    await reasonOf(Promise.resolve().then(() => provider.judge(subject, kept, long))),
    'certificate-unreadable',
  )
  assert.ok(!(await everything(office)).includes('张三'))
})

/** A port that nobody has now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => void server.close(resolve))
  return port
}

test(
  'OpenID Connect against a real provider: PKCE, state, nonce, one issuer, no other way back',
  { skip },
  async (t) => {
    const port = await freePort()
    const program = fileURLToPath(new URL('identity/oidcProvider.fixtures.ts', import.meta.url))
    const child = spawn(process.execPath, [program, String(port)], { stdio: ['ignore', 'pipe', 'ignore'] })
    t.after(() => child.kill())
    await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
    const issuer = `http://127.0.0.1:${port}`
    const redirectUri = 'http://127.0.0.1:39999/callback'
    const client = {
      issuer,
      clientId: 'jurat',
      clientSecret: 'client secret of the test',
      redirects: [],
      now: () => Date.now(),
    }
    const { identities, office } = await opened(t, [oidcProvider({ ...client, level: 'contact' })])

    /** Follows the provider's pages as a browser would, up to the way back; gives its query. */
    const logIn = async (address: string): Promise<string> => {
      const jar = new Map<string, string>()
      for (let at = address; ;) {
        if (at.startsWith(redirectUri)) return new URL(at).search.slice(1)
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
        const page = await fetch(at, { redirect: 'manual', headers: { cookie } })
        for (const line of page.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          jar.set(name, value)
        }
        const next = page.headers.get('location')
        if (next === null) throw new Error(`${page.status} ${await page.text()}`)
        at = new URL(next, at).href
      }
    }
    const started = await begin(identities, 'oidc', { redirectUri })
    const address = new URL(started.shown['address'] ?? '')
    assert.equal(address.origin, issuer)
    assert.equal(address.searchParams.get('code_challenge_method'), 'S256')
    const query = await logIn(address.href)
    const other = await begin(identities, 'oidc', { redirectUri })
    assert.equal(
      await reasonOf(identities.answer(org, other.id, { query }, language)),
      'login-refused',
      'another state',
    )
    const statement = await identities.answer(org, started.id, { query }, language)
    assert.deepEqual(
      [statement.level, statement.fields?.toSorted()],
      ['contact', ['email', 'name', 'oidcIssuer', 'oidcSubject']],
    )
    const swapped = new URLSearchParams(await logIn(other.shown['address'] ?? ''))
    swapped.set('iss', 'http://127.0.0.1:1')
    const told = identities.answer(org, other.id, { query: swapped.toString() }, language)
    assert.equal(await reasonOf(told), 'login-refused', 'another issuer')
    const twice = await begin(identities, 'oidc', { redirectUri })
    const used = new URLSearchParams(query)
    used.set('state', new URL(twice.shown['address'] ?? '').searchParams.get('state') ?? '')
    const again = identities.answer(org, twice.id, { query: used.toString() }, language)
    assert.equal(await reasonOf(again), 'login-refused', 'a code counts once, and only for its own challenge')
    const ways = [
      'https://evil.example/callback',
      'http://127.0.0.1:1/other',
      'http://127.0.0.1:1@evil.example/callback',
      'javascript:1',
    ]
    for (const way of ways)
      assert.equal(await reasonOf(begin(identities, 'oidc', { redirectUri: way })), 'redirect-unknown')
    assert.ok(!/Zhang Oidc|oidc@people/.test(await everything(office)))
    for (const bad of ['http://issuer.example', 'ftp://127.0.0.1', 'x']) {
      assert.throws(() => oidcProvider({ ...client, issuer: bad, level: 'contact' }), /--oidc-issuer/)
    }
    child.kill()
    const nobody = oidcProvider({ ...client, issuer: `http://127.0.0.1:${await freePort()}`, level: 'contact' })
    const subject = { id: 'x', organisation: org, accounts: [], language } as const
    const unreachable = Promise.resolve().then(() => nobody.begin(subject, { redirectUri }))
    assert.equal(await reasonOf(unreachable), 'login-unreachable')
  },
)
