/**
 * Store, application, engine and publisher joined as the node joins them, over a disk in memory and time under the
 * test's hand.
 * @module
 */
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { policyReader } from '../log/logPolicy.ts'
import { Publisher } from '../log/publisher.ts'
import type { MemoryFiles } from '../platform/memoryFiles.ts'
import { nodeNetwork } from '../platform/nodeNetwork.ts'
import { fileKeyValue } from '../store/fileKeyValue.ts'
import { openStore } from '../store/openStore.ts'
import type { Store } from '../store/store.ts'
import { LedgerApplication, replayBlock } from './ledgerApplication.ts'
import type { TestNetwork } from './network.fixtures.ts'
import { SoloEngine, type SoloLimits } from './solo.ts'
import { Verification } from './verification.ts'
import type { VirtualTime } from './virtualTime.fixtures.ts'

/** A node that runs. */
export interface LedgerNode {
  readonly store: Store
  readonly application: LedgerApplication
  readonly verification: Verification
  readonly engine: SoloEngine
  readonly publisher: Publisher
  /** What ended it. */
  readonly failures: unknown[]
  /** Ends it in order. */
  readonly close: () => Promise<void>
}

/** Where the data folder is. */
export const dataFolder = '/data'

/** Starts a node on a disk. @throws what opening the store throws. */
export async function startNode(
  network: TestNetwork,
  files: MemoryFiles,
  time: VirtualTime,
  limits?: SoloLimits,
): Promise<LedgerNode> {
  const failures: unknown[] = []
  const fatal = (error: unknown): void => void failures.push(error)
  await files.makeFolder(dataFolder)
  const store = await openStore({
    files,
    folder: dataFolder,
    clock: time,
    timers: time,
    crypto: nodeCrypto,
    openKeyValue: fileKeyValue(files),
    genesis: network.outcome,
    replay: (input) => replayBlock(nodeCrypto, input),
    onFailure: fatal,
  })
  // The state is made with the keys; a crash before that begins again with new keys, here with the same.
  if (store.signer.log() === null && store.durable.height === 0) {
    await store.signer.begin({ size: 0, root: nodeCrypto.sha256(new Uint8Array(0)), timeMs: time.now() })
  }
  const verification = new Verification({
    crypto: nodeCrypto,
    verify: async (publicKey, message, signature) => nodeCrypto.verify(publicKey, message, signature),
  })
  const application = new LedgerApplication({ store, crypto: nodeCrypto, verification, clock: time })
  const publisher = new Publisher({
    origin: network.origin,
    store,
    crypto: nodeCrypto,
    clock: time,
    timers: time,
    network: nodeNetwork,
    signers: [network.logSigner],
    policyOf: policyReader(nodeCrypto, network.origin),
    fatal,
  })
  const engine = new SoloEngine({
    application,
    clock: time,
    timers: time,
    fatal,
    closed: () => publisher.closed(),
    ...(limits === undefined ? {} : { limits }),
  })
  engine.onBlock((block) => publisher.onBlock(block))
  await publisher.start()
  const close = async (): Promise<void> => {
    await engine.stop()
    await publisher.stop()
    await store.close()
  }
  return { store, application, verification, engine, publisher, failures, close }
}
