import assert from 'node:assert/strict'
import { connect as connectPlain, createServer, type Server } from 'node:net'
import { test, type TestContext } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { fromText, toText, type Bytes } from '@jurat/core/bytes'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { systemClock, systemTimers } from '../../platform/clock.ts'
import { MemoryLog } from '../memoryLog.fixtures.ts'
import { secretKey } from '../publisher.fixtures.ts'
import { transportIdentity } from './certificate.ts'
import { exchangeBytesMax } from './exchange.ts'
import { frame, FrameReader } from './frames.ts'
import type { LinkedMember, LinkHandler, MemberLinks } from './links.ts'
import { documentOf, memberSecrets, names, opened, testMember } from './members.fixtures.ts'
import { parseMemberAddress, strangersMax, TlsLinks } from './tlsLinks.ts'

const time = { clock: systemClock, timers: systemTimers }

/** Links that listen and write down what they hear. */
interface Listening {
  readonly links: TlsLinks
  readonly received: string[]
}

async function listening(t: TestContext, name: string): Promise<Listening> {
  const received: string[] = []
  const links = await listeningTo(t, name, {
    async receive(member, message) {
      received.push(`${member}: ${toText(message)}`)
      if (toText(message) === 'offence') throw new Error('an offence')
      return fromText(`heard ${toText(message)}`)
    },
    connected: () => undefined,
  })
  return { links, received }
}

async function listeningTo(t: TestContext, name: string, handler: LinkHandler): Promise<TlsLinks> {
  const { transport } = memberSecrets(name)
  const links = new TlsLinks({ transportKey: transport, listen: { host: '127.0.0.1', port: 0 }, ...time })
  await links.start(handler)
  t.after(() => links.stop())
  return links
}

/** Links of a publisher: they listen before it is started, so that everybody's port is known. */
class EarlyLinks implements MemberLinks {
  readonly links: TlsLinks
  readonly #joined: (handler: LinkHandler) => void
  readonly #ports: (name: string) => number
  #known: readonly LinkedMember[] = []

  private constructor(links: TlsLinks, joined: (handler: LinkHandler) => void, ports: (name: string) => number) {
    this.links = links
    this.#joined = joined
    this.#ports = ports
  }

  static async listen(t: TestContext, name: string, ports: (name: string) => number): Promise<EarlyLinks> {
    let resolve: (handler: LinkHandler) => void = () => undefined
    const promise = new Promise<LinkHandler>((settle) => {
      resolve = settle
    })
    const links = await listeningTo(t, name, {
      receive: async (member, message) => (await promise).receive(member, message),
      connected: (member) => void promise.then((handler) => handler.connected(member)),
    })
    return new EarlyLinks(links, resolve, ports)
  }

  async start(handler: LinkHandler): Promise<void> {
    this.#joined(handler)
  }

  setMembers(members: readonly LinkedMember[]): void {
    this.#known = members
    this.#resolve()
  }

  send(member: string, message: Bytes): Promise<Bytes> {
    this.#resolve()
    return this.links.send(member, message)
  }

  stop(): Promise<void> {
    return this.links.stop()
  }

  #resolve(): void {
    const found = this.#known.map((member) => {
      const address = `jurat-members://127.0.0.1:${this.#ports(member.name)}`
      return { ...member, addresses: [...member.addresses, address] }
    })
    this.links.setMembers(found)
  }
}

const at = (name: string, port: number, version = 0): LinkedMember => ({
  name,
  transportKeys: [nodeCrypto.publicKeyOf(memberSecrets(name, version).transport)],
  addresses: [`https://${name}.example`, `jurat-members://127.0.0.1:${port}`],
})

async function pair(t: TestContext): Promise<{ court: Listening; notary: Listening }> {
  const court = await listening(t, 'court')
  const notary = await listening(t, 'notary')
  court.links.setMembers([at('notary', notary.links.port)])
  notary.links.setMembers([at('court', court.links.port)])
  return { court, notary }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1_500 && !condition(); tries++) await systemTimers.sleep(20)
  assert.ok(condition(), what)
}

test('calls go both ways, one after the other, and each side knows who the other is', async (t) => {
  const { court, notary } = await pair(t)
  assert.equal(toText(await court.links.send('notary', fromText('one'))), 'heard one')
  assert.equal(toText(await court.links.send('notary', fromText('two'))), 'heard two')
  assert.equal(toText(await notary.links.send('court', fromText('three'))), 'heard three')
  assert.deepEqual([court.received, notary.received], [['notary: three'], ['court: one', 'court: two']])
  const long = fromText('x'.repeat(exchangeBytesMax - 6))
  assert.equal((await court.links.send('notary', long)).length, exchangeBytesMax)
})

test('only the transport key counts: strangers, removed members and old keys are refused', async (t) => {
  const { court, notary } = await pair(t)
  const stranger = await listening(t, 'stranger')
  stranger.links.setMembers([at('notary', notary.links.port)])
  await assert.rejects(stranger.links.send('notary', fromText('let me in')))
  // Whoever answers at an address must hold the key of the member that is dialled.
  court.links.setMembers([at('notary', notary.links.port), at('forensics', notary.links.port)])
  await assert.rejects(court.links.send('forensics', fromText('who are you')), /transport key/)
  await assert.rejects(court.links.send('nobody', fromText('?')), /address/)
  await court.links.send('notary', fromText('hello'))
  notary.links.setMembers([at('court', court.links.port, 1)])
  await assert.rejects(court.links.send('notary', fromText('with the old key')))
  const both = at('court', court.links.port).transportKeys.concat(at('court', 0, 1).transportKeys)
  notary.links.setMembers([{ ...at('court', court.links.port), transportKeys: both }])
  await court.links.send('notary', fromText('during the change-over'))
  assert.deepEqual(notary.received, ['court: hello', 'court: during the change-over'])
})

test('a member that offends is refused for a while; another is not', async (t) => {
  const { court, notary } = await pair(t)
  const forensics = await listening(t, 'forensics')
  notary.links.setMembers([at('court', court.links.port), at('forensics', forensics.links.port)])
  forensics.links.setMembers([at('notary', notary.links.port)])
  await assert.rejects(court.links.send('notary', fromText('offence')))
  await assert.rejects(court.links.send('notary', fromText('sorry')))
  assert.equal(toText(await forensics.links.send('notary', fromText('hello'))), 'heard hello')
  assert.deepEqual(notary.received, ['court: offence', 'forensics: hello'])
})

test('an address that does not answer ends a call; so does a peer that speaks no TLS', async (t) => {
  const { court } = await pair(t)
  const mute = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end('this is no TLS')
  })
  const port = await listen(t, mute)
  court.links.setMembers([at('notary', port), at('forensics', 1)])
  await assert.rejects(court.links.send('notary', fromText('hello')))
  await assert.rejects(court.links.send('forensics', fromText('hello')))
})

test('strangers that hold connections open, old protocols and frames too long keep no member out', async (t) => {
  const { court, notary } = await pair(t)
  const { port } = notary.links
  const idle = Array.from({ length: strangersMax + 8 }, () => connectPlain(port, '127.0.0.1'))
  for (const socket of idle) socket.on('error', () => undefined)
  t.after(() => idle.forEach((socket) => socket.destroy()))
  await until(() => idle.every(({ connecting }) => !connecting), 'the strangers are there')
  await assert.rejects(dial(port, await transportIdentity(secretKey('old')), { maxVersion: 'TLSv1.2' }))
  const { transport } = memberSecrets('court')
  const flooder = await dial(port, await transportIdentity(transport))
  flooder.on('error', () => undefined).resume()
  flooder.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff))
  await new Promise((resolve) => flooder.once('close', resolve))
  assert.deepEqual(notary.received, [])
  const forensics = await listening(t, 'forensics')
  forensics.links.setMembers([at('notary', port)])
  notary.links.setMembers([at('court', court.links.port), at('forensics', forensics.links.port)])
  assert.equal(toText(await forensics.links.send('notary', fromText('hello'))), 'heard hello')
})

test('four members over real sockets make checkpoints complete; one goes and comes back', async (t) => {
  const document = documentOf(names)
  const all = new Map<string, EarlyLinks>()
  const portOf = (name: string): number => all.get(name)?.links.port ?? 1
  const make = async (name: string, log: MemoryLog): ReturnType<typeof testMember> => {
    const links = await EarlyLinks.listen(t, name, portOf)
    all.set(name, links)
    return testMember(name, { log, links, time })
  }
  const members = new Map<string, Awaited<ReturnType<typeof testMember>>>()
  for (const name of names) members.set(name, await make(name, new MemoryLog(document)))
  t.after(async () => {
    for (const { publisher } of members.values()) await publisher.stop()
  })
  for (const { publisher } of members.values()) await publisher.start()
  const grow = (entry: string, at: readonly string[] = names): void => {
    for (const name of at) members.get(name)?.publisher.onBlock(members.get(name)?.log.grow([entry]) ?? assert.fail())
  }
  const everybody = async (size: number, at: readonly string[] = names): Promise<void> => {
    for (const name of at) {
      const member = members.get(name)
      assert.ok(member !== undefined)
      assert.ok((await member.publisher.waitCovered(size, 60_000)) !== null, `${name} has no checkpoint of ${size}`)
      assert.equal(opened(member).size, size)
    }
  }
  await everybody(2)
  for (let i = 0; i < 5; i++) {
    grow(`entry ${i}`)
    await everybody(3 + i)
  }
  const away = members.get('authority')
  assert.ok(away !== undefined)
  await away.publisher.stop()
  const others = names.slice(0, 3)
  grow('without one', others)
  await everybody(8, others)
  away.log.grow(['without one'])
  members.set('authority', await make('authority', away.log))
  await members.get('authority')?.publisher.start()
  await everybody(8)
  grow('together again')
  await everybody(9)
  for (const { alarms, failures } of members.values()) assert.deepEqual([alarms, failures], [[], []])
})

test('messages come out of a stream as they went in, however it is cut', () => {
  const messages = [fromText(''), fromText('a'), fromText('b'.repeat(300))]
  const stream = new Uint8Array(messages.flatMap((message) => [...frame(message)]))
  for (const width of [1, 3, 7, 64, stream.length]) {
    const reader = new FrameReader(300)
    const found: Bytes[] = []
    for (let at = 0; at < stream.length; at += width) found.push(...reader.push(stream.slice(at, at + width)))
    assert.deepEqual(found, messages)
  }
  assert.throws(() => new FrameReader(299).push(stream), /too long/)
})

test('the address of a member', () => {
  const cases: [string, { host: string; port: number } | null][] = [
    ['jurat-members://court.example:7443', { host: 'court.example', port: 7443 }],
    ['jurat-members://10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
    ['jurat-members://[::1]:7443', { host: '::1', port: 7443 }],
    ['jurat-members://court.example', null],
    ['https://court.example:7443', null],
    ['court', null],
  ]
  for (const [text, address] of cases) assert.deepEqual(parseMemberAddress(text), address)
})

function dial(
  port: number,
  { certificate, key }: { certificate: string; key: string },
  options: { maxVersion?: 'TLSv1.2' } = {},
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const target = { host: '127.0.0.1', port, cert: certificate, key, rejectUnauthorized: false }
    const socket = connect({ ...target, ...options })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
    socket.once('secureConnect', () => resolve(socket))
  })
}

function listen(t: TestContext, server: Server): Promise<number> {
  t.after(() => server.close())
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}
