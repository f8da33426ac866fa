/**
 * `network assemble`: makes the genesis of a consortium out of its members' join files. Whoever does it holds no secret
 * and can change nothing unseen: every member checks the genesis (check.ts). docs/spec/network.md, Ceremony.
 * @module
 */
import { type Bytes, toHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import {
  type ConsortiumDocument,
  consortiumMembersMin,
  encodeDocument,
  membersMax,
  type OutsideWitness,
  roles,
} from '@jurat/core/ledger/consortium'
import { documentFault, isOrigin } from '@jurat/core/ledger/consortiumRules'
import { checkGenesis, encodeGenesis } from '@jurat/core/ledger/genesis'
import type { Parameters } from '@jurat/core/ledger/parameters'
import { ballotFault } from './ballotSize.ts'
import { accountsOf, CeremonyError, type Join } from './joinFile.ts'

/** What is put together. */
export interface Assembly {
  /** Name of the network, which all join files must name. */
  readonly network: string
  readonly joins: readonly Join[]
  /** Time of the first entries, milliseconds since 1970 UTC. */
  readonly timeMs: number
  /** How many members must cosign; null for the least that the rules allow. */
  readonly quorum: number | null
  readonly witnesses: readonly OutsideWitness[]
  readonly witnessQuorum: number
  readonly parameters: Parameters
}

/** The genesis' bytes. @throws CeremonyError saying who and what does not fit. */
export function assembleGenesis(crypto: CryptoProvider, assembly: Assembly): Bytes {
  const { network, timeMs, witnesses, witnessQuorum, parameters } = assembly
  // The order of the words on the command line decides nothing.
  const joins = assembly.joins.toSorted((a, b) => (a.member.name < b.member.name ? -1 : 1))
  const members = joins.map(({ member }) => member)
  if (!isOrigin(network)) throw refused(`${network} cannot name a network: it is a URL without scheme`)
  for (const join of joins) {
    if (join.network !== network) throw refused(`${join.member.name} has joined ${join.network}, not ${network}`)
  }
  if (members.length < consortiumMembersMin || members.length > membersMax) {
    throw refused(`a consortium has ${consortiumMembersMin} to ${membersMax} members, these are ${members.length}`)
  }
  refuseTwice(joins)
  const quorum = assembly.quorum ?? Math.floor((2 * members.length) / 3) + 1
  const document: ConsortiumDocument = { members, quorum, witnesses, witnessQuorum, parameters }
  const fault = documentFault(crypto, network, document)
  if (fault !== null) throw refused(`no network can be made of this: ${faultSentence(fault, quorum, members.length)}`)
  const tooLong = ballotFault(document)
  if (tooLong !== null) throw refused(`${tooLong}: this network could never change its members or its rules`)
  const accounts = joins.flatMap(accountsOf)
  const genesis = { name: network, timeMs, accounts, document: encodeDocument(document), predecessor: null }
  checkGenesis(crypto, genesis)
  return encodeGenesis(genesis)
}

/** Names, addresses and keys that two joins share, or that one has twice, with whose they are. */
function refuseTwice(joins: readonly Join[]): void {
  const owners = new Map<string, string>()
  const take = (kind: string, value: string, owner: string): void => {
    const other = owners.get(`${kind} ${value}`)
    if (other !== undefined) {
      const shown = kind === 'key' ? `${value.slice(0, 16)}…` : value
      throw refused(`the ${kind} ${shown} stands twice: ${other} and ${owner}`)
    }
    owners.set(`${kind} ${value}`, owner)
  }
  for (const { member } of joins) take('member name', member.name, `a join file of ${member.addresses[0]}`)
  for (const { member, accounts } of joins) {
    for (const address of member.addresses) take('address', address, member.name)
    // The same bytes under another algorithm byte are still the same secret.
    for (const role of roles) take('key', toHex(member.keys[role].subarray(1)), `${role} of ${member.name}`)
    for (const [use, { name, publicKey }] of Object.entries(accounts)) {
      take('account', name, member.name)
      take('key', toHex(publicKey.subarray(1)), `account ${use} of ${member.name}`)
    }
  }
}

function faultSentence(fault: string, quorum: number, members: number): string {
  if (fault !== 'quorum') return fault
  return `a quorum of ${quorum} of ${members} is not between ${Math.floor((2 * members) / 3) + 1} and ${members}`
}

const refused = (why: string): CeremonyError => new CeremonyError('ceremony-refused', why)
