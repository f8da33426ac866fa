/**
 * Evidence records: over twenty years each proves its own documents and nothing else; whatever is changed, left out, swapped or
 * renewed too late is found by the step whose work it is; bytes of strangers end in a reason.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bytes, fromText } from '@jurat/core/bytes'
import { recordDigest } from '@jurat/core/records/digests'
import type { WeakFrom } from '@jurat/core/records/weakness'
import {
  type ArchiveTimestamp,
  type EvidenceRecord,
  readRecord,
  recordBytesMax,
  recordChainsMax,
  recordDigestsMax,
} from '@jurat/core/records/record'
import {
  affairs,
  authorities,
  digestsOf,
  madeIn,
  movedIn,
  overTwentyYears,
  recordBytes,
  renewedIn,
  year,
} from './record.fixtures.ts'
import { type RecordVerdict, verifyRecord, type VerifyRecordInput } from './verifyRecord.ts'

const weakFrom: WeakFrom = { sha256: year(2038) }

function verify(
  bytes: Bytes,
  documents: readonly Bytes[],
  changes: Partial<VerifyRecordInput> = {},
): Promise<RecordVerdict> {
  return verifyRecord({
    record: bytes,
    documents: (algorithm) => Promise.resolve(digestsOf(algorithm, documents)),
    authorities,
    weakFrom,
    nowMs: year(2049),
    ...changes,
  })
}

/** The first step that has not passed, with its code. */
function fault({ steps }: RecordVerdict): string {
  const step = steps.find(({ state }) => state !== 'passed')
  return step === undefined ? 'none' : `${step.name}: ${step.state} ${step.code}`
}

const records = overTwentyYears()
const [deed = [], letter = [], contract = [], will = []] = affairs
const [ofDeed = assert.fail(), , ofContract = assert.fail()] = records

test('after twenty years every record proves its own documents, each under eleven renewals', async () => {
  for (const [index, documents] of affairs.entries()) {
    const verdict = await verify(recordBytes(records[index]), documents)
    assert.equal(fault(verdict), 'none')
    assert.equal(verdict.summary, 'verified')
    assert.equal(verdict.sinceMs, year(2027) + 1_999, 'the first token, at the latest that it may mean')
    assert.equal(verdict.goodUntilMs, year(2050))
    assert.ok(verdict.independent)
    assert.deepEqual(readRecord(recordBytes(records[index])), records[index], 'bytes are read as they were written')
  }
})

/** The record with one time stamp changed; of the first chain unless another is named. */
function changed(record: EvidenceRecord | undefined, at: number, chain: number, change: object | null): EvidenceRecord {
  const chains = (record?.chains ?? []).map((stamps, number) =>
    number !== chain
      ? stamps
      : stamps.flatMap((stamp, position) =>
          position !== at ? [stamp] : change === null ? [] : [{ ...stamp, ...change }],
        ),
  )
  return { chains }
}

const first = (chain: number, record: EvidenceRecord | undefined = ofDeed): ArchiveTimestamp | undefined =>
  record?.chains[chain]?.[0]
/** The record with two renewals of its first chain swapped. */
function swapped({ chains: [renewed = [], ...others] }: EvidenceRecord): EvidenceRecord {
  const [zero, one, two, ...rest] = renewed
  return { chains: [[zero, two, one].filter((stamp) => stamp !== undefined).concat(rest), ...others] }
}

const flipped = (bytes: Bytes, at: number): Bytes => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))

test('every tampering is found by the step whose work it is', async () => {
  const newest = ofDeed.chains[1]?.[5]?.token ?? assert.fail()
  const tree = first(0)?.hashtree ?? assert.fail()
  const [young] = madeIn(year(2027), 2026)
  const late = renewedIn(madeIn(year(2027), 2026), year(2030), 2029)
  const weak = movedIn(renewedIn(madeIn(year(2037), 2036), year(2038) - 1_000_000, 2036), 'sha512', year(2038), 2036)
  const backwards = renewedIn(madeIn(year(2028), 2026), year(2027), 2026)
  const cases: readonly (readonly [
    what: string,
    record: EvidenceRecord | undefined,
    documents: readonly Bytes[],
    fault: string,
  ])[] = [
    ['another document', ofDeed, will, 'record-data: failed record-other'],
    ['a changed document', ofDeed, [fromText('the deed.')], 'record-data: failed record-other'],
    ['a document of the group is missing', ofContract, contract.slice(1), 'record-data: failed record-other'],
    ['a stranger in the group', ofContract, [...contract, ...deed], 'record-data: failed record-other'],
    ['no document', ofDeed, [], 'record-data: failed record-other'],
    ['the first time stamp is gone', changed(ofDeed, 0, 0, null), deed, 'record-data: failed record-other'],
    ['a renewal is gone', changed(ofDeed, 2, 0, null), deed, 'record-data: failed record-other'],
    [
      'the last renewal before the new algorithm is gone',
      changed(ofDeed, 5, 0, null),
      deed,
      'record-data: failed record-other',
    ],
    ['the first chain is gone', { chains: ofDeed.chains.slice(1) }, deed, 'record-data: failed record-other'],
    ['the last renewal is gone', changed(ofDeed, 5, 1, null), deed, 'record-now: absent record-ended'],
    ['the second chain is gone', { chains: ofDeed.chains.slice(0, 1) }, deed, 'record-now: absent record-ended'],
    ['the chains change places', { chains: ofDeed.chains.toReversed() }, deed, 'record-data: failed record-other'],
    ['two renewals change places', swapped(ofDeed), deed, 'record-data: failed record-other'],
    [
      'a token of another record',
      changed(ofDeed, 0, 1, { token: first(0)?.token }),
      deed,
      'record-data: failed record-other',
    ],
    [
      'a hash tree of another document',
      changed(ofDeed, 0, 0, { hashtree: first(0, records[3])?.hashtree }),
      deed,
      'record-data: failed record-other',
    ],
    [
      'a hash tree of another time',
      changed(ofDeed, 5, 1, { hashtree: tree }),
      deed,
      'record-data: failed record-other',
    ],
    ['no hash tree', changed(young, 0, 0, { hashtree: null }), deed, 'record-stamps: failed token-other'],
    [
      'a changed hash tree',
      changed(young, 0, 0, { hashtree: [[...tree.flat(), new Uint8Array(32)]] }),
      deed,
      'record-stamps: failed token-other',
    ],
    [
      'a changed signature',
      changed(ofDeed, 5, 1, { token: flipped(newest, newest.length - 1) }),
      deed,
      'record-stamps: failed token-signature-wrong',
    ],
    ['renewed after the certificate had ended', late[0], deed, 'record-renewals: failed record-renewed-late'],
    ['moved after the algorithm was weak', weak[0], deed, 'record-renewals: failed record-algorithm-late'],
    ['a renewal older than what it renews', backwards[0], deed, 'record-renewals: failed record-order'],
    [
      'another algorithm within a chain',
      changed(ofDeed, 1, 0, { algorithm: 'sha384' }),
      deed,
      'record-data: failed record-other',
    ],
  ]
  for (const [what, record, documents, expected] of cases) {
    assert.equal(fault(await verify(recordBytes(record), documents)), expected, what)
  }
  const nobody = await verify(recordBytes(ofDeed), deed, { authorities: [] })
  assert.deepEqual([nobody.summary, fault(nobody)], ['incomplete', 'record-stamps: absent record-stamp-unknown'])
})

test('of two single documents side by side the one list proves either, as the standard has it', async () => {
  assert.deepEqual(records[1], ofDeed)
  assert.equal(fault(await verify(recordBytes(ofDeed), letter)), 'none')
})

test('the reader’s clock and table decide whether it still stands', async () => {
  const young = recordBytes(madeIn(year(2027), 2026)[0])
  const at = async (nowMs: number, table: WeakFrom = {}): Promise<string> =>
    fault(await verify(young, deed, { nowMs, weakFrom: table }))
  assert.equal(await at(year(2030)), 'none')
  assert.equal(await at(year(2030) + 1), 'record-now: absent record-ended')
  assert.equal(await at(year(2028), { sha256: year(2028) }), 'record-now: absent record-weak')
  assert.equal(await at(year(2028) - 1, { sha256: year(2028) }), 'none')
})

test('bytes that are no record end in a reason, within bounds', async () => {
  const bytes = recordBytes(ofContract)
  const form = async (given: Bytes): Promise<string> => fault(await verify(given, contract))
  const list = (count: number): EvidenceRecord => ({
    chains: [
      [
        {
          algorithm: 'sha256',
          hashtree: [
            Array.from({ length: count }, (_, at) => recordDigest('sha256', Uint8Array.of(at >> 8, at & 255))),
          ],
          token: first(0)?.token ?? assert.fail(),
        },
      ],
    ],
  })
  const cases: Record<string, Bytes> = {
    empty: new Uint8Array(0),
    text: fromText('a record'),
    'cut off': bytes.subarray(0, -1),
    'something behind it': Uint8Array.from([...bytes, 0]),
    'no chain': recordBytes({ chains: [] }),
    'an empty chain': recordBytes({ chains: [[]] }),
    'an empty list': recordBytes({ chains: [[{ ...(first(0) ?? assert.fail()), hashtree: [[]] }]] }),
    'more chains than the bound': recordBytes({
      chains: Array.from({ length: recordChainsMax + 1 }, () => [first(0) ?? assert.fail()]),
    }),
    'more digests than the bound': recordBytes(list(recordDigestsMax + 1)),
    'more bytes than the bound': new Uint8Array(recordBytesMax + 1).fill(0x30),
  }
  for (const [what, given] of Object.entries(cases))
    assert.equal(await form(given), 'record-form: failed record-malformed', what)
  const newestLength = ofContract.chains.at(-1)?.at(-1)?.token.length ?? 0
  for (let at = 0; at < bytes.length; at += 397) {
    const verdict = await verify(flipped(bytes, at), contract)
    // Nothing is over the newest token yet: a certificate in it that nobody needs may change.
    if (verdict.summary === 'verified') assert.ok(at > bytes.length - newestLength, `byte ${at}`)
    assert.notEqual(verdict.steps.find(({ state }) => state !== 'passed')?.code, 'unexpected', `byte ${at}`)
  }
})

test('the same records have the same bytes: the vectors of docs/spec/evidence-record.md', () => {
  assert.deepEqual(
    records.map((record) =>
      Buffer.from(recordDigest('sha256', recordBytes(record)))
        .toString('hex')
        .slice(0, 16),
    ),
    ['b85f1c6adab626b4', 'b85f1c6adab626b4', '444502506d82d8fc', '47b79ac2e9521d91'],
  )
})
