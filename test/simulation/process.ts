/**
 * One process of one member, from its start to its end: store, ledger, application and signer of production, joined as
 * the node joins them.
 * @module
 */
import { toHex, type Bytes } from '@jurat/core/bytes'
import { codes } from '@jurat/core/ledger/codes'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import type { BlockInput } from '@jurat/node/engine/application'
import { LedgerApplication, replayBlock } from '@jurat/node/engine/ledgerApplication'
import { Verification } from '@jurat/node/engine/verification'
import { fileKeyValue } from '@jurat/node/store/fileKeyValue'
import { openStore } from '@jurat/node/store/openStore'
import type { Store } from '@jurat/node/store/store'
import type { MemoryFiles } from '@jurat/node/platform/memoryFiles'
import { bugInFiles, bugInStore } from './canaries.ts'
import { SlowFiles } from './disk.ts'
import { genesisOutcome } from './founding.ts'
import { nameOf, Violation } from './judge.ts'
import { ProcessTime } from './schedule.ts'
import { Signing, type Message } from './signing.ts'
import type { World } from './world.ts'

/** Where the data folder is. */
export const dataFolder = '/data'

/** Length at which a segment file is followed by a new one: small, so that runs cross it. */
const segmentBytes = 40_000

/** Bounds of a block: small enough that some blocks are full. */
const blockBytesMax = 64 * 1_024

/** Mean pause of the engine between two steps, milliseconds. */
const paceMs = 3

/** What a process is started with. */
export interface ProcessOptions {
  readonly world: World
  readonly member: number
  readonly disk: MemoryFiles
  readonly skewMs: () => number
  /** Height of the newest decided block that the engine of this member has stored. */
  readonly stored: () => number
  /** Called when something ended it that was not `end`. */
  readonly failed: (error: unknown) => void
}

/** A running member. */
export class Process {
  readonly time: ProcessTime
  readonly #options: ProcessOptions
  #alive = true
  #store: Store | null = null
  #application: LedgerApplication | null = null
  #signing: Signing | null = null
  /** Transactions that wait here, in the order of their arrival. */
  readonly #pool = new Map<string, Bytes>()
  /** Height of the newest block that the application has committed. */
  height = 0
  /** The engine calls one at a time. */
  #turn: Promise<void> = Promise.resolve()
  #wake: (() => void) | null = null

  constructor(options: ProcessOptions) {
    this.#options = options
    this.time = new ProcessTime(options.world.schedule, options.skewMs)
    this.#spawn(() => this.#start())
  }

  /** Whether it has started and takes part. */
  get ready(): boolean {
    return this.#alive && this.#signing !== null
  }

  /** Its store, once it is open. */
  get store(): Store | null {
    return this.#store
  }

  get poolSize(): number {
    return this.#pool.size
  }

  get completeSize(): number {
    return this.#signing?.completeSize ?? 0
  }

  /** The process is gone; whatever it still had in hand comes to nothing. */
  end(): void {
    this.#alive = false
    this.time.end()
  }

  /** Ends it in order. Nothing happens when it has not started or is no more. */
  async close(): Promise<void> {
    if (!this.ready) return
    this.#signing = null
    await this.#turn
    await this.#store?.close()
    this.end()
  }

  /** More decided blocks are stored. */
  wake(): void {
    this.#wake?.()
    this.#wake = null
  }

  /** Takes a transaction from a client or another member. @returns by callback whether it waits here now. */
  submit(tx: Bytes, admitted: () => void): void {
    const application = this.#application
    if (application === null || !this.ready) return
    this.#spawn(async () => {
      const { code } = await application.check(tx)
      const key = toHex(nodeCrypto.sha256(tx))
      if (code !== codes.success || this.#pool.has(key)) return
      this.#pool.set(key, tx)
      admitted()
    })
  }

  receive(from: number, message: Message): void {
    const signing = this.#signing
    if (signing !== null && this.#alive) this.#spawn(() => signing.receive(from, message))
  }

  remind(): void {
    if (this.ready) this.#signing?.remind()
  }

  /** Makes a proposal; null when this process does not stand before that height. */
  propose(height: number, done: (items: readonly Bytes[]) => void): void {
    this.#engineCall(height, async (application) => {
      const gasMax = application.info().gasBlockMax
      const candidates = [...this.#pool.values()]
      done(await application.propose({ height, timeMs: this.time.now(), candidates, bytesMax: blockBytesMax, gasMax }))
    })
  }

  /** Judges a proposal. */
  process(block: BlockInput, done: (accepted: boolean) => void): void {
    this.#engineCall(block.height, async (application) => done(await application.process(block)))
  }

  #engineCall(height: number, call: (application: LedgerApplication) => Promise<void>): void {
    this.#spawn(() =>
      this.#inTurn(async () => {
        if (this.#application !== null && this.ready && height === this.height + 1) await call(this.#application)
      }),
    )
  }

  async #start(): Promise<void> {
    const { world, member, disk } = this.#options
    const { time } = this
    const files = bugInFiles(world.canary, new SlowFiles(disk, time, world.chance))
    await files.makeFolder(dataFolder)
    const store = await openStore({
      files,
      folder: dataFolder,
      clock: time,
      timers: time,
      crypto: nodeCrypto,
      openKeyValue: fileKeyValue(files),
      genesis: genesisOutcome,
      replay: (input) => replayBlock(nodeCrypto, input),
      report: (message) => checkReport(member, message),
      onFailure: (error) => this.#failed(error),
      segmentBytes,
    })
    if (!this.#alive) return
    this.#store = store
    world.judge.opened(member, store.durable)
    // The state is made with the keys; a crash before that begins again with new keys, here with the same.
    if (store.signer.log() === null && store.durable.height === 0) {
      await store.signer.begin({ size: 0, root: nodeCrypto.sha256(new Uint8Array(0)), timeMs: time.now() })
    }
    const verification = new Verification({
      crypto: nodeCrypto,
      verify: async (publicKey, message, signature) => {
        if (world.chance.often(0.1)) await time.sleep(world.chance.wait(1))
        return world.verify(publicKey, message, signature)
      },
    })
    const application = new LedgerApplication({
      store: bugInStore(world.canary, store, world.seenAt),
      crypto: nodeCrypto,
      verification,
      clock: time,
    })
    const signing = new Signing({
      world,
      member,
      store,
      clock: time,
      spawn: (step) => this.#spawn(step),
      send: (to, message) => this.#send(to, message),
    })
    await signing.load()
    this.#application = application
    this.height = application.info().height
    this.#signing = signing
    await this.#follow(application, signing)
  }

  /** Executes the decided blocks, each at this member's own pace. */
  async #follow(application: LedgerApplication, signing: Signing): Promise<void> {
    for (;;) {
      const { world, stored } = this.#options
      const items = this.height < stored() ? world.decided[this.height] : undefined
      if (items === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      } else {
        await this.time.sleep(world.chance.wait(paceMs))
        await this.#inTurn(() => this.#execute(application, signing, { height: this.height + 1, items }))
      }
    }
  }

  async #execute(application: LedgerApplication, signing: Signing, block: BlockInput): Promise<void> {
    const { world, member } = this.#options
    const store = this.#store
    if (store === null) return
    const { document } = consortiumOf(store.view)
    const finalized = await application.finalize(block)
    world.judge.finalized(member, finalized)
    if (world.chance.often(0.3)) await this.time.sleep(world.chance.wait(paceMs))
    await application.commit(finalized)
    world.judge.committed(member, block.height)
    this.height = block.height
    if (finalized.transactions.length > 0) signing.onBlock(finalized, document)
    await this.#recheck(application)
  }

  /** What waits is checked again on the new state, as CometBFT does after every block. */
  async #recheck(application: LedgerApplication): Promise<void> {
    for (const [key, tx] of this.#pool) {
      const { code } = await application.check(tx)
      if (code !== codes.success) this.#pool.delete(key)
    }
  }

  #send(to: number, message: Message): void {
    const { world, member } = this.#options
    if (this.#alive) world.network.send(member, to, () => world.members[to]?.process?.receive(member, message))
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(step)
    this.#turn = result.catch(() => undefined)
    return result
  }

  #spawn(step: () => Promise<void>): void {
    step().catch((error: unknown) => this.#failed(error))
  }

  #failed(error: unknown): void {
    if (!this.#alive) return
    this.end()
    this.#options.failed(error)
  }
}

/** A crash may leave work to do again, never damage. */
function checkReport(member: number, message: string): void {
  if (!/damaged|thrown away|missing/.test(message)) return
  throw new Violation('a crash damages nothing', `${nameOf(member)} says at its start: ${message}`)
}
