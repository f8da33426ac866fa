import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Network } from '../platform/network.ts'
import { systemTimers } from '../platform/clock.ts'
import { StoreError } from '../store/errors.ts'
import type { HistorySource } from '../store/tiles.ts'
import { History, historyPauseMs } from './history.ts'

const tile = Uint8Array.of(1, 2, 3)
const fits = (data: Uint8Array): boolean => data.length === tile.length

/** A store of three bundles that asks for one tile each, as the real one does. */
function target(): { store: ConstructorParameters<typeof History>[0]['store']; loaded: number[]; done: Promise<void> } {
  let source: HistorySource = () => Promise.resolve(null)
  let end = (): void => undefined
  const [loaded, done] = [[] as number[], new Promise<void>((resolve) => (end = resolve))]
  const store = {
    baseSize: 600,
    fetchHistoryFrom: (given: HistorySource) => void (source = given),
    async loadHistory(index: number) {
      if ((await source(`tile/entries/00${index / 256}`, fits)) === null) throw new StoreError('not-here', 'no')
      loaded.push(index)
      if (index === 512) end()
      return Math.min(index + 256, 600)
    },
  }
  return { store, loaded, done }
}

const answer = (status: number, body: Uint8Array): Awaited<ReturnType<Network['get']>> => ({
  status,
  contentType: '',
  body,
})

test('whoever has what fits is asked next time first; the dead, the lying and those without it cost only a question', async () => {
  const { store, loaded, done } = target()
  const asked: string[] = []
  const network: Pick<Network, 'get'> = {
    async get(url) {
      asked.push(url)
      if (url.startsWith('http://dead')) throw new Error('no answer')
      if (url.startsWith('http://lying')) return answer(200, new Uint8Array(9))
      return url.startsWith('http://without') ? answer(404, new Uint8Array(0)) : answer(200, tile)
    },
  }
  const history = new History({
    store,
    network: { ...network, post: () => Promise.reject(new Error('nothing is posted')) },
    sources: () => ['http://dead', 'http://lying', 'http://without', 'http://good'],
    timers: systemTimers,
    fatal: (error) => assert.ifError(error),
    info: () => undefined,
  })
  history.start()
  await done
  await history.stop()
  assert.deepEqual(loaded, [0, 256, 512])
  assert.equal(asked.length, 4 + 1 + 1)
  assert.deepEqual(
    asked.slice(3),
    [0, 1, 2].map((at) => `http://good/log/tile/entries/00${at}`),
  )
})

test('while nobody has it, it waits and asks again; an end does not wait for it', async () => {
  const { store, loaded, done } = target()
  let there = false
  const pauses: number[] = []
  const history = new History({
    store,
    network: {
      get: () => Promise.resolve(there ? answer(200, tile) : answer(404, new Uint8Array(0))),
      post: () => Promise.reject(new Error('nothing is posted')),
    },
    sources: () => ['http://one'],
    timers: {
      ...systemTimers,
      after(delayMs, action) {
        pauses.push(delayMs)
        there = pauses.length === 3
        return systemTimers.after(1, action)
      },
    },
    fatal: (error) => assert.ifError(error),
    info: () => undefined,
  })
  history.start()
  await done
  await history.stop()
  assert.deepEqual(pauses, [historyPauseMs, historyPauseMs, historyPauseMs])
  assert.deepEqual(loaded, [0, 256, 512])
})

test('a store that fails ends the process', async () => {
  const failed = new Error('the disk is full')
  const fatal = new Promise<unknown>((resolve) => {
    new History({
      store: { ...target().store, loadHistory: () => Promise.reject(failed) },
      network: { get: () => Promise.reject(failed), post: () => Promise.reject(failed) },
      sources: () => [],
      timers: systemTimers,
      fatal: resolve,
      info: () => undefined,
    }).start()
  })
  assert.equal(await fatal, failed)
})
