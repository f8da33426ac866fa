/**
 * The tables of the projections, and the steps by which a database comes to them. They are derived from the log: a
 * step that cannot keep the old rows empties the tables, and the projections are written again from the blocks.
 * @module
 */
import { type Generated, type Kysely, sql } from 'kysely'

/** A committed block. */
interface BlockTable {
  height: string
  time_ms: string
  first_index: string
  tree_size: string
  transaction_count: number
}

/** A transaction of a block, failed ones included. `account` and `destination` are account ids. */
interface TransactionTable {
  tx_hash: Buffer
  height: string
  position: number
  type: number
  code: number
  account: Buffer
  destination: Buffer | null
  first_index: string
  entry_count: number
}

/** A deposited item. */
interface DepositTable {
  entry_index: string
  tx_hash: Buffer
  item_index: number
  account: Buffer
  algorithm: number
  digest: Buffer
  time_ms: string
}

/** How far the projections are: one row. */
interface ProgressTable {
  id: Generated<number>
  network_id: Buffer
  height: string
}

/** All tables. */
export interface Tables {
  block: BlockTable
  transaction: TransactionTable
  deposit: DepositTable
  progress: ProgressTable
}

const steps: readonly string[] = [
  `create table block (
     height bigint primary key, time_ms bigint not null, first_index bigint not null, tree_size bigint not null,
     transaction_count integer not null);
   create table transaction (
     tx_hash bytea not null, height bigint not null, position integer not null, type smallint not null,
     code smallint not null, account bytea not null, destination bytea, first_index bigint not null,
     entry_count integer not null, primary key (height, position));
   create index transaction_by_hash on transaction using hash (tx_hash);
   create index transaction_by_account on transaction (account, height);
   create index transaction_by_destination on transaction (destination, height) where destination is not null;
   create table deposit (
     entry_index bigint primary key, tx_hash bytea not null, item_index integer not null, account bytea not null,
     algorithm smallint not null, digest bytea not null, time_ms bigint not null);
   create index deposit_by_digest on deposit using hash (digest);
   create index deposit_by_account on deposit (account, entry_index);
   create table progress (id smallint primary key default 1 check (id = 1), network_id bytea not null, height bigint not null)`,
]

/**
 * Brings a database to the newest step, all in one transaction, under a lock against a second node.
 * @throws {Error} when the database was made by a newer version.
 */
export async function migrate(database: Kysely<Tables>): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(4781)`.execute(transaction)
    await sql`create table if not exists migration (step integer primary key, made_at timestamptz not null default now())`.execute(
      transaction,
    )
    const found = await sql<{ step: number }>`select coalesce(max(step), 0) as step from migration`.execute(transaction)
    const present = found.rows[0]?.step ?? 0
    if (present > steps.length) throw new Error(`the database is at step ${present}, newer than this program knows`)
    for (const [offset, statement] of steps.slice(present).entries()) {
      await sql.raw(statement).execute(transaction)
      await sql`insert into migration (step) values (${present + offset + 1})`.execute(transaction)
    }
  })
}

/** Empties the projections, so that they are written again from the first block. */
export async function clearProjections(database: Kysely<Tables>): Promise<void> {
  await sql`truncate block, transaction, deposit, progress`.execute(database)
}
