/**
 * Flows over a real PostgreSQL: numbers without gaps and exactly once, also when the process ends between number and deposit; who
 * sees and does what; access codes that open nothing any more; nothing secret at rest.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Flow } from '@jurat/api/flows'
import { accessCodesMax } from '@jurat/api/flows'
import { toHex } from '@jurat/core/bytes'
import { flowId } from '@jurat/core/deposit/flow'
import { formatTemplate } from '@jurat/core/flow/template'
import { contractTemplate } from '@jurat/core/flow/templates/contract'
import { sql } from 'kysely'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import type { OfficeDatabase } from '../../database/office/officeDatabase.ts'
import { skip, testOffice, testServer } from '../../database/office/office.fixtures.ts'
import type { Flows } from '../flows.ts'
import { accessUsesPerMinuteMax } from './accessCodes.ts'
import { FlowError } from './error.ts'
import { asker, flowKey, flowsOver, hosted, Killed, MemoryLedger } from './flows.fixtures.ts'
import { uncertainMs } from './numbering.ts'

const firm = asker('firm')
const second = asker('second')

interface World {
  readonly office: OfficeDatabase
  readonly ledger: MemoryLedger
  readonly flows: Flows
  /** Flows as a process has them that was started now. */
  readonly restart: () => Flows
  readonly clock: { nowMs: number }
}

async function world(office: OfficeDatabase): Promise<World> {
  const ledger = new MemoryLedger()
  const clock = { nowMs: 1_800_000_000_000 }
  const restart = (): Flows => flowsOver(office, ledger, () => clock.nowMs)
  return Promise.resolve({ office, ledger, flows: restart(), restart, clock })
}

const digest = (text: string): string => toHex(nodeCrypto.sha256(Buffer.from(text)))

/** A contract between `firm` and `second`. */
async function begin({ flows }: World): Promise<string> {
  const parties = [
    { role: 'initiator', name: '甲公司' },
    { role: 'counterparty', name: 'Second', accounts: [hosted['second'] ?? ''] },
  ]
  const { flow } = await flows.begin(firm, { name: 'Lease', template: 'contract', parties, key: toHex(flowKey) })
  return (flow as Flow).id
}

const deposit = (
  flows: Flows,
  flow: string,
  [phase, by]: readonly [phase: string, by: string],
  idempotencyKey: string | null = null,
): ReturnType<Flows['deposit']> => {
  const item = { algorithm: 'sha-256', digest: digest(phase), metadata: { note: phase } } as const
  const body = Buffer.from(phase)
  return flows.deposit(asker(by), { flow, phase, item, account: undefined, idempotencyKey, body })
}

const show = async (flows: Flows, flow: string): Promise<Flow> => (await flows.show(firm, flow)) as Flow

const refused = (code: string) => (error: unknown) => error instanceof FlowError && error.code === code

/** Every number has one deposit, and its id is that of the number. */
function checkNumbers({ ledger }: World, count: number): void {
  const ids = ledger.deposits.map(({ item }) => item.flow)
  const expected = Array.from({ length: count }, (_, number) => toHex(flowId(nodeCrypto, flowKey, number)))
  assert.deepEqual(ids, expected)
}

async function kindsOf({ office }: World, flow: string): Promise<string[]> {
  const rows = await office.read((database) =>
    database
      .selectFrom('office.event')
      .select('kind')
      .where('subject', '=', `flow/${flow}`)
      .orderBy('sequence')
      .execute(),
  )
  return rows.map(({ kind }) => kind)
}

test('flows', { skip }, async (t) => {
  const server = await testServer(t)
  const office = await testOffice(server.connection)
  t.after(() => office.stop())
  const run = (name: string, work: (world: World, t: TestContext) => Promise<void>): Promise<void> =>
    t.test(name, async (inner) => work(await world(office), inner))

  await run('deposits at the same time get numbers without gaps, each once', async (made) => {
    const flow = await begin(made)
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) => deposit(made.flows, flow, ['perform', at % 2 === 0 ? 'firm' : 'second'])),
    )
    assert.deepEqual(
      answers.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
      Array.from({ length: 12 }, (_, at) => at),
    )
    checkNumbers(made, 12)
    assert.ok(
      made.ledger.deposits.every(
        ({ item }) => item.metadata?.['phase'] === 'perform' && item.metadata['flow.plan'] !== undefined,
      ),
    )
  })

  for (const fault of ['killed before', 'killed after'] as const) {
    await run(`a process ${fault} the deposit of a number: the next one makes or finds it`, async (made) => {
      const flow = await begin(made)
      await deposit(made.flows, flow, ['draft', 'firm'])
      made.ledger.fault = fault
      await assert.rejects(deposit(made.flows, flow, ['intent-initiator', 'firm'], 'one'), Killed)
      made.ledger.fault = 'none'
      const flows = made.restart()
      await flows.settle(() => undefined)
      checkNumbers(made, 2)
      const again = await deposit(flows, flow, ['intent-initiator', 'firm'], 'one')
      assert.equal(again.sequence, 1, 'the client that asks again gets its number')
      assert.equal((await deposit(flows, flow, ['intent-counterparty', 'second'])).sequence, 2)
      checkNumbers(made, 3)
      const { deposits, state, findings } = await show(flows, flow)
      assert.deepEqual(
        deposits.map((each) => [each.sequence, each.state]),
        [0, 1, 2].map((number) => [number, 'deposited']),
      )
      assert.deepEqual([state, findings], ['open', []])
    })
    await run(`${fault} again and again, and settled by the next deposit`, async (made) => {
      const flow = await begin(made)
      for (let round = 0; round < 4; round++) {
        made.ledger.fault = fault
        await assert.rejects(deposit(made.restart(), flow, ['perform', 'firm']), Killed)
      }
      made.ledger.fault = 'none'
      assert.equal((await deposit(made.restart(), flow, ['perform', 'firm'])).sequence, 1, 'a killed one stands first')
      checkNumbers(made, 2)
    })
  }

  await run('a number whose deposit is refused goes to the next; one that may still come waits', async (made) => {
    const { ledger, clock, restart } = made
    const flow = await begin(made)
    ledger.fault = 'refused'
    await assert.rejects(deposit(made.flows, flow, ['draft', 'firm']), { code: 'ledger' })
    ledger.fault = 'none'
    assert.equal((await deposit(made.flows, flow, ['draft', 'firm'])).sequence, 0)
    ledger.fault = 'killed before'
    await assert.rejects(deposit(made.flows, flow, ['perform', 'firm']), Killed)
    ledger.fault = 'refused'
    await assert.rejects(deposit(restart(), flow, ['perform', 'firm']), refused('not-ready'))
    clock.nowMs += uncertainMs + 1
    await assert.rejects(deposit(restart(), flow, ['perform', 'firm']), { code: 'ledger' })
    ledger.fault = 'none'
    assert.equal((await deposit(restart(), flow, ['perform', 'second'])).sequence, 1)
    checkNumbers(made, 2)
    assert.ok((await kindsOf(made, flow)).includes('flow.number-returned'))
  })

  await run('the same key gives the same number, with another body it is refused', async (made) => {
    const flow = await begin(made)
    const first = await deposit(made.flows, flow, ['draft', 'firm'], 'k')
    assert.deepEqual(await deposit(made.restart(), flow, ['draft', 'firm'], 'k'), first)
    await assert.rejects(deposit(made.flows, flow, ['perform', 'firm'], 'k'), refused('idempotency-conflict'))
    checkNumbers(made, 1)
  })

  await run(
    'what the plan does not allow is refused, what comes in the wrong order is taken and named',
    async (made) => {
      const flow = await begin(made)
      await assert.rejects(deposit(made.flows, flow, ['draft', 'second']), refused('forbidden'))
      await assert.rejects(deposit(made.flows, flow, ['gift', 'firm']), refused('record-impossible'))
      await assert.rejects(deposit(made.flows, flow, ['draft', 'other']), refused('not-found'))
      const own = { algorithm: 'sha-256', digest: digest('x'), metadata: { phase: 'x' } } as const
      const job = { flow, phase: 'draft', item: own, account: undefined, idempotencyKey: null, body: Buffer.alloc(0) }
      await assert.rejects(made.flows.deposit(firm, job), refused('record-impossible'))
      await deposit(made.flows, flow, ['draft', 'firm'])
      await deposit(made.flows, flow, ['sign-counterparty', 'second'])
      await deposit(made.flows, flow, ['sign-initiator', 'firm'])
      const { state, awaited, findings } = await show(made.flows, flow)
      assert.deepEqual([state, awaited], ['open', ['intent-initiator', 'intent-counterparty']])
      assert.deepEqual(
        findings.map(({ fault, sequence, phase }) => `${fault} ${sequence} ${phase}`),
        ['swapped 2 sign-initiator', 'skipped null intent-initiator', 'skipped null intent-counterparty'],
      )
      const ids = (await show(made.flows, flow)).deposits.flatMap(({ deposit: id }) => (id === null ? [] : [id]))
      const said = await made.flows.findings(ids, 'en')
      assert.equal(said.length, 3, 'what certificates of these deposits say')
      assert.match(said.join('\n'), /Signing intent of the counterparty is missing/)
      assert.deepEqual(await made.flows.findings(['a'.repeat(58)], 'en'), [])
      await deposit(made.flows, flow, ['refusal', 'second'])
      await assert.rejects(deposit(made.flows, flow, ['perform', 'firm']), refused('conflict'))
      assert.equal((await show(made.flows, flow)).state, 'refused')
    },
  )

  await run('a flow is seen by its owner and by its parties', async (made) => {
    const { flows } = made
    const flow = await begin(made)
    for (const who of [firm, second, asker('other', true)])
      assert.equal(((await flows.show(who, flow)) as Flow).id, flow)
    const other = asker('other')
    await assert.rejects(flows.show(other, flow), refused('not-found'))
    await assert.rejects(flows.timeline(other, flow), refused('not-found'))
    await assert.rejects(flows.pack(other, flow), refused('not-found'))
    for (const who of [second, other]) {
      await assert.rejects(flows.grant(who, flow, { label: 'l' }), refused('not-found'))
      await assert.rejects(flows.access(who, flow), refused('not-found'))
      await assert.rejects(flows.revoke(who, flow, 'x'), refused('not-found'))
    }
    const seen = async (who: typeof firm): Promise<boolean> =>
      (await flows.list(who)).flows.some(({ id }) => id === flow)
    assert.deepEqual([await seen(firm), await seen(second), await seen(other)], [true, true, false])
    await flows.grant(firm, flow, { label: 'l' })
    const kinds = async (who: typeof firm): Promise<string[]> =>
      (await flows.timeline(who, flow)).entries.map(({ kind }) => kind)
    assert.deepEqual(await kinds(firm), ['flow.created', 'flow.access-granted'])
    assert.deepEqual(await kinds(second), ['flow.created'])
    await assert.rejects(flows.pack(firm, flow), refused('conflict'), 'nothing is deposited')
    await deposit(flows, flow, ['draft', 'firm'])
    await assert.rejects(flows.pack(firm, flow), refused('not-ready'), 'no checkpoint covers it')
  })

  await run(
    'an access code opens one flow, until it expires or is revoked; every use of it is an event',
    async (made) => {
      const { flows, clock } = made
      const flow = await begin(made)
      const { code } = await flows.grant(firm, flow, { label: 'Court', seconds: 60 })
      const revoked = await flows.grant(firm, flow, { label: 'Mediator', seconds: 60 })
      const opened = (await flows.openBy(code, '192.0.2.1')) as Flow
      assert.equal(opened.id, flow)
      await flows.revoke(firm, flow, revoked.access.id)
      const closed = refused('forbidden')
      const secret = code.slice(-32)
      const wrong = [
        ['another secret', `${code.slice(0, -1)}${code.endsWith('a') ? 'b' : 'a'}`],
        ['an unknown id', `jfa_${'a'.repeat(16)}_${secret}`],
        ['the secret of another', `jfa_${revoked.access.id}_${secret}`],
        ['no code', 'x'],
        ['nothing', ''],
        ['a revoked one', revoked.code],
      ] as const
      for (const [name, given] of wrong) {
        await assert.rejects(flows.openBy(given, '192.0.2.2'), closed, name)
        await assert.rejects(flows.packBy(given, '192.0.2.2'), closed, name)
      }
      clock.nowMs += 59_999
      assert.equal(((await flows.openBy(code, '192.0.2.1')) as Flow).id, flow)
      clock.nowMs += 1
      await assert.rejects(flows.openBy(code, '192.0.2.1'), closed, 'expired')
      await assert.rejects(flows.packBy(code, '192.0.2.1'), closed, 'expired')
      const events = (await flows.timeline(firm, flow)).entries.filter(({ kind }) => kind.startsWith('flow.access-'))
      assert.deepEqual(
        events.map(({ kind, body }) => [kind.slice('flow.access-'.length), body['use'] ?? '', body['reason'] ?? '']),
        [
          ['granted', '', ''],
          ['granted', '', ''],
          ['used', 'view', ''],
          ['revoked', '', ''],
          ['refused', 'view', 'revoked'],
          ['refused', 'package', 'revoked'],
          ['used', 'view', ''],
          ['refused', 'view', 'expired'],
          ['refused', 'package', 'expired'],
        ],
      )
    },
  )

  await run('uses are counted by address, and codes by flow', async (made) => {
    const { flows, clock } = made
    const flow = await begin(made)
    for (let use = 0; use < accessUsesPerMinuteMax; use++) {
      await assert.rejects(flows.openBy('x', '192.0.2.9'), refused('forbidden'))
    }
    await assert.rejects(flows.openBy('x', '192.0.2.9'), refused('too-busy'))
    await assert.rejects(flows.openBy('x', '192.0.2.10'), refused('forbidden'), 'another address')
    clock.nowMs += 60_000
    await assert.rejects(flows.openBy('x', '192.0.2.9'), refused('forbidden'), 'a minute later')
    const granted = Array.from({ length: accessCodesMax + 1 }, () => flows.grant(firm, flow, { label: 'l' }))
    const outcomes = await Promise.allSettled(granted)
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 1)
    assert.equal((await flows.access(firm, flow)).length, accessCodesMax)
  })

  await run('neither the key, nor what was deposited, nor a code is at rest in clear', async (made) => {
    const flow = await begin(made)
    const { secret } = await deposit(made.flows, flow, ['draft', 'firm'])
    const { code } = await made.flows.grant(firm, flow, { label: 'l' })
    const tables = ['flow', 'flow_deposit', 'flow_access', 'event']
    const texts = await Promise.all(
      tables.map((table) =>
        made.office.read((database) =>
          sql<{
            text: string
          }>`select row_to_json(rows)::text as text from ${sql.table(`office.${table}`)} rows`.execute(database),
        ),
      ),
    )
    const all = texts.flatMap(({ rows }) => rows.map(({ text }) => text)).join('\n')
    assert.ok(all.includes(flow))
    for (const [name, given] of [
      ['key', toHex(flowKey)],
      ['digest', digest('draft')],
      ['secret', secret],
      ['code', code.slice(-32)],
    ] as const) {
      assert.ok(!all.includes(given), name)
      assert.ok(!all.includes(toHex(Buffer.from(given))), name)
    }
  })

  await run('templates are added by version, and never changed', async ({ flows }) => {
    const template = { ...(JSON.parse(formatTemplate(contractTemplate)) as object), id: 'lease', version: 1 }
    await assert.rejects(flows.addTemplate({ ...template, version: 2 }), refused('conflict'))
    assert.deepEqual(await flows.addTemplate(template), template)
    assert.deepEqual(await flows.addTemplate(template), template, 'the same again')
    await assert.rejects(flows.addTemplate({ ...template, roles: [] }), refused('record-impossible'))
    const { phases } = template as unknown as { phases: object[] }
    await assert.rejects(flows.addTemplate({ ...template, phases: phases.slice(0, 1) }), refused('conflict'))
    assert.deepEqual(await flows.addTemplate({ ...template, version: 2 }), { ...template, version: 2 })
    const versions = ((await flows.templates()) as { id: string; version: number }[]).filter(({ id }) => id === 'lease')
    assert.deepEqual(
      versions.map(({ version }) => version),
      [1, 2],
    )
    const shipped = { ...(JSON.parse(formatTemplate(contractTemplate)) as object), phases: phases.slice(0, 1) }
    await assert.rejects(flows.addTemplate(shipped), refused('conflict'), 'a shipped one')
    const request = { name: 'n', parties: [], template: 'lease' }
    assert.equal(((await flows.begin(firm, request)).flow as Flow).template.version, 2)
    await assert.rejects(flows.begin(firm, { ...request, version: 3 }), refused('record-impossible'))
    const judge = [{ role: 'judge', name: 'J' }]
    await assert.rejects(flows.begin(firm, { ...request, parties: judge }), refused('record-impossible'))
    const strange = [{ role: 'initiator', name: 'J', accounts: ['somebody'] }]
    await assert.rejects(flows.begin(firm, { ...request, parties: strange }), refused('not-found'))
  })
})
