/**
 * The composition root: joins store, engine, log, features and HTTP to a running node. Nothing else knows all of them.
 * @module
 */
import { readFileSync } from 'node:fs'
import { apiVersion, openapiDocument } from '@jurat/api/openapi'
import { toHex } from '@jurat/core/bytes'
import { accountId } from '@jurat/core/ledger/account'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { dataPaths, type DataFolder } from './commands/dataFolder.ts'
import { openLedger, type LedgerNode } from './commands/ledger.ts'
import type { Config } from './config.ts'
import { nodeCrypto } from './crypto/nodeCrypto.ts'
import { Accounts } from './features/accounts.ts'
import { Credentials } from './features/credentials.ts'
import { Deposits } from './features/deposits.ts'
import { frontName, registrarName } from './features/founding.ts'
import { NodeSigning } from './features/keys/nodeSigning.ts'
import { TransactionSigner } from './features/keys/signing.ts'
import { NetworkView } from './features/network.ts'
import { FolderBlobStore, Originals } from './features/originals.ts'
import { openProposals } from './features/proposals.ts'
import { RawFront } from './features/rawFront.ts'
import { Receipts } from './features/receipts.ts'
import { RepeatedAnswers } from './features/repeatedAnswers.ts'
import { Transactions, TransactionError } from './features/transactions.ts'
import { ProjectionService } from './database/projectionService.ts'
import { createApp } from './http/app.ts'
import { answerFailure } from './http/failure.ts'
import { hotDeposits } from './http/hotDeposits.ts'
import { hotRaw } from './http/hotRaw.ts'
import { depositHandlers } from './http/routes/deposits.ts'
import { ledgerHandlers } from './http/routes/ledger.ts'
import { logHandlers } from './http/routes/log.ts'
import { organisationHandlers } from './http/routes/organisations.ts'
import {
  createGate,
  createHttpServer,
  type HotPath,
  listen,
  renewCertificate,
  type ServerOptions,
  stopServer,
} from './http/server.ts'
import { serveLog } from './log/tileServer.ts'
import { HealthWatch, type Progress } from './observe/health.ts'
import type { Logger } from './observe/logger.ts'
import type { MetricsRegistry } from './observe/metrics.ts'
import { systemClock, systemTimers } from './platform/clock.ts'
import { openLevelKeyValue } from './store/levelKeyValue.ts'

/** What a node tells of itself, and how it ends when it must. */
export interface NodeSurroundings {
  readonly logger: Logger
  readonly metrics: MetricsRegistry
  /** Ends the process: the state of the disk is unknown, or the node met a bug. */
  readonly fatal: (error: unknown) => void
  /** Done when the address is known and before the first request is answered. */
  readonly beforeOpening?: (node: RunningNode) => Promise<void>
}

/** A running node. */
export interface RunningNode {
  /** The address that it listens on. */
  readonly url: string
  readonly ledger: LedgerNode
  readonly credentials: Credentials
  readonly receipts: Receipts
  /** Reads the certificate files again. */
  readonly renew: () => Promise<void>
  /** Ends in order: no new requests, those on their way finish, the engine, the log, the store. */
  readonly stop: () => Promise<void>
}

/** Room for header, signature and framing in a transaction, bytes. */
const envelopeBytes = 8_192

/** Joins everything and listens. */
export async function startNode(
  config: Config,
  folder: DataFolder,
  surroundings: NodeSurroundings,
): Promise<RunningNode> {
  const { logger, metrics } = surroundings
  const paths = dataPaths(folder.data)
  const ledger = await openLedger(config, folder, surroundings)
  const credentials = await Credentials.open(await openLevelKeyValue(paths.credentials), folder.sealer, systemClock)
  const features = joinFeatures(config, folder, ledger, credentials)
  const { deposits, rawFront, receipts } = features
  const projections = startProjections(config, folder, ledger, surroundings)
  const health = new HealthWatch(systemClock, () => progressOf(ledger, projections))
  const app = createApp({
    keys: credentials,
    logger,
    metrics,
    repeat: new RepeatedAnswers(credentials),
    handlers: {
      ...depositHandlers({ ...features, hosted: credentials }),
      ...ledgerHandlers(features),
      ...organisationHandlers({
        credentials,
        createHosted: (organisation) => features.accounts.createHosted(organisation),
      }),
      ...logHandlers({
        log: (path) => serveLog({ store: ledger.store, checkpoint: () => ledger.publisher.checkpoint() }, path),
        addRaw: rawFront === null ? null : (body) => rawFront.add(body),
        addCheckpoint: (body) => ledger.witness.addCheckpoint(body),
        cosigned: (originHash) => ledger.witness.monitoring(originHash),
        health: () => health.check(),
        metrics: () => metrics.text(),
        openapi: () => openapiDocument(apiVersion),
      }),
    },
  })
  await app.ready()
  const application = app.routing.bind(app)
  const hot = hotCounts(metrics)
  const fail =
    (route: string) =>
    (request: Parameters<typeof answerFailure>[0], response: Parameters<typeof answerFailure>[1], error: unknown) =>
      hot.add(route, answerFailure(request, response, error, logger), 0)
  const hotPaths: HotPath[] = [
    hotDeposits({
      keys: credentials,
      deposit: (job) => deposits.deposit(job),
      application,
      fail: fail('createDeposits'),
      answered: (status, durationMs) => hot.add('createDeposits', status, durationMs),
    }),
  ]
  if (rawFront !== null) {
    const answered = (status: number, durationMs: number): void => hot.add('addRaw', status, durationMs)
    hotPaths.push(hotRaw({ add: (body) => rawFront.add(body), fail: fail('addRaw'), answered }))
  }
  const answer: HotPath = (request, response) => {
    for (const path of hotPaths) if (path(request, response)) return true
    application(request, response)
    return true
  }
  const tls = tlsOf(config)
  const gate = createGate()
  const { connectionsMax } = config
  const server = await createHttpServer(
    { hotPaths: [gate.path, ...hotPaths], connectionsMax, tls, logger },
    application,
  )
  const listening = await listen(server, config.listen)
  const node: RunningNode = {
    url: config.url ?? listening,
    ledger,
    credentials,
    receipts,
    async renew() {
      if (tls !== null) await renewCertificate(server, tls)
    },
    async stop() {
      await stopServer(server)
      deposits.stop()
      await app.close()
      await ledger.stop()
      await projections?.stop()
      await credentials.close()
    },
  }
  await surroundings.beforeOpening?.(node)
  gate.open(answer)
  return node
}

function tlsOf({ tlsCertificate, tlsKey }: Config): ServerOptions['tls'] {
  return tlsCertificate === null || tlsKey === null ? null : { certificate: tlsCertificate, key: tlsKey }
}

/** The projections in PostgreSQL, started in the background; null when the configuration switches them off. */
function startProjections(
  { databaseUrl }: Config,
  folder: DataFolder,
  ledger: LedgerNode,
  { logger, metrics }: NodeSurroundings,
): ProjectionService | null {
  if (databaseUrl === 'off') return null
  const projections = new ProjectionService({
    folder: folder.data,
    databaseUrl,
    networkId: toHex(ledger.networkId),
    logger,
    metrics,
    timers: systemTimers,
    monotonic: () => systemClock.monotonic(),
  })
  projections.durable(ledger.store.durable.height)
  ledger.engine.onBlock(({ height }) => projections.durable(height))
  projections.start()
  return projections
}

/** The features of the node, each handed only what it needs. */
function joinFeatures(config: Config, folder: DataFolder, ledger: LedgerNode, credentials: Credentials): Features {
  const { store, engine, publisher, submitOwn } = ledger
  const parameters = (): ReturnType<typeof consortiumOf>['document']['parameters'] =>
    consortiumOf(store.view).document.parameters
  const signer = new TransactionSigner(nodeCrypto, ledger.networkId, systemClock, parameters)
  const accountNames = { keys: folder.keys, registrar: registrarName, front: frontName }
  const signing = new NodeSigning(nodeCrypto, signer, accountNames, (account) => credentials.secretKey(account))
  const covered = async (size: number, timeoutMs: number): Promise<boolean> =>
    (await publisher.waitCovered(size, timeoutMs)) !== null
  const hasWitnesses = (): boolean => publisher.policy().witnesses.length > 0
  const completeSize = (): number => publisher.completeSize
  const { itemsMax, transactionBytesMax, rawAllowed } = parameters()
  const limits = { itemsMax, itemBytesMax: transactionBytesMax - envelopeBytes }
  const mayBeRaw = config.rawFront && rawAllowed === 1
  return {
    deposits: new Deposits({
      crypto: nodeCrypto,
      timers: systemTimers,
      limits,
      submit: (account, items, side) => submitOwn(signing.deposit(account, items), side),
      idempotent: (keyHash) => store.idempotent(keyHash),
      covered,
      hasWitnesses,
      secretSeed: folder.sealer.derive('item-secrets'),
    }),
    rawFront: mayBeRaw
      ? new RawFront({ timers: systemTimers, limits, submit: (bodies) => submitOwn(signing.raw(bodies)), covered })
      : null,
    receipts: new Receipts({
      ...ledger,
      crypto: nodeCrypto,
      noteFor: (index) => publisher.noteFor(index),
      completeSize,
      hasWitnesses,
    }),
    originals: new Originals(new FolderBlobStore(dataPaths(folder.data).blobs), credentials, config.originalBytesMax),
    transactions: new Transactions({
      submit: (tx) => engine.submit(tx),
      stored: (txHash) => store.transaction(txHash),
      completeSize,
      covered,
      hasWitnesses,
      signProposal: (operation) => signing.proposal(operation),
      signVote: (proposal, operationHash) => signing.vote(proposal, operationHash),
    }),
    accounts: new Accounts({
      crypto: nodeCrypto,
      view: store.view,
      accountAt: (id, version) => store.accountAt(id, version),
      proposals: (account) => openProposals(nodeCrypto, store.view, account, store.tip.timeMs),
      async register(account) {
        const outcome = await submitOwn(signing.register(account))
        if (outcome.code !== 0) throw new TransactionError(outcome.code, outcome.txHash)
      },
      keep: (organisation, account) => credentials.addAccount(organisation, account),
    }),
    network: new NetworkView({
      networkId: ledger.networkId,
      origin: ledger.origin,
      registrar: toHex(accountId(nodeCrypto, registrarName)),
      software: `jurat ${softwareVersion()}`,
      durable: () => store.durable,
      documents: () => store.consortiumDocuments(),
      block: (height) => store.block(height),
      policies: () => [publisher.policy().text],
    }),
  }
}

interface Features {
  readonly deposits: Deposits
  readonly rawFront: RawFront | null
  readonly receipts: Receipts
  readonly originals: Originals
  readonly transactions: Transactions
  readonly accounts: Accounts
  readonly network: NetworkView
}

function softwareVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

function progressOf({ store, engine, publisher }: LedgerNode, projections: ProjectionService | null): Progress {
  const { height, size } = store.durable
  const closed = publisher.closed()
  return {
    height,
    committedSize: size,
    checkpointSize: publisher.completeSize,
    queuedTransactions: engine.queuedBytes > 0 ? 1 : 0,
    stopped: closed?.code === 'readOnly' ? closed.message : null,
    muted: closed?.code === 'muted',
    database: projections === null ? 'off' : projections.up ? 'up' : 'down',
    projectionHeight: projections === null ? height : projections.projectedHeight,
  }
}

/** How often counts of the hot paths are handed to the metrics, milliseconds. */
const hotCountMs = 1_000

interface HotCounts {
  add(route: string, status: number, durationMs: number): void
}

/** Counts of the hot paths: one addition a request here, one labelled increment a second there. */
function hotCounts(metrics: MetricsRegistry): HotCounts {
  const counts = new Map<string, { route: string; status: number; count: number }>()
  setInterval(() => {
    for (const { route, status, count } of counts.values())
      metrics.count('http_requests_total', count, { route, status })
    counts.clear()
  }, hotCountMs).unref()
  return {
    add(route, status, durationMs) {
      const key = `${route} ${status}`
      const entry = counts.get(key)
      if (entry === undefined) counts.set(key, { route, status, count: 1 })
      else if (++entry.count % 64 === 0) metrics.observe('http_request_seconds', durationMs / 1000, { route })
    },
  }
}
