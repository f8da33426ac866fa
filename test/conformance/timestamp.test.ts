/**
 * The openssl program, which nobody here wrote, asks our time-stamp authority and verifies its tokens; and we verify the
 * tokens of an authority that is made of openssl alone.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { equal, fromText } from '@jurat/core/bytes'
import { DerReader } from '@jurat/core/asn1/reader'
import { tags } from '@jurat/core/asn1/writer'
import { exportFiles } from '@jurat/core/receipt/exportFiles'
import { formatReceipt, parseReceipt, type Receipt } from '@jurat/core/receipt/receipt'
import { defaultRequired, sortSteps } from '@jurat/core/receipt/steps'
import { parseTrustFile, type TrustFile } from '@jurat/core/receipt/trust'
import { formatTrust } from '@jurat/core/receipt/trustChain'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import { verifyReceipt } from '@jurat/verify/verify'
import { freshFolder, type Node, startNode } from '../runningNode.ts'
import { opensslIn } from './opensslIn.ts'
import { library, tool } from './tools.ts'

const program = tool('openssl')
const skip = program === null && 'openssl is not installed'
const folder = freshFolder()
const at = (name: string): string => join(folder, name)
const { openssl, done } = opensslIn(program, folder)
const original = fromText('what is stamped\n')

let node: Node | null = null

before(async () => {
  if (program === null) return
  writeFileSync(at('original'), original)
  node = await startNode(freshFolder(), ['--database-url', 'off', '--network', 'jurat.test/timestamps'])
  const [stamping = '', issuing = '', root = ''] = (await ask('/api/v1/timestamp/certchain'))
    .toString()
    .split(/(?<=-----END CERTIFICATE-----\n)/u)
  writeFileSync(at('root.pem'), root)
  writeFileSync(at('issuing.pem'), issuing)
  writeFileSync(at('chain.pem'), stamping + issuing)
})

after(() => node?.stop())

async function ask(path: string, body?: { readonly type: string; readonly bytes: Uint8Array }): Promise<Buffer> {
  const url = `${node?.url ?? ''}${path}`
  const sent = body && { method: 'POST', headers: { 'content-type': body.type }, body: Buffer.from(body.bytes) }
  const answer = await fetch(url, sent)
  const bytes = Buffer.from(await answer.arrayBuffer())
  assert.ok(answer.ok, `${path}: ${answer.status} ${bytes.toString()}`)
  return bytes
}

/** Asks with the query of a file; the answer is written to another. */
async function stamp(query: string, reply: string): Promise<void> {
  writeFileSync(at(reply), await ask('/tsa', { type: 'application/timestamp-query', bytes: readFileSync(at(query)) }))
}

test('openssl verifies a token of every digest, by query and by data', { skip }, async () => {
  for (const digest of ['sha256', 'sha384', 'sha512']) {
    done('ts', '-query', '-data', 'original', `-${digest}`, '-cert', '-out', 'q.tsq')
    await stamp('q.tsq', 'r.tsr')
    done('ts', '-verify', '-queryfile', 'q.tsq', '-in', 'r.tsr', '-CAfile', 'root.pem')
    done('ts', '-verify', '-data', 'original', '-in', 'r.tsr', '-CAfile', 'root.pem')
    const text = done('ts', '-reply', '-in', 'r.tsr', '-text')
    for (const said of [/Status: Granted/u, new RegExp(`Hash Algorithm: ${digest}`, 'u'), /Ordering: no/u]) {
      assert.match(text, said)
    }
    assert.match(text, /Accuracy: 0x01 seconds/u)
  }
})

test('without certificates openssl verifies with those of the authority', { skip }, async () => {
  done('ts', '-query', '-data', 'original', '-sha256', '-no_nonce', '-out', 'bare.tsq')
  await stamp('bare.tsq', 'bare.tsr')
  const own = ['-in', 'bare.tsr', '-CAfile', 'root.pem', '-untrusted', 'chain.pem']
  done('ts', '-verify', '-queryfile', 'bare.tsq', ...own)
  assert.notEqual(openssl('ts', '-verify', '-queryfile', 'bare.tsq', '-in', 'bare.tsr', '-CAfile', 'root.pem').code, 0)
})

test('openssl refuses what was changed', { skip }, async () => {
  done('ts', '-query', '-data', 'original', '-sha256', '-cert', '-out', 'q.tsq')
  await stamp('q.tsq', 'r.tsr')
  done('ts', '-query', '-data', 'original', '-sha256', '-cert', '-out', 'other.tsq')
  writeFileSync(at('changed'), 'what was not stamped\n')
  const reply = readFileSync(at('r.tsr'))
  const flipped = Buffer.from(reply)
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
  writeFileSync(at('flipped.tsr'), flipped)
  done(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'x.key',
    '-out',
    'x.pem',
    '-subj',
    '/CN=x',
  )
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['other data', ['-data', 'changed', '-in', 'r.tsr', '-CAfile', 'root.pem']],
    ['the nonce of another query', ['-queryfile', 'other.tsq', '-in', 'r.tsr', '-CAfile', 'root.pem']],
    ['one bit of the signature', ['-data', 'original', '-in', 'flipped.tsr', '-CAfile', 'root.pem']],
    ['another root', ['-data', 'original', '-in', 'r.tsr', '-CAfile', 'x.pem']],
  ]
  for (const [what, args] of cases) assert.notEqual(openssl('ts', '-verify', ...args).code, 0, what)
})

test('openssl reads why a token is refused', { skip }, async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['-sha1'], /unrecognized or unsupported algorithm/u],
    [['-sha256', '-tspolicy', '1.2.3.4'], /policy is not supported/u],
  ]
  for (const [options, reason] of cases) {
    done('ts', '-query', '-data', 'original', ...options, '-out', 'bad.tsq')
    await stamp('bad.tsq', 'bad.tsr')
    const text = done('ts', '-reply', '-in', 'bad.tsr', '-text')
    assert.match(text, /Status: Rejected/u)
    assert.match(text, reason)
    assert.notEqual(openssl('ts', '-verify', '-data', 'original', '-in', 'bad.tsr', '-CAfile', 'root.pem').code, 0)
  }
})

const java = tool('javac') === null ? null : tool('java')
const jars = ['bcpkix', 'bcprov', 'bcutil'].map((name) => library(`/usr/share/java/${name}.jar`))
const withoutJava =
  skip || (java === null && 'no JDK is installed') || (jars.includes(null) && 'libbcpkix-java is not installed')

test(
  'BouncyCastle validates a token, and not over other data or with a bit changed',
  { skip: withoutJava },
  async () => {
    done('ts', '-query', '-data', 'original', '-sha256', '-cert', '-out', 'q.tsq')
    await stamp('q.tsq', 'java.tsr')
    writeFileSync(at('elsewhere'), 'what was not stamped\n')
    const flipped = readFileSync(at('java.tsr'))
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
    writeFileSync(at('java-flipped.tsr'), flipped)
    const source = join(import.meta.dirname, 'java', 'TimeStampTokens.java')
    const validate = (reply: string, data: string): { code: number | null; said: string } => {
      const run = ['-cp', jars.join(':'), source, at(reply), at(data)]
      const { status, stdout, stderr } = spawnSync(java ?? '', run, { encoding: 'utf8' })
      return { code: status, said: stdout + stderr }
    }
    const { code, said } = validate('java.tsr', 'original')
    assert.equal(code, 0, said)
    assert.match(said, /^valid$/mu)
    assert.match(validate('java.tsr', 'elsewhere').said, /another imprint/u)
    assert.match(validate('java-flipped.tsr', 'original').said, /signature/iu)
  },
)

test('openssl verifies the certificates for what they are for', { skip }, () => {
  const verify = ['verify', '-x509_strict', '-CAfile', 'root.pem', '-untrusted', 'issuing.pem']
  done(...verify, '-purpose', 'timestampsign', 'chain.pem')
  assert.notEqual(openssl(...verify, '-purpose', 'sslserver', 'chain.pem').code, 0)
})

test('the JSON form of sigstore gives the same tokens', { skip }, async () => {
  const artifactHash = Buffer.from(nodeCrypto.sha256(original)).toString('base64')
  const body = { artifactHash, hashAlgorithm: 'sha256', certificates: true, nonce: 123_456 }
  const bytes = Buffer.from(JSON.stringify(body))
  writeFileSync(at('json.tsr'), await ask('/api/v1/timestamp', { type: 'application/json', bytes }))
  done('ts', '-verify', '-data', 'original', '-in', 'json.tsr', '-CAfile', 'root.pem')
  assert.match(done('ts', '-reply', '-in', 'json.tsr', '-text'), /Nonce: 0x01E240/u)
})

/** The receipt of the original, once its checkpoint was stamped; deposited when it is asked for first. */
async function stampedReceipt(): Promise<Receipt> {
  const headers = { authorization: `Bearer ${node?.apiKey ?? ''}`, 'content-type': 'application/json' }
  const item = { algorithm: 'sha-256', digest: Buffer.from(nodeCrypto.sha256(original)).toString('hex') }
  const body = JSON.stringify({ items: [item] })
  const answer = await fetch(`${node?.url}/v1/deposits`, { method: 'POST', headers, body })
  const { deposits } = (await answer.json()) as { deposits: { id: string }[] }
  for (;;) {
    const asked = await fetch(`${node?.url}/v1/receipts/${deposits[0]?.id}`, { headers })
    const text = await asked.text()
    if (asked.status === 200) {
      const receipt = parseReceipt(text)
      if (receipt.timestamps.length > 0) return receipt
    }
    await sleep(100)
  }
}

test('the token of a receipt is over its note, and stands under the root of the trust file', { skip }, async () => {
  const receipt = await stampedReceipt()
  for (const { name, bytes } of exportFiles(receipt)) writeFileSync(at(name), bytes)
  done('ts', '-verify', '-data', 'checkpoint.note', '-in', 'token.tsr', '-CAfile', 'root.pem')
  const trust = (await ask('/v1/trust')).toString()
  const given = { original, receipt: formatReceipt(receipt), crypto: nodeCrypto }
  const own = await verifyReceipt({ ...given, trust })
  const time = own.steps.find(({ name }) => name === 'time')
  // The operator's own clock, so no independent time; but the token was judged.
  assert.deepEqual([own.summary, time?.state, time?.code], ['verified', 'absent', 'tokens-dependent'])
  const file = parseTrustFile(trust)
  assert.deepEqual(
    file.authorities.map(({ independent }) => independent),
    [false],
  )
})

/** An authority of openssl alone: RSA, SHA-384 and its own habits. */
function opensslAuthority(): void {
  const extensions = [
    '[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n',
    '[stamps]\nextendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n',
    '[tsa]\ndefault_tsa=own\n[own]\nserial=serial\ncrypto_device=builtin\nsigner_digest=sha384\ndefault_policy=1.2.3.4.1\n',
    'digests=sha256,sha384\naccuracy=secs:2,millisecs:500\nordering=yes\ntsa_name=yes\ness_cert_id_chain=yes\n',
    'ess_cert_id_alg=sha256\n',
  ]
  writeFileSync(at('own.cnf'), `[req]\ndistinguished_name=dn\n[dn]\n${extensions.join('')}`)
  writeFileSync(at('serial'), '01\n')
  const key = ['-newkey', 'rsa:2048', '-nodes', '-config', 'own.cnf']
  done('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=their root', '-extensions', 'ca')
  done('req', ...key, '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/CN=their stamps')
  const issued = [
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-extfile',
    'own.cnf',
    '-extensions',
    'stamps',
  ]
  done('x509', '-req', '-in', 'tsa.csr', '-out', 'tsa.pem', ...issued)
  done('x509', '-in', 'ca.pem', '-outform', 'DER', '-out', 'ca.der')
}

/** A token of that authority over a file. */
function opensslToken(data: string, options: readonly string[]): Uint8Array {
  done('ts', '-query', '-data', data, '-sha256', ...options, '-out', 'their.tsq')
  const own = ['-config', 'own.cnf', '-inkey', 'tsa.key', '-signer', 'tsa.pem']
  done('ts', '-reply', '-queryfile', 'their.tsq', ...own, '-out', 'their.tsr')
  const reply = new DerReader(readFileSync(at('their.tsr'))).inside(tags.sequence)
  reply.next(tags.sequence)
  return reply.next(tags.sequence).bytes
}

test(
  'we verify tokens of an authority made of openssl, and its time counts when it is independent',
  { skip },
  async () => {
    const receipt = await stampedReceipt()
    opensslAuthority()
    for (const { name, bytes } of exportFiles(receipt)) writeFileSync(at(name), bytes)
    const withCertificates = opensslToken('checkpoint.note', ['-cert'])
    const without = opensslToken('checkpoint.note', [])
    const over = opensslToken('original', ['-cert'])
    const trustOf = async (certificate: Uint8Array, independent: boolean): Promise<string> => {
      const { stated: _stated, ...file } = parseTrustFile((await ask('/v1/trust')).toString())
      const requires = sortSteps([...defaultRequired, 'time'])
      const authorities = [{ certificate, independent }]
      return formatTrust(nodeCrypto, { ...file, authorities, profile: { requires } } satisfies TrustFile)
    }
    const root = new Uint8Array(readFileSync(at('ca.der')))
    const certificate = Buffer.from(
      readFileSync(at('tsa.pem'), 'utf8').replaceAll(/-----[^-]+-----|\s/gu, ''),
      'base64',
    )
    const pinned = new Uint8Array(certificate)
    const cases: readonly (readonly [string, Uint8Array, Uint8Array, boolean, string, string])[] = [
      ['under its root', withCertificates, root, true, 'verified', 'time-token'],
      ['pinned itself', withCertificates, pinned, true, 'verified', 'time-token'],
      ['pinned itself, without certificates in the token', without, pinned, true, 'verified', 'time-token'],
      ['not independent', withCertificates, root, false, 'incomplete', 'tokens-dependent'],
      ['without certificates in the token, under its root', without, root, true, 'incomplete', 'tokens-dependent'],
      ['over the original instead of the note', over, root, true, 'failed', 'token-other'],
    ]
    for (const [what, token, anchor, independent, summary, code] of cases) {
      const stamped = { ...receipt, timestamps: [{ over: 'note', token } as const] }
      const trust = await trustOf(anchor, independent)
      const verdict = await verifyReceipt({ original, receipt: formatReceipt(stamped), trust, crypto: nodeCrypto })
      assert.deepEqual(
        [verdict.summary, verdict.steps.find(({ name }) => name === 'time')?.code],
        [summary, code],
        what,
      )
      if (code === 'time-token') assert.equal(verdict.unchangedSince?.source, 'token')
    }
    const digest = { ...receipt, timestamps: [{ over: 'digest', token: over } as const] }
    const verdict = await verifyReceipt({
      original,
      receipt: formatReceipt(digest),
      trust: await trustOf(root, true),
      crypto: nodeCrypto,
    })
    assert.deepEqual([verdict.summary, verdict.unchangedSince?.source], ['verified', 'token'], 'over the digest')
    assert.ok(!equal(withCertificates, over))
  },
)
