/**
 * Evidence packages: what is made verifies and is made alike; whatever is changed, swapped, added or left out is found by the
 * step whose work it is; hostile archives end in a reason, within bounds.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bytes, equal, fromText, toHex, toText } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import { defaultRequired, sortSteps } from '@jurat/core/receipt/steps'
import { parseTrust } from '@jurat/core/receipt/trustChain'
import { directoryBytesMax, expansionBytesMin, packageFilesMax } from './archive.ts'
import { makerOf, stamp } from '../authority.fixtures.ts'
import { soloEvidence } from '../evidence.fixtures.ts'
import { startMs } from '../network.fixtures.ts'
import { PackageError } from './make.ts'
import { manifestBytesMax } from './manifest.ts'
import { packed, parts, repacked, stamped, stampOver, trustOf, unpacked } from './package.fixtures.ts'
import { attachmentPath, manifestPath, originalPath, receiptPath, tokenPath } from './places.ts'
import { packageReportOf } from './report.ts'
import { type PackageVerdict, verifyPackage } from './verifyPackage.ts'

const verify = (bytes: Bytes): Promise<PackageVerdict> =>
  verifyPackage({ file: new Blob([bytes.slice()]), trustOf, crypto })

/** The first step that has not passed, with its code; of a receipt with the receipt's name before it. */
function fault({ steps, receipts }: PackageVerdict): string {
  const step = steps.find(({ state }) => state !== 'passed')
  if (step !== undefined) return `${step.name}: ${step.code}`
  for (const { name, verdict } of receipts) {
    const at = verdict?.steps.find(({ state, required }) => state === 'failed' || (required && state === 'absent'))
    if (verdict === null || at !== undefined) return `${name}: ${at?.code ?? 'no receipt'}`
  }
  return 'none'
}

const made = await packed()
// Most tests do without witnesses, whose signatures take their time.
const plain = await packed({ parts: parts.slice(0, 1) })
const files = await unpacked(plain)
const [contract, annex] = parts.map(({ name }) => name) as [string, string]
const fileOf = (path: string): Bytes => files.get(path) ?? assert.fail(path)

test('a package verifies with all its receipts, and the same parts make the same bytes', async () => {
  const verdict = await verify(made)
  assert.equal(fault(verdict), 'none')
  assert.equal(verdict.summary, 'verified')
  assert.deepEqual(
    verdict.receipts.map(({ name }) => name),
    [contract, annex],
  )
  assert.deepEqual(await packed(), made)
})

test('the container begins as the standard says: mimetype first, stored, without extra field', () => {
  const view = new DataView(made.buffer, made.byteOffset)
  const name = 'mimetype'
  assert.equal(view.getUint32(0, true), 0x04034b50)
  assert.equal(view.getUint16(8, true), 0, 'stored')
  assert.equal(view.getUint16(26, true), name.length)
  assert.equal(view.getUint16(28, true), 0, 'no extra field')
  const mimetype = 'application/vnd.etsi.asic-e+zip'
  assert.equal(toText(made.subarray(30, 30 + name.length + mimetype.length)), name + mimetype)
})

test('stored or deflated by another tool it verifies alike', async () => {
  assert.equal((await verify(await repacked(files, 6))).summary, 'verified')
})

test('each file left out, changed or swapped is named by its step', async () => {
  const swapped = await unpacked(made)
  const [one = assert.fail(), two = assert.fail()] = [contract, annex].map((name) => swapped.get(receiptPath(name)))
  swapped.set(receiptPath(contract), two).set(receiptPath(annex), one)
  assert.equal(fault(await verify(await repacked(swapped))), 'contents: contents-differ')
  const steps: Record<string, readonly string[]> = {
    mimetype: ['container', 'container'],
    [manifestPath]: ['contents', 'contents'],
    [tokenPath]: ['stamp', 'stamp'],
  }
  for (const path of files.keys()) {
    const without = new Map(files)
    without.delete(path)
    const changed = new Map(files)
    changed.set(path, Uint8Array.from([...fileOf(path), 10]))
    const expected = steps[path] ?? ['contents', 'contents']
    for (const [at, each] of [without, changed].entries()) {
      const verdict = await verify(await repacked(each))
      assert.equal(verdict.summary, 'failed', path)
      assert.ok(fault(verdict).startsWith(`${expected[at]}: `), `${path}: ${fault(verdict)}`)
    }
  }
})

test('a pinned fingerprint counts for the receipts and for the token', async () => {
  const trust = parseTrust(crypto, stamped.trust)
  const judge = (fingerprint: string): Promise<PackageVerdict> =>
    verifyPackage({ file: new Blob([plain.slice()]), trustOf, crypto, fingerprint })
  assert.equal(fault(await judge(toHex(trust.fingerprint))), 'none')
  const other = await judge('0'.repeat(64))
  assert.deepEqual([other.summary, fault(other)], ['failed', 'stamp: stamp-unknown'])
  assert.equal(other.receipts[0]?.verdict?.steps[0]?.code, 'fingerprint-differs')
})

test('a package is as far as the receipt that is behind all others', async () => {
  const say = (key: string): string => key
  const shown = async (bytes: Bytes): Promise<string> => packageReportOf(await verify(bytes), say, 'en').state
  assert.equal(await shown(plain), 'valid')
  assert.equal(await shown(await repacked(new Map(files).set(originalPath(contract), fromText('x')))), 'invalid')
  const [part = assert.fail()] = parts
  assert.equal(await shown(await packed({ parts: [{ ...part, original: null }] })), 'unchecked')
  assert.equal(await shown(await packed({ parts: [] })), 'unchecked')
  const solo = soloEvidence()
  const timed = solo.network.trust(sortSteps([...defaultRequired, 'time']))
  const waiting = await packed({ parts: [{ ...part, receipt: solo.receipt }] })
  const verdict = await verifyPackage({ file: new Blob([waiting.slice()]), trustOf: () => timed, crypto })
  assert.equal(packageReportOf(verdict, say, 'en').state, 'pending')
})

test('a list that was made anew for other files does not help what the receipts say', async () => {
  const other: typeof parts = [{ name: contract, original: new Blob(['another contract']), receipt: stamped.receipt }]
  assert.equal(fault(await verify(await packed({ parts: other }))), `${contract}: digest-differs`)
  const none: typeof parts = [{ name: contract, original: null, receipt: stamped.receipt }]
  const verdict = await verify(await packed({ parts: none }))
  assert.equal(verdict.summary, 'incomplete')
  assert.equal(fault(verdict), `${contract}: original-missing`)
  assert.equal((await verify(await packed({ parts: [] }))).summary, 'incomplete', 'nothing is proven by nothing')
})

test('the token of another list, and of an authority that nobody knows', async () => {
  const other = new Map(files).set(tokenPath, await stampOver(fromText('another list')))
  assert.equal(fault(await verify(await repacked(other))), 'stamp: token-other')
  const strange = (bytes: Bytes): Promise<Bytes> => Promise.resolve(stamp(makerOf('strange'), bytes, startMs))
  const verdict = await verify(await packed({ parts: parts.slice(0, 1), stamp: strange }))
  assert.equal(fault(verdict), 'stamp: stamp-unknown')
  assert.equal(verdict.summary, 'verified', 'the receipts have their own times')
})

test('a file that nobody listed is a stranger; an original without a receipt proves nothing', async () => {
  const more = new Map(files).set('originals/more.txt', fromText('more'))
  assert.equal(fault(await verify(await repacked(more))), 'contents: contents-stranger')
})

test('lists that no tool would make', async () => {
  const list = toText(fileOf(manifestPath))
  const cases: Record<string, string> = {
    'not XML': 'nonsense',
    'another root': '<a/>',
    'entities of its own': list.replace('<asic:ASiC', '<!DOCTYPE a [<!ENTITY b "c">]><asic:ASiC'),
    'a file twice': list.replace(/( {2}<asic:DataObjectReference[\s\S]*?<\/asic:DataObjectReference>\n)/, '$1$1'),
    'another digest': list.replace('xmlenc#sha256', 'xmldsig#sha1'),
    'no token': list.replace(/.*SigReference.*\n/, ''),
    'no digest': list.replace(/<ds:DigestValue>[^<]*/, '<ds:DigestValue>'),
    'no name': list.replace(/(DataObjectReference) URI="[^"]*"/, '$1'),
    'written in another way': list.replace('<ds:DigestMethod', '<ds:DigestMethod '),
    'more behind it': `${list}\n`,
    'broken escapes': list.replace(/(DataObjectReference) URI="[^"]*"/, '$1 URI="%"'),
  }
  for (const [name, text] of Object.entries(cases)) {
    assert.notEqual(text, list, name)
    const verdict = await verify(await repacked(new Map(files).set(manifestPath, fromText(text))))
    assert.equal(fault(verdict), 'contents: manifest-unreadable', name)
  }
})

test('archives that mean two things, or too much, are refused', async () => {
  const many = new Map(files)
  for (let number = 0; many.size <= packageFilesMax; number++) many.set(`x${number}`, new Uint8Array(0))
  const bomb = new Map(files).set('originals/zeros', new Uint8Array(expansionBytesMin + 1_048_576 * 16))
  const names = Array.from({ length: directoryBytesMax / 60_000 + 1 }, (_, at) => `${at}`.padStart(60_000, 'n'))
  const wide = new Map([...files, ...names.map((name) => [name, new Uint8Array(0)] as const)])
  const long = new Map(files).set(manifestPath, new Uint8Array(manifestBytesMax + 1))
  const cases: Record<string, Bytes> = {
    empty: new Uint8Array(0),
    text: fromText('PK no archive'),
    'something before it': Uint8Array.from([...fromText('#!/bin/sh\n'), ...plain]),
    'something behind it': Uint8Array.from([...plain, 1, 2, 3]),
    'cut off': plain.subarray(0, -30),
    'more files than the bound': await repacked(many),
    'a longer directory than the bound': await repacked(wide),
    'far more bytes than it has': await repacked(bomb, 9),
    'a way out': await repacked(new Map(files).set('../out', fromText('x'))),
    'an absolute path': await repacked(new Map(files).set('/etc/passwd', fromText('x'))),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    assert.equal(fault(await verify(bytes)), 'container: container-unreadable', name)
  }
  assert.equal(fault(await verify(await repacked(long))), 'contents: container-unreadable', 'a long list')
})

test('one changed byte anywhere is found, or changes no file', async () => {
  let seed = 7
  for (let round = 0; round < 60; round++) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    const bytes = plain.slice()
    const at = seed % bytes.length
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (round % 8))
    const verdict = await verify(bytes)
    if (verdict.summary !== 'verified') continue
    const same = await unpacked(bytes)
    for (const [path, content] of files) {
      assert.ok(equal(content, same.get(path) ?? new Uint8Array(0)), `byte ${at}, ${path}`)
    }
  }
})

test('attachments are of the list: each that is left out, changed, swapped or added is found', async () => {
  const attachments = ['certificate.pdf', 'identity/statement.json', 'contract.ers', 'verify.html'].map((name) => {
    return { name, content: new Blob([name]) }
  })
  const whole = await packed({ parts: parts.slice(0, 1), attachments })
  assert.equal((await verify(whole)).summary, 'verified')
  const all = await unpacked(whole)
  const judged = async (change: (changed: Map<string, Bytes>) => unknown): Promise<string> => {
    const changed = new Map(all)
    change(changed)
    return fault(await verify(await repacked(changed)))
  }
  for (const { name } of attachments) {
    const path = attachmentPath(name)
    assert.equal(await judged((changed) => changed.delete(path)), 'contents: contents-missing', name)
    assert.equal(await judged((changed) => changed.set(path, fromText('other'))), 'contents: contents-differ', name)
  }
  const stranger = attachmentPath('more.pdf')
  assert.equal(await judged((changed) => changed.set(stranger, fromText('x'))), 'contents: contents-stranger')
  const [one = assert.fail()] = attachments
  await assert.rejects(packed({ parts: [], attachments: [one, one] }), PackageError)
})

test('names that lead elsewhere, or stand twice, make no package', async () => {
  const [part = assert.fail()] = parts
  for (const name of ['', '/a', 'a//b', '../a', 'a/..', 'a\\b', 'c:a', 'a\nb']) {
    await assert.rejects(packed({ parts: [{ ...part, name }] }), PackageError, name)
  }
  await assert.rejects(packed({ parts: [part, part] }), PackageError)
  assert.ok(originalPath(annex).startsWith('originals/annex/'))
})
