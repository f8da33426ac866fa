/**
 * Our light client and CometBFT's own (`cometbft light`) get the same chain, with changing validators and with forged
 * headers, from the same source, and have to agree on which headers they accept.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { toBase64, toHex } from '@jurat/core/bytes'
import { addressOf, type BlockId, type BlockTime, headerHash, type LightBlock } from '@jurat/core/light/block'
import { follow, oneThird } from '@jurat/core/light/client'
import { LightError, type LightErrorCode } from '@jurat/core/light/error'
import { readSignedHeader, readValidators } from '@jurat/core/light/json'
import { chainId, crypto, makeBlock, type MadeBlock } from '@jurat/core/light/light.fixtures'
import { cometRpc, RpcError } from '../../packages/node/src/engine/cometbft/rpc.ts'
import { tool } from './tools.ts'

const binary = tool('cometbft')
const skip = binary === null && 'cometbft is not installed (scripts/install-tools.sh)'

const hex = (bytes: Uint8Array): string => toHex(bytes).toUpperCase()
const timeText = ({ seconds, nanos }: BlockTime): string =>
  new Date(seconds * 1000).toISOString().replace('.000', `.${String(nanos).padStart(9, '0')}`)
const idJson = (id: BlockId | null): object => ({
  hash: hex(id?.hash ?? new Uint8Array(0)),
  parts: { total: id?.parts.total ?? 0, hash: hex(id?.parts.hash ?? new Uint8Array(0)) },
})

/** What CometBFT's RPC answers for a block: precommits stand at the places of their validators. */
function rpcJson({ header, commit, validators }: LightBlock): { commit: object; validators: object } {
  const addresses = validators.map(({ publicKey }) => hex(addressOf(crypto, publicKey)))
  const absent = { block_id_flag: 1, validator_address: '', timestamp: '0001-01-01T00:00:00Z', signature: null }
  const signatures = addresses.map((address) => {
    const found = commit.signatures.find((each) => hex(each.address) === address)
    if (found === undefined) return absent
    const { time, signature } = found
    const [timestamp, base64] = [timeText(time), toBase64(signature)]
    return { block_id_flag: 2, validator_address: address, timestamp, signature: base64 }
  })
  const { version } = header
  const headerJson = {
    version: { block: String(version.block), app: String(version.app) },
    chain_id: header.chainId,
    height: String(header.height),
    time: timeText(header.time),
    last_block_id: idJson(header.lastBlockId),
    last_commit_hash: hex(header.lastCommitHash),
    data_hash: hex(header.dataHash),
    validators_hash: hex(header.validatorsHash),
    next_validators_hash: hex(header.nextValidatorsHash),
    consensus_hash: hex(header.consensusHash),
    app_hash: hex(header.appHash),
    last_results_hash: hex(header.lastResultsHash),
    evidence_hash: hex(header.evidenceHash),
    proposer_address: hex(header.proposerAddress),
  }
  const height = String(commit.height)
  const commitJson = { height, round: commit.round, block_id: idJson(commit.blockId), signatures }
  const list = validators.map(({ publicKey, power }, at) => ({
    address: addresses[at],
    pub_key: { type: 'tendermint/PubKeyEd25519', value: toBase64(publicKey) },
    voting_power: String(power),
    proposer_priority: '0',
  }))
  const total = String(list.length)
  return {
    commit: { signed_header: { header: headerJson, commit: commitJson }, canonical: true },
    validators: { block_height: height, validators: list, count: total, total },
  }
}

const lastHeight = 30

/** A source of blocks, as CometBFT's RPC. */
async function serve(blockAt: (height: number) => LightBlock): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
        id: unknown
        method: string
        params: { height?: string }
      }
      const answers = rpcJson(blockAt(Number(params.height ?? lastHeight)))
      const result = method === 'commit' ? answers.commit : method === 'validators' ? answers.validators : null
      const error = { code: -32_601, message: 'Method not found', data: '' }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...(result === null ? { error } : { result }) }))
    })
  })
  // It opens a WebSocket for events, and does not start without; there are no events.
  server.on('upgrade', ({ headers }, socket) => {
    const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
    const accept = createHash('sha1').update(key).digest('base64')
    socket.on('error', () => socket.destroy())
    socket.resume()
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
    socket.write([...lines, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** What `cometbft light` says against the last header, starting from the first; null when it accepts. */
async function theirs(program: string, blockAt: (height: number) => LightBlock): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-light-'))
  const [primary, witness] = await Promise.all([serve(blockAt), serve(blockAt)])
  const socket = join(folder, 'light.sock')
  const trusted = ['--height', '1', '--hash', hex(headerHash(crypto, blockAt(1).header))]
  const places = ['--home-dir', folder, '--home', folder, '--laddr', `unix://${socket}`]
  const words = ['light', chainId, '-p', primary.url, '-w', witness.url, ...trusted, ...places]
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const ended = once(child, 'exit')
  const rpc = cometRpc(socket)
  try {
    for (let attempt = 0; attempt < 600 && child.exitCode === null; attempt++) {
      try {
        await rpc.call('commit', { height: String(lastHeight) })
        return null
      } catch (error) {
        if (error instanceof RpcError) return error.message
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    throw new Error(`cometbft light does not answer: ${said.join('')}`)
  } finally {
    rpc.close()
    child.kill('SIGKILL')
    await ended
    for (const { server } of [primary, witness]) {
      server.closeAllConnections()
      server.close()
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The same by ours, from the same JSON. */
function ours(blockAt: (height: number) => LightBlock): LightErrorCode | null {
  const read = (height: number): LightBlock => {
    const { commit, validators } = rpcJson(blockAt(height)) as {
      commit: { signed_header: unknown }
      validators: { validators: unknown }
    }
    return { ...readSignedHeader(commit.signed_header), validators: readValidators(validators.validators) }
  }
  const rules = { trustingPeriodMs: 168 * 3_600_000, clockDriftMs: 10_000, trustLevel: oneThird }
  const asking = follow(crypto, { trusted: read(1), height: lastHeight, rules, nowMs: Date.now() })
  try {
    let step = asking.next()
    while (step.done !== true) step = asking.next(read(step.value))
    return null
  } catch (error) {
    assert.ok(error instanceof LightError, String(error))
    return error.code
  }
}

const setAt = (height: number): string[] => [0, 1, 2, 3].map((at) => `v${height + at}`)
const still = ['a', 'b', 'c', 'd']
const strangers = ['x', 'y', 'z', 'u']
const hour = 3_600

test('the same headers are accepted and refused', { skip, timeout: 600_000 }, async (t) => {
  assert.ok(binary !== null)
  const begin = Math.floor(Date.now() / 1000) - 2 * hour
  const at = (made: MadeBlock): LightBlock =>
    makeBlock({ time: { seconds: begin + made.height * 60, nanos: made.height }, ...made })
  const same = (height: number): LightBlock => at({ height, validators: still })
  const changing = (height: number): LightBlock => at({ height, validators: setAt(height), next: setAt(height + 1) })
  /** The chain with another last header. */
  const ending =
    (make: (height: number) => LightBlock, chain = same) =>
    (height: number): LightBlock =>
      height === lastHeight ? make(height) : chain(height)
  const cases: readonly (readonly [
    string,
    readonly [LightErrorCode, RegExp] | null,
    (height: number) => LightBlock,
  ])[] = [
    ['validators that stay', null, same],
    ['validators that change with every height', null, changing],
    ['three of four signed', null, ending((height) => at({ height, validators: still, signers: still.slice(1) }))],
    [
      'two of four signed',
      ['power-too-small', /insufficient voting power/],
      ending((height) => at({ height, validators: still, signers: still.slice(2) })),
    ],
    [
      'invented validators',
      ['next-validators-differ', /next validators/],
      ending((height) => at({ height, validators: strangers })),
    ],
    [
      'another app hash under the genuine commit',
      ['commit-other', /commit signs block/],
      ending((height) => {
        const genuine = same(height)
        return { ...genuine, header: { ...genuine.header, appHash: new Uint8Array(40).fill(1) } }
      }),
    ],
    [
      'a time before the trusted one',
      ['time-not-after', /to be after old header time/],
      ending((height) => at({ height, validators: still, time: { seconds: begin, nanos: 0 } })),
    ],
    [
      'a time in an hour',
      ['time-in-future', /time from the future/],
      ending((height) => at({ height, validators: still, time: { seconds: begin + 3 * hour, nanos: 0 } })),
    ],
    [
      'a signature that is not valid',
      ['signature-wrong', /wrong signature/],
      ending((height) => {
        const genuine = same(height)
        const signatures = genuine.commit.signatures.map((each) => ({ ...each, time: { ...each.time, nanos: 7 } }))
        return { ...genuine, commit: { ...genuine.commit, signatures } }
      }),
    ],
  ]
  for (const [name, refusal, blockAt] of cases) {
    await t.test(name, async () => {
      const [code, sentence] = refusal ?? [null, null]
      assert.equal(ours(blockAt), code)
      const said = await theirs(binary, blockAt)
      if (sentence === null) assert.equal(said, null)
      else assert.match(said ?? '', sentence)
    })
  }
})
