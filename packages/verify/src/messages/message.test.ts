import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogue, languageOf, languages, message } from './message.ts'
import type { MessageKey } from './message.ts'

const keys = Object.keys(catalogue.en) as MessageKey[]

/** The placeholders of a message, sorted. */
const placeholders = (text: string): string => [...text.matchAll(/\{\w+\}/gu)].map(String).toSorted().join(' ')

test('no language lacks a message, and all have the same placeholders', () => {
  for (const language of languages) {
    for (const key of keys) {
      const text = message(language, key)
      assert.notEqual(text.trim(), '', `${language} ${key}`)
      assert.equal(placeholders(text), placeholders(catalogue.en[key]), `${language} ${key}`)
    }
  }
})

test('the Chinese messages are Chinese, and the two scripts are not mixed', () => {
  // Characters that only one of the two scripts writes.
  const simplified =
    /[个们体关写决别务动区协单历双发变号后启围国图场坏声处备复头学实宾对导将层币师带应开张录当总执护报据损换据搁数无时显术机权条来极构标样检楼欢测点热环现电确码种积称稳签简类约级纪线组经结给络统继续维缓编网罗节范获虑补规视觉觅认议设许识证评词试话该详语误说请读调谁负责账质购贴费资跃转轮软辑达过运还进远连选递邮释针钟钥长门闭问间阅队阶险随难页项顺须预领频题额风饰馆验]/u
  for (const key of keys) {
    assert.match(message('zh-CN', key), /\p{Script=Han}|^[^a-z]*$/u, key)
    assert.doesNotMatch(message('zh-TW', key), simplified, key)
  }
})

test('which language a locale means', () => {
  const cases: readonly [string, string][] = [
    ['en_US.UTF-8', 'en'],
    ['C', 'en'],
    ['', 'en'],
    ['de_DE', 'en'],
    ['zh_CN.UTF-8', 'zh-CN'],
    ['zh', 'zh-CN'],
    ['zh-Hans-SG', 'zh-CN'],
    ['zh_TW.UTF-8', 'zh-TW'],
    ['zh-Hant-HK', 'zh-TW'],
    ['zh_HK', 'zh-TW'],
  ]
  for (const [tag, language] of cases) assert.equal(languageOf(tag), language, tag)
})

test('placeholders are filled, unknown ones stay visible', () => {
  assert.equal(message('en', 'cli.receiptWritten', { path: 'a.json' }), 'receipt a.json')
  assert.equal(message('en', 'cli.receiptWritten'), 'receipt {path}')
})
