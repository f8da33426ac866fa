/**
 * PDF files that are broken or hostile: every one ends soon, within bounds, with a reason.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zlibSync } from 'fflate'
import { type Bytes, concat, fromText } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { attachedBytes, attachmentsMax, attachmentsOf } from './attachments.ts'
import { PdfError } from './error.ts'
import { PdfFile, pdfBytesMax, unpackedBytesMax } from './file.ts'
import { signaturesMax, signaturesOf } from './signatures.ts'
import { nestingMax, textBytesMax, valuesMax } from './syntax.ts'
import { objectsMax, revisionsMax } from './tables.ts'
import { verifyPdf } from './verifyPdf.ts'

const latin = (text: string): Bytes => Uint8Array.from(text, (character) => character.charCodeAt(0))
const binary = (bytes: Bytes): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')

/** A PDF of these objects, from 1; the first is its catalog. */
function pdfOf(objects: readonly string[], trailer = ''): Bytes {
  let text = '%PDF-1.7\n'
  const rows = objects.map((object, at) => {
    const place = text.length
    text += `${at + 1} 0 obj\n${object}\nendobj\n`
    return `${String(place).padStart(10, '0')} 00000 n \n`
  })
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows.join('')}`
  const end = `trailer\n<</Size ${objects.length + 1}/Root 1 0 R ${trailer}>>\nstartxref\n${text.length}\n%%EOF\n`
  return latin(text + table + end)
}

const stream = (entries: string, bytes: Bytes): string =>
  `<<${entries}/Length ${bytes.length}>>stream\n${binary(bytes)}\nendstream`

/** Reads all that a verification reads. */
function read(file: Bytes): void {
  const pdf = new PdfFile(file)
  signaturesOf(pdf)
  for (const attached of attachmentsOf(pdf)) attachedBytes(pdf, attached, unpackedBytesMax)
}

const catalog = '<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>/AcroForm<</Fields 3 0 R>>>>'
const attaching = (body: string): string[] => [catalog, '<</Names[(a)4 0 R]>>', '[]', '<</F(a)/EF<</F 5 0 R>>>>', body]
const bomb = zlibSync(new Uint8Array(8_388_608), { level: 9 })
const signature = '<</FT/Sig/T(s)/V<</ByteRange[0 1 2 3]/Contents<00>>>>>'

const packedTable = (entries: string, rows: Bytes): Bytes => {
  const object = `1 0 obj\n${stream(`/Type/XRef/Root 1 0 R${entries}`, rows)}\nendobj\n`
  return latin(`%PDF-1.7\n${object}startxref\n9\n%%EOF\n`)
}

const cases: readonly (readonly [string, () => Bytes, PdfError['code']])[] = [
  ['nothing', () => new Uint8Array(), 'pdf-broken'],
  ['no end', () => fromText('%PDF-1.7\nstartxref\n'), 'pdf-broken'],
  ['a place behind the end', () => fromText('%PDF-1.7\nstartxref\n99999\n%%EOF'), 'pdf-broken'],
  ['too many bytes', () => new Uint8Array(pdfBytesMax + 1), 'pdf-too-much'],
  ['encrypted', () => pdfOf([catalog, '<<>>', '[]'], '/Encrypt<<>>'), 'pdf-encrypted'],
  ['a circle of tables', () => circleOfTables(), 'pdf-broken'],
  ['too many tables', () => manyTables(), 'pdf-too-much'],
  ['too many objects', () => packedTable(`/W[1 1 1]/Size ${objectsMax * 2}`, new Uint8Array(6)), 'pdf-broken'],
  ['a table of too many rows', () => latin(`%PDF-1.7\nxref\n0 ${2 ** 40}\ntrailer\nstartxref\n9\n%%EOF`), 'pdf-broken'],
  ['a table of nothing', () => packedTable('/W[0 0 0]/Size 9', new Uint8Array(0)), 'pdf-broken'],
  ['no catalog', () => pdfOf(['[]']), 'pdf-broken'],
  ['a circle of references', () => pdfOf(['<</Names 2 0 R>>', '3 0 R', '2 0 R']), 'pdf-too-much'],
  ['a name twice', () => pdfOf(['<</Type/Catalog/Type/Catalog>>']), 'pdf-broken'],
  ['deep', () => pdfOf([`<</X ${'['.repeat(nestingMax + 2)}>>`]), 'pdf-too-much'],
  ['very deep', () => pdfOf([`<</X ${'<</A'.repeat(100_000)}>>`]), 'pdf-too-much'],
  ['a long string', () => pdfOf([`<</X (${'a'.repeat(textBytesMax + 1)})>>`]), 'pdf-too-much'],
  ['a long name', () => pdfOf([`<</${'a'.repeat(5_000)} 1>>`]), 'pdf-too-much'],
  ['a string without an end', () => pdfOf(['<</X (a>>']), 'pdf-broken'],
  ['too many values', () => pdfOf([`<</X [${'0 '.repeat(valuesMax + 1)}]>>`]), 'pdf-too-much'],
  ['the same values again and again', () => overlapping(), 'pdf-too-much'],
  ['too many signatures', () => pdfOf([catalog, '<<>>', `[${signature.repeat(signaturesMax + 1)}]`]), 'pdf-too-much'],
  [
    'a signature over nothing',
    () => pdfOf([catalog, '<<>>', '[<</FT/Sig/T(s)/V<</ByteRange[0 -1 2 3]/Contents<00>>>>>]']),
    'pdf-broken',
  ],
  [
    'a tree of names that is too large',
    () => pdfOf([catalog, `<</Kids[${'<<>>'.repeat(attachmentsMax + 2)}]>>`, '[]']),
    'pdf-too-much',
  ],
  [
    'a packed bomb in a packed bomb',
    () => pdfOf(attaching(stream('/Filter[/FlateDecode/FlateDecode]', bomb))),
    'pdf-broken',
  ],
  ['many bombs', () => bombs(), 'pdf-too-much'],
  ['a stream that is broken', () => pdfOf(attaching(stream('/Filter/FlateDecode', latin('x\u009cabc')))), 'pdf-broken'],
  [
    'a stream of a length that leads to itself',
    () => pdfOf(attaching('<</Length 5 0 R>>stream\nx\nendstream')),
    'pdf-broken',
  ],
  [
    'a stream that is longer than the file',
    () => pdfOf(attaching('<</Length 99999>>stream\nx\nendstream')),
    'pdf-broken',
  ],
]

function circleOfTables(): Bytes {
  const table = 'xref\n0 0\ntrailer\n<</Root 1 0 R/Prev 9>>\n'
  return latin(`%PDF-1.7\n${table}startxref\n9\n%%EOF\n`)
}

function manyTables(): Bytes {
  let text = '%PDF-1.7\n'
  let last = ''
  for (let at = 0; at <= revisionsMax; at++) {
    const place = text.length
    text += `xref\n0 0\ntrailer\n<</Root 1 0 R${last}>>\n`
    last = `/Prev ${place}`
  }
  return latin(`${text}startxref\n${last.slice(6)}\n%%EOF\n`)
}

/** Many numbers for one place, where a long list stands: read again for each. */
function overlapping(): Bytes {
  const count = 1_000
  const objects = Array.from({ length: count }, (_, at) => `${at + 2} 0 obj\n`)
  let text = `%PDF-1.7\n`
  const places: number[] = []
  for (const object of [
    `1 0 obj\n<</Names<</EmbeddedFiles<</Kids[${objects.map((_, at) => `${at + 2} 0 R`).join(' ')}]>>>>>>\nendobj\n`,
  ]) {
    places.push(text.length)
    text += object
  }
  for (const object of objects) {
    places.push(text.length)
    text += `${object}[${'[]'.repeat(4_000)}]\nendobj\n`
  }
  const rows = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('')
  return latin(`${text}xref\n1 ${places.length}\n${rows}trailer\n<</Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`)
}

/** Each within its bound, and all together beyond. */
function bombs(): Bytes {
  const count = unpackedBytesMax / 8_388_608 + 1
  const names = Array.from({ length: count }, (_, at) => `(${at})<</F(f${at})/EF<</F ${at + 4} 0 R>>>>`).join('')
  const streams = Array.from({ length: count }, () => stream('/Filter/FlateDecode', bomb))
  return pdfOf([catalog, `<</Names[${names}]>>`, '[]', ...streams])
}

test('every hostile file ends with its reason', () => {
  for (const [name, make, expected] of cases) {
    const file = make()
    assert.throws(
      () => read(file),
      (error: unknown) => {
        assert.ok(error instanceof PdfError, `${name}: ${String(error)}`)
        assert.equal(error.code, expected, `${name}: ${error.message}`)
        return true
      },
      name,
    )
  }
})

test('a tree of names that leads back to itself is walked once', () => {
  const file = pdfOf([
    catalog,
    '<</Kids[2 0 R 2 0 R]/Names[(a)4 0 R]>>',
    '[]',
    '<</F(a)/EF<</F 5 0 R>>>>',
    stream('', latin('x')),
  ])
  assert.deepEqual(
    attachmentsOf(new PdfFile(file)).map(({ name }) => name),
    ['a'],
  )
})

test('whatever is broken in a file, its verification ends with a verdict', async () => {
  const genuine = pdfOf(attaching(stream('/Filter/FlateDecode', zlibSync(fromText('{}')))))
  let state = 7
  for (let round = 0; round < 200; round++) {
    const file = genuine.slice()
    for (let flips = 0; flips < 3; flips++) {
      state = (state * 48_271) % 2_147_483_647
      file[state % file.length] = state >> 8
    }
    const cut =
      round % 4 === 0 ? file.subarray(0, state % file.length) : concat(file, file.subarray(state % file.length))
    for (const each of [file, cut]) {
      const input = { file: each, trusts: [], trustOf: () => null, original: null, crypto, nowMs: 0 }
      assert.notEqual((await verifyPdf(input)).summary, 'verified')
    }
  }
})
