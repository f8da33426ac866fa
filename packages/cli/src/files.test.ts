import assert from 'node:assert/strict'
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { CliError } from './exitCodes.ts'
import { writeNewFile, writeText } from './files.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jurat-files-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const modeOf = (path: string): number => statSync(path).mode & 0o777

test('a secret is written once, for its owner alone, and nothing else stays', () => {
  const path = join(folder, 'key.json')
  writeNewFile(path, 'first')
  assert.throws(() => writeNewFile(path, 'second'), CliError)
  assert.equal(readFileSync(path, 'utf8'), 'first')
  assert.equal(modeOf(path), 0o600)
  assert.throws(() => writeNewFile(join(folder, 'none', 'key.json'), 'x'), CliError)
  assert.deepEqual(readdirSync(folder), ['key.json'])
})

test('a file is replaced whole, also over what a broken-off run left', () => {
  const path = join(folder, 'deep', 'receipt.json')
  writeText(path, 'old')
  writeFileSync(`${path}.new`, 'half of something lo')
  writeText(path, 'new', 0o644)
  assert.equal(readFileSync(path, 'utf8'), 'new')
  assert.deepEqual(readdirSync(join(folder, 'deep')), ['receipt.json'])
})

test('what is no file is written to and stays what it is', { skip: process.platform === 'win32' }, () => {
  const path = join(folder, 'out')
  symlinkSync('/dev/null', path)
  writeText(path, 'gone')
  assert.ok(lstatSync(path).isSymbolicLink())
  assert.throws(() => writeText(folder, 'a folder'), CliError)
})
