/**
 * The institution's own running node, as the commands of `network` call it: over HTTP, with the administrator's API key.
 * @module
 */
import { join } from 'node:path'
import type { Account, Proposals } from '@jurat/api/accounts'
import type { Network } from '@jurat/api/network'
import { type BallotRequest, transactionMediaType, type TransactionOutcome } from '@jurat/api/transactions'
import { type Bytes, fromBase64, fromHex } from '@jurat/core/bytes'
import { type ConsortiumDocument, decodeDocument } from '@jurat/core/ledger/consortium'
import { adminName } from '@jurat/core/ledger/account'
import type { Files } from '../../platform/files.ts'
import { CeremonyError } from './joinFile.ts'

/** Longest wait for an answer, milliseconds. */
const answerTimeoutMs = 60_000

/** The network as the own node knows it. */
export interface PresentNetwork {
  readonly origin: string
  readonly networkId: Bytes
  readonly document: ConsortiumDocument
  readonly documentBytes: Bytes
}

/** Where the node is, and the key for it. */
export interface NodePlace {
  readonly url: string
  readonly apiKey: string
}

/**
 * Finds it: what the flags say, else what bootstrap.json of the data folder says.
 * @throws CeremonyError when neither does
 */
export async function findOwnNode(
  files: Files,
  data: string,
  { node, key }: { readonly node?: string | undefined; readonly key?: string | undefined },
): Promise<OwnNode> {
  const path = join(data, 'bootstrap.json')
  let kept: Partial<NodePlace> = {}
  const bytes = await files.readFile(path)
  try {
    if (bytes !== null) kept = JSON.parse(Buffer.from(bytes).toString()) as Partial<NodePlace>
  } catch (cause) {
    throw refused(`${path} cannot be read as JSON`, cause)
  }
  const [url, apiKey] = [node ?? kept.url ?? '', key ?? kept.apiKey ?? '']
  if (url === '' || apiKey === '') {
    throw refused(`${path} names no node and no API key: give --node URL and --key KEY, or JURAT_KEY`)
  }
  return new OwnNode({ url: url.replace(/\/$/, ''), apiKey })
}

/** Calls the node. Everything @throws CeremonyError with the node's own words when it refuses, or is not there. */
export class OwnNode {
  readonly #place: NodePlace

  constructor(place: NodePlace) {
    this.#place = place
  }

  async network(): Promise<PresentNetwork> {
    const { origin, networkId, consortium } = (await this.#call('GET', '/v1/network')) as Network
    const documentBytes = fromBase64(consortium.document)
    return { origin, networkId: fromHex(networkId), document: decodeDocument(documentBytes), documentBytes }
  }

  /** The open proposals for `admin`. */
  async ballots(): Promise<Proposals['proposals']> {
    return ((await this.#call('GET', `/v1/accounts/${adminName}/proposals`)) as Proposals).proposals
  }

  /** An account by its id, hexadecimal; null when there is none. */
  async account(id: string): Promise<Account | null> {
    return (await this.#call('GET', `/v1/accounts/${id}`, { missing: true })) as Account | null
  }

  /** Proposes an operation for `admin` with the member's ballot key. */
  propose(request: BallotRequest): Promise<TransactionOutcome> {
    return this.#json('/v1/ballots', request)
  }

  approve(id: string, operationHash: string): Promise<TransactionOutcome> {
    return this.#json(`/v1/ballots/${id}/votes`, { operationHash })
  }

  /** Submits a signed transaction. */
  async submit(transaction: Bytes): Promise<TransactionOutcome> {
    const body = { type: transactionMediaType, bytes: transaction }
    return (await this.#call('POST', '/v1/transactions', { body })) as TransactionOutcome
  }

  async #json(path: string, value: unknown): Promise<TransactionOutcome> {
    const body = { type: 'application/json', bytes: JSON.stringify(value) }
    return (await this.#call('POST', path, { body })) as TransactionOutcome
  }

  async #call(
    method: string,
    path: string,
    { body, missing }: { body?: { readonly type: string; readonly bytes: Bytes | string }; missing?: boolean } = {},
  ): Promise<unknown> {
    const { url, apiKey } = this.#place
    const headers = { authorization: `Bearer ${apiKey}`, ...(body !== undefined && { 'content-type': body.type }) }
    let answer: Response
    try {
      answer = await fetch(url + path, {
        method,
        headers,
        signal: AbortSignal.timeout(answerTimeoutMs),
        ...(body !== undefined && { body: typeof body.bytes === 'string' ? body.bytes : Buffer.from(body.bytes) }),
      })
    } catch (cause) {
      throw refused(`the node at ${url} does not answer: is it running?`, cause)
    }
    if (answer.status === 404 && missing === true) return null
    const text = await answer.text()
    if (answer.ok) return JSON.parse(text)
    throw refused(`the node at ${url} refuses ${path} (${answer.status}): ${reasonOf(text)}`)
  }
}

function reasonOf(text: string): string {
  try {
    const { title, detail } = JSON.parse(text) as { title?: string; detail?: string }
    return [title, detail].filter((part) => part !== undefined).join(': ')
  } catch {
    return text.slice(0, 200)
  }
}

const refused = (why: string, cause?: unknown): CeremonyError => new CeremonyError('ceremony-refused', why, { cause })
