/**
 * A contract as a flow of a real node with its PostgreSQL, by the command: whole, and with a missing and swapped phases; its
 * package verifies offline and names what is wrong; the node is killed while phases are deposited; access codes open, and do not.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Flow } from '@jurat/api/flows'
import { skip } from '@jurat/node/database/office/office.fixtures'
import { freshFolder, type Node, startNode } from '../runningNode.ts'

const home = freshFolder()
const folder = freshFolder()
const at = (name: string): string => join(folder, name)
const jurat = join(import.meta.dirname, '../../packages/cli/bin/jurat.js')
const options = ['--network', 'jurat.test/flows']

let node: Node | null = null

before(async () => {
  if (skip !== false) return
  node = await startNode(home, options)
  writeFileSync(at('trust.json'), await (await fetch(`${node.url}/v1/trust`)).text())
  for (const name of ['draft', 'intent', 'first', 'second'])
    writeFileSync(at(`${name}.txt`), `${name} of the contract\n`)
  await untilOpen()
})

after(() => node?.stop())

/** Office work begins when PostgreSQL is there. */
async function untilOpen(): Promise<void> {
  for (let round = 0; round < 600; round++) {
    if ((await ask('GET', '/v1/flows')).status === 200) return
    await sleep(100)
  }
  assert.fail('the office did not open in time')
}

/** Runs the command, which must end with this code. @returns what it said */
function command(args: readonly string[], code = 0): string {
  const env = { ...process.env, JURAT_CONFIG_DIR: at('config') }
  const access = ['--node', node?.url ?? '', '--key', node?.apiKey ?? '']
  const { status, stdout, stderr } = spawnSync(process.execPath, [jurat, ...args, ...access], {
    cwd: folder,
    encoding: 'utf8',
    env,
  })
  assert.equal(status, code, `${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

function ask(method: string, path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${node?.apiKey ?? ''}`, 'content-type': 'application/json' }
  return fetch(`${node?.url ?? ''}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a cast with a name
const read = async <T>(answer: Promise<Response>): Promise<T> => {
  const response = await answer
  const text = await response.text()
  assert.ok(response.ok, text)
  return JSON.parse(text) as T
}

/** Begins a contract of which the operator's account is both parties. */
async function begin(name: string): Promise<string> {
  const parties = [
    { role: 'initiator', name: '甲公司' },
    { role: 'counterparty', name: 'Second Ltd' },
  ]
  const { flow } = await read<{ flow: Flow }>(ask('POST', '/v1/flows', { name, template: 'contract', parties }))
  return flow.id
}

const phases = ['draft', 'intent-initiator', 'intent-counterparty', 'sign-initiator', 'sign-counterparty']

async function deposit(flow: string, phase: string): Promise<Response> {
  const item = { algorithm: 'sha-256', digest: 'ab'.repeat(32) }
  return ask('POST', `/v1/flows/${flow}/deposits`, { phase, item })
}

async function depositAll(flow: string, order: readonly string[]): Promise<void> {
  for (const phase of order) assert.equal((await deposit(flow, phase)).status, 200, phase)
}

/** A package once every deposit has its checkpoint. */
async function pack(flow: string): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const answer = await ask('GET', `/v1/flows/${flow}/package`)
    if (answer.status === 200) return writeFileSync(at('case.asice'), Buffer.from(await answer.arrayBuffer()))
    assert.equal(answer.status, 503, await answer.text())
    await sleep(100)
  }
  assert.fail('the package was not ready in time')
}

test('a whole contract by the command: its package verifies offline', { skip }, async () => {
  const party = ['--party', 'initiator=甲公司', '--party', 'counterparty=Second Ltd']
  const made = command(['flow', 'create', 'Lease', '--template', 'contract/1', ...party, '--json'])
  const { flow } = JSON.parse(made) as { flow: Flow }
  const files = ['draft', 'intent', 'intent', 'first', 'second']
  for (const [number, phase] of phases.entries()) command(['flow', 'deposit', flow.id, phase, `${files[number]}.txt`])
  assert.match(command(['flow', 'show', flow.id]), /5 deposits; every required phase is there/)
  assert.match(command(['flow', 'list']), new RegExp(`^${flow.id}  Lease  contract/1  5`, 'm'))
  await pack(flow.id)
  command(['flow', 'pack', flow.id, '--out', 'case.asice'])
  const verdict = command(['verify', 'case.asice', '--trust', 'trust.json'])
  assert.match(verdict, /^the package holds: 5 receipt\(s\)/)
  assert.match(verdict, /✔ flow of the package: 5 deposits; every required phase is there/)
  assert.match(verdict, /phase sign-counterparty, number 4 of the flow/)
})

test('a missing and a swapped phase are named, in every language', { skip }, async () => {
  const flow = await begin('Lease 2')
  await depositAll(flow, ['draft', 'intent-initiator', 'sign-counterparty', 'sign-initiator'])
  await pack(flow)
  const verify = (language: string): string =>
    command(['verify', 'case.asice', '--trust', 'trust.json', '--language', language], 1)
  const english = verify('en')
  assert.match(english, /✘ .*number 3: Signature of the initiating party came after Signature of the counterparty/)
  assert.match(
    english,
    /✘ .*Signing intent of the counterparty is missing, although Signature of the counterparty came/,
  )
  assert.match(verify('zh-TW'), /第 3 號：發起方簽署發生在相對方簽署之後，順序顛倒/)
  assert.match(command(['flow', 'show', flow, '--language', 'zh-CN']), /缺少相对方签署意愿，而相对方签署已发生/)
})

test('an access code opens a flow and its package; revoked it opens nothing', { skip }, async () => {
  const flow = await begin('Lease 3')
  await depositAll(flow, phases)
  await pack(flow)
  const granted = command(['flow', 'access', 'grant', flow, '--label', 'Court', '--days', '1', '--json'])
  const { code, access } = JSON.parse(granted) as { code: string; access: { id: string } }
  assert.match(command(['flow', 'open', code]), /every required phase is there/)
  command(['flow', 'open', code, '--out', 'court.asice'])
  // The originals were never stored: the package says so.
  assert.match(command(['verify', 'court.asice', '--trust', 'trust.json'], 3), /no original was given/)
  command(['flow', 'access', 'revoke', flow, access.id])
  for (const path of ['/v1/flow-access', '/v1/flow-access/package']) {
    const closed = await fetch(`${node?.url ?? ''}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    })
    assert.equal(closed.status, 403)
    assert.ok(!(await closed.text()).includes(flow))
  }
  const timeline = command(['flow', 'timeline', flow])
  for (const kind of ['flow.created', 'flow.deposited', 'flow.access-used', 'flow.access-refused']) {
    assert.ok(timeline.includes(kind), kind)
  }
})

test('killed while phases are deposited: every number has one deposit, and none is left out', { skip }, async () => {
  const flow = await begin('Lease 4')
  const answered: number[] = []
  for (let round = 0; round < 2; round++) {
    const stopping = new AbortController()
    const client = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        const answer = await deposit(flow, 'perform').catch(() => null)
        if (answer?.status !== 200) continue
        const made = (await answer.json().catch(() => null)) as { sequence: number } | null
        if (made !== null) answered.push(made.sequence)
      }
    }
    const clients = [client(), client(), client()]
    await sleep(700)
    await node?.stop('SIGKILL')
    stopping.abort()
    await Promise.all(clients)
    node = await startNode(home, options)
    await untilOpen()
  }
  await depositAll(flow, ['finish'])
  const { deposits, findings } = await read<Flow>(ask('GET', `/v1/flows/${flow}`))
  assert.deepEqual(
    deposits.map(({ sequence }) => sequence),
    deposits.map((_, number) => number),
  )
  assert.ok(deposits.every(({ state }) => state === 'deposited'))
  assert.equal(new Set(deposits.map((each) => each.deposit)).size, deposits.length)
  assert.ok(answered.length > 0 && answered.every((sequence) => sequence < deposits.length))
  assert.equal(new Set(answered).size, answered.length, 'no number was answered twice')
  assert.ok(
    findings.every(({ fault }) => fault === 'skipped'),
    JSON.stringify(findings),
  )
})
