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
import { compareSources, follow, oneThird, verifyTrusted } from '@jurat/core/light/client'
import { LightError, type LightErrorCode } from '@jurat/core/light/error'
import { readLightBlock, readSignedHeader } from '@jurat/core/light/json'
import { chainId, crypto, makeBlock, type MadeBlock } from '@jurat/core/light/light.fixtures'
import { cometRpc, RpcError } from '@jurat/node/engine/cometbft/rpc'
import { changedChain } from './cometbft/kvstoreChain.ts'
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

type Source = (height: number) => LightBlock

/** A source of blocks, as CometBFT's RPC. */
async function serve(blockAt: Source): Promise<{ server: Server; url: string }> {
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

/** Where `cometbft light` starts, and from whom it hears. */
interface Listening {
  readonly chain: string
  readonly primary: string
  readonly witness: string
  readonly first: LightBlock
}

/** Starts `cometbft light` and asks it for commits by `ask`, whose failed calls give its sentence. */
async function withTheirs<T>(
  program: string,
  { chain, primary, witness, first }: Listening,
  ask: (commit: (height: number) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-light-'))
  const socket = join(folder, 'light.sock')
  const trusted = ['--height', '1', '--hash', hex(headerHash(crypto, first.header))]
  const places = ['--home-dir', folder, '--home', folder, '--laddr', `unix://${socket}`]
  const words = ['light', chain, '-p', primary, '-w', witness, ...trusted, ...places]
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const ended = once(child, 'exit')
  const rpc = cometRpc(socket)
  const commit = async (height: number): Promise<unknown> => {
    for (let attempt = 0; attempt < 600 && child.exitCode === null; attempt++) {
      try {
        return await rpc.call('commit', { height: String(height) })
      } catch (error) {
        if (error instanceof RpcError) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
    throw new Error(`cometbft light does not answer: ${said.join('')}`)
  }
  try {
    return await ask(commit)
  } finally {
    rpc.close()
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What `cometbft light` says against the last header, starting from the first; null when it accepts. */
async function theirs(program: string, blockAt: Source, witnessAt: Source = blockAt): Promise<string | null> {
  const [primary, witness] = await Promise.all([serve(blockAt), serve(witnessAt)])
  const listening = { chain: chainId, primary: primary.url, witness: witness.url, first: blockAt(1) }
  try {
    await withTheirs(program, listening, (commit) => commit(lastHeight))
    return null
  } catch (error) {
    if (error instanceof RpcError) return error.message
    throw error
  } finally {
    for (const { server } of [primary, witness]) {
      server.closeAllConnections()
      server.close()
    }
  }
}

/** The rules that `cometbft light` has when it is not told otherwise. */
const rules = { trustingPeriodMs: 168 * 3_600_000, clockDriftMs: 10_000, trustLevel: oneThird }

/** Answers what a generator asks for. */
async function answer<T>(
  asking: Generator<number, T, LightBlock>,
  source: (height: number) => LightBlock | Promise<LightBlock>,
): Promise<T> {
  let step = asking.next()
  while (step.done !== true) step = asking.next(await source(step.value))
  return step.value
}

/** The same by ours, from the same JSON. */
async function ours(blockAt: Source): Promise<LightErrorCode | null> {
  const read: Source = (height) => readLightBlock(rpcJson(blockAt(height)))
  const goal = { trusted: read(1), height: lastHeight, rules, nowMs: Date.now() }
  try {
    await answer(follow(crypto, goal), read)
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
    (make: Source, chain = same): Source =>
    (height: number): LightBlock =>
      height === lastHeight ? make(height) : chain(height)
  const cases: readonly (readonly [string, readonly [LightErrorCode, RegExp] | null, Source])[] = [
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
      assert.equal(await ours(blockAt), code)
      const said = await theirs(binary, blockAt)
      if (sentence === null) assert.equal(said, null)
      else assert.match(said ?? '', sentence)
    })
  }

  await t.test('a second source with a fork that validators signed', async () => {
    const forked = ending((height) => at({ height, validators: still, appHash: new Uint8Array(40).fill(1) }))
    const nowMs = Date.now()
    const accepted = await answer(follow(crypto, { trusted: same(1), height: lastHeight, rules, nowMs }), same)
    const conflict = await answer(compareSources(crypto, { accepted, rules, nowMs }), forked)
    assert.equal(conflict?.common.header.height, 1)
    assert.deepEqual([conflict.first, conflict.second], [same(lastHeight), forked(lastHeight)])
    assert.match((await theirs(binary, same, forked)) ?? '', /attempted attack detected|conflicting/i)
  })
})

test(
  'over a real chain whose validators change, both come to the same headers',
  { skip, timeout: 600_000 },
  async () => {
    assert.ok(binary !== null)
    const chain = await changedChain(binary)
    try {
      const last = (await chain.height()) - 1
      const read = async (height: number): Promise<LightBlock> => readLightBlock(await chain.answersAt(height))
      const first = await read(1)
      verifyTrusted(crypto, first, headerHash(crypto, first.header))
      const goal = { trusted: first, height: last, rules, nowMs: Date.now() }
      const accepted = await answer(follow(crypto, goal), read)
      assert.ok(accepted.length > 2, 'the first validators do not vouch for the last ones')
      assert.equal(await answer(compareSources(crypto, { ...goal, accepted }), read), null)
      const [primary, witness] = chain.nodes
      assert.ok(primary !== undefined && witness !== undefined)
      const listening = { chain: chain.chainId, primary: primary.url, witness: witness.url, first }
      await withTheirs(binary, listening, async (commit) => {
        // The last one first: they also have to find their way over the changes.
        for (const { header } of accepted.toReversed()) {
          const { signed_header: signed } = (await commit(header.height)) as { signed_header: unknown }
          assert.deepEqual(readSignedHeader(signed).header, header)
        }
      })
    } finally {
      await chain.remove()
    }
  },
)
