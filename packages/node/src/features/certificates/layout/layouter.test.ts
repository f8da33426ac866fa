/**
 * Layout of certificates: the same bytes for the same content, no character lost, and every limit crossed.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { equal, fromText } from '@jurat/core/bytes'
import { languages } from '@jurat/verify/messages/language'
import { systemTimers, type Timers } from '../../../platform/clock.ts'
import { certificateLink } from './certificatePage.ts'
import { certificateOf, correctionOf, fullCertificateOf, rareCharacters } from './content.fixtures.ts'
import {
  appearanceLinesMax,
  appearancePointsMax,
  type CertificateContent,
  certificateDepositsMax,
  certificateListMax,
  certificateTextUnitsMax,
  logoBytesMax,
} from './content.ts'
import { findFonts } from './fonts.ts'
import { Layouter, layoutMsMax, layoutsWaitingMax } from './layouter.ts'
import { certificateMetadata } from './metadata.ts'

const fonts = findFonts()
const layouter = new Layouter(systemTimers, () => fonts)
after(() => layouter.stop())
const hasRare = fonts.missing(rareCharacters).length === 0
const skip = !hasRare && 'fonts-noto-cjk is not installed'

const code = (code: string) => (error: unknown) => (error as { code?: string }).code === code

test('the same content gives the same bytes, in this process and in another', { skip }, async () => {
  const another = new Layouter(systemTimers, () => fonts)
  try {
    for (const language of languages) {
      const first = await layouter.layCertificate(fullCertificateOf(language))
      assert.ok(equal(first, await layouter.layCertificate(fullCertificateOf(language))), language)
      assert.ok(equal(first, await another.layCertificate(fullCertificateOf(language))), language)
      const letter = await layouter.layCorrection(correctionOf(language))
      assert.ok(equal(letter, await another.layCorrection(correctionOf(language))), language)
    }
  } finally {
    await another.stop()
  }
})

test('a change of the evidence changes the bytes', { skip }, async () => {
  const content = certificateOf('en')
  const first = await layouter.layCertificate(content)
  const [deposit] = content.deposits
  assert.ok(deposit)
  const later = { ...content, deposits: [{ ...deposit, receipt: `${deposit.receipt} ` }] }
  assert.ok(!equal(first, await layouter.layCertificate(later)))
})

/** Every text of a content, by the way to it, with a content in which a character stands at its end. */
function* spoilt(value: unknown, end: string, way: readonly string[] = []): Generator<[string, unknown]> {
  if (typeof value === 'string') yield [way.join('.'), value + end]
  else if (Array.isArray(value)) {
    for (const [at, inner] of value.entries()) {
      for (const [name, changed] of spoilt(inner, end, [...way, String(at)])) yield [name, value.with(at, changed)]
    }
  } else if (value !== null && typeof value === 'object' && !(value instanceof Uint8Array)) {
    for (const [key, inner] of Object.entries(value)) {
      for (const [name, changed] of spoilt(inner, end, [...way, key])) yield [name, { ...value, [key]: changed }]
    }
  }
}

/** Texts that are not drawn, or are our own choice of few words. */
const undrawn = /^language$|\.(receipt|level|logo\.type)$/u

test('a character that no font has is refused wherever it stands, and by its name', { skip }, () => {
  let tried = 0
  for (const [name, changed] of spoilt(fullCertificateOf('zh-TW'), '\u{1F600}')) {
    if (undrawn.test(name)) continue
    tried += 1
    assert.throws(() => layouter.checkCertificate(changed as CertificateContent), code('character-missing'), name)
  }
  assert.ok(tried > 30, `${tried} texts`)
  for (const [name, changed] of spoilt(correctionOf('en'), '\u{1F600}')) {
    if (undrawn.test(name) || name === 'address') continue
    const letter = changed as ReturnType<typeof correctionOf>
    assert.throws(() => layouter.checkCorrection(letter), code('character-missing'), name)
  }
  const content = { ...certificateOf('en'), issuer: 'a\u{1F600}b\u{202E}' }
  assert.throws(() => layouter.checkCertificate(content), /U\+1F600 \u{1F600}, U\+202E$/u)
})

test('nothing that would be drawn as nothing, or otherwise than it is written, is set', () => {
  const refused = [
    '\n',
    '\t',
    '\0',
    '\u200b',
    '\u202e',
    '\u2066',
    '\ufeff',
    '\u00ad',
    '\u2028',
    '\ue000',
    '\u{e0100}',
    '\ufe00',
  ]
  const foreign = ['\u05d0', '\u0627', '\u0e01', '\u{1F600}', '\u{17000}', '\u{3fffd}', '\ud800']
  for (const character of [...refused, ...foreign]) {
    const point = character.codePointAt(0)?.toString(16)
    assert.deepEqual(layouter.missingIn(`a${character}字`), [character], point)
  }
  assert.deepEqual(layouter.missingIn('Aé ñ Ω ж 字 體 。「」、﹏ … — "quoted" 50 % ① ㎡'), [])
})

test('rare characters are in the fonts of the machine, and refused where it has none of them', { skip }, () => {
  assert.deepEqual(layouter.missingIn(rareCharacters), [])
  assert.deepEqual(findFonts('/nowhere.ttc').missing(rareCharacters), ['𠮷', '𬎆'])
})

test('the code leads to the number, and behind # to the digest or to the list of digests', () => {
  const single = certificateOf('en')
  assert.equal(certificateLink(single), `https://evidence.example/v/JC-2027-000123#${single.deposits[0]?.digest}`)
  const [, fragment] = certificateLink(fullCertificateOf('en')).split('#')
  assert.match(fragment ?? '', /^[0-9a-f]{64}$/u)
  assert.equal(JSON.parse(certificateMetadata(fullCertificateOf('en'))).deposits.length, 3)
})

test('more than fits is refused', { skip }, async () => {
  const content = certificateOf('en')
  const [deposit] = content.deposits
  const [member] = content.members
  assert.ok(deposit && member)
  const many = <T>(value: T, count: number): T[] => Array.from({ length: count }, () => value)
  const long = 'x'.repeat(certificateTextUnitsMax + 1)
  const big = { type: 'png', bytes: new Uint8Array(logoBytesMax + 1) } as const
  const tooMuch: [string, Partial<CertificateContent>][] = [
    ['no deposit', { deposits: [] }],
    ['deposits', { deposits: many(deposit, certificateDepositsMax + 1) }],
    ['members', { members: many(member, certificateListMax + 1) }],
    ['findings', { findings: many('x', certificateListMax + 1) }],
    ['text', { issuer: long }],
    ['phase', { deposits: [{ ...deposit, phase: long }] }],
    ['logo', { members: [{ ...member, logo: big }] }],
  ]
  for (const [name, changes] of tooMuch) {
    assert.throws(() => layouter.checkCertificate({ ...content, ...changes }), code('content-too-much'), name)
  }
  assert.throws(() => layouter.checkCorrection(correctionOf('en', { reason: long })), code('content-too-much'))
  await layouter.layCertificate({
    ...content,
    deposits: many({ ...deposit, name: long.slice(1) }, certificateDepositsMax),
    members: many({ ...member, logo: null }, certificateListMax),
  })
})

test('a picture of a signature has its text whole, or is refused', { skip }, async () => {
  const content = { language: 'zh-TW', width: 200, height: 60, timeMs: 0 } as const
  const lines = [rareCharacters, 'signed']
  assert.ok(
    equal(await layouter.layAppearance({ ...content, lines }), await layouter.layAppearance({ ...content, lines })),
  )
  const refused = [
    [{ lines: ['x'.repeat(900)] }, 'layout-failed'],
    [{ lines: ['\u{1F600}'] }, 'character-missing'],
    [{ lines: [] }, 'content-too-much'],
    [{ lines: Array.from({ length: appearanceLinesMax + 1 }, () => 'x') }, 'content-too-much'],
    [{ lines, width: appearancePointsMax + 1 }, 'content-too-much'],
    [{ lines, height: 9 }, 'content-too-much'],
  ] as const
  for (const [changes, expected] of refused) {
    await assert.rejects(layouter.layAppearance({ ...content, ...changes }), code(expected))
  }
})

test('a picture that is none fails its own document alone', { skip }, async () => {
  const [member] = certificateOf('en').members
  assert.ok(member)
  for (const type of ['svg', 'png'] as const) {
    const members = [{ ...member, logo: { type, bytes: fromText('<svg') } }]
    await assert.rejects(layouter.layCertificate(certificateOf('en', { members })), code('layout-failed'), type)
  }
  await layouter.layCertificate(certificateOf('en'))
})

test('a layout that takes too long is ended, and the next one starts anew', { skip }, async () => {
  const deadlines: (() => void)[] = []
  const timers: Timers = {
    ...systemTimers,
    after: (delayMs, action) => {
      assert.equal(delayMs, layoutMsMax)
      deadlines.push(action)
      return () => undefined
    },
  }
  const slow = new Layouter(timers, () => fonts)
  const first = slow.layCertificate(certificateOf('en'))
  await Promise.resolve()
  const waiting = Array.from({ length: layoutsWaitingMax }, () => slow.layCertificate(certificateOf('en')))
  await assert.rejects(slow.layCertificate(certificateOf('en')), code('layout-busy'))
  deadlines[0]?.()
  await assert.rejects(first, code('layout-busy'))
  assert.ok((await waiting[0])?.length)
  const last = assert.rejects(waiting.at(-1) ?? Promise.resolve(), code('layout-busy'))
  for (const each of waiting) each.catch(() => undefined)
  await slow.stop()
  await last
})
