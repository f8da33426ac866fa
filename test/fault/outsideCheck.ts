/**
 * What judges a data folder after a fault: our own fsck, and Tessera's over the tiles that a node serves.
 * @module
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Node, nodeEnvironment, nodeProgram } from '../runningNode.ts'

const run = promisify(execFile)

/** Runs our fsck over the stopped node of `folder`. @throws AssertionError with its findings when it is not clean. */
export async function assertClean(folder: string): Promise<void> {
  const { code, output } = await runCommand(folder, ['fsck'])
  assert.equal(code, 0, `fsck is not clean:\n${output}`)
}

/** Longest run of a command of the node's program, in milliseconds. */
const commandMsMax = 120_000

/** Runs a command of the node's program over `folder` to its end; a killed one has code -1. */
export async function runCommand(
  folder: string,
  [command = '', ...more]: readonly string[],
): Promise<{ code: number; output: string }> {
  const options = [nodeProgram, command, ...more, '--data', join(folder, 'data')]
  const settings = { env: nodeEnvironment(folder), timeout: commandMsMax }
  const result = await run(process.execPath, options, settings).catch((error: unknown) => error)
  const { code, stdout, stderr } = result as { code?: number | null; stdout: string; stderr: string }
  return { code: code === null ? -1 : (code ?? 0), output: `${stdout}\n${stderr}` }
}

/** Lets Tessera's fsck fetch everything from the running node. @throws AssertionError when it finds a fault. */
export async function assertTesseraClean(fsck: string, node: Node): Promise<void> {
  const trust = (await (await fetch(`${node.url}/v1/trust`)).json()) as { logKeys: { vkey: string }[] }
  const keyFile = join(node.folder, '..', 'log.vkey')
  writeFileSync(keyFile, trust.logKeys[0]?.vkey ?? '')
  const options = ['--ui=false', `--storage_url=${node.url}/log/`, `--public_key=${keyFile}`, '-N', '2']
  const result = await run(fsck, options, { timeout: 120_000 }).catch((error: unknown) => error)
  const { code, stderr } = result as { code?: number; stderr: string }
  assert.equal(code ?? 0, 0, `Tessera's fsck: ${stderr}`)
}
