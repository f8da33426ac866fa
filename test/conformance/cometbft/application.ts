/**
 * A program for tests: the ledger as CometBFT's application, with a place where it can be held while it decides a block. It is told
 * by lines of JSON on its standard input and answers with lines of JSON.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { toHex } from '@jurat/core/bytes'
import { networkIdOf } from '@jurat/core/ledger/genesis'
import { genesisBlock } from '@jurat/core/ledger/genesisBlock'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import type { Application } from '@jurat/node/engine/application'
import { CometbftEngine } from '@jurat/node/engine/cometbft/cometbftEngine'
import { cometbftLimits } from '@jurat/node/engine/cometbft/options'
import { cometRpc } from '@jurat/node/engine/cometbft/rpc'
import { EngineError } from '@jurat/node/engine/engine'
import { LedgerApplication, replayBlock } from '@jurat/node/engine/ledgerApplication'
import { testDeposit, testItems, testNetwork, type TestNetwork } from '@jurat/node/engine/network.fixtures'
import { Verification } from '@jurat/node/engine/verification'
import { systemClock, systemTimers } from '@jurat/node/platform/clock'
import { createNodeFiles } from '@jurat/node/platform/nodeFiles'
import { openLevelKeyValue } from '@jurat/node/store/levelKeyValue'
import { openStore } from '@jurat/node/store/openStore'

/** Where a block can be held: after it is executed, before and after it is written. */
export type Place = 'finalized' | 'committing' | 'committed'

/** What the program is told. */
export type Order =
  | { readonly deposit: string; readonly items: number }
  | { readonly hold: Place }
  | { readonly release: true }
  | { readonly state: true }
  | { readonly stop: true }

/** What it answers. */
export type Report =
  | { readonly ready: true }
  | { readonly deposited: string; readonly height: number; readonly firstIndex: number }
  | { readonly failed: string; readonly code: string; readonly message: string }
  | { readonly held: Place }
  | { readonly state: { readonly height: number; readonly ledgerHeight: number; readonly appHash: string } }
  | { readonly fatal: string }
  | { readonly stopped: true }

const [dataFolder = '', socketPath = '', rpcPath = '', genesisPath = '', noBlockMaxMs = '10000'] = process.argv.slice(2)
const genesis = readFileSync(genesisPath)
const network: TestNetwork = {
  ...testNetwork(),
  genesis,
  networkId: networkIdOf(nodeCrypto, genesis),
  outcome: genesisBlock(nodeCrypto, genesis),
}

const say = (report: Report): void => void process.stdout.write(`${JSON.stringify(report)}\n`)
const fatal = (error: unknown): void => {
  say({ fatal: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
  setTimeout(() => process.exit(), 100)
}

const files = createNodeFiles()
await files.makeFolder(dataFolder)
const store = await openStore({
  files,
  folder: dataFolder,
  clock: systemClock,
  crypto: nodeCrypto,
  openKeyValue: openLevelKeyValue,
  genesis: network.outcome,
  replay: (input) => replayBlock(nodeCrypto, input),
  onFailure: fatal,
})
const verification = new Verification({
  crypto: nodeCrypto,
  verify: async (publicKey, message, signature) => nodeCrypto.verify(publicKey, message, signature),
})
const ledger = new LedgerApplication({ store, crypto: nodeCrypto, verification, clock: systemClock })

let place: Place | null = null
let release: () => void = () => undefined
const pass = async (here: Place, transactions: number): Promise<void> => {
  if (place !== here || transactions === 0) return
  place = null
  const released = new Promise<void>((resolve) => (release = resolve))
  say({ held: here })
  await released
}

const application: Application = {
  info: () => ledger.info(),
  check: (tx) => ledger.check(tx),
  propose: (request) => ledger.propose(request),
  process: (block) => ledger.process(block),
  async finalize(block) {
    const finalized = await ledger.finalize(block)
    await pass('finalized', finalized.transactions.length)
    return finalized
  },
  async commit(finalized, side) {
    await pass('committing', finalized.transactions.length)
    await ledger.commit(finalized, side)
    await pass('committed', finalized.transactions.length)
  },
}

const engine = await CometbftEngine.open({
  application,
  consortium: () => consortiumOf(store.view).document,
  genesis: network.genesis,
  crypto: nodeCrypto,
  files,
  dataFolder,
  socketPath,
  rpc: cometRpc(rpcPath),
  clock: systemClock,
  timers: systemTimers,
  limits: { ...cometbftLimits, noBlockMaxMs: Number(noBlockMaxMs), resendAfterMs: 2_000 },
  fatal,
})

async function deposit(name: string, items: number): Promise<void> {
  try {
    const tx = testDeposit(network, testItems(name, items), { timestampMs: Date.now() })
    const outcome = await engine.submit(tx)
    if (outcome.state === 'refused') say({ failed: name, code: String(outcome.code), message: 'refused' })
    else say({ deposited: name, height: outcome.height, firstIndex: outcome.firstIndex })
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    say({ failed: name, code: error.code, message: error.message })
  }
}

async function obey(order: Order): Promise<void> {
  if ('deposit' in order) await deposit(order.deposit, order.items)
  else if ('hold' in order) place = order.hold
  else if ('release' in order) release()
  else if ('state' in order) {
    const { height, appHash } = application.info()
    say({ state: { height: engine.progress.height, ledgerHeight: height, appHash: toHex(appHash) } })
  } else {
    await engine.stop()
    await store.close()
    say({ stopped: true })
    process.exit(0)
  }
}

createInterface({ input: process.stdin }).on('line', (line) => void obey(JSON.parse(line) as Order))
say({ ready: true })
