import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { toHex, toText } from '../bytes.ts'
import { domainHash, domainMessage, domains } from './domain.ts'
import { nobleCrypto } from './noble.ts'

const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')

test('every domain has its vector, and no other', () => {
  const vectors = (JSON.parse(read('vectors/hashes.json')) as { domains: Record<string, string> }).domains
  const computed = domains.map((what) => [what, toHex(domainHash(nobleCrypto, what, new Uint8Array(0)))])
  assert.deepEqual(Object.fromEntries(computed), vectors)
})

test('the page names every domain, and no other', () => {
  const named = [...read('docs/spec/hashes.md').matchAll(/^\| `([a-z-]+)` +\|/gm)].map((match) => match[1])
  assert.deepEqual(named, domains)
})

test('the line stands in front of the bytes', () => {
  assert.equal(toText(domainMessage('state', new Uint8Array([0x41]))), 'jurat/state/v1\nA')
})
