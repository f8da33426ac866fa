/**
 * Finality for receipts, from answers that CometBFT itself gave (vectors/light.json).
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromHex } from '@jurat/core/bytes'
import { nobleCrypto as crypto } from '@jurat/core/crypto/noble'
import type { ConsortiumDocument } from '@jurat/core/ledger/consortium'
import { readSignedHeader, readValidators } from '@jurat/core/light/json'
import { Commits } from './commits.ts'
import { RpcError } from './rpc.ts'

const text = readFileSync(new URL('../../../../../vectors/light.json', import.meta.url), 'utf8')
const { blocks } = JSON.parse(text) as { blocks: { signedHeader: unknown; validators: unknown }[] }
const [block] = blocks.slice(-1)
assert.ok(block !== undefined)
const { header } = readSignedHeader(block.signedHeader)

/** The network id begins with the digits of the chain id. */
const networkId = fromHex(header.chainId.slice('jurat-'.length).padEnd(64, '0'))
const validators = readValidators(block.validators)
const members = validators.map(({ publicKey }) => ({ keys: { validator: Uint8Array.of(1, ...publicKey) } }))
const document = { members } as unknown as ConsortiumDocument
const size = Number(new DataView(header.appHash.buffer, header.appHash.byteOffset).getBigUint64(0))
const of = { head: { height: header.height - 1, consortiumIndex: 0 }, size, root: header.appHash.subarray(8) }

function commitsOf(answer: () => unknown, found: ConsortiumDocument | null = document) {
  const warnings: string[] = []
  const asked: unknown[] = []
  const commits = new Commits({
    rpc: {
      call(method, params) {
        asked.push([method, params])
        return Promise.resolve().then(answer)
      },
    },
    crypto,
    networkId,
    documentAt: () => Promise.resolve(found),
    warn: (message) => warnings.push(message),
  })
  return { commits, warnings, asked }
}

const genuine = (): unknown => ({ signed_header: block.signedHeader })

test('the next header is asked for once, verified, and kept', async () => {
  const { commits, warnings, asked } = commitsOf(genuine)
  const part = await commits.finality(of)
  assert.equal(part?.header.height, header.height)
  assert.ok(part.commit.signatures.length > 2)
  assert.equal(await commits.finality(of), part)
  assert.deepEqual(asked, [['commit', { height: String(header.height) }]])
  assert.deepEqual(warnings, [])
})

test('a height that is not there yet is no reason for a warning, and is asked for again', async () => {
  let there = false
  const { commits, warnings, asked } = commitsOf(() => {
    if (!there) throw new RpcError('Internal error: height 9 must be less than or equal to the current height 8')
    return genuine()
  })
  assert.equal(await commits.finality(of), null)
  there = true
  assert.ok((await commits.finality(of)) !== null)
  assert.equal(asked.length, 2)
  assert.deepEqual(warnings, [])
})

test('no answer, another answer, another tree, other members: no commit, and a warning', async () => {
  const silent = (): unknown => {
    throw new Error('connect ECONNREFUSED')
  }
  const [first] = members
  const strangers = { members: [first, first, first, first] } as unknown as ConsortiumDocument
  for (const [answer, found, asked] of [
    [silent, document, of],
    [() => ({}), document, of],
    [() => ({ signed_header: { header: 1 } }), document, of],
    [genuine, document, { ...of, size: size + 1 }],
    [genuine, null, of],
    [genuine, strangers, of],
  ] as const) {
    const { commits, warnings } = commitsOf(answer, found)
    assert.equal(await commits.finality(asked), null)
    assert.equal(warnings.length, 1)
  }
})
