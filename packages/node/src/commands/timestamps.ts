/**
 * The time-stamp authority of a node, as its data folder has one, and the stamping of its checkpoints.
 * @module
 */
import { X509Certificate } from 'node:crypto'
import type { Bytes } from '@jurat/core/bytes'
import type { TimeAuthority } from '@jurat/core/receipt/trust'
import type { Config } from '../config.ts'
import { secretKeyObject } from '../crypto/keyObjects.ts'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { ClockGuard } from '../engine/clockGuard.ts'
import type { CertificateAuthority } from '../features/ca.ts'
import type { HeldCertificate } from '../features/ca/authorityFolder.ts'
import { toPem } from '../features/ca/pem.ts'
import { TimestampAuthority, type TokenSigner } from '../features/timestamps.ts'
import { NoteStamper } from '../features/timestamps/noteStamper.ts'
import { TimeSources, type TimeSourcesOptions } from '../features/timestamps/timeSources.ts'
import { isTestNetwork, trustedTime } from '../features/timestamps/trustedTime.ts'
import type { TimestampServices } from '../http/routes/timestamps.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { nodeDatagrams } from '../platform/datagrams.ts'
import type { DataFolder } from './dataFolder.ts'
import type { LedgerNode } from './ledger.ts'

/** Time stamps as the rest of the node sees them. */
export interface TimestampService extends TimestampServices {
  /** What the trust file of this network names. */
  readonly authorities: readonly TimeAuthority[]
  /** A token over a SHA-256 digest; null while the clock cannot be trusted. */
  readonly stamp: (sha256: Bytes) => Bytes | null
  readonly stop: () => Promise<void>
}

/** Opens it. Without an authority there are no time stamps. */
export async function openTimestamps(
  config: Config,
  folder: DataFolder,
  ledger: LedgerNode,
  authority: CertificateAuthority | null,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
): Promise<TimestampService> {
  if (authority === null)
    return { authority: null, chain: () => '', authorities: [], stamp: () => null, stop: () => Promise.resolve() }
  const warn = (message: string, details: object): void => logger.warn(details, message)
  const sources = sourcesOf(config, warn)
  sources?.start()
  const stamps = stampsOf(authority, ledger, sources, { metrics, warn })
  const { store, publisher } = ledger
  const stamper = new NoteStamper({
    notes: store.notes,
    completeSize: () => publisher.completeSize,
    stamp: (note) => stamps.stamp(note),
    timers: systemTimers,
    warn,
  })
  await stamper.start()
  return {
    authority: { answer: (request) => stamps.answer(request), grant: (query) => stamps.grant(query) },
    chain: () => [authority.timeStamping.certificate, authority.issuing, authority.root].map(toPem).join(''),
    // Members have trust files of one fingerprint, so none names its own authority there: docs/decisions/0050.
    authorities: folder.member.addresses.length > 0 ? [] : [{ certificate: authority.root, independent: false }],
    stamp: (sha256) => stamps.stampDigest(sha256),
    async stop() {
      await stamper.stop()
      await sources?.stop()
    },
  }
}

/** Null: none are configured. */
function sourcesOf({ timeSources: sources }: Config, warn: TimeSourcesOptions['warn']): TimeSources | null {
  const own = { datagrams: nodeDatagrams, clock: systemClock, timers: systemTimers, warn }
  return sources.length === 0 ? null : new TimeSources({ sources, ...own })
}

function stampsOf(
  authority: CertificateAuthority,
  { origin, store }: LedgerNode,
  sources: TimeSources | null,
  told: { readonly metrics: Metrics; readonly warn: (message: string, details: object) => void },
): TimestampAuthority {
  const judges = {
    clock: systemClock,
    guard: new ClockGuard(systemClock),
    tipTimeMs: () => store.tip.timeMs,
    disagreement: sources && (() => sources.disagreement()),
    isTest: isTestNetwork(origin),
    policy: null,
  }
  return new TimestampAuthority({
    crypto: nodeCrypto,
    signer: signerOf(authority),
    time: () => trustedTime(judges),
    ...told,
  })
}

/** The signer of tokens: read anew when the certificate, or the one above it, was renewed. */
function signerOf(authority: CertificateAuthority): () => TokenSigner {
  let held: HeldCertificate | null = null
  let issuing: Bytes | null = null
  let signer: TokenSigner | null = null
  return () => {
    if (signer !== null && authority.timeStamping === held && authority.issuing === issuing) return signer
    held = authority.timeStamping
    issuing = authority.issuing
    const { validFrom, validTo } = new X509Certificate(held.certificate)
    signer = {
      certificate: held.certificate,
      chain: [issuing],
      key: secretKeyObject(held.key),
      validFromMs: Date.parse(validFrom),
      validToMs: Date.parse(validTo),
    }
    return signer
  }
}
