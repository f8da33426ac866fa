/**
 * Links between members over TLS 1.3, both sides authenticated by their transport keys. Each member dials every other
 * one and keeps the connection; calls go out on the own connection, answers come back on it in order. Rules:
 * docs/spec/members.md, Transport.
 * @module
 */
import type { Socket } from 'node:net'
import { connect, createServer, type Server, type TLSSocket } from 'node:tls'
import type { Bytes } from '@jurat/core/bytes'
import type { Clock, Timers } from '../../platform/clock.ts'
import { holdsKey, transportIdentity, type TransportIdentity } from './certificate.ts'
import { exchangeBytesMax } from './exchange.ts'
import { frame, FrameReader } from './frames.ts'
import type { LinkedMember, LinkHandler, MemberLinks } from './links.ts'

/** A call without answer ends, and its connection with it, after this, milliseconds. */
export const callTimeoutMs = 5_000

/** A handshake must be done after this, milliseconds. */
export const handshakeTimeoutMs = 5_000

/** A connection on which nothing happens is probed after this, milliseconds, so that a dead one ends. */
export const probeAfterMs = 30_000

/** Connections that one member may hold to this node; a further one ends the oldest. */
export const connectionsOfMemberMax = 2

/** Connections whose handshake is not done yet; a further one ends the oldest. Strangers get no further than this. */
export const strangersMax = 64

/** A member that sends what no honest member sends is refused for so long, milliseconds. */
export const refusedMs = 10_000

/** A member's bytes: what it may send at once, and a second on the long run. Beyond, its connection is read later. */
export const burstBytes = 8_388_608
export const bytesPerSecond = 2_097_152

/** What every call costs in that budget beside its bytes: bounds the calls of one member to 256 a second. */
export const callBytes = 8_192

/** The scheme of the address under which a member's links listen. */
export const memberScheme = 'jurat-members:'

/** What the links need. */
export interface TlsLinksOptions {
  /** Algorithm byte and secret: the transport key. */
  readonly transportKey: Bytes
  readonly listen: { readonly host: string; readonly port: number }
  readonly clock: Clock
  readonly timers: Timers
  readonly warn?: (message: string, details: Record<string, unknown>) => void
}

/** A connection that this node made, and the call that is on its way. */
interface Outgoing {
  readonly socket: TLSSocket
  settle: { readonly resolve: (answer: Bytes) => void; readonly reject: (error: Error) => void } | null
}

/** What one member has used up, and its connections to this node. */
interface Incoming {
  readonly sockets: TLSSocket[]
  budget: number
  budgetAtMs: number
  refusedUntilMs: number
}

/** Links over TLS. */
export class TlsLinks implements MemberLinks {
  readonly #options: TlsLinksOptions
  #identity: TransportIdentity | null = null
  #server: Server | null = null
  #handler: LinkHandler | null = null
  #members: readonly LinkedMember[] = []
  readonly #outgoing = new Map<string, Promise<Outgoing>>()
  readonly #incoming = new Map<string, Incoming>()
  readonly #sockets = new Set<TLSSocket>()
  /** Connections whose handshake is not done yet, by the other side's address. */
  readonly #strangers = new Map<string, Socket>()
  #stopped = false

  constructor(options: TlsLinksOptions) {
    this.#options = options
  }

  /** The port that it listens on. */
  get port(): number {
    const address = this.#server?.address() ?? null
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async start(handler: LinkHandler): Promise<void> {
    this.#handler = handler
    const { certificate, key } = await transportIdentity(this.#options.transportKey)
    this.#identity = { certificate, key }
    const server = createServer({
      cert: certificate,
      key,
      requestCert: true,
      // No authority vouches for a member: the consortium document does, and #memberOf asks it.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      handshakeTimeout: handshakeTimeoutMs,
    })
    server.on('connection', (socket) => this.#meet(socket))
    server.on('secureConnection', (socket) => this.#accept(socket))
    server.on('tlsClientError', () => undefined)
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ ...this.#options.listen }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  }

  setMembers(members: readonly LinkedMember[]): void {
    this.#members = members
    const names = new Set(members.map(({ name }) => name))
    for (const [name, { sockets }] of this.#incoming) {
      for (const socket of sockets) if (!names.has(name) || this.#memberOf(socket)?.name !== name) socket.destroy()
      if (!names.has(name)) this.#incoming.delete(name)
    }
    for (const [name, outgoing] of this.#outgoing) {
      const judge = ({ socket }: Outgoing): void => {
        if (this.#memberOf(socket)?.name !== name) socket.destroy()
      }
      // A connection that fails has told whoever wanted it.
      outgoing.then(judge, () => undefined)
    }
  }

  /** From now on this node is known by another key. Connections under the former one last as long as the others let them. */
  async setTransportKey(transportKey: Bytes): Promise<void> {
    const { certificate, key } = await transportIdentity(transportKey)
    this.#identity = { certificate, key }
    this.#server?.setSecureContext({ cert: certificate, key, minVersion: 'TLSv1.3' })
  }

  async send(member: string, message: Bytes): Promise<Bytes> {
    const outgoing = await this.#connection(member)
    return new Promise((resolve, reject) => {
      if (outgoing.settle !== null) {
        reject(new Error('a call is on its way'))
        return
      }
      const cancel = this.#options.timers.after(callTimeoutMs, () => {
        outgoing.socket.destroy(new Error(`${member} gave no answer in ${callTimeoutMs} ms`))
      })
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          cancel()
          outgoing.settle = null
          settle(value)
        }
      outgoing.settle = { resolve: settled(resolve), reject: settled(reject) }
      outgoing.socket.write(frame(message))
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const socket of [...this.#sockets, ...this.#strangers.values()]) socket.destroy()
    const server = this.#server
    if (server?.listening === true) await new Promise((resolve) => server.close(resolve))
  }

  /** Whose transport key the certificate of the other side holds. Names in it are not looked at. */
  #memberOf(socket: TLSSocket): LinkedMember | undefined {
    const certificate = socket.getPeerX509Certificate()
    if (certificate === undefined) return undefined
    const der = new Uint8Array(certificate.raw)
    return this.#members.find(({ transportKeys }) => transportKeys.some((key) => holdsKey(der, key)))
  }

  #connection(member: string): Promise<Outgoing> {
    const existing = this.#outgoing.get(member)
    if (existing !== undefined) return existing
    const made = this.#dial(member)
    this.#outgoing.set(member, made)
    const forget = (): void => {
      if (this.#outgoing.get(member) === made) this.#outgoing.delete(member)
    }
    made.then(({ socket }) => socket.once('close', forget), forget)
    return made
  }

  #dial(name: string): Promise<Outgoing> {
    return new Promise((resolve, reject) => {
      const address = this.#members.find((member) => member.name === name)?.addresses.map(parseMemberAddress)
      const target = address?.find((found) => found !== null) ?? null
      const identity = this.#identity
      if (target === null || identity === null || this.#stopped) {
        reject(new Error(`${name} has no ${memberScheme}//HOST:PORT among its addresses`))
        return
      }
      const socket = connect({
        ...target,
        cert: identity.certificate,
        key: identity.key,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.3',
      })
      this.#keep(socket)
      const cancel = this.#options.timers.after(handshakeTimeoutMs, () => {
        socket.destroy(new Error(`no connection with ${name} in ${handshakeTimeoutMs} ms`))
      })
      const outgoing: Outgoing = { socket, settle: null }
      let failure = new Error(`the connection with ${name} ended`)
      socket.on('error', (error) => {
        failure = error
      })
      socket.once('close', () => {
        cancel()
        outgoing.settle?.reject(failure)
        reject(failure)
      })
      socket.once('secureConnect', () => {
        cancel()
        if (this.#memberOf(socket)?.name !== name) {
          socket.destroy(new Error(`whoever answers at the address of ${name} does not hold its transport key`))
          return
        }
        this.#readAnswers(outgoing)
        resolve(outgoing)
        this.#handler?.connected(name)
      })
    })
  }

  #readAnswers(outgoing: Outgoing): void {
    const reader = new FrameReader(exchangeBytesMax)
    const { socket } = outgoing
    socket.on('data', (piece: Bytes) => {
      try {
        for (const message of reader.push(new Uint8Array(piece))) {
          if (outgoing.settle === null) throw new Error('an answer that nobody asked for')
          outgoing.settle.resolve(message)
        }
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  #meet(socket: Socket): void {
    const key = sideOf(socket)
    this.#strangers.set(key, socket)
    socket.once('close', () => this.#strangers.delete(key))
    const [oldest] = this.#strangers.values()
    if (this.#strangers.size > strangersMax) oldest?.destroy()
  }

  #accept(socket: TLSSocket): void {
    this.#strangers.delete(sideOf(socket))
    this.#keep(socket)
    socket.on('error', () => undefined)
    const member = this.#memberOf(socket)
    if (member === undefined) {
      this.#options.warn?.('Somebody who is no member has connected', { address: socket.remoteAddress })
      socket.destroy()
      return
    }
    const incoming = this.#incomingOf(member.name)
    if (this.#options.clock.monotonic() < incoming.refusedUntilMs) {
      socket.destroy()
      return
    }
    incoming.sockets.push(socket)
    if (incoming.sockets.length > connectionsOfMemberMax) incoming.sockets.shift()?.destroy()
    socket.once('close', () => {
      const at = incoming.sockets.indexOf(socket)
      if (at >= 0) incoming.sockets.splice(at, 1)
    })
    void this.#serve(socket, member.name, incoming)
    this.#handler?.connected(member.name)
  }

  #incomingOf(name: string): Incoming {
    const known = this.#incoming.get(name)
    if (known !== undefined) return known
    const budgetAtMs = this.#options.clock.monotonic()
    const made = { sockets: [], budget: burstBytes, budgetAtMs, refusedUntilMs: Number.NEGATIVE_INFINITY }
    this.#incoming.set(name, made)
    return made
  }

  /** Answers one call after the other. A member that floods is read more slowly: its calls wait, nobody else's. */
  async #serve(socket: TLSSocket, member: string, incoming: Incoming): Promise<void> {
    const reader = new FrameReader(exchangeBytesMax)
    try {
      for await (const piece of socket as AsyncIterable<Bytes>) {
        await this.#spend(incoming, piece.length)
        if (!(await this.#answer(socket, member, incoming, () => reader.push(new Uint8Array(piece))))) break
      }
    } catch {
      // The connection broke.
    }
    socket.destroy()
  }

  async #answer(socket: TLSSocket, member: string, incoming: Incoming, read: () => readonly Bytes[]): Promise<boolean> {
    try {
      for (const message of read()) {
        await this.#spend(incoming, callBytes)
        const answer = await this.#handler?.receive(member, message)
        if (answer === undefined || socket.destroyed) return false
        socket.write(frame(answer))
      }
      return true
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      incoming.refusedUntilMs = this.#options.clock.monotonic() + refusedMs
      this.#options.warn?.('A member is cut off for a while', { member, reason })
      return false
    }
  }

  async #spend(incoming: Incoming, bytes: number): Promise<void> {
    const now = this.#options.clock.monotonic()
    const earned = ((now - incoming.budgetAtMs) * bytesPerSecond) / 1000
    incoming.budget = Math.min(burstBytes, incoming.budget + earned) - bytes
    incoming.budgetAtMs = now
    if (incoming.budget < 0) await this.#options.timers.sleep((-incoming.budget * 1000) / bytesPerSecond)
  }

  #keep(socket: TLSSocket): void {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, probeAfterMs)
    socket.once('close', () => this.#sockets.delete(socket))
  }
}

function sideOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

/** Host and port of a `jurat-members://HOST:PORT` address, or null when it is something else. */
export function parseMemberAddress(address: string): { host: string; port: number } | null {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || url.protocol !== memberScheme || url.port === '') return null
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) }
}
