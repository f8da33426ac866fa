/**
 * Forged finality: each is refused for its own reason, and the one that a real quorum made is not.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nobleCrypto } from '@jurat/core/crypto/noble'
import { type ChainlessHeader, validatorsHash } from '@jurat/core/light/block'
import { LightError, type LightErrorCode } from '@jurat/core/light/error'
import { type FinalityPart, validatorsOfDocument, verifyFinality } from '@jurat/core/receipt/finality'
import { consortiumEvidence } from './evidence.fixtures.ts'
import { parseReceipt } from '@jurat/core/receipt/receipt'
import { parseTrust } from '@jurat/core/receipt/trustChain'
import { consortium, crypto } from './network.fixtures.ts'
import { remembering } from './remembering.fixtures.ts'
import { get, type JsonObject, leafFields, set } from './tamper.cases.ts'
import { verifyReceipt } from './verify.ts'

const { network, ...evidence } = consortiumEvidence().after
const { networkId } = network
const present = ['m1', 'm2', 'm3', 'm5']
const retired = ['m1', 'm2', 'm3', 'm4']

const check = (part: FinalityPart, members: readonly string[] = present): unknown =>
  verifyFinality(crypto, part, { networkId, document: consortium(members) })

const naming = (members: readonly string[]): Partial<ChainlessHeader> => ({
  validatorsHash: validatorsHash(crypto, validatorsOfDocument(consortium(members))),
})

test('three of the four members in force make a header final', () => {
  check(network.finality())
  check(network.finality({}, { by: ['m5', 'm1', 'm2'] }))
})

test('what a forger can make is refused for its own reason', () => {
  const other = crypto.sha256(networkId)
  const cases: readonly (readonly [code: LightErrorCode, part: FinalityPart, judges?: readonly string[]])[] = [
    ['power-too-small', network.finality({}, { by: ['m1', 'm2'] })],
    ['power-too-small', network.finality({}, { by: [] })],
    ['signer-unknown', network.finality({}, { by: ['m1', 'm2', 'm2'] })],
    ['signer-unknown', network.finality({}, { by: retired })],
    ['validators-differ', network.finality(naming(retired), { by: retired })],
    ['signature-wrong', network.finality({}, { networkId: other })],
    ['signature-wrong', { ...network.finality(), commit: network.finality({ dataHash: other }).commit }],
    // Genuine, and judged by the document that it is not of.
    ['validators-differ', network.finality(), retired],
    ['validators-differ', network.finality(), present.slice(1)],
  ]
  for (const [code, part, members] of cases) {
    assert.throws(
      () => check(part, members),
      (error) => error instanceof LightError && error.code === code,
      code,
    )
  }
})

test('any value in any place of the part: a verdict, and what is verified is the genuine part or none', async () => {
  const fast = remembering(nobleCrypto)
  const trust = parseTrust(fast, evidence.trust)
  const genuine = parseReceipt(evidence.receipt).finality
  const fields = leafFields(JSON.parse(evidence.receipt)).filter((field) => field.startsWith('finality.'))
  const places = ['finality', 'finality.header', 'finality.commit', 'finality.commit.signatures', ...fields]
  const numbers = fc.constantFrom<unknown>(-1, 0, 1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 1e300)
  const values = fc.oneof(numbers, fc.base64String({ maxLength: 88 }), fc.jsonValue({ maxDepth: 2 }))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), values, async (place, value) => {
      const json = JSON.parse(evidence.receipt) as JsonObject
      const path = place.replaceAll('[]', '[0]')
      fc.pre(get(json, path) !== undefined)
      set(json, path, value)
      const receipt = JSON.stringify(json)
      const verdict = await verifyReceipt({ original: evidence.original, receipt, trust, crypto: fast })
      if (verdict.summary !== 'verified') return
      const { finality } = parseReceipt(receipt)
      if (finality !== null) assert.deepEqual(finality, genuine)
    }),
    { numRuns: 300, seed: 4 },
  )
})
