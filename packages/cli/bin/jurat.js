#!/usr/bin/env node
/**
 * Starts the `jurat` command. Plain JavaScript, so that an older Node can read it: when this Node cannot run TypeScript
 * by itself, the Node that npm installed beside the packages is started in its place.
 */
import { spawn } from 'node:child_process'
import * as nodeModule from 'node:module'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** First Node that runs TypeScript without a flag. */
const nodeVersionMin = [22, 18]

function canRunTypeScript() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major > nodeVersionMin[0] || (major === nodeVersionMin[0] && minor >= nodeVersionMin[1])
}

/** The `node` of the npm platform package, in the nearest `node_modules/.bin` above this file. */
function findInstalledNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', '.bin', name)
    if (existsSync(candidate)) return candidate
  }
  return null
}

function runUnder(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, JURAT_STARTED_AGAIN: '1' },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`jurat: cannot start ${node}: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
  })
}

/** Halves the time to start. The cache is the user's own: in the shared temporary folder others could plant code. */
function cacheCompiledCode() {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  nodeModule.enableCompileCache?.(join(base, 'jurat', 'compiled'))
}

if (canRunTypeScript()) {
  cacheCompiledCode()
  const { main } = await import('../src/main.ts')
  process.exitCode = await main(process.argv.slice(2), process)
} else {
  const installed = process.env.JURAT_STARTED_AGAIN === undefined ? findInstalledNode() : null
  if (installed === null) {
    process.stderr.write(
      `jurat needs Node ${nodeVersionMin.join('.')} or newer; this is ${process.versions.node}. ` +
        'Run "npm install" in the project folder: it brings a Node of its own.\n',
    )
    process.exitCode = 1
  } else {
    runUnder(installed)
  }
}
