/**
 * The certification authority of a node, as its data folder has one.
 * @module
 */
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { ClockGuard } from '../engine/clockGuard.ts'
import { CertificateAuthority } from '../features/ca.ts'
import { AuthorityFolder, type KeySealer } from '../features/ca/authorityFolder.ts'
import { makeAuthority } from '../features/ca/founding.ts'
import { steadyTime } from '../features/ca/steadyTime.ts'
import type { Credentials } from '../features/credentials.ts'
import type { Logger } from '../observe/logger.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import type { Files } from '../platform/files.ts'
import type { KeyValueStore } from '../store/keyValue.ts'
import { dataPaths, type DataFolder } from './dataFolder.ts'

/** Where an authority's keys and certificates lie. */
export const authorityFolder = (data: string): string => join(dataPaths(data).keys, 'authority')

/** The authority's place in a data folder. */
export const authorityPlace = (files: Files, data: string, sealer: KeySealer): AuthorityFolder =>
  new AuthorityFolder(files, authorityFolder(data), sealer)

/** Address that stands in certificates; null: none is configured. */
export const authorityBase = ({ authorityUrl, url }: Config): string | null =>
  (authorityUrl ?? url)?.replace(/\/+$/u, '') ?? null

/** Opens it; a network that is founded now gets one. Null: this node has none. */
export async function openAuthority(
  config: Config,
  folder: DataFolder,
  {
    network,
    store,
    credentials,
    logger,
  }: {
    readonly network: string
    readonly store: KeyValueStore
    readonly credentials: Credentials
    readonly logger: Logger
  },
): Promise<CertificateAuthority | null> {
  const place = authorityPlace(folder.files, folder.data, folder.sealer)
  const base = authorityBase(config)
  if (folder.founding !== null && (await place.read()) === null) {
    await makeAuthority(place, { network, nowMs: systemClock.now(), base })
  }
  const authority = await CertificateAuthority.open({
    place,
    store,
    secrets: credentials,
    network,
    base,
    time: steadyTime(systemClock, new ClockGuard(systemClock)),
    timers: systemTimers,
    warn: (message, details) => logger.warn(details, message),
  })
  authority?.start()
  return authority
}
