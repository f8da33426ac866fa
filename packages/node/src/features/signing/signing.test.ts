/**
 * Signing: every level, signers one after another, and files that are refused, with the thread going on.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Bytes, equal, fromText, toHex, toText } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { readToken } from '@jurat/verify/timestamps/signedToken'
import { systemTimers } from '../../platform/clock.ts'
import { editMsMax, EditorThread, editsWaitingMax } from './editorThread.ts'
import { renewPdf, signDetached, signedPdfBytesMax, signPdf } from './sign.ts'
import { signatureLevels } from './shapes.ts'
import { signatureBytesMax, type SignatureClaims } from './revision.ts'
import { pdfOf, plainPdf, signedAtMs, sourcesOf } from './signing.fixtures.ts'

const editor = new EditorThread(systemTimers)
after(() => editor.stop())

const code = (code: string) => (error: unknown) => (error as { code?: string }).code === code
const claims: SignatureClaims = { field: null, timeMs: signedAtMs, reason: '同意 (agreed)', appearance: null }
const latin = (bytes: Bytes): string => Buffer.from(bytes).toString('latin1')

/** Byte ranges of a file, and what stands in their gaps. */
function signaturesIn(file: Bytes): { end: number; digest: Bytes; contents: Bytes }[] {
  return [...latin(file).matchAll(/\/ByteRange\s*\[0 (\d+) (\d+) (\d+) *\]/gu)].map(([, first, second, length]) => {
    const [gap, rest, end] = [Number(first), Number(second), Number(second) + Number(length)]
    const digits = latin(file.subarray(gap + 1, rest - 1))
    assert.match(digits, /^[0-9a-f]+$/u)
    const signed = Buffer.concat([file.subarray(0, gap), file.subarray(rest, end)])
    return { end, digest: crypto.sha256(new Uint8Array(signed)), contents: Uint8Array.from(Buffer.from(digits, 'hex')) }
  })
}

test('every level signs all that stands before it, and changes nothing of it', async () => {
  for (const level of signatureLevels) {
    const signed = await signPdf(editor, plainPdf, sourcesOf('signer'), level, claims)
    assert.ok(equal(signed.subarray(0, plainPdf.length), plainPdf), level)
    const [own, stamp, ...others] = signaturesIn(signed)
    assert.ok(own && others.length === 0)
    assert.ok(toHex(own.contents).includes(toHex(own.digest)), `${level}: the digest is signed`)
    assert.equal(own.end === signed.length, level === 'B-B' || level === 'B-T', level)
    assert.equal(
      toHex(own.contents).includes('060b2a864886f70d010910020e'),
      level !== 'B-B',
      `${level}: its time stamp`,
    )
    assert.equal(latin(signed).includes('/DSS'), level === 'B-LT' || level === 'B-LTA', level)
    assert.equal(stamp?.end, level === 'B-LTA' ? signed.length : undefined, level)
    if (stamp !== undefined) {
      const token = stamp.contents.subarray(0, ((stamp.contents[2] ?? 0) << 8) + (stamp.contents[3] ?? 0) + 4)
      assert.deepEqual(readToken(token).info.digest, stamp.digest)
    }
  }
})

test('signers follow one another, and a time stamp is renewed, without a change of what was before', async () => {
  let file = plainPdf
  for (const name of ['first', 'second', 'third']) {
    const appearance = { pdf: plainPdf, page: 0, rectangle: [10, 10, 110, 60] } as const
    const next = await signPdf(editor, file, sourcesOf(name), 'B-T', { ...claims, appearance })
    assert.ok(equal(next.subarray(0, file.length), file), name)
    file = next
  }
  const { identity } = sourcesOf('first')
  const renewed = await renewPdf(editor, file, sourcesOf('first'), [identity.certificates])
  assert.ok(equal(renewed.subarray(0, file.length), file))
  assert.equal(signaturesIn(renewed).length, 4)
  assert.equal(latin(renewed).match(/\/T\s*\((Signature[123]|Timestamp1)\)/gu)?.length, 4)
})

test('a prepared field is filled, a taken one is refused', async () => {
  const prepared = pdfOf([
    '<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R 5 0 R]/SigFlags 1>>>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Annots[4 0 R 5 0 R]/Resources<<>>>>',
    '<</FT/Sig/T(buyer)/Type/Annot/Subtype/Widget/Rect[20 20 120 70]/P 3 0 R/F 4>>',
    '<</FT/Tx/T(note)/Type/Annot/Subtype/Widget/Rect[20 90 120 120]/P 3 0 R/F 4>>',
  ])
  const signed = await signPdf(editor, prepared, sourcesOf('signer'), 'B-B', { ...claims, field: 'buyer' })
  assert.match(latin(signed.subarray(prepared.length)), /\/Rect \[20 20 120 70\]/u)
  for (const [file, field] of [
    [signed, 'buyer'],
    [prepared, 'note'],
  ] as const) {
    await assert.rejects(signPdf(editor, file, sourcesOf('signer'), 'B-B', { ...claims, field }), code('pdf-refused'))
  }
})

const page = '<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<>>>>'
const pages = '<</Type/Pages/Kids[3 0 R]/Count 1>>'

test('files that cannot be signed are refused with a reason', async () => {
  const encryption =
    '<</Filter/Standard/V 1/R 2/O(12345678901234567890123456789012)/U(12345678901234567890123456789012)/P -4>>'
  const certified =
    '<</Type/Catalog/Pages 2 0 R/Perms<</DocMDP<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]>>>>>>'
  const cases: readonly [string, Bytes, string][] = [
    ['nothing', new Uint8Array(), 'pdf-unreadable'],
    ['a text', fromText('hello'), 'pdf-unreadable'],
    ['a half', plainPdf.subarray(0, 200), 'pdf-'],
    ['no pages', pdfOf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[]/Count 0>>']), 'pdf-unreadable'],
    [
      'encrypted',
      pdfOf(['<</Type/Catalog/Pages 2 0 R>>', pages, page], `/Encrypt ${encryption}/ID[(a)(a)]`),
      'pdf-refused',
    ],
    ['certified', pdfOf([certified, pages, page]), 'pdf-refused'],
    ['too large', new Uint8Array(signedPdfBytesMax + 1), 'pdf-too-much'],
  ]
  for (const [name, file, expected] of cases) {
    await assert.rejects(signPdf(editor, file, sourcesOf('signer'), 'B-B', claims), (error: unknown) => {
      assert.match((error as { code: string }).code, new RegExp(`^${expected}`, 'u'), `${name}: ${String(error)}`)
      return true
    })
  }
  await signPdf(editor, plainPdf, sourcesOf('signer'), 'B-B', claims)
})

test('pages and trees that lead in a circle end, and the thread goes on', async () => {
  const circle = pdfOf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[2 0 R]/Count 1>>'])
  const deep = pdfOf(['<</Type/Catalog/Pages 2 0 R>>', pages, `<</Type/Page/Parent 2 0 R/X ${'['.repeat(20_000)}>>`])
  for (const file of [circle, deep]) {
    await signPdf(editor, file, sourcesOf('signer'), 'B-B', claims).catch((error: unknown) => {
      assert.match((error as { code?: string }).code ?? String(error), /^pdf-/u)
    })
  }
  await signPdf(editor, plainPdf, sourcesOf('signer'), 'B-B', claims)
})

test('what a level needs must be there', async () => {
  const sources = sourcesOf('signer')
  for (const [level, without] of [
    ['B-T', { tokens: null }],
    ['B-LT', { revocation: null }],
    ['B-LTA', { tokens: null }],
  ] as const) {
    await assert.rejects(
      signPdf(editor, plainPdf, { ...sources, ...without }, level, claims),
      code('level-unavailable'),
    )
  }
  await assert.rejects(signDetached(crypto.sha256(plainPdf), sources, 'B-LTA', signedAtMs), code('level-unavailable'))
  const nobody = { ...sources, identity: { ...sources.identity, certificates: [] } }
  await assert.rejects(signPdf(editor, plainPdf, nobody, 'B-B', claims), code('identity-unfit'))
  const long = { ...sources.identity, sign: () => Promise.resolve(new Uint8Array(signatureBytesMax)) }
  await assert.rejects(
    signPdf(editor, plainPdf, { ...sources, identity: long }, 'B-B', claims),
    code('signature-too-long'),
  )
  const nowhere = { pdf: plainPdf, page: 7, rectangle: [0, 0, 9, 9] } as const
  await assert.rejects(
    signPdf(editor, plainPdf, sources, 'B-B', { ...claims, appearance: nowhere }),
    code('pdf-refused'),
  )
})

test('a thread that takes too long is ended, and too many files are turned away', async () => {
  const deadlines: (() => void)[] = []
  const after = (delayMs: number, action: () => void): (() => void) => {
    assert.equal(delayMs, editMsMax)
    deadlines.push(action)
    return () => undefined
  }
  const slow = new EditorThread({ ...systemTimers, after })
  const first = assert.rejects(slow.appendSignature(plainPdf, claims), code('pdf-too-much'))
  const waiting = Array.from({ length: editsWaitingMax }, () => slow.appendSignature(plainPdf, claims))
  await assert.rejects(slow.appendSignature(plainPdf, claims), code('pdf-too-much'))
  deadlines[0]?.()
  await first
  assert.ok(toText((await waiting[0])?.bytes.subarray(0, 8) ?? new Uint8Array()).startsWith('%PDF'))
  for (const each of waiting) each.catch(() => undefined)
  await slow.stop()
})
