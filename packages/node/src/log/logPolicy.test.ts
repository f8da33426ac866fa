import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutsideWitness } from '@jurat/core/ledger/consortium'
import { servingName } from '@jurat/core/ledger/consortiumRules'
import { parsePolicy } from '@jurat/core/note/policy'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { policyTexts, readLogPolicy } from './logPolicy.ts'
import { documentOf } from './members/members.fixtures.ts'
import { cosignersOf, origin } from './publisher.fixtures.ts'

const institutions = ['court', 'notary', 'forensics', 'authority']

function witness(name: string): OutsideWitness {
  const [cosigner] = cosignersOf(name)
  assert.ok(cosigner !== undefined)
  return { name, url: `https://${name}.example`, keys: [cosigner.vkey.publicKey] }
}

for (const [what, names, witnesses, logs] of [
  ['a solo network without witnesses', ['operator'], [], [origin]],
  ['a solo network with witnesses', ['operator'], ['one'], [origin]],
  ['a consortium without witnesses', institutions, [], [origin]],
  [
    'a consortium with witnesses, which cosign the log as each member serves it',
    institutions,
    ['one', 'other'],
    [origin, ...institutions.map((name) => servingName(origin, name))],
  ],
] as const) {
  test(`policies of ${what}`, () => {
    const document = documentOf(names, { witnesses: witnesses.map(witness), witnessQuorum: witnesses.length })
    const log = readLogPolicy(nodeCrypto, origin, document)
    const policies = policyTexts(nodeCrypto, log, origin, document).map((text) => parsePolicy(nodeCrypto, text))
    assert.deepEqual(
      policies.map((policy) => policy.logs.map(({ vkey }) => vkey.name)),
      logs.map((name) => [name]),
    )
    for (const policy of policies.slice(names.length === 1 ? 0 : 1)) {
      assert.deepEqual(
        policy.witnesses.map(({ vkey, url }) => [vkey.name, url]),
        witnesses.map((name) => [name, `https://${name}.example`]),
      )
    }
  })
}
