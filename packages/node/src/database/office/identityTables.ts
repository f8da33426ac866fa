/**
 * Tables of identities: verifications on their way, and statements. What is personal is sealed, in one column, which can be
 * emptied; what is signed holds nothing personal and stays. docs/operating/identity.md.
 * @module
 */

/** A verification. `sealed` holds what was given, and is null once it ended. */
export interface IdentityVerificationTable {
  id: string
  organisation: string
  provider: string
  /** `open`, `stated`, `refused`. An open one whose time is over has ended too. */
  state: string
  /** JSON: account ids. */
  accounts: unknown
  created_ms: string
  expires_ms: string
  attempts: number
  /** Keyed hash of what must not be asked too often. */
  target: Buffer | null
  sealed: Buffer | null
  /** Id of the statement that came of it. */
  statement: string | null
}

/** A statement. `signed` is its closed form; `sealed` the fields and their secret, or null once they were erased. */
export interface IdentityStatementTable {
  /** 32 hexadecimal digits. */
  id: string
  organisation: string
  provider: string
  level: string
  /** JSON: account ids. */
  accounts: unknown
  issued_ms: string
  expires_ms: string
  /** When it ceased to count before its time, and why: `revoked` or `superseded`. */
  ended_ms: string | null
  ended_by: string | null
  signed: Buffer
  sealed: Buffer | null
}

/** The tables by name. */
export interface IdentityTables {
  'office.identity_verification': IdentityVerificationTable
  'office.identity_statement': IdentityStatementTable
}

/** The migration step. */
export const identityStep = `create table office.identity_verification (
     id text primary key, organisation text not null, provider text not null, state text not null,
     accounts jsonb not null, created_ms bigint not null, expires_ms bigint not null, attempts integer not null,
     target bytea, sealed bytea, statement text);
   create index identity_verification_by_organisation on office.identity_verification (organisation, created_ms);
   create index identity_verification_by_target on office.identity_verification (target, created_ms);
   create table office.identity_statement (
     id text primary key, organisation text not null, provider text not null, level text not null,
     accounts jsonb not null, issued_ms bigint not null, expires_ms bigint not null, ended_ms bigint, ended_by text,
     signed bytea not null, sealed bytea);
   create index identity_statement_by_organisation on office.identity_statement (organisation, issued_ms)`
