/**
 * The same genesis and the same blocks give the same bytes under every line of Node that runs our TypeScript, on the
 * machine's disk and on that of the simulator.
 * @module
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { codes } from '@jurat/core/ledger/codes'
import { types } from '@jurat/core/ledger/operationTypes'
import { MemoryFiles } from '@jurat/node/platform/memoryFiles'
import { fileKeyValue } from '@jurat/node/store/fileKeyValue'
import { dataFolder } from '../simulation/process.ts'
import { runSeed, type RunResult } from '../simulation/simulation.ts'
import { operationCourses, simulatedCourse, type RecordedCourse } from './nodeLines/course.ts'
import { execute, hashOf, type Executed } from './nodeLines/execute.ts'
import { nodeLines } from './tools.ts'

/** A run of the simulator in which members are restarted, documents change, and the log has several full tiles. */
const seed = 20

const answerBytesMax = 64 * 1024 * 1024

let recorded: readonly RecordedCourse[] = []
let run: RunResult | null = null
/** What the courses, the simulator's last, came to on its disk, under the Node of this process. */
let expected: readonly Executed[] = []

before(async () => {
  recorded = operationCourses()
  run = await runSeed(seed)
  assert.equal(run.violation, null)
  const results: Executed[] = []
  for (const course of [...recorded, simulatedCourse(run)]) {
    const files = new MemoryFiles()
    results.push(await execute(course, { files, openKeyValue: fileKeyValue(files), folder: dataFolder }))
  }
  expected = results
})

test('the courses hold every operation, done and failed, and full tiles', () => {
  const results = expected.flatMap(({ blocks }) => blocks.flatMap((block) => block.results))
  const done = new Set(results.filter(([, code]) => code === codes.success).map(([type]) => type))
  assert.deepEqual(done, new Set(Object.values(types)))
  assert.ok(new Set(results.map(([, code]) => code)).size > 4, 'several codes')
  assert.ok(Object.keys(expected.at(-1)?.tiles ?? {}).some((path) => path.startsWith('tile/1/')))
})

test('core alone comes to the same roots', () => {
  for (const [at, { name, root }] of recorded.entries()) assert.equal(expected[at]?.root, root, name)
})

test("every member's disk in the simulator ends with the same tiles", async () => {
  assert.ok(run !== null && run.crashes > 0)
  const full = Object.entries(expected.at(-1)?.tiles ?? {}).filter(([path]) => !path.includes('.p/'))
  assert.ok(full.length > 1)
  for (const disk of run.disks) {
    for (const [path, hash] of full) {
      const bytes = await disk.readFile(`${dataFolder}/log/${path}`)
      assert.ok(bytes !== null, path)
      assert.equal(hashOf(bytes), hash, path)
    }
  }
})

/** Runs all courses under a Node, on the machine's disk. */
async function under(node: string, t: TestContext): Promise<Executed[]> {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-lines-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'courses.json')
  assert.ok(run !== null)
  writeFileSync(file, JSON.stringify([...recorded, simulatedCourse(run)]))
  const program = join(import.meta.dirname, 'nodeLines', 'execute.ts')
  const options = { maxBuffer: answerBytesMax, env: { ...process.env, NODE_OPTIONS: '' } }
  const { stdout } = await promisify(execFile)(node, [program, file, folder], options)
  const lines = stdout.trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Executed)
}

const own = { version: process.versions.node, path: process.execPath, reason: '' }
for (const { version, path, reason } of [own, ...nodeLines()]) {
  test(`Node ${version} comes to the same bytes`, { skip: path === null && reason }, async (t) => {
    assert.ok(path !== null)
    const results = await under(path, t)
    assert.equal(results.length, expected.length)
    for (const [at, result] of results.entries()) assert.deepEqual(result, expected[at])
  })

  test(`Node ${version} runs the simulator in the same course`, { skip: path === null && reason }, async () => {
    assert.ok(path !== null && run !== null)
    const program = join(import.meta.dirname, '..', 'simulation', 'run.ts')
    const { stdout } = await promisify(execFile)(path, [program, `--seed=${seed}`])
    assert.match(stdout, new RegExp(`trace ${run.trace}$`, 'm'))
  })
}
