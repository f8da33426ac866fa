/**
 * Commands to a local network that runs: over a socket in its folder, one line and one answer.
 * @module
 */
import { rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import type { Startable } from './localProcess.ts'
import type { Relays } from './relay.ts'

/** What commands act on. */
export interface Controlled {
  readonly processes: readonly Startable[]
  readonly relays: Relays
  /** Called after each command: process ids may have changed. */
  readonly changed: () => Promise<void>
}

type Command = (process: Startable, relays: Relays) => void | Promise<void>

const commands: Readonly<Record<string, Command>> = {
  kill: (process) => process.kill(),
  stop: (process) => process.end(),
  cut: ({ name }, relays) => relays.cut(name),
  heal: ({ name }, relays) => relays.heal(name),
  async start(process) {
    process.start()
    await process.ready()
  },
}

/** Takes commands until it is closed. */
export async function controlNetwork(path: string, controlled: Controlled): Promise<Server> {
  rmSync(path, { force: true })
  const server = createServer((socket) => {
    let line = ''
    socket.on('data', (chunk: Buffer) => {
      line += chunk.toString()
      if (line.includes('\n')) void run(line.trim(), controlled).then((answer) => socket.end(`${answer}\n`))
    })
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return server
}

async function run(line: string, { processes, relays, changed }: Controlled): Promise<string> {
  const [name = '', wanted] = line.split(' ')
  const command = commands[name]
  const process = processes.find((one) => one.name === wanted)
  if (command === undefined) return `commands: ${Object.keys(commands).join(', ')}`
  if (process === undefined) return `members: ${processes.map((one) => one.name).join(', ')}`
  try {
    await command(process, relays)
    await changed()
    return `ok: ${name} ${wanted}`
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Sends one command and gives the answer. */
export function sendCommand(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.on('end', () => resolve(answer.trim()))
    socket.on('error', () => reject(new Error(`no local network runs with ${path}`)))
    socket.write(`${line}\n`)
  })
}
