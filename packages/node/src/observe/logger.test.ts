/**
 * The log: lines in files, no secrets, and an end that is reached.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLogger } from './logger.ts'

test('what was logged stands in the file when the log is closed, without secrets', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jurat-log-'))
  const logger = openLogger(folder, 'info')
  logger.info({ apiKey: 'do-not-show', request: { authorization: 'nor-this' }, height: 7 }, 'a block')
  logger.debug({}, 'below the level')
  const started = performance.now()
  await logger.flush()
  assert.ok(performance.now() - started < 2_900, 'the end is reached by the thread, not by the time-out')
  const text = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('')
  assert.match(text, /"height":7.*"msg":"a block"/)
  assert.doesNotMatch(text, /do-not-show|nor-this|below the level/)
  rmSync(folder, { recursive: true })
})

for (const when of ['at once', 'before it is told', 'when it is told', 'in order']) {
  const skip = process.platform !== 'linux' && 'only Linux has /dev/full'
  test(`a disk without room for the log is one sentence, and the end is clean: ${when}`, { skip }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'jurat-log-'))
    symlinkSync('/dev/full', join(folder, 'node.1.log'))
    const program = join(import.meta.dirname, 'loggerFull.fixtures.ts')
    const { status, stderr } = spawnSync(process.execPath, [program, folder, when], { encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    assert.equal(status, 1)
    // Whoever ends so early may not have heard of it.
    if (when.startsWith('when') || when === 'in order') assert.notEqual(stderr, '')
    assert.match(stderr, /^(The log in .* cannot be written any more: .*no space left.*\n)?$/)
  })
}
