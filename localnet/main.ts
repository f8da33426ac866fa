/**
 * `npm run localnet`: four institutions on this machine, each a node with its CometBFT, joined by relays that can be cut.
 * Started by scripts/localnet.js.
 *
 *   npm run localnet -- [--members N] [--data DIR] [--port P] [--fresh] [--no-database]
 *   npm run localnet -- kill|stop|cut|heal|start MEMBER --data DIR
 *
 * docs/operating/localnet.md has the commands.
 * @module
 */
import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { controlNetwork, sendCommand } from './control.ts'
import { startDatabases } from './databases.ts'
import { Description } from './description.ts'
import { localMembersMax, localMembersMin, type Plan, planNetwork } from './plan.ts'
import { assertCanStart, removeNetwork } from './preflight.ts'
import { environmentOf, MemberProcess, runProgram } from './process.ts'
import { Relays } from './relay.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    members: { type: 'string', default: '4' },
    data: { type: 'string', default: './localnet-data' },
    port: { type: 'string', default: '18080' },
    fresh: { type: 'boolean', default: false },
    witness: { type: 'string' },
    'no-database': { type: 'boolean', default: false },
  },
})

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const folder = resolve(process.env['INIT_CWD'] ?? '.', values.data)
const [command, member] = positionals
try {
  process.exitCode = command === undefined ? await runNetwork() : await tell(command, member)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
process.exit()

async function tell(command: string, member: string | undefined): Promise<number> {
  const answer = await sendCommand(join(folder, 'control.sock'), `${command} ${member ?? ''}`)
  say(answer)
  return answer.startsWith('ok') ? 0 : 1
}

async function runNetwork(): Promise<number> {
  const [count, port] = [Number(values.members), Number(values.port)]
  if (!(count >= localMembersMin && count <= localMembersMax) || !(port > 0 && port < 60_000)) {
    say(`--members is ${localMembersMin} to ${localMembersMax}, --port below 60000`)
    return 2
  }
  if (values.witness !== undefined) {
    say('--witness: a consortium does not ask outside witnesses yet; its members are the witnesses')
    return 2
  }
  const plan = planNetwork(folder, count, port)
  if (values.fresh) await removeNetwork(plan)
  await assertCanStart(plan, { members: count, port })
  rmSync(plan.description, { force: true })
  if (!existsSync(plan.genesis)) await found(plan)
  const relays = new Relays()
  for (const route of plan.routes) await relays.open(route)
  const databases = values['no-database']
    ? null
    : await startDatabases(
        folder,
        plan.members.map(({ name }) => name),
      )
  const width = Math.max(...plan.members.map(({ name }) => name.length))
  const members = plan.members.map(
    (planned) =>
      new MemberProcess(planned, plan, databases?.urlOf(planned.name) ?? 'off', (line) =>
        say(`${planned.name.padEnd(width)} | ${line}`),
      ),
  )
  const ended = new Promise<void>((end) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end())
  })
  const description = new Description(plan, members)
  try {
    for (const one of members) one.start()
    const ready = Promise.all(members.map((one) => one.ready())).then(() => true)
    if (!(await Promise.race([ready, ended.then(() => false)]))) return 1
    await description.begin()
    const control = await controlNetwork(plan.control, { members, relays, changed: () => description.update() })
    say(`\n${count} members are ready; ${plan.description} describes them. Ctrl-C stops all.\n`)
    await ended
    control.close()
  } finally {
    description.end()
    await Promise.all(members.map((one) => one.end()))
    relays.close()
    await databases?.stop()
  }
  return 0
}

/** The ceremony: each member makes its keys, one assembles, all check. */
async function found(plan: Plan): Promise<void> {
  // An earlier founding that did not end: nothing has run with its keys.
  for (const one of plan.members) {
    for (const path of [one.data, one.masterKeyFile, one.joinFile]) rmSync(path, { recursive: true, force: true })
  }
  say('Founding: every member makes its keys, one assembles the genesis, all check it.')
  for (const one of plan.members) {
    const words = ['network', 'join', '--name', one.name, '--network', plan.origin, '--url', one.url]
    words.push('--consensus', `127.0.0.1:${one.consensusPort}`, '--members', `127.0.0.1:${one.membersPort}`)
    words.push('--out', one.joinFile, '--data', one.data)
    await runProgram(words, environmentOf(one))
  }
  const [first] = plan.members
  if (first === undefined) return
  const joins = plan.members.map(({ joinFile }) => joinFile)
  const words = ['network', 'assemble', ...joins, '--name', plan.origin, '--out', plan.genesis]
  await runProgram(words, environmentOf(first))
  for (const one of plan.members) {
    await runProgram(['network', 'check', plan.genesis, '--data', one.data], environmentOf(one))
  }
}
