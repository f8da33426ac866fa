/**
 * The lines of Node beside the pinned one, on which the same blocks have to give the same bytes
 * (test/conformance/nodeLines.test.ts): fetched from the npm platform packages into .cache/tools, never a dependency.
 * Prints a line of JSON for each: `{ version, path, reason }`, with a null path where it cannot be had; then exits with 1.
 * Plain JavaScript for Node >= 20: scripts/install-tools.sh runs it before anything is installed.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { platformName, root } from './setup.js'

/** The oldest line that strips types without a flag, and the current one. */
const versions = ['22.23.3', '26.10.0']

const downloadTimeoutMs = 240_000

const windows = process.platform === 'win32'
const program = windows ? 'node.exe' : 'node'
const tools = join(root, '.cache', 'tools')

/** Path of Node at this version; fetched when it is not there. @throws when npm or tar fails */
function fetchLine(version) {
  const path = join(tools, `node-${version}`, program)
  if (existsSync(path)) return path
  mkdirSync(tools, { recursive: true })
  const folder = mkdtempSync(join(tools, 'fetching-'))
  const run = (command, args) =>
    execFileSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: downloadTimeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: windows,
    })
  try {
    const packed = run('npm', ['pack', `node-${platformName()}@${version}`, '--loglevel=error'])
      .trim()
      .split('\n')
      .at(-1)
    run('tar', ['-xzf', packed, `package/bin/${program}`])
    // By one rename, so that whoever comes at the same time finds all of it or nothing.
    if (!existsSync(path)) renameSync(join(folder, 'package', 'bin'), join(tools, `node-${version}`))
    return path
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const version of versions) {
  let answer
  try {
    answer = { version, path: fetchLine(version), reason: null }
  } catch (error) {
    const reason = String(error.stderr || error.message)
      .trim()
      .split('\n')[0]
    answer = { version, path: null, reason }
    process.exitCode = 1
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
