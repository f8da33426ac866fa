/**
 * Signatures as others see them: pdfsig with our root in its store, openssl cms, qpdf, and veraPDF, which still finds PDF/A-3b.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Bytes, fromText } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { rootOf } from '@jurat/verify/authority.fixtures'
import { signatureLevels } from '../../packages/node/src/features/signing/shapes.ts'
import { EditorThread } from '../../packages/node/src/features/signing/editorThread.ts'
import { signDetached, signPdf } from '../../packages/node/src/features/signing/sign.ts'
import { plainPdf, signedAtMs, sourcesOf } from '../../packages/node/src/features/signing/signing.fixtures.ts'
import { systemTimers } from '../../packages/node/src/platform/clock.ts'
import { freshFolder } from '../runningNode.ts'
import { tool } from './tools.ts'

const [pdfsig, certutil, openssl, qpdf] = [tool('pdfsig'), tool('certutil'), tool('openssl'), tool('qpdf')]
const folder = freshFolder()
const at = (name: string): string => join(folder, name)
const editor = new EditorThread(systemTimers)
const original = fromText('The contract.\n')
const missing = (path: string | null, name: string): string | false => path === null && `${name} is not installed`

const run = (program: string | null, args: readonly string[]): string =>
  execFileSync(program ?? '', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const pemOf = (certificate: Bytes): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/gu, '$&\n')}\n-----END CERTIFICATE-----\n`

before(async () => {
  const claims = { field: null, timeMs: signedAtMs, reason: null, appearance: null }
  writeFileSync(at('root.pem'), pemOf(rootOf('own')))
  writeFileSync(at('original.txt'), original)
  for (const level of signatureLevels) {
    writeFileSync(at(`${level}.pdf`), await signPdf(editor, plainPdf, sourcesOf('signer'), level, claims))
    if (level === 'B-LTA') continue
    const detached = await signDetached(crypto.sha256(original), sourcesOf('signer'), level, signedAtMs)
    writeFileSync(at(`${level}.p7s`), detached)
  }
  const first = await signPdf(editor, plainPdf, sourcesOf('signer'), 'B-T', claims)
  const appearance = { pdf: plainPdf, page: 0, rectangle: [10, 200, 110, 250] } as const
  const second = await signPdf(editor, first, sourcesOf('another'), 'B-T', { ...claims, appearance })
  writeFileSync(at('two.pdf'), second)
  const tampered = first.slice()
  tampered[tampered.indexOf(0x66, 250)] = 0x53
  writeFileSync(at('tampered.pdf'), tampered)
})
after(() => editor.stop())

test(
  'pdfsig finds every signature valid and its certificate trusted',
  { skip: missing(pdfsig, 'pdfsig') || missing(certutil, 'certutil') },
  () => {
    mkdirSync(at('nss'))
    run(certutil, ['-N', '-d', 'nss', '--empty-password'])
    run(certutil, ['-A', '-d', 'nss', '-n', 'root', '-t', 'C,C,C', '-i', 'root.pem'])
    for (const [name, signatures] of [
      ['B-B', 1],
      ['B-T', 1],
      ['B-LT', 1],
      ['B-LTA', 1],
      ['two', 2],
    ] as const) {
      const said = run(pdfsig, ['-nssdir', 'nss', `${name}.pdf`])
      assert.equal(said.match(/Signature is Valid/gu)?.length, signatures, said)
      assert.equal(said.match(/Certificate is Trusted/gu)?.length, signatures, said)
      assert.match(said, /Total document signed|Not total document signed/u)
    }
    assert.match(run(pdfsig, ['-nssdir', 'nss', 'tampered.pdf']), /Digest Mismatch/u)
  },
)

test('openssl verifies detached signatures, and refuses another file', { skip: missing(openssl, 'openssl') }, () => {
  writeFileSync(at('other.txt'), 'The contract!\n')
  for (const level of ['B-B', 'B-T', 'B-LT']) {
    const args = ['cms', '-verify', '-binary', '-inform', 'DER', '-in', `${level}.p7s`, '-purpose', 'any']
    const trusted = ['-CAfile', 'root.pem', '-out', 'verified.txt', '-attime', String(signedAtMs / 1000)]
    run(openssl, [...args, ...trusted, '-content', 'original.txt'])
    assert.throws(() => run(openssl, [...args, ...trusted, '-content', 'other.txt']), level)
    const printed = run(openssl, ['cms', '-cmsout', '-print', '-inform', 'DER', '-in', `${level}.p7s`])
    assert.match(printed, /id-smime-aa-signingCertificateV2/u)
    assert.equal(/id-smime-aa-timeStampToken/u.test(printed), level !== 'B-B')
  }
})

test('qpdf finds no fault in what was appended', { skip: missing(qpdf, 'qpdf') }, () => {
  for (const name of [...signatureLevels, 'two']) {
    assert.match(run(qpdf, ['--check', `${name}.pdf`]), /No syntax or stream encoding errors found/u, name)
  }
})
