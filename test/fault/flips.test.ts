/**
 * One flipped bit in every class of file of a stopped node: it is named, or it does no harm for a reason that is stated; what
 * is derived is made again byte for byte, and no wrong answer is ever served. A file of no class fails the test.
 * @module
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeCrypto } from '@jurat/node/crypto/nodeCrypto'
import { createNodeFiles } from '@jurat/node/platform/nodeFiles'
import { openSigner } from '@jurat/node/store/signer'
import { freshFolder, type Node, startNode } from '../runningNode.ts'
import { type Acknowledged, assertAllThere, Depositor } from './depositor.ts'
import { runCommand } from './outsideCheck.ts'

const options = ['--database-url=off']

/** A class of files below the data folder. */
interface FileClass {
  readonly files: RegExp
  /** Where the bits are, as shares of the file's length. */
  readonly at: readonly number[]
  /** The bit of the byte; 4 when it does not matter. */
  readonly bit?: number
  readonly found: Found
  /** Why that is enough. */
  readonly because: string
  /** Makes a file of this class in a copy of the folder, when a plain run leaves none. */
  readonly make?: (data: string) => Promise<void>
}

/**
 * `named`: fsck says this. `refused`: fsck says this, and the node does not start. `derived`: fsck names it or a start makes it
 * again. `harmless`: whatever is served stays right, whether somebody notices or not.
 */
type Found = { readonly named: RegExp } | { readonly refused: RegExp } | 'derived' | 'harmless'

const classes: readonly FileClass[] = [
  {
    files: /^segments\/\d+\.seg$/,
    at: [0.0001, 0.5, 0.9999],
    found: { refused: /^segment: segments: /m },
    because: 'every record has a checksum, and the state knows what was synced',
  },
  {
    files: /^genesis\.cbor$/,
    at: [0.2, 0.9],
    found: { refused: /^genesis: genesis\.cbor: /m },
    because: 'block 0 follows from it',
  },
  {
    files: /^signer\/log$/,
    at: [0.1, 0.6],
    found: { refused: /^signer: signer: /m },
    because: 'its last line is a checksum; nothing is signed on a guess',
  },
  {
    files: /^signer\/origin-/,
    at: [0.5],
    found: { refused: /^signer: signer: /m },
    because: 'its last line is a checksum',
    async make(data) {
      const signer = await openSigner(createNodeFiles(), data, nodeCrypto)
      await signer.advanceWitness('example.org/log', { size: 1, root: new Uint8Array(32), note: Uint8Array.of(1) })
    },
  },
  {
    files: /^signer\/ended$/,
    at: [0.5],
    found: { refused: /^signer: signer: /m },
    because: 'its last line is a checksum',
    async make(data) {
      const signer = await openSigner(createNodeFiles(), data, nodeCrypto)
      await signer.end({ size: 2 ** 40, root: new Uint8Array(32), reason: 'a test' })
    },
  },
  { files: /^signer\/witness$/, at: [0.5], found: 'harmless', because: 'only that it is there counts' },
  {
    files: /^keys\/[^/]+$/,
    at: [0, 0.9],
    found: { refused: /^key: keys\/ballot: /m },
    because: 'sealed with authentication (AES-GCM) under the master key',
  },
  {
    files: /^keys\/authority\/.*\.key$/,
    at: [0, 0.9],
    found: { named: /^key: keys\/authority\/[a-z-]+\.key: /m },
    because: 'sealed with authentication (AES-GCM) under the master key',
  },
  {
    files: /^keys\/authority\/.*\.pem$/,
    at: [0, 0.3, 0.9, 1],
    found: { named: /^key: keys\/authority\/[a-z-]+\.pem: /m },
    because: 'signed by the root, and its text has one form',
  },
  {
    files: /^keys\/authority\/root\.crl$/,
    at: [0.3, 0.5, 0.95],
    found: { named: /^key: keys\/authority\/root\.crl: /m },
    because: 'signed by the root; whoever asks for it sees that it is not',
  },
  {
    files: /^credentials\/\d+\.log$/,
    at: [0.2, 0.8],
    found: { refused: /^credentials: credentials: /m },
    because: 'LevelDB drops the batch, and batches are numbered',
  },
  {
    files: /^credentials\/\d+\.ldb$/,
    at: [0.5],
    found: { refused: /^credentials: credentials: /m },
    because: 'values have checksums over key and value',
  },
  {
    files: /^credentials\/CURRENT$/,
    at: [0.5],
    found: { refused: /^credentials: credentials: /m },
    because: 'without it the database does not open',
  },
  {
    files: /^credentials\/MANIFEST-\d+$/,
    at: [0.5],
    found: { refused: /^credentials: credentials: /m },
    because: 'without it the database does not open, or has lost batches',
  },
  {
    files: /^credentials\/batch-count$/,
    at: [0],
    bit: 0x40,
    found: { refused: /^credentials: credentials: /m },
    because: 'no number, or one that is too large; one that is too small is what a crash leaves',
  },
  {
    files: /^notes\/\d+\.log$/,
    at: [0.02],
    found: { named: /^note: /m },
    because: 'LevelDB drops the notes, and notes are numbered; the log goes on without them',
  },
  {
    files: /^notes\/\d+\.log$/,
    at: [0.5],
    found: 'harmless',
    because:
      'the newest of the last hour may be lost unseen: a receipt then has a larger tree; what is kept for ever is counted',
  },
  {
    files: /^notes\/\d+\.ldb$/,
    at: [0.5],
    found: { named: /^note: /m },
    because: 'values have checksums over key and value',
  },
  {
    files: /^notes\/CURRENT$/,
    at: [0.5],
    found: { named: /^note: /m },
    because: 'without it the database does not open',
  },
  {
    files: /^notes\/MANIFEST-\d+$/,
    at: [0.5],
    found: { named: /^note: /m },
    because: 'without it the database does not open, or has lost notes, which are numbered',
  },
  {
    files: /^notes\/kept-count$/,
    at: [0],
    bit: 0x40,
    found: { named: /^note: /m },
    because: 'as batch-count; the log goes on',
  },
  {
    files: /^blobs\/../,
    at: [0.5],
    found: { named: /^original: blobs\//m },
    because: 'their names are their digests; a damaged one is never served to its end',
  },
  {
    files: /^trust\.json$/,
    at: [0.01, 0.5],
    found: { named: /^trust: trust\.json: /m },
    because: 'it proves itself; the node serves another that it makes anew',
  },
  { files: /^log\/tile\//, at: [0.5], found: 'derived', because: 'made again from the segments' },
  { files: /^log\/synced$/, at: [0.5], found: 'derived', because: 'checksum; without it all tiles are checked' },
  { files: /^state\/\d+\.log$/, at: [0.1, 0.5], found: 'derived', because: 'made again from the segments' },
  { files: /^state\/\d+\.ldb$/, at: [0.5], found: 'derived', because: 'made again from the segments' },
  { files: /^state\/(MANIFEST-\d+|CURRENT)$/, at: [0.5], found: 'derived', because: 'made again from the segments' },
  { files: /^index\/\d+\.(log|ldb)$/, at: [0.5], found: 'derived', because: 'made again; the entry itself decides' },
  { files: /^index\/(MANIFEST-\d+|CURRENT)$/, at: [0.5], found: 'derived', because: 'made again from the segments' },
  { files: /^lock\/./, at: [0.5], found: 'harmless', because: 'it holds nothing: the system keeps the lock' },
  { files: /^bootstrap\.json$/, at: [0.5], found: 'harmless', because: 'for people; a wrong API key is refused' },
  { files: /^logs\/./, at: [0.5], found: 'harmless', because: 'for people; nobody reads it back' },
  { files: /\/(LOG|LOG\.old)$/, at: [0.5], found: 'harmless', because: "LevelDB's notes for people" },
]

/** Classes that are tried at the same time. */
const lanes = 2

/** Always empty: there is no bit in it. */
const emptyFiles = /\/LOCK$/

test('a flipped bit in any file is named or does no harm', { timeout: 900_000 }, async (context) => {
  const whole = freshFolder()
  const { fingerprint, sample } = await fill(whole)
  for (const file of filesOf(join(whole, 'data'))) {
    const known = emptyFiles.test(file) || classes.some(({ files }) => files.test(file))
    assert.ok(known, `${file} is of no class: say what a flipped bit in it does`)
  }
  const left = [...classes]
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const told = await flipClass(next, { whole, fingerprint, sample })
      for (const line of told) context.diagnostic(line)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
})

/** Flips every bit of a class, each in a copy of its own. @returns what came of it, for people */
async function flipClass({ files, at, bit = 4, found, because, make }: FileClass, filled: Filled): Promise<string[]> {
  const folder = freshFolder()
  cpSync(filled.whole, folder, { recursive: true })
  await make?.(join(folder, 'data'))
  const file = filesOf(join(folder, 'data')).find(
    (name) => files.test(name) && readFileSync(join(folder, 'data', name)).length > 0,
  )
  if (file === undefined) return [`${String(files)}: a run as short as this leaves none`]
  const told: string[] = []
  for (const share of at) {
    const outcome = await flipOnce(folder, file, { share, bit }, { found, ...filled })
    told.push(`${file} at ${share}: ${outcome} (${because})`)
  }
  rmSync(folder, { recursive: true })
  return told
}

/** Two runs with load, so that there are tables beside logs, with an original; then the node is stopped. */
async function fill(whole: string): Promise<{ fingerprint: string; sample: readonly Acknowledged[] }> {
  const depositor = new Depositor()
  let fingerprint = ''
  for (let run = 0; run < 2; run++) {
    const node = await startNode(whole, options)
    fingerprint = node.trustFingerprint
    // In several seconds, so that there are several checkpoints that are kept for ever.
    for (let burst = 0; burst < 3; burst++) {
      depositor.start(node.url, node.apiKey)
      await sleep(100)
      await depositor.stop()
      await sleep(700)
    }
    await storeOriginal(node)
    await node.stop()
  }
  const { acknowledged } = depositor
  assert.ok(acknowledged.length > 600)
  return { fingerprint, sample: acknowledged.filter((_, at) => at % 50 === 0) }
}

async function storeOriginal({ url, apiKey }: Node): Promise<void> {
  const bytes = randomBytes(100_000)
  const digest = createHash('sha256').update(bytes).digest('hex')
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/octet-stream' }
  const answer = await fetch(`${url}/v1/originals/${digest}`, { method: 'PUT', headers, body: bytes })
  assert.ok(answer.ok, `the original is not stored: ${answer.status}`)
}

interface Filled {
  readonly whole: string
  readonly fingerprint: string
  readonly sample: readonly Acknowledged[]
}

interface Expected extends Filled {
  readonly found: Found
}

/** Flips a bit in a copy of `made`, and holds what follows to what the class says. */
async function flipOnce(
  made: string,
  file: string,
  { share, bit }: { share: number; bit: number },
  expected: Expected,
): Promise<string> {
  const { found, whole, fingerprint, sample } = expected
  const folder = freshFolder()
  cpSync(made, folder, { recursive: true })
  const path = join(folder, 'data', file)
  const bytes = readFileSync(path)
  const offset = Math.min(bytes.length - 1, Math.floor(bytes.length * share))
  bytes.writeUInt8(bytes.readUInt8(offset) ^ bit, offset)
  writeFileSync(path, bytes)
  // What the blocks give is only of interest for what is derived from them.
  const quick = typeof found === 'object' ? ['--quick'] : []
  const { code, output } = await runCommand(folder, ['fsck', ...quick])
  const what = `${file} at ${share}: ${output}`
  if (typeof found === 'object') {
    assert.equal(code, 1, what)
    assert.match(output, 'named' in found ? found.named : found.refused, what)
    assert.match(output, /^What to do:$/m, what)
  } else if (code !== 0 && found === 'derived') {
    assert.equal((await runCommand(folder, ['fsck', '--repair'])).code, 0, what)
    assertSameTiles(whole, folder)
  }
  const served = await serves(folder, fingerprint, sample)
  rmSync(folder, { recursive: true })
  if (typeof found === 'object' && 'refused' in found) assert.ok(!served, `${what}\nand the node starts`)
  // A database of kept checkpoints that cannot be opened stops the node; one that lost some does not.
  else if (typeof found === 'string') assert.ok(served, `${what}\nand the node does not start`)
  return `${code === 0 ? 'fsck finds nothing' : 'fsck names it'}, ${served ? 'serves right' : 'does not start'}`
}

/** Whether the node starts; then everything that it serves must be right. */
async function serves(folder: string, fingerprint: string, sample: readonly Acknowledged[]): Promise<boolean> {
  const node = await startNode(folder, options).catch(() => null)
  if (node === null) return false
  try {
    await assertAllThere(node.url, sample)
    const trust = (await (await fetch(`${node.url}/v1/trust`)).json()) as { fingerprint?: string }
    assert.equal(trust.fingerprint ?? fingerprint, fingerprint)
    return true
  } finally {
    await node.stop('SIGKILL')
  }
}

/** All files below a folder, by their path in it, sorted. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}

function assertSameTiles(whole: string, repaired: string): void {
  for (const entry of readdirSync(join(whole, 'data/log/tile'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const again = readFileSync(path.replace(whole, repaired))
    assert.ok(again.equals(readFileSync(path)), `${path} was made again differently`)
  }
}
