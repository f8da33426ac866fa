/**
 * The ledger of a consortium at one of its members: CometBFT orders transactions into blocks, and the members cosign.
 * @module
 */
import type { ConsortiumDocument } from '@jurat/core/ledger/consortium'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { cosignerOf, signerOf } from '@jurat/core/note/cosignature'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { CometbftEngine } from '../engine/cometbft/cometbftEngine.ts'
import { cometRpc } from '../engine/cometbft/rpc.ts'
import { engineFolder, findCometbft } from '../engine/cometbft/supervision/binary.ts'
import { chainProbe } from '../engine/cometbft/supervision/chainProbe.ts'
import { type CometbftPaths, cometbftPaths, writeHome } from '../engine/cometbft/supervision/home.ts'
import { parseConsensusAddress, peersOf } from '../engine/cometbft/supervision/peers.ts'
import { type ChildHealth, Supervisor } from '../engine/cometbft/supervision/supervisor.ts'
import { MemberPublisher } from '../log/members/memberPublisher.ts'
import { membersPolicyReader } from '../log/members/membersPolicy.ts'
import { parseMemberAddress, TlsLinks } from '../log/members/tlsLinks.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { DataFolderError } from './dataFolder.ts'
import { routedDocument, routedLinks } from './memberRoutes.ts'
import type { LedgerParts, RunningLedger } from './soloLedger.ts'

/** An idle network makes an empty block after this, milliseconds: a sign of life. */
const heartbeatMs = 30_000

const time = { clock: systemClock, timers: systemTimers }

/** What keeps CometBFT from taking part; null when it does. */
function troubleOf({ pid, status }: ChildHealth): string | null {
  if (pid === null || status === null) return 'CometBFT has not answered yet'
  return status.catchingUp ? 'this member is catching up with the network, or reaches no other member' : null
}

/** Runs it. @throws when CometBFT is not there, or a port is taken. */
export async function runMember(parts: LedgerParts): Promise<RunningLedger> {
  const { config, folder, store, application, onBlock, logger, metrics, fatal, warn } = parts
  const binary = await findCometbft({
    configured: config.cometbft,
    cache: engineFolder,
    path: process.env['PATH'] ?? '',
  })
  const publisher = memberPublisher(parts)
  const paths = cometbftPaths(folder.data)
  await writeCometbftHome(parts, paths)
  const rpc = cometRpc(paths.rpcSocket)
  const engine = await CometbftEngine.open({
    application,
    consortium: () => consortiumOf(store.view).document,
    genesis: folder.genesis,
    crypto: nodeCrypto,
    files: folder.files,
    dataFolder: folder.data,
    socketPath: paths.abciSocket,
    rpc,
    ...time,
    fatal,
    warn,
    closed: () => publisher.closed(),
  })
  engine.onBlock(onBlock)
  engine.onBlock((block) => publisher.onBlock(block))
  await publisher.start()
  const supervisor = new Supervisor({
    binary,
    home: paths.home,
    rpcSocket: paths.rpcSocket,
    logger,
    ...time,
    probe: chainProbe(rpc),
    connections: () => engine.progress.connections,
    peers: () => peersOf(nodeCrypto, dialledDocument(parts), folder.member.member),
    metrics,
  })
  // The application first: CometBFT asks it where it stands.
  supervisor.start()
  return {
    engine,
    publisher,
    stalled: () => engine.progress.stalled ?? troubleOf(supervisor.health()),
    async stop() {
      await engine.stop(() => supervisor.stop())
      await publisher.stop()
    },
  }
}

function memberPublisher(parts: LedgerParts): MemberPublisher {
  const { config, folder, origin, networkId, store, observed, fatal, warn, alarm } = parts
  const { keys, member } = folder
  const logSigner = signerOf(nodeCrypto, origin, keys.log)
  const links = new TlsLinks({
    transportKey: keys.transport,
    listen: config.membersListen ?? ownAddress(parts, parseMemberAddress),
    ...time,
    warn,
  })
  return new MemberPublisher({
    origin,
    networkId,
    store,
    crypto: nodeCrypto,
    ...time,
    links: routedLinks(links, config.memberRoutes),
    keys: {
      log: [logSigner],
      executors: [keys['executor-ed25519'], keys['executor-mldsa44']].map((key) =>
        cosignerOf(nodeCrypto, member.member, key),
      ),
    },
    policyOf: membersPolicyReader(nodeCrypto, origin, [logSigner.vkey.publicKey]),
    fatal,
    warn,
    alarm,
    observed,
  })
}

/** The consortium document in force, its members reached as the configuration says. */
const dialledDocument = ({ config, store }: LedgerParts): ConsortiumDocument =>
  routedDocument(consortiumOf(store.view).document, config.memberRoutes)

async function writeCometbftHome(parts: LedgerParts, paths: CometbftPaths): Promise<void> {
  const { config, folder, warn } = parts
  const { keys, member, genesis, files } = folder
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
      heartbeatMs,
      metricsListen: null,
    },
    // A member's signer state is made with its keys, when it joins.
    fresh: false,
  })
  if (key === 'throwaway')
    warn('The validator is muted: what its key has signed is unknown', { file: paths.signerState })
}

/** The port of an own address, on all interfaces: what others dial may be the address of a proxy. */
function ownAddress(
  { folder, store }: Pick<LedgerParts, 'folder' | 'store'>,
  parse: (address: string) => { host: string; port: number } | null,
): { host: string; port: number } {
  const { members } = consortiumOf(store.view).document
  const own = members.find(({ name }) => name === folder.member.member)
  const found = own?.addresses.map(parse).find((address) => address !== null)
  if (found === undefined || found === null) {
    throw new DataFolderError('data-folder-broken', `${folder.member.member} has no address for other members`)
  }
  return { host: '0.0.0.0', port: found.port }
}
