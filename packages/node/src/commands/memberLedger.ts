/**
 * The ledger of a consortium at one of its members: CometBFT orders transactions into blocks, and the members cosign.
 * @module
 */
import { dirname, join } from 'node:path'
import type { Bytes } from '@jurat/core/bytes'
import type { ConsortiumDocument } from '@jurat/core/ledger/consortium'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { CometbftEngine } from '../engine/cometbft/cometbftEngine.ts'
import type { CometbftOptions } from '../engine/cometbft/options.ts'
import { validatorsOf } from '../engine/cometbft/chain.ts'
import { cometRpc, type CometRpc } from '../engine/cometbft/rpc.ts'
import { engineFolder, findCometbft } from '../engine/cometbft/supervision/binary.ts'
import { chainProbe } from '../engine/cometbft/supervision/chainProbe.ts'
import { type CometbftPaths, cometbftPaths, type ValidatorKey, writeHome } from '../engine/cometbft/supervision/home.ts'
import { SnapshotShelf } from '../engine/cometbft/snapshotShelf.ts'
import { parseConsensusAddress, peersOf } from '../engine/cometbft/supervision/peers.ts'
import { type ChildHealth, Supervisor, type SupervisorOptions } from '../engine/cometbft/supervision/supervisor.ts'
import { signerStateAt, type VotePlace, votePlaces } from '../engine/cometbft/votePlace.ts'
import { MemberPublisher } from '../log/members/memberPublisher.ts'
import type { ValidatorRecovery } from '../log/members/memberRecovery.ts'
import { membersPolicyReader } from '../log/members/membersPolicy.ts'
import { parseMemberAddress, TlsLinks } from '../log/members/tlsLinks.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { nodeNetwork } from '../platform/nodeNetwork.ts'
import { peekBase } from '../store/base.ts'
import { DataFolderError } from './dataFolder.ts'
import { type EngineKeys, type HeldSigners, KeyChange } from './keyChange.ts'
import { memberFinality, memberLightBlocks } from './finality.ts'
import { memberMonitor } from './memberMonitor.ts'
import { routedDocument, routedLinks } from './memberRoutes.ts'
import type { LedgerParts, RunningLedger } from './soloLedger.ts'

/** An idle network makes an empty block after this, milliseconds: a sign of life. */
const heartbeatMs = 30_000

const time = { clock: systemClock, timers: systemTimers }

/** What keeps this member's CometBFT from taking part; null when it does. @param key - with which it signs. */
export function troubleOf({ pid, status }: Pick<ChildHealth, 'pid' | 'status'>, key: ValidatorKey): string | null {
  if (pid === null || status === null) return 'CometBFT has not answered yet'
  if (key === 'throwaway') return 'the state of the validator is lost: this member votes for no block'
  return status.catchingUp ? 'this member is catching up with the network, or reaches no other member' : null
}

/** Runs it. @throws when CometBFT is not there, or a port is taken. */
export async function runMember(parts: LedgerParts): Promise<RunningLedger> {
  const { config, folder, onBlock, logger } = parts
  const search = { configured: config.cometbft, cache: engineFolder, path: process.env['PATH'] ?? '' }
  const binary = await findCometbft(search)
  const paths = cometbftPaths(folder.data)
  const rpc = cometRpc(paths.rpcSocket)
  const change = new KeyChange({
    parts,
    publish: (block) => publisher.onBlock(block),
    async changed({ transport }) {
      await links.setTransportKey(transport)
      await restarted(() => Promise.resolve())
    },
  })
  await folder.files.makeFolder(paths.home)
  const base = await peekBase({ files: folder.files, folder: folder.data })
  const engine = await openEngine(parts, paths, {
    rpc,
    baseHeight: base?.engineHeight ?? 0,
    snapshots: await openShelf(parts),
    confirmed(height) {
      publisher.confirmed(height)
      change.confirmed(height)
    },
    closed: () => publisher.closed(),
  })
  await change.begin(engine.progress.height)
  let key = await writeCometbftHome(parts, change.engineKeys, paths)
  const restarted = (between: () => Promise<void>): Promise<void> =>
    supervisor.restart(async () => {
      await between()
      key = await writeCometbftHome(parts, change.engineKeys, paths)
    })
  const links = linksOf(parts, change.engineKeys)
  const publisher = memberPublisher(
    parts,
    { rpc, links, signers: change.signers },
    {
      lost: () => key === 'throwaway',
      place: () => ownPlace(change.engineKeys.validator, rpc),
      begin: async (place) => {
        await restarted(() => beginValidator(parts, paths, place))
        logger.info({ ...place }, 'The validator votes again, above this place')
      },
    },
  )
  const rebuild = rebuildOf(parts, engine, base !== null)
  if (engine.progress.height > 0 && !(await hasChain(parts, paths))) rebuild()
  engine.onBlock(onBlock)
  engine.onBlock((block) => change.onBlock(block))
  await publisher.start()
  const supervisor = supervisorOf(parts, { binary, paths, rpc, engine, behind: rebuild })
  followParameters(parts, engine, () => restarted(() => Promise.resolve()))
  // The application first: CometBFT asks it where it stands.
  supervisor.start()
  const stopMonitor = startMonitor(parts)
  return {
    engine,
    publisher,
    outstanding: (keyHash) => engine.outstanding(keyHash),
    finality: memberFinality(parts, rpc),
    lightBlock: memberLightBlocks(rpc),
    stalled: () => engine.progress.stalled ?? troubleOf(supervisor.health(), key),
    async stop() {
      stopMonitor()
      await engine.stop(() => supervisor.stop())
      await publisher.stop()
    },
  }
}

/** @returns what ends it */
function startMonitor(parts: LedgerParts): () => void {
  const monitor = memberMonitor(parts, systemTimers)
  monitor.start()
  return () => monitor.stop()
}

function openShelf({ config, folder, store, warn }: LedgerParts): Promise<SnapshotShelf> {
  const { files, data: dataFolder } = folder
  return SnapshotShelf.open({
    files,
    dataFolder,
    crypto: nodeCrypto,
    store,
    everyBlocks: config.snapshotEvery,
    warn,
  })
}

function openEngine(
  { application, store, folder, fatal, warn }: LedgerParts,
  { abciSocket }: CometbftPaths,
  hooks: Required<Pick<CometbftOptions, 'rpc' | 'confirmed' | 'closed' | 'snapshots' | 'baseHeight'>>,
): Promise<CometbftEngine> {
  return CometbftEngine.open({
    application,
    consortium: () => consortiumOf(store.view).document,
    genesis: folder.genesis,
    crypto: nodeCrypto,
    files: folder.files,
    dataFolder: folder.data,
    socketPath: abciSocket,
    ...time,
    fatal,
    warn,
    ...hooks,
  })
}

function supervisorOf(
  parts: LedgerParts,
  {
    paths,
    rpc,
    engine,
    ...given
  }: Pick<SupervisorOptions, 'binary' | 'behind'> & { paths: CometbftPaths; rpc: CometRpc; engine: CometbftEngine },
): Supervisor {
  const { folder, logger, metrics } = parts
  return new Supervisor({
    home: paths.home,
    rpcSocket: paths.rpcSocket,
    logger,
    ...time,
    probe: chainProbe(rpc),
    peers: () => peersOf(nodeCrypto, dialledDocument(parts), folder.member.member),
    connections: () => engine.progress.connections,
    metrics,
    ...given,
  })
}

/** Makes the state of a validator whose own was lost. */
async function beginValidator(
  { folder }: LedgerParts,
  { signerState }: CometbftPaths,
  place: VotePlace,
): Promise<void> {
  const { files, data } = folder
  await files.makeFolder(dirname(signerState))
  await files.syncFolder(data)
  await files.replaceFile(signerState, signerStateAt(place), { mode: 0o600 })
}

/** What is done when CometBFT has lost its chain. */
function rebuildOf({ store, folder, warn, fatal }: LedgerParts, engine: CometbftEngine, hasBase: boolean): () => void {
  return () => {
    if (hasBase) return fatal(new DataFolderError('data-folder-broken', chainLost(folder.data)))
    warn(
      'The store of CometBFT is behind the ledger: it gets the chain again, and the ledger answers from its blocks',
      {},
    )
    engine.rebuild(store)
  }
}

/** The blocks before a snapshot are not here: they cannot be answered when CometBFT gets them again. */
const chainLost = (data: string): string =>
  `${data} began with a snapshot, and its CometBFT has lost the chain: join again with an empty folder (docs/operating/joining.md)`

/** Whether CometBFT has a store of blocks: a restored data folder has none. */
async function hasChain({ folder }: LedgerParts, { home }: CometbftPaths): Promise<boolean> {
  return (await folder.files.list(join(home, 'data'))).includes('blockstore.db')
}

/** CometBFT reads the longest transaction at its start only: when a ballot raises it, it starts again. */
function followParameters({ store, fatal }: LedgerParts, engine: CometbftEngine, restart: () => Promise<void>): void {
  const present = (): number => consortiumOf(store.view).document.parameters.transactionBytesMax
  let known = present()
  engine.onBlock(({ outcome }) => {
    if (outcome.consortium === null || present() <= known) return
    known = present()
    void restart().catch(fatal)
  })
}

/** The highest vote of a member that the own CometBFT holds. */
async function voteOf({ store }: LedgerParts, rpc: CometRpc, name: string): Promise<VotePlace | null> {
  const { document } = consortiumOf(store.view)
  const validator = validatorsOf(nodeCrypto, document).find(({ member }) => member === name)
  return validator === undefined ? null : ((await votePlaces(rpc, validator.address))?.vote ?? null)
}

/** The round in which the own CometBFT is, or the own vote in it that it was given by others. */
async function ownPlace(validatorKey: Bytes, rpc: CometRpc): Promise<VotePlace | null> {
  const places = await votePlaces(rpc, nodeCrypto.sha256(nodeCrypto.publicKeyOf(validatorKey).subarray(1)))
  if (places === null) return null
  const { tip, vote } = places
  return vote.round >= tip.round ? vote : tip
}

function linksOf(parts: LedgerParts, { transport }: EngineKeys): TlsLinks {
  const { config, warn } = parts
  const listen = config.membersListen ?? ownAddress(parts, parseMemberAddress)
  return new TlsLinks({ transportKey: transport, listen, ...time, warn })
}

function memberPublisher(
  parts: LedgerParts,
  { rpc, links, signers }: { rpc: CometRpc; links: TlsLinks; signers: HeldSigners },
  validator: ValidatorRecovery,
): MemberPublisher {
  const { config, folder, origin, networkId, store, observed, fatal, warn, alarm } = parts
  return new MemberPublisher({
    origin,
    networkId,
    store,
    crypto: nodeCrypto,
    ...time,
    links: routedLinks(links, config.memberRoutes),
    keys: signers,
    outside: { network: nodeNetwork, signers: signers.serving },
    memory: { files: folder.files, dataFolder: folder.data },
    validator,
    voteOf: (name) => voteOf(parts, rpc, name),
    policyOf: membersPolicyReader(nodeCrypto, origin, signers.logKeys),
    fatal,
    warn,
    alarm,
    observed,
  })
}

/** The consortium document in force, its members reached as the configuration says. */
const dialledDocument = ({ config, store }: LedgerParts): ConsortiumDocument =>
  routedDocument(consortiumOf(store.view).document, config.memberRoutes)

async function writeCometbftHome(parts: LedgerParts, keys: EngineKeys, paths: CometbftPaths): Promise<ValidatorKey> {
  const { config, folder, warn } = parts
  const { member, genesis, files } = folder
  const { host, port } = config.consensusListen ?? ownAddress(parts, parseConsensusAddress)
  const key = await writeHome(files, {
    crypto: nodeCrypto,
    paths,
    genesis,
    keys,
    settings: {
      moniker: member.member,
      peerListen: `${host.includes(':') ? `[${host}]` : host}:${port}`,
      peers: peersOf(nodeCrypto, dialledDocument(parts), member.member),
      transactionBytesMax: consortiumOf(parts.store.view).document.parameters.transactionBytesMax,
      heartbeatMs,
      metricsListen: null,
      stateSync: null,
    },
    // A member's signer state is made with its keys, when it joins.
    fresh: false,
  })
  if (key === 'throwaway')
    warn('The validator is muted: what its key has signed is unknown', { file: paths.signerState })
  return key
}

/** The port of an own address, on all interfaces: what others dial may be the address of a proxy. */
function ownAddress(
  { folder, store }: Pick<LedgerParts, 'folder' | 'store'>,
  parse: (address: string) => { host: string; port: number } | null,
): { host: string; port: number } {
  const { members } = consortiumOf(store.view).document
  // Whoever waits to be admitted listens where it will be.
  const own = members.find(({ name }) => name === folder.member.member) ?? folder.member
  const found = own.addresses.map(parse).find((address) => address !== null)
  if (found === undefined || found === null) {
    throw new DataFolderError('data-folder-broken', `${folder.member.member} has no address for other members`)
  }
  return { host: '0.0.0.0', port: found.port }
}
