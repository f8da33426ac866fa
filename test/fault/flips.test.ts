/**
 * One flipped bit in every class of file of a stopped node: it is found or does no harm, what is derived is made again byte
 * for byte, and no wrong answer is ever served.
 * @module
 */
import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder, startNode } from '../runningNode.ts'
import { type Acknowledged, assertAllThere, Depositor } from './depositor.ts'
import { runCommand } from './outsideCheck.ts'

const options = ['--database-url=off']

/** A file below the data folder and where in it the bit is, as a share of its length. */
type Flip = readonly [file: string | RegExp, at: number, expected: 'truth' | 'derived' | 'harmless']

/**
 * `truth`: fsck names it or the start refuses. `derived`: found, and `fsck --repair` or a start makes it again. `harmless`:
 * what only tells a person something: whatever is served stays right.
 */
const flips: readonly Flip[] = [
  ['signer/log', 0.5, 'truth'],
  [/^credentials\/\d+\.log$/, 0.5, 'truth'],
  [/^credentials\/MANIFEST/, 0.5, 'truth'],
  ['segments/000000000000.seg', 0.0001, 'truth'],
  ['segments/000000000000.seg', 0.5, 'truth'],
  ['segments/000000000000.seg', 0.9999, 'truth'],
  ['log/tile/0/000', 0.5, 'derived'],
  ['log/tile/entries/001', 0.5, 'derived'],
  [/^state\/\d+\.(log|ldb)$/, 0.5, 'derived'],
  [/^state\/MANIFEST/, 0.5, 'derived'],
  [/^state\/CURRENT$/, 0.5, 'derived'],
  [/^index\/MANIFEST/, 0.5, 'derived'],
  [/^keys\/./, 0.5, 'truth'],
  // LevelDB drops a torn batch from its log: a kept checkpoint is missing then, and none is wrong.
  [/^notes\/\d+\.(log|ldb)$/, 0.5, 'harmless'],
  ['genesis.cbor', 0.5, 'truth'],
  ['trust.json', 0.5, 'harmless'],
  ['bootstrap.json', 0.5, 'harmless'],
]

test('a flipped bit in any file is found or does no harm', { timeout: 280_000 }, async (context) => {
  const whole = freshFolder()
  const node = await startNode(whole, options)
  const depositor = new Depositor()
  depositor.start(node.url, node.apiKey)
  await sleep(600)
  await depositor.stop()
  await node.stop()
  const { acknowledged } = depositor
  assert.ok(acknowledged.length > 600)
  const sample = acknowledged.filter((_, at) => at % 20 === 0)
  for (const flip of flips) {
    const outcome = await flipOnce(whole, flip, node.trustFingerprint, sample)
    context.diagnostic(`${String(flip[0])} at ${flip[1]}: ${outcome}`)
  }
})

async function flipOnce(
  whole: string,
  [wanted, at, expected]: Flip,
  fingerprint: string,
  sample: readonly Acknowledged[],
): Promise<string> {
  const folder = freshFolder()
  cpSync(whole, folder, { recursive: true })
  const file = findFile(join(folder, 'data'), wanted)
  const path = join(folder, 'data', file)
  const bytes = readFileSync(path)
  const offset = Math.min(bytes.length - 1, Math.floor(bytes.length * at))
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 4, offset)
  writeFileSync(path, bytes)
  const found = await runCommand(folder, ['fsck'])
  if (found.code !== 0 && expected === 'derived') {
    const repaired = await runCommand(folder, ['fsck', '--repair'])
    assert.equal(repaired.code, 0, `${file}: ${repaired.output}`)
    assertSameTiles(whole, folder)
  }
  const served = await serves(folder, fingerprint, sample)
  rmSync(folder, { recursive: true })
  const outcome = `${found.code === 0 ? 'fsck finds nothing' : 'fsck finds it'}, ${served ? 'serves right' : 'does not start'}`
  if (expected === 'truth') assert.ok(found.code !== 0 || !served, `${file}: nobody notices: ${outcome}`)
  else assert.ok(served, `${file}: ${outcome}: ${found.output}`)
  return outcome
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

function findFile(data: string, wanted: string | RegExp): string {
  if (typeof wanted === 'string') return wanted
  const files = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(data.length + 1))
    .filter((name) => wanted.test(name) && readFileSync(join(data, name)).length > 0)
  assert.ok(files[0] !== undefined, `no file is like ${String(wanted)}`)
  return files[0]
}

function assertSameTiles(whole: string, repaired: string): void {
  for (const entry of readdirSync(join(whole, 'data/log/tile'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const again = readFileSync(path.replace(whole, repaired))
    assert.ok(again.equals(readFileSync(path)), `${path} was made again differently`)
  }
}
