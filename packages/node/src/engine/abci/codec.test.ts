import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromHex, toHex, type Bytes } from '@jurat/core/bytes'
import { decodeResponse, encodeRequest } from './client.fixtures.ts'
import { encodeResponse, FrameReader, type AbciRequest, type AbciResponse } from './frames.ts'
import { Request, ResponseFinalizeBlock } from './generated/tendermint/abci/types.ts'

interface Vector {
  readonly kind: string
  readonly frame: string
}

/** Frames that CometBFT's own encoder wrote, with every field of every message set. */
const vectors = JSON.parse(readFileSync(new URL('../../../../../vectors/abci.json', import.meta.url), 'utf8')) as {
  readonly requests: readonly Vector[]
  readonly responses: readonly Vector[]
}

function messageOf({ frame }: Vector): Bytes {
  const [message, ...rest] = new FrameReader().push(fromHex(frame))
  assert.ok(message !== undefined && rest.length === 0)
  return message
}

function request(kind: string): AbciRequest {
  const vector = vectors.requests.find((candidate) => candidate.kind === kind)
  assert.ok(vector !== undefined, kind)
  const { value } = Request.decode(messageOf(vector))
  assert.ok(value !== undefined, kind)
  return value
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

test('all sixteen requests of CometBFT are read, and written again as they were', () => {
  assert.equal(vectors.requests.length, 16)
  for (const { kind, frame } of vectors.requests) {
    const value = request(kind)
    assert.equal(capital(value.$case), kind)
    assert.equal(toHex(encodeRequest(value)), frame, kind)
  }
})

test('all sixteen responses and the exception are written as CometBFT writes them', () => {
  assert.equal(vectors.responses.length, 17)
  for (const vector of vectors.responses) {
    const value: AbciResponse = decodeResponse(messageOf(vector))
    assert.equal(capital(value.$case), vector.kind)
    assert.equal(toHex(encodeResponse(value)), vector.frame, vector.kind)
  }
})

test('times keep their nanoseconds, heights their 64 bits, transactions their order', () => {
  const finalize = request('FinalizeBlock')
  assert.ok(finalize.$case === 'finalizeBlock')
  const { time, height, txs, misbehavior, decidedLastCommit } = finalize.value
  assert.deepEqual(time, { seconds: 1_800_000_000n, nanos: 123_456_789 })
  assert.equal(height, 77n)
  assert.deepEqual(
    txs.map(({ length }) => length),
    [3, 0, 200],
  )
  assert.equal(misbehavior[0]?.totalVotingPower, 40n)
  assert.equal(decidedLastCommit?.votes[1]?.validator?.power, 1n << 40n)
  const snapshot = request('OfferSnapshot')
  assert.ok(snapshot.$case === 'offerSnapshot')
  assert.equal(snapshot.value.snapshot?.height, 1n << 53n)
})

test('a result without content is there, and counts', () => {
  const empty = {
    code: 0,
    data: new Uint8Array(0),
    log: '',
    info: '',
    gasWanted: 0n,
    gasUsed: 0n,
    events: [],
    codespace: '',
  }
  const bytes = ResponseFinalizeBlock.encode({
    events: [],
    txResults: [empty, empty],
    validatorUpdates: [],
    consensusParamUpdates: undefined,
    appHash: Uint8Array.of(1),
  }).finish()
  assert.equal(toHex(bytes), '120012002a0101')
})
