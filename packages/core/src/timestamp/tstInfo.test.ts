/**
 * What a time stamp says: strictly read, and T is the latest moment that it may mean.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DerError } from '../asn1/error.ts'
import { context, der, integer, objectIdentifier, sequence, tags } from '../asn1/writer.ts'
import { type Bytes, fromText } from '../bytes.ts'
import { writeImprint } from './query.ts'
import { readTstInfo } from './tstInfo.ts'

const imprint = writeImprint({ algorithm: 'sha256', digest: new Uint8Array(32) })

function infoOf(time: string, ...rest: readonly Bytes[]): Bytes {
  const head = [integer(1), objectIdentifier('1.2.3'), imprint, integer(7)]
  return sequence(...head, der(tags.generalizedTime, fromText(time)), ...rest)
}

const micro = (number: number, value: number): Bytes =>
  der(context(number, false), Uint8Array.of(value >> 8, value & 255))
const noon = Date.UTC(2026, 10, 23, 12)

const times: readonly (readonly [string, readonly Bytes[], number, number])[] = [
  ['20261123120000Z', [], noon, 999],
  ['20261123120000.5Z', [], noon + 500, 99],
  ['20261123120000.25Z', [], noon + 250, 9],
  ['20261123120000.125Z', [], noon + 125, 0],
  ['20261123120000.1259Z', [], noon + 125, 0],
  ['20261123120000Z', [sequence(integer(2))], noon, 999 + 2_000],
  ['20261123120000Z', [sequence(integer(2), micro(0, 500), micro(1, 1))], noon, 999 + 2_501],
  ['20240229235959Z', [], Date.UTC(2024, 1, 29, 23, 59, 59), 999],
]

test('the latest moment is the end of the unit, and the accuracy', () => {
  for (const [time, rest, timeMs, moreMs] of times) {
    const info = readTstInfo(infoOf(time, ...rest))
    assert.deepEqual([info.timeMs, info.latestMs - info.timeMs], [timeMs, moreMs], time)
  }
})

const refused: readonly (readonly [string, Bytes])[] = [
  ['local time', infoOf('20261123120000')],
  ['an offset', infoOf('20261123120000+0100')],
  ['no seconds', infoOf('202611231200Z')],
  ['a trailing zero', infoOf('20261123120000.50Z')],
  ['an empty fraction', infoOf('20261123120000.Z')],
  ['the 30th of February', infoOf('20260230120000Z')],
  ['the 29th in another year', infoOf('20260229120000Z')],
  ['month 13', infoOf('20261323120000Z')],
  ['day 0', infoOf('20261100120000Z')],
  ['hour 24', infoOf('20261123240000Z')],
  ['second 60', infoOf('20261123120060Z')],
  ['an accuracy of 1,000 milliseconds', infoOf('20261123120000Z', sequence(micro(0, 1_000)))],
  ['an accuracy of 0 milliseconds', infoOf('20261123120000Z', sequence(micro(0, 0)))],
  ['an accuracy of centuries', infoOf('20261123120000Z', sequence(der(tags.integer, new Uint8Array(5).fill(1))))],
  ['something after it', infoOf('20261123120000Z', integer(1), integer(2))],
  ['version 2', sequence(integer(2), objectIdentifier('1.2.3'), imprint, integer(7))],
]

test('anything else is refused', () => {
  for (const [what, bytes] of refused) assert.throws(() => readTstInfo(bytes), DerError, what)
})
