/**
 * Hostile bytes against a real node over sockets, with a front thread and without: mutations of a valid request of every
 * route get whole answers with a documented code of the 4xx or are harmless, in bounded time and memory, and the node is
 * sound afterwards. `JURAT_FUZZ_SEED=n` takes another seed, `JURAT_FUZZ_RUNS=n` another number of attempts for each.
 * @module
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { problemMediaType, problemStatuses } from '@jurat/api/problems'
import { routes } from '@jurat/api/routes'
import { formatVkey } from '@jurat/core/note/vkey'
import { logSigner } from '@jurat/node/log/publisher.fixtures'
import { assertClean } from '../fault/outsideCheck.ts'
import { freshFolder, type Node, startNode } from '../runningNode.ts'
import { Dice } from '../seededRandom.ts'
import { type Genuine, genuineRequests } from './genuineRequests.ts'
import { type Attempt, mutations } from './hostileMutations.ts'
import { exchange, parseAnswers, type RawAnswer, requestBytes } from './rawHttp.ts'

const seed = Number(process.env['JURAT_FUZZ_SEED'] ?? 1)
const runs = Number(process.env['JURAT_FUZZ_RUNS'] ?? 2_000)

/** Attempts at a time. */
const parallel = 8

/** Longest time that an attempt may take, in milliseconds: far more than any answer needs, far less than for ever. */
const answerMsMax = 20_000

/** Memory that the attempts may add to a node that has answered each route before, in MiB. */
const growthMiBMax = 256

for (const threads of [1, 0]) {
  describe(`with ${threads} front threads`, () => {
    const folder = freshFolder()
    let node: Node
    let all: Genuine[]

    before(async () => {
      const witnessed = `--witnessed-logs=${formatVkey(logSigner.vkey)}`
      const options = ['--database-url=off', '--raw-front', witnessed, `--http-threads=${threads}`]
      node = await startNode(folder, options)
      all = await genuineRequests(node)
    })

    after(() => node.stop('SIGKILL'))

    test('every route has a valid request to begin with', async () => {
      assert.deepEqual(all.map(({ id }) => id).toSorted(), Object.keys(routes).toSorted())
      for (const genuine of all) {
        const request = { ...genuine, headers: [...genuine.headers, ['connection', 'close'] as const] }
        const { bytes, closed } = await exchange(node.port, [requestBytes(request)], false, answerMsMax)
        const [answer] = parseAnswers(bytes, [genuine.method])
        assert.ok(closed && answer !== undefined, genuine.id)
        assert.ok(genuine.statuses.includes(answer.status), `${genuine.id}: ${answer.status} ${answer.body.toString()}`)
      }
    })

    test(`mutated requests get documented answers (seed ${seed})`, async (context) => {
      const before = node.usage().memoryMiB
      const met = new Map<string, number>()
      let next = 0
      const kinds = Object.entries(mutations)
      const work = async (): Promise<void> => {
        for (let at = next++; at < runs; at = next++) {
          const dice = new Dice(seed * 1_000_003 + at)
          const [kind, mutate] = dice.one(kinds)
          const genuine = dice.one(all)
          const attempt = mutate(dice, genuine, all)
          const answers = await judge(node.port, attempt, `attempt ${at} of seed ${seed}, ${kind} of ${genuine.id}`)
          for (const { status } of answers) met.set(`${status}`, (met.get(`${status}`) ?? 0) + 1)
        }
      }
      await Promise.all(Array.from({ length: parallel }, work))
      const growth = node.usage().memoryMiB - before
      context.diagnostic(JSON.stringify({ seed, runs, growthMiB: growth, ...Object.fromEntries(met) }))
      assert.ok(growth < growthMiBMax, `the node grew by ${growth} MiB`)
    })

    test('the node is sound afterwards', async () => {
      assert.equal((await fetch(`${node.url}/health`)).status, 200)
      const [deposit] = all
      assert.ok(deposit !== undefined)
      const request = { ...deposit, headers: [...deposit.headers, ['connection', 'close'] as const] }
      const { bytes } = await exchange(node.port, [requestBytes(request)], false, answerMsMax)
      assert.equal(parseAnswers(bytes, ['POST'])[0]?.status, 200)
      await node.stop()
      assert.equal(await node.ended, 0)
      const logs = join(node.folder, 'logs')
      const lines = readdirSync(logs).flatMap((name) => readFileSync(join(logs, name), 'utf8').split('\n'))
      assert.deepEqual(
        lines.filter((line) => line.includes('internal-error') || line.includes('must end')),
        [],
      )
      await assertClean(folder)
    })
  })
}

/** Sends an attempt. @throws AssertionError for an answer that no document announces. */
async function judge(port: number, attempt: Attempt, what: string): Promise<RawAnswer[]> {
  const { pieces, end, methods, answers: wanted } = attempt
  const { bytes, closed } = await exchange(port, pieces, end, answerMsMax)
  const shown = `${what}\n${Buffer.concat(pieces).toString('latin1', 0, 2_000)}\n---\n${bytes.toString('latin1', 0, 2_000)}`
  assert.ok(closed, `no end: ${shown}`)
  let answers: RawAnswer[] = []
  try {
    answers = parseAnswers(bytes, methods)
  } catch (cause) {
    throw new Error(shown, { cause })
  }
  for (const answer of answers) assert.ok(isDocumented(answer), shown)
  if (wanted === 1) assert.equal(answers.length, 1, shown)
  else assert.ok(wanted === null || (answers.length > 0 && answers.length <= wanted), shown)
  return answers
}

/** Answers of the witness protocol are plain text (docs/spec/witness.md). */
const textStatuses = [400, 403, 404, 409, 422]

function isDocumented({ status, headers, body }: RawAnswer): boolean {
  if (status < 300) return status >= 200
  const type = headers.get('content-type') ?? ''
  if (status < 400 || status >= 500 || status === 429) return false
  if (type !== problemMediaType) return textStatuses.includes(status) && type.startsWith('text/')
  if (body.length === 0) return headers.has('content-length')
  const problem = JSON.parse(body.toString()) as { code: string; status: number }
  const code = problem.code as keyof typeof problemStatuses
  return Object.hasOwn(problemStatuses, code) && problemStatuses[code] === status && problem.status === status
}
