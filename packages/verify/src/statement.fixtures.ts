/**
 * Identity statements from fixed seeds, signed under the authorities of the fixtures.
 * @module
 */
import { type Bytes, fromText } from '@jurat/core/bytes'
import type { IdentityLevel } from '@jurat/core/identity/levels'
import { makeIdentityStatement } from '@jurat/core/identity/signing'
import { encodeIdentityStatement } from '@jurat/core/identity/statement'
import { certificateOf, type CertificateRequest, extensions, issuingOf, secretOf } from './authority.fixtures.ts'
import { crypto, type FixtureNetwork, idOf } from './network.fixtures.ts'

/** When statements are made unless a test says otherwise: before every deposit of the fixtures. Milliseconds since 1970 UTC. */
export const statedAtMs: number = Date.UTC(2026, 0, 1)

/** How a statement is to differ from a genuine one. */
export interface StatementChanges {
  /** Name of the account; null: none. */
  readonly account?: string | null
  readonly networkId?: Bytes
  readonly level?: IdentityLevel
  readonly issuedAtMs?: number
  readonly expiresAtMs?: number
  /** Whose names and keys the certificates have. */
  readonly authority?: string
  readonly certificate?: Partial<CertificateRequest>
  readonly issuing?: Bytes
}

/** A statement with every field shown. */
export function statementBy(network: FixtureNetwork, changes: StatementChanges = {}): Bytes {
  const { account = 'hosted', networkId = network.networkId, level = 'provider', authority = 'own' } = changes
  const { issuedAtMs = statedAtMs, expiresAtMs = Date.UTC(2036, 0, 1), issuing = issuingOf(authority) } = changes
  const certificate = certificateOf({
    subject: `${authority} identity`,
    issuer: `${authority} issuing`,
    extensions: [extensions.signs, extensions.states],
    ...changes.certificate,
  })
  const statement = makeIdentityStatement(
    crypto,
    {
      networkId,
      id: new Uint8Array(16).fill(1),
      level,
      provider: level === 'sandbox' ? 'sandbox-person' : 'example-person',
      organisation: 'aaaabbbbccccdddd',
      accounts: account === null ? [] : [idOf(account)],
      issuedAtMs,
      expiresAtMs,
      supersedes: null,
      fields: [
        { name: 'certName', value: fromText('张三') },
        { name: 'certType', value: fromText('IDENTITY_CARD') },
        { name: 'certNo', value: fromText('11010519491231002X') },
      ],
      secret: crypto.sha256(fromText('statement secret')),
    },
    { secretKey: secretOf(`${authority} identity`), certificates: [certificate, issuing] },
  )
  return encodeIdentityStatement(statement)
}
