/**
 * The time-stamp authority of a node, as its data folder has one, and the stamping of its checkpoints.
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { TimeAuthority } from '@jurat/core/receipt/trust'
import { secretKeyObject } from '../crypto/keyObjects.ts'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { ClockGuard } from '../engine/clockGuard.ts'
import { makeAuthority, readAuthority, type StampingAuthority, toPem } from '../features/ca/authorityFolder.ts'
import { TimestampAuthority } from '../features/timestamps.ts'
import { NoteStamper } from '../features/timestamps/noteStamper.ts'
import { isTestNetwork, trustedTime } from '../features/timestamps/trustedTime.ts'
import type { TimestampServices } from '../http/routes/timestamps.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { dataPaths, type DataFolder } from './dataFolder.ts'
import type { LedgerNode } from './ledger.ts'

/** Time stamps as the rest of the node sees them. */
export interface TimestampService extends TimestampServices {
  /** What the trust file of this network names. */
  readonly authorities: readonly TimeAuthority[]
  readonly stop: () => Promise<void>
}

/** Where an authority's keys and certificates lie. */
export const authorityFolder = (data: string): string => join(dataPaths(data).keys, 'authority')

/** Opens it; a network that is founded now gets one. Without an authority there are no time stamps. */
export async function openTimestamps(
  folder: DataFolder,
  ledger: LedgerNode,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
): Promise<TimestampService> {
  const { files, sealer, data, founding } = folder
  const place = authorityFolder(data)
  const own =
    (await readAuthority(files, place, sealer)) ??
    (founding === null
      ? null
      : await makeAuthority(files, place, sealer, { network: ledger.origin, nowMs: systemClock.now() }))
  if (own === null) return { authority: null, chain: '', authorities: [], stop: () => Promise.resolve() }
  const warn = (message: string, details: object): void => logger.warn(details, message)
  const authority = authorityOf(own, ledger, { metrics, warn })
  const { store, publisher } = ledger
  const stamper = new NoteStamper({
    notes: store.notes,
    completeSize: () => publisher.completeSize,
    stamp: (note) => authority.stamp(note),
    timers: systemTimers,
    warn,
  })
  await stamper.start()
  return {
    authority: { answer: (request) => authority.answer(request), grant: (query) => authority.grant(query) },
    chain: [own.stamping, own.issuing, own.root].map(toPem).join(''),
    // Members have trust files of one fingerprint, so none names its own authority there.
    authorities: folder.member.addresses.length > 0 ? [] : [{ certificate: own.root, independent: false }],
    stop: () => stamper.stop(),
  }
}

function authorityOf(
  own: StampingAuthority,
  { origin, store }: LedgerNode,
  told: { readonly metrics: Metrics; readonly warn: (message: string, details: object) => void },
): TimestampAuthority {
  const { validFrom, validTo } = new X509Certificate(own.stamping)
  const judges = {
    clock: systemClock,
    guard: new ClockGuard(systemClock),
    tipTimeMs: () => store.tip.timeMs,
    disagreement: null,
    isTest: isTestNetwork(origin),
    policy: null,
  }
  return new TimestampAuthority({
    crypto: nodeCrypto,
    certificate: own.stamping,
    chain: [own.issuing],
    key: secretKeyObject(own.stampingKey),
    validFromMs: Date.parse(validFrom),
    validToMs: Date.parse(validTo),
    time: () => trustedTime(judges),
    ...told,
  })
}
