/**
 * Genuine evidence of every kind that the verifier tells apart: the original, its receipt, the trust file.
 * @module
 */
import { type Bytes, concat, fromText } from '@jurat/core/bytes'
import { commit } from '@jurat/core/deposit/commitment'
import { flowId } from '@jurat/core/deposit/flow'
import { blindedDigest, type Item } from '@jurat/core/deposit/item'
import type { OutsideWitness } from '@jurat/core/ledger/consortium'
import { identityStatementKind } from '@jurat/core/identity/statement'
import type { GenesisAccount } from '@jurat/core/ledger/genesis'
import { treeHash } from '@jurat/core/merkle/hash'
import { treePath } from '@jurat/core/merkle/proof'
import { discloseItem } from '@jurat/core/receipt/build'
import { formatReceipt, type Receipt } from '@jurat/core/receipt/receipt'
import { defaultRequired, sortSteps } from '@jurat/core/receipt/steps'
import type { TimeAuthority } from '@jurat/core/receipt/trust'
import { formatTrust } from '@jurat/core/receipt/trustChain'
import { makerOf, rootOf, stamp } from './authority.fixtures.ts'
import { account, consortium, type Cosigning, crypto, FixtureNetwork, idOf, keyOf } from './network.fixtures.ts'
import { statementBy } from './statement.fixtures.ts'

/** What a verifier gets. */
export interface Evidence {
  readonly original: Bytes
  readonly receipt: string
  readonly trust: string
}

/** Evidence, and what it was made from. */
export interface MadeEvidence extends Evidence {
  readonly network: FixtureNetwork
  readonly parts: Receipt
}

export const original: Bytes = fromText('The contract, in its last version.\n')
const secret = crypto.sha256(fromText('item secret'))
export const flowKey: Bytes = crypto.sha256(fromText('flow key'))
const fields = [
  { name: 'file.name', value: fromText('contract.txt') },
  { name: 'phase', value: fromText('sign') },
]

export const accounts: readonly GenesisAccount[] = [
  account('firm', { 'firm/1': 50, 'firm/2': 50 }),
  account('hosted', { 'hosted/1': 100 }, 1),
  account('other', { 'other/1': 100 }),
]

/** An item of one digest and nothing else. */
export const plainItem = (text: string): Item => ({
  algorithm: 1,
  digest: crypto.sha256(fromText(text)),
  commitment: null,
  flow: null,
})

/** Outside witnesses: the first with both keys, the second with Ed25519 alone. */
export const witnesses: readonly OutsideWitness[] = [
  { name: 'witness.example/one', url: 'https://one.example', keys: [keyOf('w1'), keyOf('w1/mldsa44')] },
  { name: 'witness.example/two', url: 'https://two.example', keys: [keyOf('w2')] },
]
export const outsideCosigning: readonly Cosigning[] = [
  { name: 'witness.example/one', key: 'w1' },
  { name: 'witness.example/one', key: 'w1/mldsa44' },
  { name: 'witness.example/two', key: 'w2' },
]

/** Both cosignatures of members. */
export const cosignedBy = (names: readonly string[], timeSeconds?: number): Cosigning[] =>
  names.flatMap((name) => {
    const time = timeSeconds === undefined ? {} : { timeSeconds }
    return [
      { name, key: `${name}/ed25519`, ...time },
      { name, key: `${name}/mldsa44`, ...time },
    ]
  })

/** A solo network without witnesses; the operator holds the keys. */
export function soloEvidence(): MadeEvidence {
  const network = new FixtureNetwork(consortium(['operator']), accounts)
  const sent = network.deposit(
    'hosted',
    ['hosted/1'],
    [{ algorithm: 1, digest: crypto.sha256(original), commitment: null, flow: null }],
  )
  const parts = network.receipt(sent, 0, network.note('operator', []))
  return { network, parts, original, receipt: formatReceipt(parts), trust: network.trust() }
}

/** A solo network of which two outside witnesses are the quorum; everything that can be disclosed is. */
export function witnessedEvidence(): MadeEvidence {
  const network = new FixtureNetwork(consortium(['operator'], { witnesses, witnessQuorum: 2 }), accounts)
  network.deposit('other', ['other/1'], [plainItem('before')])
  const deposited = { account: idOf('firm'), digest: crypto.sha256(original), secret }
  const digest = blindedDigest(crypto, deposited)
  const { commitment } = commit(crypto, { ...deposited, digest, fields })
  const item = { algorithm: 17, digest, commitment, flow: flowId(crypto, flowKey, 3) }
  const sent = network.deposit('firm', ['firm/1', 'firm/2'], [plainItem('a'), item, plainItem('c')])
  network.deposit('other', ['other/1'], [plainItem('after')])
  const disclosed = discloseItem(crypto, { account: deposited.account, item, fields, secret })
  const disclosure = disclosed && { ...disclosed, flow: { key: flowKey, sequence: 3 } }
  const parts = { ...network.receipt(sent, 1, network.note('operator', outsideCosigning)), disclosure }
  return { network, parts, original, receipt: formatReceipt(parts), trust: network.trust() }
}

/** A deposited list of digests, of which the original's is one. */
export function listedEvidence(): MadeEvidence {
  const network = new FixtureNetwork(consortium(['operator']), accounts)
  const digests = ['x', 'y', 'z'].map((text) => crypto.sha256(fromText(text)))
  digests.push(crypto.sha256(original))
  const count = new Uint8Array(8)
  count[7] = digests.length
  const digest = concat(count, treeHash(crypto, digests))
  const sent = network.deposit('hosted', ['hosted/1'], [{ algorithm: 9, digest, commitment: null, flow: null }])
  const list = { algorithm: 1, index: 3, path: treePath(crypto, digests, 3) }
  const disclosure = { blindingSalt: null, list, fields: null, flow: null }
  const parts = { ...network.receipt(sent, 0, network.note('operator', [])), disclosure }
  return { network, parts, original, receipt: formatReceipt(parts), trust: network.trust() }
}

/** The authorities of stamped evidence: one that is independent of the operator, and the operator's own. */
export const stampingAuthorities: readonly TimeAuthority[] = [
  { certificate: rootOf('independent'), independent: true },
  { certificate: rootOf('own'), independent: false },
]

/** A solo network without witnesses: an independent time comes from time-stamp tokens alone, and is required. */
export function stampedEvidence(): MadeEvidence {
  const network = new FixtureNetwork(consortium(['operator']), accounts)
  const item = plainItem('')
  const digest = crypto.sha256(original)
  const sent = network.deposit('hosted', ['hosted/1'], [{ ...item, digest }])
  const note = network.note('operator', [])
  const stampedAtMs = network.timeMs + 2_000
  const timestamps = [
    { over: 'note', token: stamp(makerOf('independent'), note, stampedAtMs) },
    { over: 'note', token: stamp(makerOf('own'), note, stampedAtMs - 1_000) },
    { over: 'digest', token: stamp(makerOf('independent'), original, stampedAtMs + 1_000) },
  ] as const
  const parts = { ...network.receipt(sent, 0, note), timestamps }
  const requires = sortSteps([...defaultRequired, 'time'])
  const trust = formatTrust(crypto, { ...network.trustFile(requires), authorities: stampingAuthorities })
  return { network, parts, original, receipt: formatReceipt(parts), trust }
}

/** A solo network whose profile requires an identity statement, and a depositor who has one. */
export function identifiedEvidence(): MadeEvidence {
  const network = new FixtureNetwork(consortium(['operator']), accounts)
  const sent = network.deposit('hosted', ['hosted/1'], [{ ...plainItem(''), digest: crypto.sha256(original) }])
  const statements = [{ kind: identityStatementKind, content: statementBy(network) }]
  const parts = { ...network.receipt(sent, 0, network.note('operator', [])), statements }
  const requires = sortSteps([...defaultRequired, 'statements'])
  const trust = formatTrust(crypto, { ...network.trustFile(requires), roots: [rootOf('own')] })
  return { network, parts, original, receipt: formatReceipt(parts), trust }
}

/** What a consortium of four has, before and after it replaced members. */
export interface ConsortiumEvidence {
  /** Under the first document: m1 to m4. */
  readonly before: MadeEvidence
  /** The same receipt with a trust file that knows the second document: m1, m2, m3 and m5. */
  readonly superseded: Evidence
  /** A receipt under the second document. */
  readonly after: MadeEvidence
  /** Of the same deposit as `before`, cosigned only by m1, m2 and m4: in the present quorum one is missing. */
  readonly retired: Evidence
  /** Of the same deposit as `before`, freshly proven in a present checkpoint. */
  readonly refreshed: Evidence
}

export function consortiumEvidence(): ConsortiumEvidence {
  const network = new FixtureNetwork(consortium(['m1', 'm2', 'm3', 'm4']), accounts)
  const item = { algorithm: 1, digest: crypto.sha256(original), commitment: null, flow: null }
  const first = network.deposit('firm', ['firm/1', 'firm/2'], [item])
  const parts = network.receipt(first, 0, network.note('m2', cosignedBy(['m1', 'm2', 'm3'])))
  const early = 1_800_000_001
  const retiredNote = network.note('m4', [...cosignedBy(['m1', 'm2']), ...cosignedBy(['m4'], early)])
  const retired = formatReceipt(network.receipt(first, 0, retiredNote))
  const before = { network, parts, original, receipt: formatReceipt(parts), trust: network.trust() }
  network.replaceDocument(consortium(['m1', 'm2', 'm3', 'm5']), cosignedBy(['m1', 'm2', 'm3']))
  const second = network.deposit('firm', ['firm/1', 'firm/2'], [item])
  const note = network.note('m5', cosignedBy(['m2', 'm3', 'm5']))
  const later = network.receipt(second, 0, note)
  const trust = network.trust()
  return {
    before,
    superseded: { original, receipt: before.receipt, trust },
    after: { network, parts: later, original, receipt: formatReceipt(later), trust },
    retired: { original, receipt: retired, trust },
    refreshed: { original, receipt: formatReceipt(network.receipt(first, 0, note)), trust },
  }
}
