/**
 * Forged finality: each is refused for its own reason, and the one that a real quorum made is not.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChainlessHeader, validatorsHash } from '@jurat/core/light/block'
import { LightError, type LightErrorCode } from '@jurat/core/light/error'
import { type FinalityPart, validatorsOfDocument, verifyFinality } from '@jurat/core/receipt/finality'
import { consortiumEvidence } from './evidence.fixtures.ts'
import { consortium, crypto } from './network.fixtures.ts'

const { network } = consortiumEvidence().after
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
