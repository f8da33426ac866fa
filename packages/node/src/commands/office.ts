/**
 * Office work, joined: its database with jobs, and what they do. Opened in the background; the ledger goes on without it.
 * @module
 */
import { fromHex, toHex } from '@jurat/core/bytes'
import type { Config } from '../config.ts'
import { Jobs } from '../database/office/jobs.ts'
import { OfficeDatabase } from '../database/office/officeDatabase.ts'
import type { ProjectionService } from '../database/projectionService.ts'
import type { CertificateAuthority } from '../features/ca.ts'
import type { Certificates } from '../features/certificates.ts'
import { type Credentials, CredentialsError, type Principal } from '../features/credentials.ts'
import type { Flows } from '../features/flows.ts'
import type { Identities } from '../features/identity.ts'
import { Targets, type TargetWish } from '../features/targets.ts'
import { Verifications } from '../features/verifications.ts'
import type { CertificateServices } from '../http/routes/certificates.ts'
import type { TargetServices } from '../http/routes/targets.ts'
import type { Logger } from '../observe/logger.ts'
import { systemClock, systemTimers } from '../platform/clock.ts'
import { nodeNetwork } from '../platform/nodeNetwork.ts'
import { joinCertificates } from './certificates.ts'
import { type DataFolder, dataPaths } from './dataFolder.ts'
import { openIdentities } from './identities.ts'
import type { Features } from './features.ts'
import { joinFlows } from './flows.ts'
import type { LedgerNode } from './ledger.ts'
import { type NetworkProfile, plainProfile, readProfile } from './profile.ts'
import { pinnedTarget } from './targets.ts'
import type { TimestampService } from './timestamps.ts'

/** Office work. */
export interface Office {
  readonly database: OfficeDatabase
  readonly jobs: Jobs
  readonly targets: TargetServices
  /** Null: the node has no authority of its own to sign with. */
  readonly certificates: CertificateServices | null
  readonly flows: Flows
  readonly identities: Identities
  /** What is on its way finishes. */
  readonly stop: () => Promise<void>
}

/** What office work stands on. */
export interface OfficeParts {
  readonly config: Config
  readonly projections: ProjectionService
  readonly ledger: LedgerNode
  readonly folder: DataFolder
  readonly authority: CertificateAuthority | null
  readonly timestamps: TimestampService
  readonly features: Features
  readonly credentials: Credentials
  readonly logger: Logger
}

/** Joins it and starts. @throws ConfigError when the profile cannot be used */
export async function startOffice(parts: OfficeParts): Promise<Office> {
  const { config, projections, ledger, logger } = parts
  const { networkId, origin, alarm } = ledger
  const now = (): number => systemClock.now()
  const address = config.url ?? `http://${config.listen.host}:${config.listen.port}`
  const profile = config.profile === null ? plainProfile(origin, address) : await readProfile(config.profile)
  const surroundings = { now, logger, timers: systemTimers }
  const database = new OfficeDatabase({
    ...surroundings,
    connection: () => projections.connection,
    networkId,
    copy: dataPaths(parts.folder.data).office,
  })
  const jobs = new Jobs({ ...surroundings, office: database, alarm })
  // Not the thread that strangers use: they would make office work wait.
  const verifications = new Verifications(systemTimers)
  let settled: Certificates['settled'] = () => Promise.resolve()
  const targets = new Targets({
    office: database,
    jobs,
    now,
    networkId: toHex(networkId),
    targets: profile.targets.map((target) => pinnedTarget(target, nodeNetwork, verifications)),
    followed: () => followed(profile, parts.credentials),
    settled: (transaction, deposit) => settled(transaction, deposit),
  })
  const flows = joinFlows(database, parts.folder, parts.credentials, parts.features, logger)
  const { authority } = parts
  const joined =
    authority === null
      ? null
      : joinCertificates({
          ...parts,
          authority,
          profile,
          office: database,
          jobs,
          targets,
          verifications,
          flows,
          ownDeposit: (id, principal) => ownDeposit(parts, id, principal, principal.scopes.has('admin')),
        })
  if (joined !== null) settled = (transaction, deposit) => joined.certificates.settled(transaction, deposit)
  database.attach(jobs)
  const identities = await openIdentities(config, parts.folder, ledger, { ...parts, office: database })
  database.start()
  return {
    database,
    jobs,
    flows,
    targets: {
      list: (deposit, organisation) => targets.list(deposit, organisation),
      send: async (deposit, principal, mayAll) => targets.send(await ownDeposit(parts, deposit, principal, mayAll)),
    },
    certificates: joined === null ? null : joined.services,
    identities,
    async stop() {
      await database.stop()
      await joined?.stop()
      await verifications.stop()
    },
  }
}

/** Accounts of the organisations that send everything, with whose they are. */
function followed(
  { follow }: NetworkProfile,
  credentials: Credentials,
): { readonly account: string; readonly organisation: string }[] {
  return credentials.organisations
    .filter(({ id }) => follow.includes(id))
    .flatMap(({ id }) => credentials.hostedAccounts(id).map((account) => ({ account: account.id, organisation: id })))
}

/** A deposit of an account of the asker's organisation. @throws CredentialsError `not-found`, also for another's */
async function ownDeposit(
  { features, credentials }: OfficeParts,
  id: string,
  { organisation }: Principal,
  mayAll: boolean,
): Promise<TargetWish> {
  const deposit = await features.receipts.deposit(id)
  if (deposit === null) throw new CredentialsError('not-found', 'there is no such deposit')
  if (!mayAll) credentials.hostedAccount(organisation, deposit.account)
  return { deposit: id, organisation, algorithm: deposit.algorithm, digest: fromHex(deposit.digest) }
}
