/**
 * `npm run localnet`: four institutions on this machine, each a node with its CometBFT, joined by relays that can be cut.
 * Started by scripts/localnet.js.
 *
 *   npm run localnet -- [--members N] [--witness litewitness] [--data DIR] [--port P] [--fresh] [--no-database]
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
import { foundNetwork, outsideLogs } from './founding.ts'
import { Litewitness, litewitness } from './litewitness.ts'
import { localMembersMax, localMembersMin, type Plan, planNetwork } from './plan.ts'
import { assertCanStart, endKilledNetwork, removeNetwork } from './preflight.ts'
import { MemberProcess } from './process.ts'
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
  if (values.witness !== undefined && values.witness !== litewitness) {
    say(`--witness: the only outside witness that is known here is ${litewitness}`)
    return 2
  }
  const made = { members: count, port, ...(values.witness === undefined ? {} : { witness: values.witness }) }
  const plan = planNetwork(folder, count, port)
  await endKilledNetwork(plan, say)
  if (values.fresh) removeNetwork(plan)
  await assertCanStart(plan, made)
  rmSync(plan.description, { force: true })
  const width = Math.max(...[...plan.members.map(({ name }) => name), litewitness].map(({ length }) => length))
  const view = (name: string) => (line: string) => say(`${name.padEnd(width)} | ${line}`)
  const witness = values.witness === undefined ? null : new Litewitness(plan.witness, view(litewitness))
  if (!existsSync(plan.genesis)) await foundNetwork(plan, witness, say)
  const relays = new Relays()
  for (const route of plan.routes) await relays.open(route)
  const databases = values['no-database']
    ? null
    : await startDatabases(
        folder,
        plan.members.map(({ name }) => name),
      )
  const members = plan.members.map(
    (planned) => new MemberProcess(planned, plan, databases?.urlOf(planned.name) ?? 'off', view(planned.name)),
  )
  const processes = [...(witness === null ? [] : [witness]), ...members]
  const ended = new Promise<void>((end) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end())
  })
  const description = new Description(plan, members, witness)
  try {
    const ready = startAll(plan, members, witness).then(() => true)
    if (!(await Promise.race([ready, ended.then(() => false)]))) return 1
    await description.begin()
    const control = await controlNetwork(plan.control, { processes, relays, changed: () => description.update() })
    say(`\n${count} members are ready; ${plan.description} describes them. Ctrl-C stops all.\n`)
    await ended
    control.close()
  } finally {
    description.end()
    await Promise.all(processes.map((one) => one.end()))
    relays.close()
    await databases?.stop()
  }
  return 0
}

/** Starts everything, the witness first: it has to know the logs when it is asked. */
async function startAll(plan: Plan, members: readonly MemberProcess[], witness: Litewitness | null): Promise<void> {
  if (witness !== null) {
    witness.start()
    await witness.ready()
    for (const vkey of outsideLogs(plan)) witness.addLog(vkey)
  }
  for (const one of members) one.start()
  await Promise.all(members.map((one) => one.ready()))
}
