/**
 * Commands to a local network that runs: over a socket in its folder, one line and one answer.
 * @module
 */
import { rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import type { MemberProcess } from './process.ts'
import type { Relays } from './relay.ts'

/** What commands act on. */
export interface Controlled {
  readonly members: readonly MemberProcess[]
  readonly relays: Relays
  /** Called after each command: process ids may have changed. */
  readonly changed: () => Promise<void>
}

type Command = (member: MemberProcess, relays: Relays) => void | Promise<void>

const commands: Readonly<Record<string, Command>> = {
  kill: (member) => {
    const { cometbftPid } = member
    if (cometbftPid !== null) process.kill(cometbftPid, 'SIGKILL')
    return member.end('SIGKILL')
  },
  stop: (member) => member.end(),
  cut: (member, relays) => relays.cut(member.member.name),
  heal: (member, relays) => relays.heal(member.member.name),
  async start(member) {
    member.start()
    await member.ready()
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

async function run(line: string, { members, relays, changed }: Controlled): Promise<string> {
  const [name = '', wanted] = line.split(' ')
  const command = commands[name]
  const member = members.find((one) => one.member.name === wanted)
  if (command === undefined) return `commands: ${Object.keys(commands).join(', ')}`
  if (member === undefined) return `members: ${members.map((one) => one.member.name).join(', ')}`
  try {
    await command(member, relays)
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
