/**
 * PDF files from the layout and the signing of the node, judged by the verifier: certificates with real receipts, signatures of
 * strangers, and a table of what may be done to either.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Bytes, concat, fromText, toHex } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { parseTrust } from '@jurat/core/receipt/trustChain'
import { original, type Evidence, stampedEvidence } from '@jurat/verify/evidence.fixtures'
import { PdfFile } from '@jurat/verify/pdf/file'
import { type PdfVerdict, verifyPdf } from '@jurat/verify/pdf/verifyPdf'
import { certificateOf } from '../../packages/node/src/features/certificates/layout/content.fixtures.ts'
import type { CertificateContent } from '../../packages/node/src/features/certificates/layout/content.ts'
import { Layouter } from '../../packages/node/src/features/certificates/layout/layouter.ts'
import { EditorThread } from '../../packages/node/src/features/signing/editorThread.ts'
import { signatureLevels } from '../../packages/node/src/features/signing/shapes.ts'
import { signPdf } from '../../packages/node/src/features/signing/sign.ts'
import { plainPdf, signedAtMs, sourcesOf } from '../../packages/node/src/features/signing/signing.fixtures.ts'
import { systemTimers } from '../../packages/node/src/platform/clock.ts'
import { freshFolder } from '../runningNode.ts'
import { seriousFindings } from './accessibility.ts'
import { tool } from './tools.ts'
import { openVerifierFile } from './verifierFile.ts'

const jurat = join(import.meta.dirname, '../../packages/cli/bin/jurat.js')
const editor = new EditorThread(systemTimers)
const layouter = new Layouter(systemTimers)
const evidence: Evidence = stampedEvidence()
const trust = parseTrust(crypto, evidence.trust)
const claims = { field: null, timeMs: signedAtMs, reason: null, appearance: null }
let certificate: Bytes = new Uint8Array()

const contentOf = (changes: Partial<CertificateContent['deposits'][number]> = {}): CertificateContent => {
  const content = certificateOf('en')
  const deposits = content.deposits.map((deposit) => ({
    ...deposit,
    depositor: 'Firm',
    digest: toHex(crypto.sha256(original)),
    receipt: evidence.receipt,
    ...changes,
  }))
  return { ...content, deposits }
}

const sign = (file: Bytes, name = 'signer'): Promise<Bytes> => signPdf(editor, file, sourcesOf(name), 'B-LTA', claims)

const judge = (file: Bytes, changes: Partial<Parameters<typeof verifyPdf>[0]> = {}): Promise<PdfVerdict> =>
  verifyPdf({
    file,
    trusts: [trust],
    trustOf: () => trust,
    original: () => original,
    crypto,
    nowMs: signedAtMs,
    ...changes,
  })

before(async () => {
  certificate = await sign(await layouter.layCertificate(contentOf()))
})
after(async () => {
  await layouter.stop()
  await editor.stop()
})

/** Names of the steps that did not pass, with their codes. */
const unpassed = ({ steps, signatures, receipts }: PdfVerdict): string[] => [
  ...[...steps, ...signatures.flatMap((signature) => signature.steps)]
    .filter(({ state }) => state !== 'passed')
    .map(({ name, code }) => `${name} ${code}`),
  ...receipts.flatMap(({ verdict }) => verdict.steps.filter(({ state }) => state === 'failed').map(({ name }) => name)),
]

test('a certificate is verified with its signature, its receipt and the original', async () => {
  const verdict = await judge(certificate)
  assert.equal(verdict.summary, 'verified', JSON.stringify(verdict.steps) + JSON.stringify(verdict.signatures))
  assert.deepEqual(verdict.certificate, { number: 'JC-2027-000123', issuer: '杭州互聯網公證處' })
  assert.deepEqual(
    verdict.signatures.map(({ kind, signer }) => [kind, signer]),
    [
      ['signature', 'signer'],
      ['stamp', null],
    ],
  )
  assert.equal(verdict.receipts[0]?.verdict.summary, 'verified')
  assert.deepEqual(unpassed(verdict), ['revocation pdf-no-list', 'revocation depends'])
})

test('the command finds the same', () => {
  const folder = freshFolder()
  const at = (name: string): string => join(folder, name)
  writeFileSync(at('certificate.pdf'), certificate)
  writeFileSync(at('original.txt'), original)
  writeFileSync(at('trust.json'), evidence.trust)
  const run = (...files: readonly string[]): { status: number | null; stdout: string } =>
    spawnSync(process.execPath, [jurat, 'verify', ...files.map(at), '--trust', at('trust.json')], { encoding: 'utf8' })
  const { status, stdout } = run('original.txt', 'certificate.pdf')
  assert.equal(status, 0, stdout)
  assert.match(stdout, /^the PDF holds: 2 signature/u)
  assert.equal(run('certificate.pdf').status, 0)
  assert.equal(run('trust.json', 'certificate.pdf').status, 1)
})

const executablePath = tool('chromium')

test(
  'verify.html opens a certificate, offline',
  { skip: executablePath === null && 'chromium is not installed' },
  async () => {
    const opened = await openVerifierFile(executablePath ?? '')
    try {
      const { page } = opened
      await opened.open()
      const drop = (files: readonly [string, Bytes][]): Promise<void> =>
        page
          .locator('.drop input')
          .setInputFiles(
            files.map(([name, bytes]) => ({ name, mimeType: 'application/pdf', buffer: Buffer.from(bytes) })),
          )
      await drop([
        ['certificate.pdf', certificate],
        ['original.txt', original],
        ['trust.json', fromText(evidence.trust)],
      ])
      await page.locator('.verdict[data-state="valid"]').waitFor()
      assert.equal(await page.locator('.verdict .steps li[data-step="signed"][data-state="passed"]').count(), 2)
      assert.equal(await page.locator('.receipt[data-state="valid"]').count(), 1)
      assert.deepEqual(await seriousFindings(page), [])
      await drop([['certificate.pdf', swapped(certificate, 'receipt-1.jurat', 'receipt-2.jurat')]])
      await page.locator('.verdict[data-state="invalid"]').waitFor()
      await drop([
        ['certificate.pdf', certificate],
        ['original.txt', fromText('other')],
      ])
      await page.locator('.verdict [data-step="original"][data-state="failed"]').waitFor()
      assert.deepEqual(
        opened.requests.filter((address) => !/^(file|blob):/u.test(address)),
        [],
      )
    } finally {
      await opened.close()
    }
  },
)

test('every level is judged, and so are several signers', async () => {
  for (const level of signatureLevels) {
    const verdict = await judge(await signPdf(editor, plainPdf, sourcesOf('signer'), level, claims), { original: null })
    assert.equal(verdict.summary, 'verified', `${level}: ${unpassed(verdict).join(', ')}`)
  }
  let file = plainPdf
  for (const name of ['first', 'second', 'third']) file = await sign(file, name)
  const verdict = await judge(file, { original: null })
  assert.equal(verdict.summary, 'verified', unpassed(verdict).join(', '))
  assert.equal(verdict.signatures.length, 6)
})

const latin = (bytes: Bytes): string => Buffer.from(bytes).toString('latin1')

/** The file with other bytes of the same length in place of the first that are as said. */
function swapped(file: Bytes, from: string, to: string): Bytes {
  assert.equal(from.length, to.length)
  const at = latin(file).indexOf(from)
  assert.notEqual(at, -1, from)
  return concat(file.subarray(0, at), Uint8Array.from(Buffer.from(to, 'latin1')), file.subarray(at + from.length))
}

/** The file with a revision behind it that has these objects. */
function revised(file: Bytes, objects: Readonly<Record<number, string>>, trailer = ''): Bytes {
  const text = latin(file)
  const previous = [...text.matchAll(/startxref\s+(\d+)/gu)].at(-1)?.[1]
  const size = Math.max(...[...text.matchAll(/\/Size (\d+)/gu)].map(([, number]) => Number(number)))
  const root = [...text.matchAll(/\/Root (\d+ 0 R)/gu)].at(-1)?.[1]
  let added = '\n'
  let table = 'xref\n'
  for (const [number, value] of Object.entries(objects)) {
    table += `${number} 1\n${String(file.length + added.length).padStart(10, '0')} 00000 n \n`
    added += `${number} 0 obj\n${value}\nendobj\n`
  }
  const start = file.length + added.length
  const end = `${table}trailer\n<</Size ${size + 10}/Root ${root}/Prev ${previous} ${trailer}>>\nstartxref\n${start}\n%%EOF\n`
  return concat(file, Uint8Array.from(Buffer.from(added + end, 'latin1')))
}

test('what is done to a signed PDF is found, by the right step', async () => {
  const signed = await signPdf(editor, plainPdf, sourcesOf('signer'), 'B-T', claims)
  const page = '<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 50 0 R/Resources<<>>>>'
  const content = '<</Length 17>>stream\n10 10 280 280 re f\nendstream'.replace('17', '18')
  const range = /\/ByteRange\s*\[([^\]]*)\]/u.exec(latin(signed))?.[1] ?? ''
  const numbers = range.trim().split(' ').map(Number)
  const shorter = [numbers[0], numbers[1], numbers[2], (numbers[3] ?? 0) - 9].join(' ').padEnd(range.length)
  const table: readonly [string, Bytes, string, PdfVerdict['summary']][] = [
    ['a byte of the page', swapped(signed, '10 10 80', '10 10 90'), 'signed pdf-signature-wrong', 'failed'],
    ['the claimed time', swapped(signed, 'D:2027', 'D:2026'), 'signed pdf-signature-wrong', 'failed'],
    ['the byte range', swapped(signed, range, shorter), 'signed pdf-signature-wrong', 'failed'],
    [
      'a byte of the signature',
      swapped(signed, '060b2a864886f70d010910020e', '060b2a864886f70d010910020f'),
      'signed-at pdf-no-stamp',
      'verified',
    ],
    ['a page over it', revised(signed, { 3: page, 50: content }), 'unchanged pdf-changed', 'failed'],
    ['another content', revised(signed, { 4: content }), 'unchanged pdf-changed', 'failed'],
    [
      'another catalog',
      revised(signed, { 60: '<</Type/Catalog/Pages 2 0 R>>' }, '/Root 60 0 R'),
      'file pdf-unreadable',
      'failed',
    ],
    [
      'a script',
      revised(signed, { 1: '<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(x)>>>>' }),
      'file pdf-unsigned',
      'incomplete',
    ],
    ['nothing but a comment', concat(signed, fromText('% later\n')), '', 'verified'],
    ['cut off', signed.subarray(0, signed.length - 40), 'file pdf-unreadable', 'failed'],
    ['unsigned', plainPdf, 'file pdf-unsigned', 'incomplete'],
  ]
  for (const [name, file, expected, summary] of table) {
    const verdict = await judge(file, { original: null })
    assert.equal(verdict.summary, summary, `${name}: ${unpassed(verdict).join(', ')}`)
    if (expected !== '') assert.ok(unpassed(verdict).includes(expected), `${name}: ${unpassed(verdict).join(', ')}`)
  }
})

test('an end that makes another file of what was signed is found', async () => {
  const content = '<</Length 18>>stream\n10 10 280 280 re f\nendstream'
  const changed = revised(plainPdf, { 4: content })
  const signed = await signPdf(editor, changed, sourcesOf('signer'), 'B-B', claims)
  // The form and the signature where they stand, over the page as it was before it was changed and signed.
  const [newest] = new PdfFile(signed).tables
  const rows = [...(newest?.places ?? [])].map(([number, place]) => {
    assert.ok(place !== 'free' && 'at' in place)
    return `${number} 1\n${String(place.at).padStart(10, '0')} 00000 n \n`
  })
  const first = /startxref\n(\d+)/u.exec(latin(plainPdf))?.[1]
  const end = `xref\n${rows.join('')}trailer\n<</Size 20/Root 1 0 R/Prev ${first}>>\nstartxref\n${signed.length}\n%%EOF\n`
  const verdict = await judge(concat(signed, fromText(end)), { original: null })
  assert.equal(verdict.summary, 'failed')
  assert.ok(unpassed(verdict).includes('unchanged pdf-changed'), unpassed(verdict).join(', '))
})

test('who is not certified by a trust file, or not for this, is said', async () => {
  const signed = await signPdf(editor, plainPdf, sourcesOf('signer'), 'B-B', claims)
  const unknown = await judge(signed, { trusts: [], original: null })
  assert.equal(unknown.summary, 'incomplete')
  assert.ok(unpassed(unknown).includes('signer pdf-signer-unknown'))
  const late = await judge(signed, { nowMs: Date.UTC(2050, 0, 1), original: null })
  assert.ok(unpassed(late).includes('signer pdf-signer-expired'), unpassed(late).join(', '))
})

test('a certificate that speaks of something else than its receipts is found', async () => {
  const other = toHex(crypto.sha256(fromText('other')))
  const table: readonly [string, Bytes, Partial<Parameters<typeof verifyPdf>[0]>, string][] = [
    ['another original', certificate, { original: () => fromText('other') }, 'original pdf-original-other'],
    [
      'another digest',
      await sign(await layouter.layCertificate(contentOf({ digest: other }))),
      { original: null },
      'digest',
    ],
    ['a receipt that is none', await sign(await layouter.layCertificate(contentOf({ receipt: '{}' }))), {}, 'shape'],
    [
      'an attachment changed',
      swapped(certificate, 'receipt-1.jurat', 'receipt-2.jurat'),
      {},
      'signed pdf-signature-wrong',
    ],
  ]
  for (const [name, file, changes, expected] of table) {
    const verdict = await judge(file, changes)
    assert.equal(verdict.summary, 'failed', name)
    assert.ok(unpassed(verdict).includes(expected), `${name}: ${unpassed(verdict).join(', ')}`)
  }
})
