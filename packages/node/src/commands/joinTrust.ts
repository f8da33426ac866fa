/**
 * From which header a joining member's state sync begins: one that more than two thirds of the members have signed whom the chain of
 * consortium documents names, which this member proves from its own genesis. docs/spec/snapshot.md, Trust.
 * @module
 */
import { equal, toHex, toText, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { type ConsortiumDocument, decodeDocument } from '@jurat/core/ledger/consortium'
import { decodeGenesis, networkIdOf } from '@jurat/core/ledger/genesis'
import { headerHash } from '@jurat/core/light/block'
import { verifyCommit } from '@jurat/core/light/commit'
import { readSignedHeader } from '@jurat/core/light/json'
import { chainIdOf, validatorsOfDocument } from '@jurat/core/receipt/finality'
import { parseTrust } from '@jurat/core/receipt/trustChain'
import type { CometLightBlock } from '../engine/cometbft/lightBlocks.ts'
import type { Network } from '../platform/network.ts'

/** Longest wait for a member's answer, milliseconds. */
const answerTimeoutMs = 5_000

/** Longest answer, in bytes: a trust file of many documents. */
const answerBytesMax = 16 * 1_048_576

/** A header that is trusted, and who shows it. */
export interface TrustedHeader {
  readonly height: number
  /** Hexadecimal, upper case. */
  readonly hash: string
}

/** What other members show. */
export interface JoinTrust {
  /** Addresses of members that show headers, the first two of which state sync asks. */
  readonly sources: readonly string[]
  readonly trusted: TrustedHeader
  readonly document: ConsortiumDocument
}

/** What it is found from. */
export interface JoinTrustOptions {
  readonly crypto: CryptoProvider
  readonly network: Network
  readonly genesis: Bytes
  /** The own addresses, which are not asked. */
  readonly own: readonly string[]
}

/** Asks the members; null when fewer than two show a header that holds. */
export async function findJoinTrust(options: JoinTrustOptions): Promise<JoinTrust | null> {
  const document = await newestDocument(options)
  const sources = sourcesOf(document, options.own)
  const shown = await Promise.all(sources.map(async (url) => ({ url, header: await headerOf(options, url, document) })))
  const found = shown.flatMap(({ url, header }) => (header === null ? [] : [{ url, header }]))
  // The lowest of two is known to both.
  const [first, second] = found.toSorted((a, b) => b.header.height - a.header.height)
  if (first === undefined || second === undefined) return null
  return { sources: [first.url, second.url], trusted: second.header, document }
}

/** The light block of a height, the latest for null, as a member shows it: believed by nobody. */
export async function shownLightBlock(
  network: Network,
  url: string,
  height: number | null,
): Promise<CometLightBlock | null> {
  const { status, body } = await network.get(`${url}/v1/light-blocks/${height ?? 'latest'}`, {
    timeoutMs: answerTimeoutMs,
    bodyBytesMax: answerBytesMax,
  })
  if (status !== 200) return null
  return JSON.parse(toText(body)) as CometLightBlock
}

/** HTTP addresses of the other members. */
export function sourcesOf({ members }: ConsortiumDocument, own: readonly string[]): string[] {
  const addresses = members.map((member) => member.addresses.find((address) => /^https?:\/\//.test(address)))
  return addresses.filter((url) => url !== undefined && !own.includes(url)).map((url) => url?.replace(/\/$/, '') ?? '')
}

/** The newest document that any member proves from our genesis. */
async function newestDocument(options: JoinTrustOptions): Promise<ConsortiumDocument> {
  const { crypto, genesis, own } = options
  const first = decodeDocument(decodeGenesis(genesis).document)
  let newest = { sequence: 0, document: first }
  for (const shown of await Promise.all(sourcesOf(first, own).map((url) => trustOf(options, url)))) {
    if (shown === null || !equal(shown.file.networkId, networkIdOf(crypto, genesis))) continue
    if (shown.newest.sequence > newest.sequence) newest = shown.newest
  }
  return newest.document
}

/** The trust file that a member shows, its chain proven; null when there is none that holds. */
export async function trustOf(
  { crypto, network }: Pick<JoinTrustOptions, 'crypto' | 'network'>,
  url: string,
): Promise<ReturnType<typeof parseTrust> | null> {
  try {
    const { status, body } = await network.get(`${url}/v1/trust`, {
      timeoutMs: answerTimeoutMs,
      bodyBytesMax: answerBytesMax,
    })
    return status === 200 ? parseTrust(crypto, toText(body)) : null
  } catch {
    // Nobody there, or nothing that proves itself: others are asked too.
    return null
  }
}

async function headerOf(
  { crypto, network, genesis }: JoinTrustOptions,
  url: string,
  document: ConsortiumDocument,
): Promise<TrustedHeader | null> {
  try {
    const block = await shownLightBlock(network, url, null)
    if (block === null) return null
    const { header, commit } = readSignedHeader(block.signedHeader)
    if (header.chainId !== chainIdOf(networkIdOf(crypto, genesis))) return null
    verifyCommit(crypto, { header, commit, validators: validatorsOfDocument(document) })
    return { height: header.height, hash: toHex(headerHash(crypto, header)).toUpperCase() }
  } catch {
    // Nobody there, or nothing that holds: others are asked too.
    return null
  }
}
