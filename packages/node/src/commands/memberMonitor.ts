/**
 * Whom the monitor of a member looks at: the other members, the outside witnesses of the document in force, and the mirrors
 * that the configuration names. docs/spec/members.md, Offences and alarms.
 * @module
 */
import { fromText, toHex } from '@jurat/core/bytes'
import { type ConsortiumDocument, decodeDocument, type Member } from '@jurat/core/ledger/consortium'
import { servingName } from '@jurat/core/ledger/consortiumRules'
import { verifierOf } from '@jurat/core/note/cosignature'
import { makeVkey, signatureTypes, type Verifier } from '@jurat/core/note/vkey'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { type CheckpointSource, Monitor, type Watched } from '../log/members/monitor.ts'
import type { Timers } from '../platform/clock.ts'
import { nodeNetwork } from '../platform/nodeNetwork.ts'
import { routedDocument } from './memberRoutes.ts'
import type { LedgerParts } from './soloLedger.ts'

/** The parts of a ledger that it needs. */
type MonitorParts = Pick<LedgerParts, 'origin' | 'warn' | 'alarm'> & {
  readonly config: Pick<LedgerParts['config'], 'memberRoutes' | 'mirrors'>
  readonly folder: { readonly member: Pick<LedgerParts['folder']['member'], 'member'> }
  readonly store: Pick<LedgerParts['store'], 'durable' | 'withHashes' | 'notes' | 'consortiumDocuments'>
}

/** The monitor of a member; it has to be started. */
export function memberMonitor(parts: MonitorParts, timers: Timers): Monitor {
  const { store, warn, alarm } = parts
  return new Monitor({
    crypto: nodeCrypto,
    store,
    network: nodeNetwork,
    timers,
    watched: () => watched(parts),
    warn,
    alarm,
  })
}

async function watched({ origin, config, folder, store }: MonitorParts): Promise<Watched> {
  const documents = (await store.consortiumDocuments()).map(({ document }) => decodeDocument(document))
  const newest = documents.at(-1)
  if (newest === undefined) return { sources: [], verifiers: [] }
  const others = routedDocument(newest, config.memberRoutes).members.filter(({ name }) => name !== folder.member.member)
  return {
    sources: [
      ...others.flatMap(memberSources),
      ...witnessSources(origin, newest),
      ...config.mirrors.map((url) => ({ name: url, url: `${url.replace(/\/$/, '')}/checkpoint` })),
    ],
    verifiers: documents.flatMap(({ members }) => members.flatMap((member) => logVerifiers(origin, member))),
  }
}

/** The checkpoint of the members' quorum, and the one that outside witnesses have cosigned. */
function memberSources({ name, addresses }: Member): CheckpointSource[] {
  const url = addresses.find((address) => /^https?:/.test(address))
  if (url === undefined) return []
  const prefix = `${url.replace(/\/$/, '')}/log`
  return [prefix, `${prefix}/witnessed`].map((log) => ({ name, url: `${log}/checkpoint` }))
}

/** What each witness has seen of the log as each member serves it, the own one too. Not every witness shows that. */
function witnessSources(origin: string, { witnesses, members }: ConsortiumDocument): CheckpointSource[] {
  return witnesses.flatMap(({ name, url }) =>
    members.map((member) => {
      const log = toHex(nodeCrypto.sha256(fromText(servingName(origin, member.name))))
      return { name, url: `${url.replace(/\/$/, '')}/${log}/checkpoint` }
    }),
  )
}

/** A member signs with one key under the name of the network, and of the log as it serves it. */
function logVerifiers(origin: string, { name, keys }: Member): Verifier[] {
  return [origin, servingName(origin, name)].map((log) =>
    verifierOf(nodeCrypto, makeVkey(nodeCrypto, log, signatureTypes.ed25519, keys.log)),
  )
}
