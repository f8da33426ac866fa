/**
 * Writes committed blocks into PostgreSQL, in bulk: a few statements for many blocks, one database transaction with
 * the progress in it, so that a block is there once and wholly.
 * @module
 */
import { type Kysely, sql } from 'kysely'
import { clearProjections, type Tables } from './schema.ts'

/** A transaction as the projections show it. */
export interface ProjectedTransaction {
  readonly txHash: Uint8Array
  readonly type: number
  readonly code: number
  readonly account: Uint8Array
  readonly destination: Uint8Array | null
  readonly firstIndex: number
  readonly entryCount: number
  /** Items of a successful deposit, in order. */
  readonly items: readonly { algorithm: number; digest: Uint8Array }[]
}

/** A block as the projections show it. */
export interface ProjectedBlock {
  readonly height: number
  readonly timeMs: number
  readonly firstIndex: number
  readonly treeSize: number
  readonly transactions: readonly ProjectedTransaction[]
}

/** Rows of one statement: bounds the memory of both sides. */
const rowsPerStatementMax = 10_000

/**
 * The height up to which the projections hold this network's blocks, or -1. Projections of another network are
 * emptied: they are derived, and mixing two networks would be a lie.
 */
export async function projectedHeight(database: Kysely<Tables>, networkId: Uint8Array): Promise<number> {
  const row = await database.selectFrom('progress').selectAll().executeTakeFirst()
  if (row === undefined) return -1
  if (Buffer.compare(row.network_id, networkId) === 0) return Number(row.height)
  await clearProjections(database)
  return -1
}

/** Writes consecutive blocks. Writing a block twice changes nothing. */
export async function writeBlocks(
  database: Kysely<Tables>,
  networkId: Uint8Array,
  blocks: readonly ProjectedBlock[],
): Promise<void> {
  const last = blocks.at(-1)
  if (last === undefined) return
  await database.transaction().execute(async (transaction) => {
    await writeBlockRows(transaction, blocks)
    for (const rows of chunks(transactionRows(blocks))) await writeTransactionRows(transaction, rows)
    for (const rows of chunks(depositRows(blocks))) await writeDepositRows(transaction, rows)
    await sql`insert into progress (network_id, height) values (${Buffer.from(networkId)}, ${last.height})
              on conflict (id) do update set height = excluded.height, network_id = excluded.network_id`.execute(
      transaction,
    )
  })
}

async function writeBlockRows(database: Kysely<Tables>, blocks: readonly ProjectedBlock[]): Promise<void> {
  await sql`insert into block (height, time_ms, first_index, tree_size, transaction_count)
    select * from unnest(${blocks.map((block) => block.height)}::bigint[], ${blocks.map((block) => block.timeMs)}::bigint[],
      ${blocks.map((block) => block.firstIndex)}::bigint[], ${blocks.map((block) => block.treeSize)}::bigint[],
      ${blocks.map((block) => block.transactions.length)}::integer[])
    on conflict do nothing`.execute(database)
}

type TransactionRow = readonly [block: ProjectedBlock, position: number, transaction: ProjectedTransaction]

function* transactionRows(blocks: readonly ProjectedBlock[]): Iterable<TransactionRow> {
  for (const block of blocks) {
    for (const [position, transaction] of block.transactions.entries()) yield [block, position, transaction]
  }
}

async function writeTransactionRows(database: Kysely<Tables>, rows: readonly TransactionRow[]): Promise<void> {
  await sql`insert into transaction
      (tx_hash, height, position, type, code, account, destination, first_index, entry_count)
    select * from unnest(${byteaArray(rows.map(([, , row]) => row.txHash))}::bytea[],
      ${rows.map(([block]) => block.height)}::bigint[], ${rows.map(([, position]) => position)}::integer[],
      ${rows.map(([, , row]) => row.type)}::smallint[], ${rows.map(([, , row]) => row.code)}::smallint[],
      ${byteaArray(rows.map(([, , row]) => row.account))}::bytea[],
      ${byteaArray(rows.map(([, , row]) => row.destination))}::bytea[],
      ${rows.map(([, , row]) => row.firstIndex)}::bigint[], ${rows.map(([, , row]) => row.entryCount)}::integer[])
    on conflict do nothing`.execute(database)
}

type DepositRow = readonly [block: ProjectedBlock, transaction: ProjectedTransaction, item: number]

function* depositRows(blocks: readonly ProjectedBlock[]): Iterable<DepositRow> {
  for (const block of blocks) {
    for (const transaction of block.transactions) {
      for (let item = 0; item < transaction.items.length; item++) yield [block, transaction, item]
    }
  }
}

async function writeDepositRows(database: Kysely<Tables>, rows: readonly DepositRow[]): Promise<void> {
  const items = rows.map(
    ([, transaction, item]) => transaction.items[item] ?? { algorithm: 0, digest: new Uint8Array() },
  )
  await sql`insert into deposit (entry_index, tx_hash, item_index, account, algorithm, digest, time_ms)
    select * from unnest(${rows.map(([, transaction, item]) => transaction.firstIndex + item)}::bigint[],
      ${byteaArray(rows.map(([, transaction]) => transaction.txHash))}::bytea[],
      ${rows.map(([, , item]) => item)}::integer[], ${byteaArray(rows.map(([, transaction]) => transaction.account))}::bytea[],
      ${items.map((item) => item.algorithm)}::smallint[], ${byteaArray(items.map((item) => item.digest))}::bytea[],
      ${rows.map(([block]) => block.timeMs)}::bigint[])
    on conflict do nothing`.execute(database)
}

/** A PostgreSQL array literal of byte strings: far cheaper to make than what the client makes of an array of buffers. */
function byteaArray(values: readonly (Uint8Array | null)[]): string {
  const parts = values.map((value) => (value === null ? 'NULL' : `"\\\\x${Buffer.from(value).toString('hex')}"`))
  return `{${parts.join(',')}}`
}

function* chunks<Row>(rows: Iterable<Row>): Iterable<Row[]> {
  let chunk: Row[] = []
  for (const row of rows) {
    chunk.push(row)
    if (chunk.length < rowsPerStatementMax) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
