/**
 * A contract flow on a log of a test's own, and packages of it.
 * @module
 */
import { type Bytes, fromHex, fromText, toHex } from '@jurat/core/bytes'
import { commit } from '@jurat/core/deposit/commitment'
import { flowId } from '@jurat/core/deposit/flow'
import type { Item } from '@jurat/core/deposit/item'
import { formatFlowFile } from '@jurat/core/flow/flowFile'
import { type FlowPlan, phaseField, planField, planHash } from '@jurat/core/flow/plan'
import { contractTemplate } from '@jurat/core/flow/templates/contract'
import { discloseItem } from '@jurat/core/receipt/build'
import { formatReceipt } from '@jurat/core/receipt/receipt'
import { parseTrust, type Trust } from '@jurat/core/receipt/trustChain'
import { accounts, flowKey } from '../evidence.fixtures.ts'
import { consortium, crypto, FixtureNetwork, idOf } from '../network.fixtures.ts'
import { packed } from './package.fixtures.ts'
import type { PackagePart } from './make.ts'

/** `hosted` begins the contract, `other` is the counterparty, `firm` takes no part. */
export const plan: FlowPlan = {
  template: contractTemplate,
  parties: [
    { role: 'initiator', name: '甲公司', accounts: [toHex(idOf('hosted'))] },
    { role: 'counterparty', name: 'Second Ltd', accounts: [toHex(idOf('other'))] },
  ],
}

/** One deposit of a made flow. */
export interface Made {
  readonly phase: string
  readonly by: 'hosted' | 'other' | 'firm'
  /** Another number than its place. */
  readonly sequence?: number
  readonly key?: Bytes
  readonly plan?: FlowPlan
  /** What is shown of the metadata; default everything. */
  readonly shown?: 'everything' | 'nothing'
}

export const wholeFlow: readonly Made[] = [
  { phase: 'draft', by: 'hosted' },
  { phase: 'intent-initiator', by: 'hosted' },
  { phase: 'intent-counterparty', by: 'other' },
  { phase: 'sign-initiator', by: 'hosted' },
  { phase: 'sign-counterparty', by: 'other' },
]

const keysOf = { hosted: ['hosted/1'], other: ['other/1'], firm: ['firm/1', 'firm/2'] } as const

/** Flows that were made: signatures take their time. */
const madeParts = new Map<string, { parts: PackagePart[]; trust: Trust }>()

/** Deposits a flow, and gives the parts of a package with the trust file of their network. */
export function flowParts(made: readonly Made[]): { parts: PackagePart[]; trust: Trust } {
  const name = JSON.stringify(made)
  const parts = madeParts.get(name) ?? depositFlow(made)
  madeParts.set(name, parts)
  return parts
}

function depositFlow(made: readonly Made[]): { parts: PackagePart[]; trust: Trust } {
  const network = new FixtureNetwork(consortium(['operator']), accounts)
  const sent = made.map((each, at) => {
    const { phase, by, sequence = at, key = flowKey } = each
    const original = fromText(`${phase} of the contract\n`)
    const digest = crypto.sha256(original)
    const secret = crypto.sha256(fromText(`secret ${at}`))
    const fields = [
      { name: planField, value: fromText(toHex(planHash(crypto, each.plan ?? plan))) },
      { name: phaseField, value: fromText(phase) },
    ]
    const account = idOf(by)
    const { commitment } = commit(crypto, { account, digest, fields, secret })
    const item: Item = { algorithm: 1, digest, commitment, flow: flowId(crypto, key, sequence) }
    const disclosed = discloseItem(crypto, { account, item, fields, secret })
    const disclosure = disclosed && { ...disclosed, flow: { key, sequence } }
    const name = `${String(at).padStart(4, '0')}-${phase}`
    return { name, original, place: network.deposit(by, [...keysOf[by]], [item]), disclosure, shown: each.shown }
  })
  const note = network.note('operator', [])
  const parts = sent.map(({ name, original, place, disclosure, shown }) => {
    const receipt = { ...network.receipt(place, 0, note), disclosure: shown === 'nothing' ? null : disclosure }
    return { name, original: new Blob([original.slice()]), receipt: formatReceipt(receipt) }
  })
  return { parts, trust: parseTrust(crypto, network.trust()) }
}

/** The file of a flow of these parts; a part that is left out of the package keeps its number. */
export const flowFileOf = (made: readonly Made[], inPackage: readonly PackagePart[]): string =>
  formatFlowFile({
    plan,
    key: flowKey,
    deposits: made.map(({ phase }, at) => {
      const name = `${String(at).padStart(4, '0')}-${phase}`
      return { phase, name: inPackage.some((part) => part.name === name) ? name : null }
    }),
  })

/** A package of a flow, and its trust file. */
export async function flowPackage(
  made: readonly Made[],
  changes: { readonly without?: readonly number[]; readonly flow?: string } = {},
): Promise<{ bytes: Bytes; trust: Trust }> {
  const { parts, trust } = flowParts(made)
  const kept = parts.filter((_, at) => !(changes.without ?? []).includes(at))
  const flow = changes.flow ?? flowFileOf(made, kept)
  return { bytes: await packed({ parts: kept, flow }), trust }
}

export const otherKey: Bytes = fromHex('11'.repeat(32))
