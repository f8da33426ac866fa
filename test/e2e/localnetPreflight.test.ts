/**
 * What stands in the way of a local network is said in a sentence, before anything is made, started or removed.
 * @module
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { freeRange } from '@jurat/node/platform/ports.fixtures'

const program = join(import.meta.dirname, '..', '..', 'localnet', 'main.ts')

describe('what stands in the way of a local network', () => {
  let folder = ''
  before(() => (folder = mkdtempSync('/tmp/jl-')))
  after(() => rmSync(folder, { recursive: true }))

  const localnet = (...words: string[]): Promise<{ code: number; said: string }> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, [program, '--no-database', ...words], (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, said: stdout + stderr }),
      )
    })

  test('a path that is too long for a socket', async () => {
    const { code, said } = await localnet('--data', join(folder, 'a'.repeat(90)))
    assert.equal(code, 1)
    assert.match(said, /too long for a socket: choose a data folder with a shorter path\n$/)
    assert.deepEqual(readdirSync(folder), [])
  })

  test('a folder of something else: neither used nor removed', async () => {
    writeFileSync(join(folder, 'letter.txt'), 'Dear all')
    for (const more of [[], ['--fresh']]) {
      const { code, said } = await localnet('--data', folder, ...more)
      assert.equal(code, 1)
      assert.match(said, /not the folder of a local network/)
    }
    assert.ok(existsSync(join(folder, 'letter.txt')))
  })

  test('a port that is taken; then a network that was made from another one', async () => {
    const port = await freeRange(60)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(port + 10, '127.0.0.1', resolve))
    const data = join(folder, 'net')
    const { code, said } = await localnet('--data', data, '--port', String(port))
    await new Promise((resolve) => server.close(resolve))
    assert.equal(code, 1)
    assert.match(said, /^Port \d+, of \w+, is taken: end what listens there, or choose another --port\n$/)
    const other = await localnet('--data', data, '--port', String(port + 1))
    assert.equal(other.code, 1)
    assert.match(other.said, /holds a network of 4 members from port \d+: start it with .* or add --fresh/)
  })

  test('words that are none, and what is not there yet', async () => {
    const rows: readonly (readonly [string, string, RegExp])[] = [
      ['--members', '3', /--members is 4 to 9/],
      ['--port', 'x', /--port below 60000/],
      ['--witness', 'omniwitness', /the only outside witness that is known here is litewitness/],
    ]
    for (const [option, value, sentence] of rows) {
      const { code, said } = await localnet('--data', join(folder, 'none'), option, value)
      assert.equal(code, 2)
      assert.match(said, sentence)
    }
    assert.ok(!existsSync(join(folder, 'none')))
  })

  test('a command to a network that does not run', async () => {
    const { code, said } = await localnet('kill', 'court', '--data', join(folder, 'none'))
    assert.equal(code, 1)
    assert.match(said, /^no local network runs with .*control\.sock\n$/)
  })
})
