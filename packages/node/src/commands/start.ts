/**
 * `start`: founds a network in an empty folder, or goes on with the one that is there, and runs until it is told to end.
 * @module
 */
import { join } from 'node:path'
import { fromText } from '@jurat/core/bytes'
import { readConfig, type Config } from '../config.ts'
import { startNode, type RunningNode } from '../main.ts'
import { openLogger, type ClosableLogger } from '../observe/logger.ts'
import { createMetrics } from '../observe/metrics.ts'
import type { Files } from '../platform/files.ts'
import { createNodeFiles } from '../platform/nodeFiles.ts'
import { dataPaths, openDataFolder, type DataFolder } from './dataFolder.ts'

/** What a program needs to reach the node, and a person to trust it. Written to bootstrap.json, mode 0600. */
export interface Bootstrap {
  readonly url: string
  /** The administrator's API key, with every scope. Not there after somebody removed it. */
  readonly apiKey: string
  readonly trustFingerprint: string
}

/** Name of the first organisation. */
const firstOrganisation = 'Operator'

/** Exit code when the node had to end: its disk failed, or it met a bug. */
const failedExitCode = 1

/** Runs the command; resolves with the exit code when the node has ended. The caller ends the process then. */
export async function start(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  files: Files = createNodeFiles(),
): Promise<number> {
  const { config, rest } = await readConfig(args, environment)
  if (rest.length > 0) {
    say(`Unknown option: ${rest.join(' ')}. Every option is in docs/operating/configuration.md.`)
    return 2
  }
  const folder = await openDataFolder(config, files, environment, true)
  const logger = openLogger(dataPaths(folder.data).logs, config.logLevel)
  let resolveEnded = (_code: number): void => {}
  const ended = new Promise<number>((resolve) => (resolveEnded = resolve))
  const fatal = (error: unknown): void => {
    logger.error({ error: error instanceof Error ? (error.stack ?? error.message) : error }, 'The node must end')
    process.stderr.write(`The node must end: ${error instanceof Error ? error.message : String(error)}\n`)
    resolveEnded(failedExitCode)
  }
  let bootstrap: Bootstrap | null = null
  const beforeOpening = async (node: RunningNode): Promise<void> => {
    bootstrap = folder.founding === null ? await readBootstrap(folder, node) : await finishFounding(folder, node)
  }
  // A start that met its end is not finished: nothing more is written, and the door is never opened.
  const opening = startNode(config, folder, { logger, metrics: createMetrics(), fatal, beforeOpening })
  const node = await Promise.race([opening, ended])
  if (typeof node === 'number') return node
  if (bootstrap !== null) announce(config, folder, bootstrap, node)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolveEnded(0))
  process.on('SIGHUP', () => void node.renew().catch(fatal))
  const code = await ended
  if (code === 0) await end(node, folder, logger)
  return code
}

/** Makes the first organisation with its hosted account and key, then ends the founding. Only on a first start. */
export async function finishFounding(folder: DataFolder, node: RunningNode): Promise<Bootstrap> {
  const { credentials } = node
  const { founding, files } = folder
  if (founding === null) throw new Error('there is no founding to finish')
  const organisation = await credentials.createOrganisation(firstOrganisation)
  await credentials.addAccount(organisation.id, founding.depositor)
  const { key } = await credentials.createKey(organisation.id, {
    label: 'administrator, made at the first start',
    scopes: ['deposit', 'read', 'account', 'admin'],
    account: founding.depositor.id,
  })
  const bootstrap = await writeBootstrap(folder, node, key)
  await files.replaceFile(dataPaths(folder.data).trust, fromText((await node.receipts.trust()).text))
  await folder.founded()
  return bootstrap
}

/** Reads the key of the first start; the address may have changed since. */
async function readBootstrap(folder: DataFolder, node: RunningNode): Promise<Bootstrap> {
  const bytes = await folder.files.readFile(dataPaths(folder.data).bootstrap)
  let apiKey = ''
  try {
    apiKey = (JSON.parse(Buffer.from(bytes ?? []).toString()) as Bootstrap).apiKey
  } catch {
    // Whoever took the key into safe keeping may have removed the file.
  }
  if (bytes === null) return { url: node.url, apiKey, trustFingerprint: (await node.receipts.trust()).fingerprint }
  return writeBootstrap(folder, node, apiKey)
}

async function writeBootstrap(folder: DataFolder, node: RunningNode, apiKey: string): Promise<Bootstrap> {
  const { fingerprint: trustFingerprint } = await node.receipts.trust()
  const bootstrap = { url: node.url, apiKey, trustFingerprint }
  const text = fromText(`${JSON.stringify(bootstrap, null, 2)}\n`)
  await folder.files.replaceFile(dataPaths(folder.data).bootstrap, text, { mode: 0o600 })
  return bootstrap
}

function announce(config: Config, folder: DataFolder, bootstrap: Bootstrap, node: RunningNode): void {
  const { url, apiKey, trustFingerprint } = bootstrap
  const { masterKey, data } = folder
  const trust = join(data, 'trust.json')
  const closed = node.ledger.publisher.closed()
  const lines = [
    `Jurat ${node.ledger.origin} is ready.`,
    '',
    `  address            ${url}`,
    `  data               ${data}`,
    `  trust fingerprint  ${trustFingerprint}`,
    ...(apiKey === '' ? [] : [`  API key            ${apiKey}`]),
    `  master key         ${masterKey.source}${masterKey.made ? ' (made now: keep a copy, no backup contains it)' : ''}`,
    `  raw front          ${config.rawFront ? 'on' : 'off'}`,
    ...(closed === null ? [] : [`  takes nothing      ${closed.message}`]),
    '',
    'Try:',
    '',
    `  npx jurat trust add ${trust} --fingerprint ${trustFingerprint}`,
    `  npx jurat deposit FILE --node ${url} --key ${apiKey === '' ? 'KEY' : apiKey} --receipt FILE.jurat.json`,
    '  npx jurat verify FILE FILE.jurat.json',
    '',
    `  interface          ${url}/reference`,
    `  health             ${url}/health`,
    '',
  ]
  say(lines.join('\n'))
}

async function end(node: RunningNode, folder: DataFolder, logger: ClosableLogger): Promise<void> {
  say('Stopping: requests on their way finish first.')
  await node.stop()
  await folder.release()
  await logger.flush()
  say('Stopped.')
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
