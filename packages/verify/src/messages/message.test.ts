/**
 * The catalogue: nothing missing in any language, nothing that nobody says, and the same placeholders everywhere.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { codes } from '@jurat/core/ledger/codes'
import { steps } from '@jurat/core/receipt/steps'
import { languageOf, languages } from './language.ts'
import { catalogue, meaningOf, message, type MessageKey } from './message.ts'

const packages = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const keys = Object.keys(catalogue.en) as MessageKey[]

test('every message is there in every language', () => {
  for (const language of languages) {
    assert.deepEqual(Object.keys(catalogue[language]).toSorted(), keys.toSorted(), language)
    for (const key of keys) assert.notEqual(catalogue[language][key].trim(), '', `${language} ${key}`)
  }
})

test('translations have the same placeholders', () => {
  const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([whole]) => whole).toSorted()
  for (const language of languages) {
    for (const key of keys) {
      assert.deepEqual(placeholders(catalogue[language][key]), placeholders(catalogue.en[key]), `${language} ${key}`)
    }
  }
})

test('every step and every result code of the ledger has its message', () => {
  for (const step of steps) assert.ok(Object.hasOwn(catalogue.en, `verify.step.${step}`), step)
  const numbers = keys.filter((key) => key.startsWith('code.')).map((key) => Number(key.slice('code.'.length)))
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    Object.values(codes).toSorted((a, b) => a - b),
  )
})

/** Texts of all production files, except the catalogue itself. */
function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(({ name, parentPath }) => name.endsWith('.ts') && /\/src(\/|$)/.test(parentPath))
    .filter(({ name, parentPath }) => !/\.(test|cases|fixtures)\.ts$/.test(name) && !parentPath.includes('/messages/'))
    .filter(({ parentPath }) => !/\/(dist|node_modules)(\/|$)/.test(parentPath))
    .map(({ name, parentPath }) => readFileSync(join(parentPath, name), 'utf8'))
}

test('every message is said somewhere', () => {
  const all = ['core', 'verify', 'cli', 'sdk', 'node'].flatMap((name) => sources(join(packages, name))).join('\n')
  // Families of which the last word comes from a value: `verify.step.${name}`.
  const families = [...all.matchAll(/`([a-z][\w-]*\.[\w.-]*)\$\{/g)].map(([, family = '']) => family)
  // Codes too: `flow-${finding}`.
  const codeFamilies = [...all.matchAll(/`([a-z]+-)\$\{(?:state|kind|finding)/g)].map(([, family = '']) => family)
  const unsaid = keys.filter((key) => {
    const [, verifyCode] = /^verify\.code\.(.+)$/.exec(key) ?? []
    const said =
      verifyCode === undefined
        ? all.includes(`'${key}'`) || families.some((family) => key.startsWith(family))
        : all.includes(`'${verifyCode}'`) || codeFamilies.some((family) => verifyCode.startsWith(family))
    return !said
  })
  assert.deepEqual(unsaid, [])
})

test('placeholders are filled, and only with what was given', () => {
  assert.equal(message('en', 'verify.code.entry-included', { index: 3, size: 9 }), 'entry 3 of 9')
  assert.equal(message('zh-CN', 'verify.code.depends', {}), '所依赖的步骤 {step} 未通过')
  assert.equal(message('en', 'verify.code.unexpected', { reason: '{reason} $&' }), 'it cannot be checked: {reason} $&')
})

test('the meaning of a result code', () => {
  assert.equal(meaningOf('en', 112), 'it is too early for that')
  assert.equal(meaningOf('en', 109), '')
})

const tags: readonly (readonly [string, string])[] = [
  ['en', 'en'],
  ['de_DE.UTF-8', 'en'],
  ['', 'en'],
  ['C', 'en'],
  ['zh', 'zh-CN'],
  ['zh_CN.UTF-8', 'zh-CN'],
  ['zh-Hans-SG', 'zh-CN'],
  ['zh_TW.UTF-8', 'zh-TW'],
  ['zh-Hant-HK', 'zh-TW'],
  ['zh-MO', 'zh-TW'],
]

test('the language of a tag', () => {
  for (const [tag, language] of tags) assert.equal(languageOf(tag), language, tag)
})
