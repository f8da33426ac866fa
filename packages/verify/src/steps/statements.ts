/**
 * The identity statements of a receipt: who stood behind the account when it deposited, as far as a CA of the trust file vouches
 * for the key that says so. docs/spec/verification.md, docs/spec/identity-statement.md.
 * @module
 */
import { toHex, toText, type Bytes, equal } from '@jurat/core/bytes'
import { highestLevel, type IdentityLevel } from '@jurat/core/identity/levels'
import { type StatementFault, statementFault } from '@jurat/core/identity/signing'
import {
  decodeIdentityContent,
  decodeIdentityStatement,
  type IdentityContent,
  identityStatementKind,
} from '@jurat/core/identity/statement'
import type { TrustFile } from '@jurat/core/receipt/trust'
import { type Case, proven } from '../case.ts'
import { reading, StepAbsence, StepFailure } from '../error.ts'
import type { StepOutcome } from '../steps.ts'
import type { StatedIdentity, StepCode, Values } from '../verdict.ts'

/** A statement that is right by itself. */
interface Stated {
  readonly content: IdentityContent
  readonly identity: StatedIdentity
  /** How many fields it has, shown or not. */
  readonly fieldsOf: number
}

/**
 * Every statement is right, of this network and account; at least one was signed under a CA of the trust file, and held at the
 * time of the deposit. What is wrong fails; who is not known, and what held at another time, counts for nothing.
 */
export async function checkStatements(verification: Case): Promise<StepOutcome> {
  const statements = verification.receipt.statements.filter(({ kind }) => kind === identityStatementKind)
  if (statements.length === 0) throw new StepAbsence('statements-none')
  const { timeMs } = proven(verification.entry, 'entry')
  // Whose time it is, and whose CA: without a document that is in force nobody has said either.
  proven(verification.document, 'log-signature')
  const judge = await judgeOf(verification.trust?.file ?? null)
  const known: Stated[] = []
  for (const { content } of statements) {
    const stated = await judge(verification, content)
    if (stated !== null) known.push(stated)
  }
  const [first] = known
  if (first === undefined) throw new StepAbsence('statement-unknown')
  const held = known.filter(({ content }) => content.issuedAtMs <= timeMs && timeMs < content.expiresAtMs)
  if (held.length === 0) throw new StepAbsence('statement-other-time', periodOf(first.content))
  verification.identities = held.map(({ identity }) => identity)
  const level = highestLevel(held.map(({ content }) => content.level))
  const best = held.find(({ content }) => content.level === level) ?? first
  // Nobody looked at anything there.
  if (best.content.level === 'sandbox') throw new StepAbsence('statement-sandbox', periodOf(best.content))
  const { provider, fields } = best.identity
  const values = { provider, ...periodOf(best.content), fields: fields.length, of: best.fieldsOf }
  return { code: codes[best.content.level], values }
}

const codes: Readonly<Record<IdentityLevel, StepCode>> = {
  sandbox: 'statement-sandbox',
  declared: 'statement-declared',
  contact: 'statement-contact',
  certificate: 'statement-certificate',
  provider: 'statement-provider',
}

const faultCodes: Readonly<Record<StatementFault, StepCode>> = {
  'signature-wrong': 'statement-signature-wrong',
  'fields-wrong': 'statement-fields-wrong',
}

const periodOf = ({ issuedAtMs, expiresAtMs }: IdentityContent): Values => ({
  from: isoTime(issuedAtMs),
  until: isoTime(expiresAtMs),
})

/** A time that a statement names; one beyond the calendar of the platform as its number. */
const isoTime = (timeMs: number): string => (timeMs > 8.64e15 ? String(timeMs) : new Date(timeMs).toISOString())

type Judge = (verification: Case, bytes: Bytes) => Promise<Stated | null>

/** The library for certificates is only read when there is a statement. */
async function judgeOf(trust: TrustFile | null): Promise<Judge> {
  const { cryptoEngine } = await import('../timestamps/judge.ts')
  const { signerFault, statementAnchors } = await import('../timestamps/statementSigner.ts')
  const engine = cryptoEngine()
  if (engine === null) throw new StepAbsence('statement-webcrypto')
  const anchors = statementAnchors(trust)
  return async ({ crypto, receipt, entry }, bytes) => {
    const statement = reading('statement-unreadable', () => decodeIdentityStatement(bytes))
    const content = reading('statement-unreadable', () => decodeIdentityContent(statement.content))
    const { account } = proven(entry, 'entry')
    if (!equal(content.networkId, receipt.networkId)) throw new StepFailure('statement-other')
    if (!content.accounts.some((each) => equal(each, account))) throw new StepFailure('statement-other')
    const fault = statementFault(crypto, statement, content)
    if (fault !== null) throw new StepFailure(faultCodes[fault])
    const { isKnown, reason } = await signerFault(engine, statement, content, anchors)
    if (reason !== null) throw new StepFailure('statement-certificate-wrong', { reason })
    if (!isKnown) return null
    const { count, fields } = statement.disclosure
    const { level, provider, issuedAtMs, expiresAtMs } = content
    const shown = fields.slice(1).map(({ name, value }) => ({ name, value: asText(value) }))
    return { content, identity: { level, provider, issuedAtMs, expiresAtMs, fields: shown }, fieldsOf: count - 1 }
  }
}

function asText(value: Bytes): string {
  try {
    return toText(value)
  } catch {
    return toHex(value)
  }
}
