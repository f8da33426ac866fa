/**
 * How a member reaches the others: an interface, so that the same code runs over TLS, in the simulator and in tests.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

/** A member as its transport sees it. */
export interface LinkedMember {
  readonly name: string
  /** Algorithm byte and raw key: every one under which the member is accepted at present. */
  readonly transportKeys: readonly Bytes[]
  readonly addresses: readonly string[]
}

/** What a transport tells. Whoever it names has been authenticated by its transport key. */
export interface LinkHandler {
  /**
   * Answers a message of a member; one at a time for each connection. The bytes are untrusted.
   * @throws when the member has sent what no honest member sends: the transport cuts it off for a while.
   */
  receive(member: string, message: Bytes): Promise<Bytes>
  /** A connection with a member was made, by either side: it may have been away. */
  connected(member: string): void
}

/** Messages to and from members. */
export interface MemberLinks {
  /** Begins to listen. Called once. */
  start(handler: LinkHandler): Promise<void>
  /** Who may connect and who can be reached, from now on. Connections of all others end. */
  setMembers(members: readonly LinkedMember[]): void
  /** Sends a message and gives the answer. @throws {Error} when there is none within the transport's time. */
  send(member: string, message: Bytes): Promise<Bytes>
  stop(): Promise<void>
}
