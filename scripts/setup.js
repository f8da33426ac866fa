/**
 * What every command of the repository needs first: the dependencies of the lock file, and a Node that runs TypeScript.
 * Plain JavaScript for Node >= 20, because it runs before anything is installed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.jurat-lock-hash')

/** Writes one line of progress to stderr, so that a command's own output stays clean. */
export function say(line) {
  process.stderr.write(`${line}\n`)
}

/** Installs the dependencies when they are missing or the lock file has changed. Ends the process when that fails. */
export function installDependencies() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say('Installing dependencies (once; about a minute) ...')
  const started = Date.now()
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // No install script is run: every native part comes ready inside its package. Not `npm ci`, which fails where a registry
  // lacks an optional package of another platform; the versions are those of the lock file all the same.
  const result = spawnSync(
    npm,
    ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    },
  )
  if (result.status !== 0) {
    say('Could not install the dependencies: npm failed (see above). Is the npm registry reachable?')
    process.exit(1)
  }
  mkdirSync(modules, { recursive: true })
  writeFileSync(stamp, wanted)
  say(`Dependencies installed in ${Math.round((Date.now() - started) / 1000)} s.`)
}

/** The Node that runs our TypeScript: the pinned one from the npm platform package, else the present one if new enough. */
export function nodeBinary() {
  const pinned = join(modules, `node-${platformName()}`, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(pinned)) return pinned
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath
  say(`Node ${process.versions.node} cannot run TypeScript and npm has no pinned Node for ${platformName()}.`)
  say('Install Node 22.18 or newer (24 is what we test with), then run this again.')
  return process.exit(1)
}

/** What the npm packages of Node call this platform. */
export function platformName() {
  return `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
}

/** Runs a program to its end with the pinned Node first on the PATH; gives its exit code. */
export function run(command, args, options = {}) {
  const bin = join(modules, '.bin')
  const separator = process.platform === 'win32' ? ';' : ':'
  const path = [dirname(nodeBinary()), bin, process.env.PATH].join(separator)
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      ...options,
      env: { ...process.env, PATH: path, ...options.env },
    })
    const forward = (signal) => child.kill(signal)
    process.on('SIGINT', forward)
    process.on('SIGTERM', forward)
    child.on('error', (error) => {
      say(`Could not start ${command}: ${error.message}`)
      resolve(127)
    })
    child.on('exit', (code, signal) => {
      process.off('SIGINT', forward)
      process.off('SIGTERM', forward)
      resolve(code ?? (signal === null ? 1 : 128))
    })
  })
}
