/**
 * A member that has nothing yet takes a snapshot of the others before its ledger opens, when their chain is long: CometBFT's state
 * sync brings it, this node verifies it and begins with it. Whatever ends it on the way, the next start begins anew.
 * docs/spec/snapshot.md, Taking.
 * @module
 */
import { join } from 'node:path'
import { decodeDocument } from '@jurat/core/ledger/consortium'
import { decodeGenesis, networkIdOf } from '@jurat/core/ledger/genesis'
import type { Config } from '../config.ts'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { AbciServer } from '../engine/abci/server.ts'
import { type LightRelay, openLightRelay } from '../engine/cometbft/lightRelay.ts'
import { type CometRpc, cometRpc } from '../engine/cometbft/rpc.ts'
import { SnapshotReceiver } from '../engine/cometbft/snapshotReceiver.ts'
import { engineFolder, findCometbft } from '../engine/cometbft/supervision/binary.ts'
import { chainProbe } from '../engine/cometbft/supervision/chainProbe.ts'
import { type CometbftPaths, cometbftPaths, writeHome } from '../engine/cometbft/supervision/home.ts'
import { parseConsensusAddress, peersOf } from '../engine/cometbft/supervision/peers.ts'
import { Supervisor } from '../engine/cometbft/supervision/supervisor.ts'
import type { Logger } from '../observe/logger.ts'
import { noMetrics } from '../observe/metrics.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { nodeNetwork } from '../platform/nodeNetwork.ts'
import { type BaseFile, baseName, writeBase } from '../store/base.ts'
import { folders } from '../store/openStore.ts'
import type { DataFolder } from './dataFolder.ts'
import { findJoinTrust, type JoinTrust, shownLightBlock } from './joinTrust.ts'
import { routedDocument } from './memberRoutes.ts'
import { Silence } from './silence.ts'

/** A chain of at most so many blocks is executed from its beginning: that takes no longer than a snapshot. */
export const replayedBlocksMax = 1_000

/** File of a data folder whose CometBFT is taking a snapshot: what it has is not whole. */
const joiningName = 'joining'

/** What it needs. */
export interface JoiningOptions {
  readonly config: Config
  readonly folder: DataFolder
  readonly logger: Logger
}

/** Takes a snapshot if the folder is empty and the configuration and the chain say so. @throws when the disk fails */
export async function takeSnapshot(options: JoiningOptions): Promise<void> {
  const { config, folder, logger } = options
  const { files, data, genesis } = folder
  if (decodeDocument(decodeGenesis(genesis).document).members.length === 1) return
  const paths = cometbftPaths(data)
  await endBroken(options, paths)
  if (config.join === 'replay' || !(await isEmpty(folder))) return
  const trust = await findJoinTrust({
    crypto: nodeCrypto,
    network: nodeNetwork,
    genesis,
    own: [...folder.member.addresses, ...(config.url === null ? [] : [config.url])],
  })
  const height = trust?.trusted.height ?? 0
  if (trust === null || (config.join === 'auto' && height <= replayedBlocksMax)) {
    logger.info(
      { height },
      'The chain of the other members is short, or not seen by two of them: it is executed from its beginning',
    )
    return
  }
  await files.replaceFile(join(data, joiningName), new Uint8Array(0))
  logger.info({ ...trust.trusted }, 'Taking a snapshot of the other members, up from this header')
  const base = await new Taking(options, paths, trust).run()
  if (base === null) {
    await endBroken(options, paths)
    logger.warn({}, 'No other member has offered a snapshot: the chain is executed from its beginning')
    return
  }
  await writeBase({ files, folder: data }, base)
  await files.remove(join(data, joiningName))
  await files.syncFolder(data)
  logger.info({ height: base.engineHeight, entries: base.size }, 'This member begins with a snapshot')
}

/** Whether the folder has executed nothing, and CometBFT has no chain. */
async function isEmpty({ files, data }: DataFolder): Promise<boolean> {
  const [names, chain] = [await files.list(data), await files.list(join(data, 'cometbft', 'data'))]
  return !names.includes(baseName) && !names.includes(folders.segments) && !chain.includes('blockstore.db')
}

/** Throws away what a taking that broke off has left. */
async function endBroken({ folder }: JoiningOptions, { home }: CometbftPaths): Promise<void> {
  const { files, data } = folder
  const names = await files.list(data)
  if (!names.includes(joiningName)) return
  // With a base it was whole: only the marker is left.
  if (!names.includes(baseName)) await files.remove(join(home, 'data'))
  await files.remove(join(data, joiningName))
  await files.syncFolder(data)
}

/** One try: CometBFT with state sync on, and an application that takes the snapshot. */
class Taking {
  readonly #options: JoiningOptions
  readonly #paths: CometbftPaths
  readonly #trust: JoinTrust
  readonly #receiver: SnapshotReceiver
  #base: BaseFile | null = null
  readonly #silence: Silence
  #end: (taken: boolean) => void = () => undefined
  readonly #ended = new Promise<boolean>((resolve) => (this.#end = resolve))

  constructor(options: JoiningOptions, paths: CometbftPaths, trust: JoinTrust) {
    this.#options = options
    this.#paths = paths
    this.#trust = trust
    const { logger, folder, config } = options
    this.#silence = new Silence({
      clock: systemClock,
      timers: systemTimers,
      silentMaxMs: config.snapshotWaitMs,
      ended: () => this.#end(false),
    })
    this.#receiver = new SnapshotReceiver({
      crypto: nodeCrypto,
      networkId: networkIdOf(nodeCrypto, folder.genesis),
      take: (base) => {
        this.#base = base
        return Promise.resolve()
      },
      heard: () => this.#silence.heard(),
      ended: () => this.#end(true),
      warn: (message, details) => logger.warn(details, message),
    })
  }

  /** @returns the snapshot on which CometBFT stands too, or null */
  async run(): Promise<BaseFile | null> {
    const relays = await Promise.all(
      this.#trust.sources.map((url) => openLightRelay((height) => shownLightBlock(nodeNetwork, url, height))),
    )
    const server = new AbciServer({
      socketPath: this.#paths.abciSocket,
      handle: this.#receiver.handle,
      fatal: (error) => {
        this.#options.logger.warn({ error }, 'State sync has failed')
        this.#end(false)
      },
    })
    await this.#writeHome(relays)
    await server.listen()
    const rpc = cometRpc(this.#paths.rpcSocket)
    const supervisor = await this.#supervisor(rpc)
    supervisor.start()
    this.#silence.watch()
    const taken = await this.#ended
    this.#silence.stop()
    // CometBFT waits for an answer that does not come here: without the socket it ends at once.
    const stopped = supervisor.stop()
    await server.close()
    await stopped
    rpc.close()
    for (const relay of relays) await relay.close()
    return taken ? this.#base : null
  }

  async #supervisor(rpc: CometRpc): Promise<Supervisor> {
    const { config, logger } = this.#options
    const search = { configured: config.cometbft, cache: engineFolder, path: process.env['PATH'] ?? '' }
    const probe = chainProbe(rpc)
    return new Supervisor({
      binary: await findCometbft(search),
      home: this.#paths.home,
      rpcSocket: this.#paths.rpcSocket,
      logger,
      metrics: noMetrics,
      clock: systemClock,
      timers: systemTimers,
      // While it gathers chunks it has no height, and is not stuck.
      probe: { ...probe, peerHeight: () => Promise.resolve(0) },
      peers: () => this.#peers(),
    })
  }

  #peers(): readonly string[] {
    const { config, folder } = this.#options
    return peersOf(nodeCrypto, routedDocument(this.#trust.document, config.memberRoutes), folder.member.member)
  }

  async #writeHome(relays: readonly LightRelay[]): Promise<void> {
    const { config, folder } = this.#options
    const { member, files, genesis, keys } = folder
    const own = member.addresses.map(parseConsensusAddress).find((found) => found !== null)
    const { host, port } = config.consensusListen ?? { host: '0.0.0.0', port: own?.port ?? 0 }
    await files.makeFolder(this.#paths.home)
    await writeHome(files, {
      crypto: nodeCrypto,
      paths: this.#paths,
      genesis,
      keys,
      settings: {
        moniker: member.member,
        peerListen: `${host.includes(':') ? `[${host}]` : host}:${port}`,
        peers: this.#peers(),
        transactionBytesMax: this.#trust.document.parameters.transactionBytesMax,
        heartbeatMs: 30_000,
        metricsListen: null,
        stateSync: { rpcServers: relays.map(({ url }) => url), trusted: this.#trust.trusted },
      },
      fresh: false,
    })
  }
}
