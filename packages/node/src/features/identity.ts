/**
 * Identities: providers verify who stands behind an organisation's accounts, the network's key signs what was found, and the
 * holder shows it field by field. What is personal is sealed at rest, can be erased, and stands in no entry, event or log line.
 * docs/operating/identity.md, docs/spec/identity-statement.md.
 * @module
 */
import { createHmac } from 'node:crypto'
import { type Bytes, fromHex, fromText, toBase32, toBase64, toHex, toText } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { JuratError } from '@jurat/core/errors'
import type { IdentityLevel } from '@jurat/core/identity/levels'
import {
  discloseFields,
  makeIdentityStatement,
  openIdentityStatement,
  type StatementKey,
} from '@jurat/core/identity/signing'
import {
  decodeIdentityStatement,
  encodeIdentityStatement,
  type IdentityStatement,
  statementAccountsMax,
} from '@jurat/core/identity/statement'
import type { Language } from '@jurat/verify/messages/language'
import type { OfficeDatabase, OfficeWorker } from '../database/office/officeDatabase.ts'
import type { Office } from '../database/office/schema.ts'
import { Holdings } from './identity/holdings.ts'
import { IdentityRefusal, type IdentityProvider, type IdentitySubject, type Texts } from './identity/provider.ts'
import * as records from './identity/records.ts'

/** What identities stand on. */
export interface IdentityOptions {
  readonly crypto: CryptoProvider
  readonly networkId: Bytes
  readonly office: Pick<OfficeDatabase, 'read' | 'transact'>
  readonly providers: readonly IdentityProvider[]
  readonly sealer: {
    readonly seal: (purpose: string, secret: Bytes) => Bytes
    readonly open: (purpose: string, sealed: Bytes) => Bytes
    readonly derive: (purpose: string) => Bytes
  }
  /** Hosted accounts of an organisation, by id or name. Throws for another's. */
  readonly hostedAccount: (organisation: string, idOrName: string) => { readonly id: string }
  readonly hostedAccounts: (organisation: string) => readonly { readonly id: string }[]
  /** The key that signs; null: this node has none. */
  readonly statementKey: () => Promise<StatementKey | null>
  /** How long a statement holds, milliseconds. */
  readonly statementMs: number
  readonly now: () => number
  readonly randomBytes: (count: number) => Bytes
}

/** This node cannot do it. */
export class IdentityOff extends JuratError<'feature-off'> {}

/** A verification as its organisation sees it. */
export interface ShownVerification {
  readonly id: string
  readonly provider: string
  readonly state: 'open' | 'stated' | 'refused' | 'ended'
  readonly createdAt: number
  readonly expiresAt: number
  readonly statement: string | null
}

/** A statement as its organisation sees it. */
export interface ShownStatement {
  readonly id: string
  readonly provider: string
  readonly level: IdentityLevel
  readonly accounts: string[]
  readonly issuedAt: number
  readonly expiresAt: number
  readonly state: 'holds' | 'expired' | 'revoked' | 'superseded'
  readonly endedAt: number | null
  /** Names of its fields; null once they were erased. */
  readonly fields: string[] | null
  /** SHA-256 of what is signed, hexadecimal: what may be deposited. */
  readonly digest: string
}

interface Kept {
  readonly secret: string
  readonly fields: Texts
}

/** Verifies and states. */
export class Identities implements OfficeWorker {
  readonly #options: IdentityOptions
  readonly #holdings = new Holdings()
  readonly #providers: ReadonlyMap<string, IdentityProvider>

  constructor(options: IdentityOptions) {
    this.#options = options
    this.#providers = new Map(options.providers.map((provider) => [provider.name, provider]))
  }

  /** Providers of this node. */
  get providers(): { name: string; level: IdentityLevel }[] {
    return [...this.#providers.values()].map(({ name, level }) => ({ name, level }))
  }

  async opened(database: Office): Promise<void> {
    await records.forgetEnded(database, this.#options.now())
    this.#holdings.load(await records.allHoldings(database))
  }

  /** What was loaded stays: deposits go on naming it while the database is away. */
  closed(): Promise<void> {
    return Promise.resolve()
  }

  /** The highest level of an account that holds now; null: none that is known. */
  levelNow(organisation: string, account: string): IdentityLevel | null {
    return this.#holdings.levelAt(organisation, account, this.#options.now())
  }

  /** Begins. @param accounts - hosted ones; null: all of the organisation. @throws {IdentityRefusal} */
  async start(
    organisation: string,
    request: {
      readonly provider: string
      readonly accounts: readonly string[] | null
      readonly input: Texts
      readonly language: Language
    },
  ): Promise<ShownVerification & { shown: Texts }> {
    const { now, randomBytes, sealer, office } = this.#options
    const provider = this.#provider(request.provider)
    const accounts = this.#accounts(organisation, request.accounts)
    const id = toBase32(randomBytes(10))
    const nowMs = now()
    const expiresMs = nowMs + provider.lifeMs
    const subject = { id, organisation, accounts, language: request.language }
    await office.read((database) => records.forgetEnded(database, nowMs))
    // Whom a provider asks is known before it asks: the limits come first.
    const { email } = request.input
    const target = email === undefined ? null : this.#targetOf(`${provider.name}\n${email.trim().toLowerCase()}`)
    const begun = { id, organisation, provider: provider.name, accounts, expiresMs, target }
    await office.transact((transaction) => records.recordStart(transaction, nowMs, begun))
    const { shown, kept } = await this.#orRefuse(begun, true, () => provider.begin(subject, request.input))
    const sealed = sealer.seal(purposeOf(id), fromText(JSON.stringify(kept)))
    await office.transact((transaction) => records.keepSealed(transaction, id, sealed))
    const verification = { id, provider: provider.name, createdAt: nowMs, expiresAt: expiresMs }
    return { ...verification, state: 'open', statement: null, shown }
  }

  /** Judges an answer; gives the statement that came of it. @throws {IdentityRefusal} */
  async answer(organisation: string, id: string, answer: Texts, language: Language): Promise<ShownStatement> {
    const { office, sealer, now } = this.#options
    const open = await office.read((database) => records.verificationOf(database, organisation, id))
    const provider = this.#provider(open.provider)
    const { attemptsMax } = provider
    const row = await office.transact((transaction) =>
      records.countAnswer(transaction, now(), { id, organisation, attemptsMax }),
    )
    if (row?.sealed == null) throw new IdentityRefusal('ended')
    const subject = { id, organisation, accounts: row.accounts as string[], language }
    const kept = JSON.parse(toText(sealer.open(purposeOf(id), row.sealed))) as Texts
    const judge = (): Promise<{ fields: Texts; untilMs: number | null }> =>
      Promise.resolve(provider.judge(subject, kept, answer))
    const verified = await this.#orRefuse(row, row.attempts >= attemptsMax, judge)
    return this.#state(subject, provider, verified)
  }

  /** What an organisation has. */
  async list(organisation: string): Promise<{ verifications: ShownVerification[]; statements: ShownStatement[] }> {
    const rows = await this.#options.office.read((database) => records.ofOrganisation(database, organisation))
    const nowMs = this.#options.now()
    return {
      verifications: rows.verifications.map((row) => shownVerification(row, nowMs)),
      statements: rows.statements.map((row) => this.#shown(row)),
    }
  }

  /** One statement, with its closed form. @throws {IdentityError} `not-found` */
  async statement(organisation: string, id: string): Promise<{ statement: ShownStatement; closed: Bytes }> {
    const row = await this.#row(organisation, id)
    return { statement: this.#shown(row), closed: new Uint8Array(row.signed) }
  }

  /** The statement with these fields shown. @throws {IdentityError} `record-impossible` for a field that it does not have */
  async disclose(organisation: string, id: string, fields: readonly string[]): Promise<Bytes> {
    const row = await this.#row(organisation, id)
    const opened = this.#open(row)
    if (opened === null) throw new records.IdentityError('conflict', 'the fields of this statement were erased')
    const missing = fields.find((name) => !opened.disclosure.fields.some((field) => field.name === name))
    if (missing !== undefined || fields.includes('')) {
      throw new records.IdentityError('record-impossible', 'the statement has no such field')
    }
    return encodeIdentityStatement(discloseFields(opened, fields))
  }

  /** Ends a statement before its time. @throws {IdentityError} `not-found` */
  async revoke(organisation: string, id: string): Promise<ShownStatement> {
    const row = await this.#row(organisation, id)
    const nowMs = this.#options.now()
    await this.#options.office.transact((transaction) => records.revokeStatement(transaction, nowMs, row))
    this.#holdings.end(organisation, id, nowMs)
    return this.#shown(await this.#row(organisation, id))
  }

  /** Erases what is personal. @throws {IdentityError} `not-found` */
  async erase(organisation: string, id: string): Promise<void> {
    const row = await this.#row(organisation, id)
    await this.#options.office.transact((transaction) => records.eraseFields(transaction, this.#options.now(), row))
  }

  /** Closed statements of an account that held at a time, for a receipt; none while the database is away. */
  async statementsAt(organisation: string, account: string, timeMs: number): Promise<Bytes[]> {
    const held = this.#holdings.at(organisation, account, timeMs)
    const rows = await Promise.all(held.map(({ id }) => this.#row(organisation, id).catch(() => null)))
    return rows.filter((row) => row !== null).map(({ signed }) => new Uint8Array(signed))
  }

  #provider(name: string): IdentityProvider {
    const provider = this.#providers.get(name)
    if (provider === undefined) throw new IdentityOff('feature-off', 'this node has no such provider of identities')
    return provider
  }

  #accounts(organisation: string, named: readonly string[] | null): string[] {
    const { hostedAccount, hostedAccounts } = this.#options
    const found = named === null ? hostedAccounts(organisation) : named.map((each) => hostedAccount(organisation, each))
    const ids = [...new Set(found.map(({ id }) => id))].toSorted()
    if (ids.length > statementAccountsMax) {
      const most = `a statement names at most ${statementAccountsMax} accounts: name them in \`accounts\``
      throw new records.IdentityError('record-impossible', most)
    }
    return ids
  }

  /** Lets a provider work; its refusal is recorded. */
  async #orRefuse<T>(
    of: Pick<records.VerificationRow, 'id' | 'organisation' | 'provider'>,
    ends: boolean,
    work: () => Promise<T> | T,
  ): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const { office, now } = this.#options
      const reason = error instanceof IdentityRefusal ? error.code : 'failed'
      await office.transact((transaction) => records.recordRefusal(transaction, now(), of, { reason, ends }))
      throw error
    }
  }

  async #state(
    { id: verification, organisation, accounts }: IdentitySubject,
    provider: IdentityProvider,
    { fields, untilMs }: { readonly fields: Texts; readonly untilMs: number | null },
  ): Promise<ShownStatement> {
    const { crypto, networkId, office, sealer, now, randomBytes, statementKey, statementMs } = this.#options
    const key = await statementKey()
    if (key === null) throw new IdentityOff('feature-off', 'this node has no key that signs identity statements')
    const nowMs = now()
    const of = { organisation, provider: provider.name, accounts }
    const supersedes = await office.read((database) => records.statementBefore(database, nowMs, of))
    const [id, secret] = [randomBytes(16), randomBytes(32)]
    const until = Math.max(nowMs + 1, Math.min(nowMs + statementMs, untilMs ?? Number.MAX_SAFE_INTEGER))
    const statement = makeIdentityStatement(
      crypto,
      {
        networkId,
        id,
        level: provider.level,
        provider: provider.name,
        organisation,
        accounts: accounts.map(fromHex),
        issuedAtMs: nowMs,
        expiresAtMs: until,
        supersedes: supersedes === null ? null : fromHex(supersedes),
        fields: Object.entries(fields).map(([name, value]) => ({ name, value: fromText(value) })),
        secret,
      },
      key,
    )
    const kept: Kept = { secret: toBase64(secret), fields }
    const hex = toHex(id)
    const holding = { id: hex, organisation, accounts, level: provider.level, fromMs: nowMs, untilMs: until }
    const signed = encodeIdentityStatement(discloseFields(statement, []))
    const sealed = sealer.seal(purposeOf(hex), fromText(JSON.stringify(kept)))
    const made = { holding, provider: provider.name, verification, supersedes, signed, sealed }
    await office.transact((transaction) => records.recordStatement(transaction, nowMs, made))
    if (supersedes !== null) this.#holdings.end(organisation, supersedes, nowMs)
    this.#holdings.put(holding)
    return this.#shown(await this.#row(organisation, hex))
  }

  #row(organisation: string, id: string): Promise<records.StatementRow> {
    return this.#options.office.read((database) => records.statementOf(database, organisation, id))
  }

  #open({ id, signed, sealed }: records.StatementRow): IdentityStatement | null {
    if (sealed === null) return null
    const { crypto, sealer } = this.#options
    const kept = JSON.parse(toText(sealer.open(purposeOf(id), sealed))) as Kept
    const fields = Object.entries(kept.fields).map(([name, value]) => ({ name, value: fromText(value) }))
    const secret = new Uint8Array(Buffer.from(kept.secret, 'base64'))
    return openIdentityStatement(crypto, decodeIdentityStatement(new Uint8Array(signed)), { fields, secret })
  }

  #shown(row: records.StatementRow): ShownStatement {
    const { id, provider, level, accounts, ended_ms: endedMs, ended_by: endedBy, expires_ms: expiresMs } = row
    const ended = endedBy === 'superseded' ? 'superseded' : endedBy === 'revoked' ? 'revoked' : null
    const state = ended ?? (Number(expiresMs) > this.#options.now() ? 'holds' : 'expired')
    const names =
      this.#open(row)
        ?.disclosure.fields.slice(1)
        .map(({ name }) => name) ?? null
    const { content } = decodeIdentityStatement(new Uint8Array(row.signed))
    return {
      id,
      provider,
      level: level as IdentityLevel,
      accounts: accounts as string[],
      issuedAt: Number(row.issued_ms),
      expiresAt: Number(expiresMs),
      state,
      endedAt: endedMs === null ? null : Number(endedMs),
      fields: names,
      digest: toHex(this.#options.crypto.sha256(content)),
    }
  }

  #targetOf(text: string): Bytes {
    return createHmac('sha256', this.#options.sealer.derive('identity-targets')).update(text).digest()
  }
}

const purposeOf = (id: string): string => `identity/${id}`

function shownVerification(row: records.VerificationRow, nowMs: number): ShownVerification {
  const { id, provider, state, created_ms: createdMs, expires_ms: expiresMs, statement } = row
  const ended = state === 'open' && Number(expiresMs) <= nowMs
  const shown = state === 'stated' || state === 'refused' ? state : ended ? 'ended' : 'open'
  return { id, provider, state: shown, createdAt: Number(createdMs), expiresAt: Number(expiresMs), statement }
}
