/**
 * The composition root: joins store, engine, log, features and HTTP to a running node. Nothing else knows all of them.
 * @module
 */
import { apiVersion, openapiDocument } from '@jurat/api/openapi'
import { toHex } from '@jurat/core/bytes'
import { openAuthority } from './commands/authority.ts'
import { dataPaths, type DataFolder } from './commands/dataFolder.ts'
import { openTimestamps } from './commands/timestamps.ts'
import { type Features, joinFeatures } from './commands/features.ts'
import { type LedgerNode, openLedger } from './commands/ledger.ts'
import { type Office, startOffice } from './commands/office.ts'
import { LedgerRecorder } from './commands/recordings.ts'
import type { Config } from './config.ts'
import { readEvents } from './database/office/events.ts'
import { ProjectionService } from './database/projectionService.ts'
import { Credentials } from './features/credentials.ts'
import type { Receipts } from './features/receipts.ts'
import { RepeatedAnswers } from './features/repeatedAnswers.ts'
import { createApp } from './http/app.ts'
import { createFrontDoor } from './http/frontDoor.ts'
import type { Handlers } from './http/handler.ts'
import { certificateHandlers } from './http/routes/certificates.ts'
import { authorityHandlers } from './http/routes/authority.ts'
import { depositHandlers } from './http/routes/deposits.ts'
import { jobHandlers } from './http/routes/jobs.ts'
import { ledgerHandlers } from './http/routes/ledger.ts'
import { identityHandlers } from './http/routes/identity.ts'
import { logHandlers, type LogServices } from './http/routes/log.ts'
import { officeHandlers } from './http/routes/office.ts'
import { flowHandlers } from './http/routes/flows.ts'
import { organisationHandlers } from './http/routes/organisations.ts'
import { targetHandlers } from './http/routes/targets.ts'
import { verificationHandlers } from './http/routes/verifications.ts'
import { timestampHandlers } from './http/routes/timestamps.ts'
import type { ServerOptions } from './http/server.ts'
import { serveLog } from './log/tileServer.ts'
import { HealthWatch, type Progress } from './observe/health.ts'
import type { Logger } from './observe/logger.ts'
import type { MetricsRegistry } from './observe/metrics.ts'
import { systemClock, systemTimers } from './platform/clock.ts'
import { openCounted } from './store/countedKeyValue.ts'
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

/** Joins everything and listens. */
export async function startNode(
  config: Config,
  folder: DataFolder,
  surroundings: NodeSurroundings,
): Promise<RunningNode> {
  const { logger, metrics } = surroundings
  const ledger = await openLedger(config, folder, surroundings)
  const place = dataPaths(folder.data).credentials
  const stored = await openCounted(await openLevelKeyValue(place), folder.files, place)
  const credentials = await Credentials.open(stored, folder.sealer, systemClock)
  const authority = await openAuthority(config, folder, { network: ledger.origin, store: stored, credentials, logger })
  const timestamps = await openTimestamps(config, folder, ledger, authority, surroundings)
  let office: Office | null = null
  const identities = (): Office['identities'] | null => office?.identities ?? null
  const features = joinFeatures(config, folder, ledger, credentials, { authority, timestamps, identities })
  await features.accounts.settle()
  const projections = startProjections(config, folder, ledger, surroundings)
  const parts = { config, folder, ledger, features, credentials, authority, timestamps, logger }
  office = projections && (await startOffice({ ...parts, projections }))
  const health = new HealthWatch(systemClock, () => progressOf(ledger, projections))
  const app = createApp({
    keys: credentials,
    logger,
    metrics,
    repeat: new RepeatedAnswers(credentials),
    handlers: handlersOf(ledger, credentials, features, office, {
      health: () => health.check(),
      metrics() {
        LedgerRecorder.gauges(metrics, ledger.engine, ledger.publisher)
        return metrics.text()
      },
    }),
  })
  await app.ready()
  const { connectionsMax, httpThreads } = config
  const door = await createFrontDoor({
    ...features,
    app,
    keys: credentials,
    connectionsMax,
    httpThreads,
    tls: tlsOf(config),
    logger,
    metrics,
    fatal: surroundings.fatal,
  })
  const listening = await door.listen(config.listen)
  const node: RunningNode = {
    url: config.url ?? listening,
    ledger,
    credentials,
    receipts: features.receipts,
    renew: door.renew,
    async stop() {
      await door.stop()
      features.deposits.stop()
      await features.verifications.stop()
      await features.timestamps.stop()
      await authority?.stop()
      await ledger.stop()
      await office?.stop()
      await projections?.stop()
      await credentials.close()
    },
  }
  await surroundings.beforeOpening?.(node)
  door.open()
  return node
}

function handlersOf(
  { origin, store, publisher, witness }: LedgerNode,
  credentials: Credentials,
  features: Features,
  office: Office | null,
  observed: Pick<LogServices, 'health' | 'metrics'>,
): Handlers {
  const { accounts, rawFront, authority } = features
  return {
    ...depositHandlers({ ...features, hosted: credentials }),
    ...ledgerHandlers(features),
    ...timestampHandlers(features.timestamps),
    ...authorityHandlers({
      authority,
      network: origin,
      organisationName: (id) => credentials.organisation(id).name,
    }),
    ...organisationHandlers({ credentials, createHosted: (organisation) => accounts.createHosted(organisation) }),
    ...verificationHandlers(features),
    ...flowHandlers(office && office.flows),
    ...officeHandlers(
      office && { events: (question) => office.database.read((database) => readEvents(database, question)) },
    ),
    ...jobHandlers(office && office.jobs),
    ...targetHandlers(office && office.targets),
    ...certificateHandlers(office && office.certificates),
    ...identityHandlers(office && office.identities),
    ...logHandlers({
      ...observed,
      log: (path) =>
        serveLog({ store, checkpoint: () => publisher.checkpoint(), witnessed: () => publisher.witnessed() }, path),
      addRaw: rawFront === null ? null : (body) => rawFront.add(body),
      addCheckpoint: (body) => witness.addCheckpoint(body),
      cosigned: (originHash) => witness.monitoring(originHash),
      openapi: () => openapiDocument(apiVersion),
    }),
  }
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

function progressOf(
  { store, engine, publisher, stalled }: LedgerNode,
  projections: ProjectionService | null,
): Progress {
  const { height, size } = store.durable
  const closed = publisher.closed()
  return {
    height,
    committedSize: size,
    checkpointSize: publisher.completeSize,
    queuedTransactions: engine.queuedBytes > 0 ? 1 : 0,
    stopped: closed?.code === 'readOnly' ? closed.message : null,
    stalled: stalled(),
    muted: closed?.code === 'muted',
    database: projections === null ? 'off' : projections.up ? 'up' : 'down',
    projectionHeight: projections === null ? height : projections.projectedHeight,
  }
}
