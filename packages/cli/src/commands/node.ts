/**
 * `jurat node ...` and `jurat network ...`: start the node's own program with the words that follow. The command never
 * imports the node.
 * @module
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { CliError, exitCodes } from '../exitCodes.ts'
import type { Register } from '../runner.ts'
import type { Environment } from '../settings.ts'

/** Adds the commands, for help and completion; `main` hands the words on before commander reads them. */
export const registerNode: Register = (parent, run) => {
  const node = parent.command('node').description(run.help('cli.help.node_'))
  for (const name of ['start', 'fsck', 'backup', 'restore', 'reindex', 'resume-signing'] as const) {
    node
      .command(name)
      .description(run.help(`cli.help.node_${name}`))
      .helpOption(false)
  }
  const network = parent.command('network').description(run.help('cli.help.network'))
  for (const name of [
    'join',
    'assemble',
    'check',
    'admit',
    'remove',
    'rotate',
    'change',
    'ballots',
    'approve',
  ] as const) {
    network
      .command(name)
      .description(run.help(`cli.help.network_${name}`))
      .helpOption(false)
  }
}

/** Runs the node's program and gives its exit code. Signals reach it through the terminal or are handed on. */
export async function runNode(words: readonly string[], environment: Environment): Promise<number> {
  const child = spawn(process.execPath, [findNodeProgram(), ...words], { stdio: 'inherit', env: environment })
  const handOn = (signal: NodeJS.Signals): void => {
    child.kill(signal)
  }
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, handOn)
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : exitCodes.failed)))
    })
  } finally {
    for (const signal of signals) process.off(signal, handOn)
  }
}

/** The file of the node's program: as an installed package, or beside this one. */
export function findNodeProgram(): string {
  const beside = fileURLToPath(new URL('../../../node/src/cli.ts', import.meta.url))
  if (existsSync(beside)) return beside
  try {
    return createRequire(import.meta.url).resolve('@jurat/node/cli')
  } catch (cause) {
    throw new CliError(
      exitCodes.usage,
      'node-not-installed',
      { key: 'cli.nodeNotInstalled' },
      {
        cause,
      },
    )
  }
}
