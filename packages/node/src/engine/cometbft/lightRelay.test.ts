import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lightBlocks } from './lightBlocks.ts'
import { type LightSource, openLightRelay } from './lightRelay.ts'
import { RpcError } from './rpc.ts'

const validators = [{ address: 'A' }, { address: 'B' }]
const block = (height: number): NonNullable<Awaited<ReturnType<LightSource>>> => ({
  signedHeader: { header: { height: String(height) }, commit: {} },
  validators,
  consensusParams: { block: {} },
})

interface Answer {
  readonly id: unknown
  readonly result?: Record<string, unknown>
  readonly error?: { readonly data: string }
}

test('the relay answers what state sync asks, in the form of CometBFT, and nothing else', async (t) => {
  const source: LightSource = async (height) => {
    if (height === 9) throw new Error('the member does not answer')
    return height !== null && height > 7 ? null : block(height ?? 7)
  }
  const relay = await openLightRelay(source)
  t.after(() => relay.close())
  const post = async (body: string): Promise<Answer> =>
    (await (await fetch(relay.url, { method: 'POST', body })).json()) as Answer
  const ask = (method: string, height?: string): Promise<Answer> =>
    post(JSON.stringify({ jsonrpc: '2.0', id: 5, method, params: height === undefined ? {} : { height } }))
  const { id, result } = await ask('commit', '3')
  assert.equal(id, 5)
  assert.deepEqual(result, { signed_header: block(3).signedHeader, canonical: true })
  assert.deepEqual((await ask('commit')).result?.['signed_header'], block(7).signedHeader)
  assert.deepEqual((await ask('validators', '3')).result, { block_height: '3', validators, count: '2', total: '2' })
  assert.deepEqual((await ask('consensus_params', '3')).result, { block_height: '3', consensus_params: { block: {} } })
  assert.match((await ask('commit', '8')).error?.data ?? '', /^height 8 must be less than or equal to/)
  assert.match((await ask('commit', '9')).error?.data ?? '', /does not answer/)
  for (const method of ['dial_peers', 'broadcast_tx_sync', 'status', '']) {
    assert.match((await ask(method, '3')).error?.data ?? '', /not answered here/, method)
  }
  assert.ok((await post('{')).error !== undefined)
  assert.match((await post(`"${'x'.repeat(70_000)}"`)).error?.data ?? '', /at most 65536 bytes/)
})

test('a light block has commit, validators and parameters of one height; what CometBFT has not is none', async () => {
  const asked: string[] = []
  const read = lightBlocks({
    async call(method, params = {}) {
      asked.push(`${method} ${String(params['height'])}`)
      if (params['height'] === '8') throw new RpcError('height 8 must be less than or equal to 7')
      if (params['height'] === '9') throw new Error('no answer')
      if (method === 'commit') return { signed_header: block(7).signedHeader }
      return method === 'validators' ? { validators } : { consensus_params: { block: {} } }
    },
  })
  assert.deepEqual(await read(null), block(7))
  assert.deepEqual(asked, ['commit undefined', 'validators 7', 'consensus_params 7'])
  assert.equal(await read(8), null)
  await assert.rejects(read(9), /no answer/)
})
