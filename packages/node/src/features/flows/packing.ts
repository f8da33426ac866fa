/**
 * The evidence package of a flow: for each number its receipt with everything disclosed, the original where its depositor stored
 * it, and the file of the flow. docs/spec/flow.md, docs/spec/package.md.
 * @module
 */
import { createHash } from 'node:crypto'
import type { DepositItem } from '@jurat/api/deposits'
import { type Bytes, fromText, toText } from '@jurat/core/bytes'
import { flowDepositsMax, formatFlowFile } from '@jurat/core/flow/flowFile'
import { decodeEntry } from '@jurat/core/ledger/entry'
import { discloseItem } from '@jurat/core/receipt/build'
import { formatReceipt, parseReceipt } from '@jurat/core/receipt/receipt'
import type { PackagePart } from '@jurat/verify/package/make'
import type { StoredFlowDeposit } from '../../database/office/flows.ts'
import { FlowError } from './error.ts'
import type { FlowServices } from './office.ts'
import { itemPurpose, keyOf, type OpenedFlow, secretPurpose } from './openedFlow.ts'

/** Longest part of a name in a package that comes from the metadata, in characters. */
const fileNameCharactersMax = 100

/**
 * The package as a stream of bytes. Everything that can be wrong is found before its first byte.
 * @throws FlowError `not-ready` while a number has no receipt, `conflict` when there is nothing to pack
 */
export async function packFlow(services: FlowServices, flow: OpenedFlow): Promise<ReadableStream<Uint8Array>> {
  const placed = flow.numbers.filter((number) => number.placed !== null)
  if (placed.length === 0) throw new FlowError('conflict', 'nothing of this flow is deposited yet')
  const key = keyOf(services, flow)
  const parts: PackagePart[] = []
  for (const number of placed) parts.push(await partOf(services, number, key))
  const deposits = placed.map(({ phase }, at) => ({ phase, name: parts[at]?.name ?? null }))
  const text = formatFlowFile({ plan: flow.opened, key, deposits })
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const hashers = (): ReturnType<typeof createHash> => createHash('sha256')
  // The library of packages is paid for by who asks for one.
  const { makePackage } = await import('@jurat/verify/package/make')
  const made = makePackage({ parts, stamp: services.stamp, hashers, flow: text }, writable)
  made.catch(() => undefined)
  return afterFirstByte(readable)
}

async function partOf(services: FlowServices, number: StoredFlowDeposit, key: Bytes): Promise<PackagePart> {
  const { sealer, crypto } = services
  const { flow, sequence, phase, placed, organisation } = number
  if (placed === null) throw new TypeError('only deposits that stand are packed')
  const text = await services.receipt(placed.deposit)
  if (text === null) throw new FlowError('not-ready', `no checkpoint covers number ${sequence} yet`)
  const given = JSON.parse(toText(sealer.open(itemPurpose(flow, sequence), number.sealedItem))) as DepositItem
  const secret = sealer.open(secretPurpose(flow, sequence), placed.sealedSecret)
  const receipt = parseReceipt(text)
  const entry = decodeEntry(receipt.entry)
  if (entry.kind !== 1) throw new TypeError('the receipt of a deposit has its entry')
  const metadata = Object.entries(given.metadata ?? {})
  const fields = metadata.map(([name, value]) => ({ name, value: fromText(value) }))
  const disclosed = discloseItem(crypto, { account: entry.account, item: entry.item, fields, secret })
  const disclosure = disclosed && { ...disclosed, flow: { key, sequence } }
  const original = given.algorithm === 'sha-256' ? await services.original(organisation, given.digest) : null
  const name = nameOf(sequence, phase, given.metadata?.['file.name'])
  return { name, original, receipt: formatReceipt({ ...receipt, disclosure }) }
}

/** The name of a part: its number, so that it sorts and stands once; its phase; the file's own name where it is known. */
function nameOf(sequence: number, phase: string, file: string | undefined): string {
  const digits = String(flowDepositsMax - 1).length
  const own = (file ?? '').replaceAll(/[\\/:\p{Cc}\p{Surrogate}]/gu, '_').slice(0, fileNameCharactersMax)
  return [String(sequence).padStart(digits, '0'), phase, ...(own === '' ? [] : [own])].join('-')
}

/** Waits for the first bytes, so that what fails before them is an error and not a broken answer. */
async function afterFirstByte(readable: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const reader = readable.getReader()
  let waiting: Awaited<ReturnType<typeof reader.read>> | null = await reader.read()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = waiting ?? (await reader.read())
      waiting = null
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
