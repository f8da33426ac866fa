/**
 * BouncyCastle, which nobody here wrote, verifies our evidence records (RFC 4998): of one document, of one among many, of a group,
 * renewed by time stamps, and moved to another algorithm; and it refuses them for other documents.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Bytes } from '@jurat/core/bytes'
import type { EvidenceRecord } from '@jurat/core/records/record'
import {
  affairs,
  madeIn,
  movedIn,
  overTwentyYears,
  recordBytes,
  renewedIn,
  year,
} from '../../packages/verify/src/records/record.fixtures.ts'
import { freshFolder } from '../runningNode.ts'
import { library, tool } from './tools.ts'

const java = tool('javac') === null ? null : tool('java')
const jars = ['bcpkix', 'bcprov', 'bcutil'].map((name) => library(`/usr/share/java/${name}.jar`))
const skip = (java === null && 'no JDK is installed') || (jars.includes(null) && 'libbcpkix-java is not installed')
const program = join(import.meta.dirname, 'java/EvidenceRecords.java')

test('BouncyCastle finds in each record its documents, and no others', { skip }, () => {
  const folder = freshFolder()
  let files = 0
  const fileOf = (bytes: Bytes): string => {
    const path = join(folder, `${files++}`)
    writeFileSync(path, bytes)
    return path
  }
  const [deed = [], , contract = [], will = []] = affairs
  const made = madeIn(year(2027), 2026)
  const renewed = renewedIn(made, year(2029), 2028)
  const moved = movedIn(made, 'sha512', year(2029), 2028)
  const [alone] = madeIn(year(2027), 2026, [deed])
  const cases: readonly (readonly [
    what: string,
    day: string,
    record: EvidenceRecord | undefined,
    documents: readonly Bytes[],
    present: boolean,
  ])[] = [
    ['one document', '2028-01-01', alone, deed, true],
    ['one among many', '2028-01-01', made[0], deed, true],
    ['a group', '2028-01-01', made[2], contract, true],
    ['one, renewed', '2030-01-01', renewed[0], deed, true],
    ['a group, renewed', '2030-01-01', renewed[2], contract, true],
    ['one, moved', '2030-01-01', moved[0], deed, true],
    ['a group, moved', '2030-01-01', moved[2], contract, true],
    ['one over twenty years', '2048-01-01', overTwentyYears()[0], deed, true],
    ['another document', '2028-01-01', made[0], will, false],
    ['a part of a group', '2028-01-01', made[2], contract.slice(1), false],
    ['another document, moved', '2030-01-01', moved[0], will, false],
  ]
  const input = cases.map(([, day, record, documents]) =>
    [day, fileOf(recordBytes(record)), ...documents.map(fileOf)].join('\t'),
  )
  const options = { input: input.join('\n'), encoding: 'utf8' } as const
  const { stdout, stderr } = spawnSync(java ?? '', ['-cp', jars.join(':'), program], options)
  const answers = stdout.trimEnd().split('\n')
  assert.equal(answers.length, cases.length, stderr)
  for (const [at, [what, , , , present]] of cases.entries()) {
    assert.equal(answers[at] === 'present', present, `${what}: ${answers[at]}`)
  }
})
