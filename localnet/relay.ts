/**
 * A loopback relay for each pair of members: what one dials, instead of the other's own port. So a member can be cut off
 * from all others, in both directions, without root: its connections break, and new ones are refused until it is healed.
 * @module
 */
import { connect, createServer, type Server, type Socket } from 'node:net'

/** One way from a member to a port of another. */
export interface Route {
  readonly from: string
  readonly to: string
  /** Where the relay listens on loopback. */
  readonly listen: number
  /** Where the other member listens. */
  readonly target: number
}

/** The relays of a network. */
export class Relays {
  readonly #servers: Server[] = []
  readonly #open = new Map<Socket, Route>()
  readonly #joined = new Set<string>()
  readonly #cut = new Set<string>()

  /** Opens one relay. */
  async open(route: Route): Promise<void> {
    const server = createServer((near) => this.#join(near, route))
    this.#servers.push(server)
    this.#joined.add(route.from)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(route.listen, '127.0.0.1', resolve)
    })
  }

  /** Cuts a member off from all others. @throws {Error} when no relay joins it with anybody */
  cut(member: string): void {
    if (!this.#joined.has(member)) throw new Error(`no relay leads to ${member}: only members can be cut off`)
    this.#cut.add(member)
    for (const [socket, route] of this.#open) if (this.#isCut(route)) socket.destroy()
  }

  /** Lets it reach the others, and be reached, again. */
  heal(member: string): void {
    this.#cut.delete(member)
  }

  isCutOff(member: string): boolean {
    return this.#cut.has(member)
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const socket of this.#open.keys()) socket.destroy()
  }

  #isCut({ from, to }: Route): boolean {
    return this.#cut.has(from) || this.#cut.has(to)
  }

  #join(near: Socket, route: Route): void {
    if (this.#isCut(route)) {
      near.destroy()
      return
    }
    const far = connect(route.target, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.setNoDelay(true)
      this.#open.set(one, route)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        this.#open.delete(one)
        other.destroy()
      })
    }
  }
}
