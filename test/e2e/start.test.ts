/**
 * The set-up part of the README as a newcomer follows it: start a node, type the lines that it prints, stop it, verify.
 */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { freePort } from '@jurat/node/platform/ports.fixtures'
import { freshFolder } from '../runningNode.ts'

const root = join(import.meta.dirname, '../..')

/** Far more than it takes: a test that hangs ends. */
const timeoutMs = 240_000

/** The environment of somebody who has never used Jurat. */
function newcomer(home: string): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !/^(?:JURAT_|XDG_|LC_|LANG|DATABASE_URL)/u.test(name))
  return { ...Object.fromEntries(ours), HOME: home, LANG: 'C.UTF-8' }
}

const skip = process.platform === 'win32' && 'the lines are typed into bash'
test('the lines that a new node prints work as they stand', { timeout: timeoutMs, skip }, async (t) => {
  const home = freshFolder()
  const env = newcomer(home)
  const url = `127.0.0.1:${await freePort()}`
  const program = [join(root, 'scripts/start.js'), '--data', join(home, 'data'), '--listen', url]
  const node = spawn(process.execPath, program, { cwd: home, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve) => node.once('exit', resolve))
  // The program hands this on to the node; what is killed hands on nothing.
  t.after(() => node.kill('SIGTERM'))

  const printed: string[] = []
  for await (const line of createInterface(node.stdout)) {
    printed.push(line)
    if (line.includes('/health')) break
  }
  node.stdout.resume()
  const commands = printed.map((line) => line.trim()).filter((line) => line.startsWith('npx jurat '))
  const verbs = commands.map((line) => line.split(' ').slice(0, 3).join(' '))
  assert.deepEqual(verbs, ['npx jurat trust', 'npx jurat deposit', 'npx jurat verify'], printed.join('\n'))

  const file = join(home, 'photo.jpg')
  writeFileSync(file, 'what the camera saw')
  const type = async (line: string): Promise<string> => {
    const { stdout } = await promisify(execFile)('bash', ['-c', line.replaceAll('FILE', file)], { cwd: root, env })
    return stdout
  }
  const [trust = '', deposit = '', verify = ''] = commands
  await type(trust)
  await type(deposit)
  node.kill('SIGTERM')
  assert.equal(await ended, 0, 'the node ends in order')
  assert.match(await type(verify), /unchanged since/i)
  writeFileSync(file, 'what the camera did not see')
  await assert.rejects(type(verify), { code: 1 }, 'a changed file is found out')
})
