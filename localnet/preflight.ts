/**
 * What stands in the way of a local network, said before anything is made or started.
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { engineFolder, findCometbft } from '../packages/node/src/engine/cometbft/supervision/binary.ts'
import { cometbftPaths } from '../packages/node/src/engine/cometbft/supervision/home.ts'
import { sendCommand } from './control.ts'
import { endLeftovers } from './leftovers.ts'
import { litewitnessPrograms } from './litewitness.ts'
import type { Plan } from './plan.ts'
import { findProgram } from './programs.ts'

/** Something that a person must change first; the message says what. */
export class PreflightError extends Error {
  override readonly name = 'PreflightError'
}

/** What a folder was made with: its keys and its genesis name these ports. */
export interface Made {
  readonly members: number
  readonly port: number
  /** The outside witness that its document names; absent without one. */
  readonly witness?: string
}

const madeFile = (folder: string): string => join(folder, 'made.json')

/** Ends what a network that was killed has left running. @throws {PreflightError} when the network runs */
export async function endKilledNetwork({ folder, control }: Plan, say: (text: string) => void): Promise<void> {
  const answer = await sendCommand(control, '').catch(() => null)
  if (answer !== null) throw new PreflightError(`A local network runs in this folder (${control} answers)`)
  if (existsSync(madeFile(folder))) await endLeftovers(folder, say)
}

/** Removes the folder of a network that does not run, for a fresh one. @throws {PreflightError} when it holds anything else */
export function removeNetwork({ folder }: Plan): void {
  if (!existsSync(folder)) return
  if (readdirSync(folder).length > 0 && !existsSync(madeFile(folder)))
    throw new PreflightError(`${folder} is not the folder of a local network: --fresh removes nothing else`)
  rmSync(folder, { recursive: true })
}

/** Makes the folder of a network that does not run. @throws {Error} when the network cannot be started */
export async function assertCanStart(plan: Plan, wanted: Made): Promise<void> {
  const { folder, members, routes } = plan
  for (const { data } of members) cometbftPaths(data)
  assertSameAsMade(folder, wanted)
  const own = members.flatMap(({ name, port, membersPort, consensusPort }) =>
    [port, membersPort, consensusPort].map((at) => ({ at, whose: name })),
  )
  const relayed = routes.map(({ listen, from, to }) => ({ at: listen, whose: `the way from ${from} to ${to}` }))
  const outside = wanted.witness === undefined ? [] : [{ at: plan.witness.port, whose: wanted.witness }]
  for (const { at, whose } of [...own, ...relayed, ...outside]) {
    const code = await listenCode(at)
    if (code === 'EADDRINUSE')
      throw new PreflightError(`Port ${at}, of ${whose}, is taken: end what listens there, or choose another --port`)
    if (code !== null) throw new PreflightError(`Nobody can listen on port ${at}, of ${whose}: ${code}`)
  }
  const missing = litewitnessPrograms.filter((name) => findProgram(name) === null)
  if (wanted.witness !== undefined && missing.length > 0)
    throw new PreflightError(`--witness needs ${missing.join(', ')}: scripts/install-tools.sh installs it`)
  await findCometbft({ configured: null, cache: engineFolder, path: process.env['PATH'] ?? '' })
}

function assertSameAsMade(folder: string, wanted: Made): void {
  mkdirSync(folder, { recursive: true })
  const file = madeFile(folder)
  if (existsSync(file)) {
    const made = JSON.parse(readFileSync(file, 'utf8')) as Made
    if (optionsOf(made) === optionsOf(wanted)) return
    const beside = made.witness === undefined ? '' : ` with the witness ${made.witness}`
    throw new PreflightError(
      `${folder} holds a network of ${made.members} members${beside} from port ${made.port}: start it with ${optionsOf(made)}, or add --fresh to remove it`,
    )
  }
  if (readdirSync(folder).length > 0)
    throw new PreflightError(`${folder} is not empty, and not the folder of a local network: choose another --data`)
  writeFileSync(file, `${JSON.stringify(wanted)}\n`)
}

function optionsOf({ members, port, witness }: Made): string {
  return `--members ${members} --port ${port}${witness === undefined ? '' : ` --witness ${witness}`}`
}

/** Why nobody can listen on a port of this machine; null when one can. */
function listenCode(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host: '0.0.0.0', port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
