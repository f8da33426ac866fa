/**
 * From when hash algorithms count as weak: whoever keeps records says so, as those who judge algorithms announce it.
 * docs/spec/evidence-record.md.
 * @module
 */
import { dateOf, dayNumber } from '../asn1/calendar.ts'
import { imprintAlgorithms } from '../timestamp/identifiers.ts'
import type { RecordAlgorithm } from './digests.ts'
import { RecordError } from './error.ts'

/** From when an algorithm counts as weak, milliseconds since 1970 UTC; one that is not named does not. */
export type WeakFrom = Readonly<Partial<Record<RecordAlgorithm, number>>>

const dayMs = 86_400_000

/** Whether a text names an algorithm of records. */
export const isRecordAlgorithm = (text: string): text is RecordAlgorithm => Object.hasOwn(imprintAlgorithms, text)

/** Reads `sha256=2040-01-01,sha384=2050-01-01`; days are of UTC. @throws {RecordError} `malformed` */
export function readWeakFrom(text: string): WeakFrom {
  const table: Partial<Record<RecordAlgorithm, number>> = {}
  for (const row of text.split(',').filter((each) => each !== '')) {
    const [, name = '', ...numbers] = /^([a-z0-9]+)=(\d{4})-(\d{2})-(\d{2})$/u.exec(row) ?? []
    const [year = 0, month = 0, day = 0] = numbers.map(Number)
    const days = dayNumber({ year, month, day })
    if (!isRecordAlgorithm(name) || dateOf(days).day !== day || dateOf(days).month !== month) {
      const names = Object.keys(imprintAlgorithms).join(', ')
      throw new RecordError('malformed', `${row} is no algorithm (${names}) with a day, such as sha256=2040-01-01.`)
    }
    table[name] = days * dayMs
  }
  return table
}
