/**
 * Certificates as others see them: qpdf and veraPDF find no fault (PDF/A-3b), poppler draws every character as in the pictures
 * that a person has looked at, and takes the attachments out.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { languages } from '@jurat/verify/messages/language'
import {
  certificateOf,
  correctionOf,
  fullCertificateOf,
  rareCharacters,
} from '../../packages/node/src/features/certificates/layout/content.fixtures.ts'
import { Layouter } from '../../packages/node/src/features/certificates/layout/layouter.ts'
import { certificateMetadata } from '../../packages/node/src/features/certificates/layout/metadata.ts'
import * as revisions from '../../packages/node/src/features/signing/revision.ts'
import { signPdf } from '../../packages/node/src/features/signing/sign.ts'
import { plainPdf, signedAtMs, sourcesOf } from '../../packages/node/src/features/signing/signing.fixtures.ts'
import { systemTimers } from '../../packages/node/src/platform/clock.ts'
import { freshFolder } from '../runningNode.ts'
import { comparePage, differences, pagesOf } from './raster.ts'
import { tool } from './tools.ts'

const golden = join(import.meta.dirname, '../../vectors/certificates')
const [pdftoppm, pdftotext, pdfdetach] = [tool('pdftoppm'), tool('pdftotext'), tool('pdfdetach')]
const [qpdf, verapdf] = [tool('qpdf'), tool('verapdf')]
const missing = (path: string | null, name: string): string | false => path === null && `${name} is not installed`
const layouter = new Layouter(systemTimers)
const hasRare = layouter.missingIn('𠮷').length === 0
const rare = !hasRare && 'fonts-noto-cjk is not installed'
const folder = freshFolder()
const made = new Map<string, Uint8Array>()

before(async () => {
  if (!hasRare) return
  mkdirSync(golden, { recursive: true })
  for (const language of languages) {
    made.set(`certificate-${language}`, await layouter.layCertificate(fullCertificateOf(language)))
  }
  made.set('correction', await layouter.layCorrection(correctionOf('zh-TW')))
  for (const [name, pdf] of made) writeFileSync(join(folder, `${name}.pdf`), pdf)
})
after(() => layouter.stop())

test('every page looks as it should', { skip: rare || missing(pdftoppm, 'pdftoppm') }, () => {
  for (const [name, pdf] of made) {
    const pages = pagesOf(pdftoppm ?? '', pdf)
    assert.equal(pages.length, name === 'correction' ? 1 : 2, name)
    for (const [at, page] of pages.entries()) comparePage(page, join(golden, `${name}-${at + 1}.png`))
  }
})

test('the picture of a signature shows its name', { skip: rare || missing(pdftoppm, 'pdftoppm') }, async () => {
  const lines = [rareCharacters, '2027-01-15 16:00:00 UTC+8', '同意']
  const pdf = await layouter.layAppearance({ language: 'zh-TW', lines, width: 200, height: 60, timeMs: signedAtMs })
  const appearance = { pdf, page: 0, rectangle: [40, 200, 240, 260] } as const
  const claims = { field: null, timeMs: signedAtMs, reason: null, appearance }
  const signed = await signPdf(revisions, plainPdf, sourcesOf('signer'), 'B-B', claims)
  const [page] = pagesOf(pdftoppm ?? '', signed)
  assert.ok(page)
  comparePage(page, join(golden, 'signed-1.png'))
})

test('the comparison sees one other character', { skip: rare || missing(pdftoppm, 'pdftoppm') }, async () => {
  const pages = await Promise.all(
    ['張三', '張𠮷', '張吉'].map(async (depositor) => {
      const content = certificateOf('zh-TW')
      const deposits = content.deposits.map((deposit) => ({ ...deposit, depositor }))
      const [page] = pagesOf(pdftoppm ?? '', await layouter.layCertificate({ ...content, deposits }))
      assert.ok(page)
      return page
    }),
  )
  const [first, second] = pages
  assert.ok(first && second)
  assert.equal(differences(first, first), 0)
  assert.ok(differences(first, second) > 0)
})

test('texts and digests can be taken out as they are', { skip: rare || missing(pdftotext, 'pdftotext') }, () => {
  const content = fullCertificateOf('zh-TW')
  const text = execFileSync(pdftotext ?? '', ['-raw', join(folder, 'certificate-zh-TW.pdf'), '-'], { encoding: 'utf8' })
  const flat = text.replaceAll(/[\s\u200b]/gu, '')
  for (const { digest, depositor } of content.deposits) {
    assert.ok(flat.includes(digest), digest)
    assert.ok(flat.includes(depositor.replaceAll(' ', '')), depositor)
  }
})

test('receipts and metadata can be taken out', { skip: rare || missing(pdfdetach, 'pdfdetach') }, () => {
  const content = fullCertificateOf('en')
  execFileSync(pdfdetach ?? '', ['-saveall', '-o', folder, join(folder, 'certificate-en.pdf')])
  assert.equal(readFileSync(join(folder, 'certificate.json'), 'utf8'), certificateMetadata(content))
  for (const [at, { receipt }] of content.deposits.entries()) {
    assert.equal(readFileSync(join(folder, `receipt-${at + 1}.jurat.json`), 'utf8'), receipt)
  }
})

test('qpdf finds no fault', { skip: rare || missing(qpdf, 'qpdf') }, () => {
  for (const name of made.keys()) {
    const said = execFileSync(qpdf ?? '', ['--check', join(folder, `${name}.pdf`)], { encoding: 'utf8' })
    assert.match(said, /No syntax or stream encoding errors found/u, name)
  }
})

test('veraPDF finds PDF/A-3b', { skip: rare || missing(verapdf, 'verapdf') }, () => {
  const paths = ['certificate-zh-TW', 'correction'].map((name) => join(folder, `${name}.pdf`))
  const said = execFileSync(verapdf ?? '', ['-f', '3b', '--format', 'text', ...paths], { encoding: 'utf8' })
  assert.equal(said.match(/^PASS /gmu)?.length, paths.length, said)
})
