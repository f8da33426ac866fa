/**
 * Witnesses over real HTTP for tests: our own, and ones that behave badly.
 * @module
 */
import { createServer, type Server, type ServerResponse } from 'node:http'
import { assert } from '@jurat/core/assert'
import { fromText, type Bytes } from '@jurat/core/bytes'
import type { Cosigner } from '@jurat/core/note/cosignature'
import type { Verifier } from '@jurat/core/note/vkey'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { systemClock } from '../platform/clock.ts'
import { MemorySigner } from './memoryLog.fixtures.ts'
import { cosignersOf, logVerifier, origin, witnessAt } from './publisher.fixtures.ts'
import type { Witness } from './witnessClient.ts'
import { WitnessServer, type WitnessResponse } from './witnessServer.ts'

/** A witness that can be reached, until it is closed. */
export interface RunningWitness {
  readonly witness: Witness
  readonly signer: MemorySigner
  readonly requests: { method: string; path: string; status: number }[]
  /** While set, answers everything in place of the witness. */
  behave: ((method: string, path: string, body: Bytes) => Promise<WitnessResponse>) | null
  close(): Promise<void>
}

/** Starts a witness of the log under test, or of `logs`, on a port of its own. */
export async function startWitness(
  name: string,
  options: { both?: boolean; logs?: ReadonlyMap<string, readonly Verifier[]> } = {},
): Promise<RunningWitness> {
  const signer = new MemorySigner()
  await signer.beginWitness()
  const cosigners = cosignersOf(name, options.both)
  const witness = serverOf(signer, cosigners, options.logs ?? new Map([[origin, [logVerifier]]]))
  const requests: RunningWitness['requests'] = []
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request
    const parts: Uint8Array[] = []
    request.on('data', (part: Uint8Array) => parts.push(part))
    request.on('end', () => {
      void reply(method, url, new Uint8Array(Buffer.concat(parts)), response)
    })
  })
  const reply = async (method: string, path: string, body: Bytes, response: ServerResponse): Promise<void> => {
    const answer = await (running.behave ?? route(witness))(method, path, body)
    requests.push({ method, path, status: answer.status })
    response.writeHead(answer.status, answer.headers).end(answer.body)
  }
  const url = await listen(server)
  const running: RunningWitness = {
    witness: witnessAt(url, cosigners),
    signer,
    requests,
    behave: null,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return running
}

/** An answer with a text. */
export function textAnswer(status: number, text: string, contentType = 'text/plain'): WitnessResponse {
  return { status, headers: { 'content-type': contentType }, body: fromText(text) }
}

function serverOf(
  signer: MemorySigner,
  cosigners: readonly Cosigner[],
  logs: ReadonlyMap<string, readonly Verifier[]>,
): WitnessServer {
  return new WitnessServer({
    crypto: nodeCrypto,
    clock: systemClock,
    signer,
    cosigners,
    logs,
    networks: [],
    executed: () => null,
    fatal: (error) => {
      throw error
    },
  })
}

function route(witness: WitnessServer): (method: string, path: string, body: Bytes) => Promise<WitnessResponse> {
  return async (method, path, body) => {
    if (method === 'POST' && path === '/add-checkpoint') return witness.addCheckpoint(body)
    const hash = /^\/([0-9a-f]{64})\/checkpoint$/.exec(path)?.[1]
    return method === 'GET' && hash !== undefined ? witness.monitoring(hash) : textAnswer(404, 'no such page\n')
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert(address !== null && typeof address === 'object', 'a server has an address')
  return `http://127.0.0.1:${address.port}`
}
