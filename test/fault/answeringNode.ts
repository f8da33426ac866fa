/**
 * A node that need not be healthy: started, and waited for until it answers at all.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@jurat/node/platform/ports.fixtures'
import { nodeEnvironment, nodeProgram } from '../runningNode.ts'

/** Longest wait for the first answer, in milliseconds. */
const startTimeoutMs = 30_000

/** A node that answers, if only that it is not healthy. */
export interface AnsweringNode {
  readonly url: string
  readonly apiKey: string
  /** The folder that holds its data folder. */
  readonly folder: string
  stop(): Promise<void>
}

/** Starts a node over `folder/data`. @throws {Error} when it ends or answers nothing in time. */
export async function spawnNode(folder: string, options: readonly string[]): Promise<AnsweringNode> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const data = join(folder, 'data')
  const args = [nodeProgram, 'start', '--data', data, '--listen', `127.0.0.1:${port}`, ...options]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env: nodeEnvironment(folder) })
  const ended = once(child, 'exit')
  const killed = (): boolean => child.kill('SIGKILL')
  process.once('exit', killed)
  const giveUpAt = performance.now() + startTimeoutMs
  while ((await fetch(`${url}/health`).catch(() => null)) === null) {
    if (child.exitCode !== null || performance.now() > giveUpAt) throw new Error('the node answers nothing')
    await sleep(20)
  }
  const bootstrap = join(data, 'bootstrap.json')
  return {
    url,
    folder,
    apiKey: readKey(bootstrap),
    async stop() {
      child.kill('SIGTERM')
      await ended
      process.off('exit', killed)
    },
  }
}

function readKey(bootstrap: string): string {
  try {
    return (JSON.parse(readFileSync(bootstrap, 'utf8')) as { apiKey: string }).apiKey
  } catch {
    return ''
  }
}
