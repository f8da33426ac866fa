/**
 * CometBFT's state sync verifies headers that it asks of two RPC servers. The members' RPC is on no network; this relay on
 * loopback answers the three methods that state sync asks, from what one other member publishes at `/v1/light-blocks/`. It
 * believes nothing and is believed nothing: CometBFT verifies. docs/spec/snapshot.md, Trust.
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CometLightBlock } from './lightBlocks.ts'

/** Longest request, in bytes. */
const requestBytesMax = 65_536

/** A relay that listens. */
export interface LightRelay {
  /** `http://127.0.0.1:PORT`, for `statesync.rpc_servers`. */
  readonly url: string
  close(): Promise<void>
}

/** Gives the light block of a height, the latest for null, or null. @throws {Error} when the member does not answer */
export type LightSource = (height: number | null) => Promise<CometLightBlock | null>

/** Begins to listen on a free port of loopback. */
export async function openLightRelay(source: LightSource): Promise<LightRelay> {
  const server = createServer((request, response) => void answer(source, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => closed(server) }
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

interface Call {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: { readonly height?: unknown } | null
}

async function answer(source: LightSource, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let call: Call = {}
  let outcome: object
  try {
    call = JSON.parse(await bodyOf(request)) as Call
    outcome = { result: await resultOf(source, call) }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    outcome = { error: { code: -32_603, message: 'Internal error', data: message } }
  }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id ?? null, ...outcome }))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > requestBytesMax) throw new Error(`a request has at most ${requestBytesMax} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

async function resultOf(source: LightSource, { method, params }: Call): Promise<object> {
  const wanted = params?.height
  const height = wanted === undefined || wanted === null ? null : Number(wanted)
  if (method !== 'commit' && method !== 'validators' && method !== 'consensus_params') {
    throw new Error(`${String(method)} is not answered here`)
  }
  const block = await source(height)
  // CometBFT reads in these words that the height may come to be.
  if (block === null) throw new Error(`height ${height} must be less than or equal to the current blockchain height 0`)
  const { signedHeader, validators, consensusParams } = block
  const { header } = signedHeader as { header?: { height?: unknown } }
  const blockHeight = { block_height: header?.height }
  if (method === 'commit') return { signed_header: signedHeader, canonical: true }
  if (method === 'consensus_params') return { ...blockHeight, consensus_params: consensusParams }
  const count = String(Array.isArray(validators) ? validators.length : 0)
  return { ...blockHeight, validators, count, total: count }
}
