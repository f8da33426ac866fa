/**
 * Where everything of a local network stands: names, folders, ports, and the ways between members through relays.
 * @module
 */
import { join } from 'node:path'
import type { Route } from './relay.ts'

/** Names of the first members; further ones are numbered. */
const institutions = ['court', 'notary', 'forensics', 'authority']

/** Ports of one member: P + 10·i for people and programs, then its links and its CometBFT. */
const portsPerMember = 10
const membersOffset = 1
const consensusOffset = 2

/** Fewest and most members of a local network. */
export const localMembersMin = 4
export const localMembersMax = 9

/** One member. */
export interface PlannedMember {
  readonly name: string
  readonly url: string
  readonly port: number
  readonly membersPort: number
  readonly consensusPort: number
  /** Its data folder. */
  readonly data: string
  readonly masterKeyFile: string
  readonly joinFile: string
  /** Where its API key is kept: a restored data folder does not have it. */
  readonly apiKeyFile: string
  /** Value of `--member-routes`: every other member through a relay. */
  readonly routes: string
}

/** The outside witness beside the members. */
export interface PlannedWitness {
  /** Name of its key. */
  readonly witness: string
  readonly folder: string
  readonly port: number
}

/** A local network. */
export interface Plan {
  readonly origin: string
  readonly folder: string
  readonly genesis: string
  readonly trust: string
  /** What scripts read once all members are ready. */
  readonly description: string
  /** Socket on which the commands `kill`, `stop`, `cut`, `heal`, `start` are taken. */
  readonly control: string
  readonly members: readonly PlannedMember[]
  readonly routes: readonly Route[]
  /** It is started when it was asked for. */
  readonly witness: PlannedWitness
}

/** Plans a network of `count` members in `folder`, from `port` on. */
export function planNetwork(folder: string, count: number, port: number): Plan {
  const bare = Array.from({ length: count }, (_, at) => {
    const name = institutions[at] ?? `member-${at + 1}`
    const own = port + portsPerMember * at
    return {
      name,
      port: own,
      url: `http://127.0.0.1:${own}`,
      membersPort: own + membersOffset,
      consensusPort: own + consensusOffset,
      data: join(folder, name),
      masterKeyFile: join(folder, `${name}.master.key`),
      joinFile: join(folder, `${name}.join.json`),
      apiKeyFile: join(folder, `${name}.api.key`),
    }
  })
  let next = port + portsPerMember * count
  const routes: Route[] = []
  const members = bare.map((member) => {
    const ways = bare
      .filter((other) => other !== member)
      .flatMap((other) =>
        (['members', 'consensus'] as const).map((link) => {
          const target = link === 'members' ? other.membersPort : other.consensusPort
          const route = { from: member.name, to: other.name, listen: next++, target }
          routes.push(route)
          return `${other.name}=jurat-${link}://127.0.0.1:${route.listen}`
        }),
      )
    return { ...member, routes: ways.join(';') }
  })
  return {
    origin: 'jurat.local/localnet',
    folder,
    genesis: join(folder, 'genesis.cbor'),
    trust: join(folder, 'trust.json'),
    description: join(folder, 'localnet.json'),
    control: join(folder, 'control.sock'),
    members,
    routes,
    witness: { witness: 'jurat.local/litewitness', folder: join(folder, 'litewitness'), port: next },
  }
}
