/**
 * What a genesis says, for people to compare, and whether a member's own join stands in it unchanged.
 * docs/spec/network.md, Ceremony.
 * @module
 */
import { type Bytes, concat, equal, toHex } from '@jurat/core/bytes'
import { CborError } from '@jurat/core/cbor/error'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { type ConsortiumDocument, type Member, roles } from '@jurat/core/ledger/consortium'
import { checkGenesis, decodeGenesis, encodeGenesis, type Genesis, networkIdOf } from '@jurat/core/ledger/genesis'
import { servingVkeys } from '@jurat/core/ledger/policyText'
import { chainIdOf } from '@jurat/core/receipt/finality'
import { accountsOf, CeremonyError, type Join } from './joinFile.ts'

/** A genesis that obeys every rule. */
export interface CheckedGenesis {
  readonly genesis: Genesis
  readonly document: ConsortiumDocument
  readonly networkId: Bytes
}

/** Reads a genesis and holds it to every rule. @throws CeremonyError, GenesisError */
export function readGenesis(crypto: CryptoProvider, bytes: Bytes, source: string): CheckedGenesis {
  try {
    const genesis = decodeGenesis(bytes)
    return { genesis, document: checkGenesis(crypto, genesis), networkId: networkIdOf(crypto, bytes) }
  } catch (cause) {
    if (!(cause instanceof CborError)) throw cause
    throw new CeremonyError('ceremony-refused', `${source} is no genesis: ${cause.message}`, { cause })
  }
}

/** What differs between a member's own join and the genesis, as sentences; none when it stands there unchanged. */
export function joinDifferences({ genesis, document }: CheckedGenesis, own: Join): string[] {
  const { name } = own.member
  if (genesis.name !== own.network) return [`the network is ${genesis.name}, and ${name} has joined ${own.network}`]
  const member = document.members.find((candidate) => candidate.name === name)
  if (member === undefined) return [`${name} is no member of it`]
  return [...memberDifferences(member, own.member), ...accountDifferences(genesis, own)]
}

function memberDifferences(member: Member, own: Member): string[] {
  const addresses = JSON.stringify(member.addresses) === JSON.stringify(own.addresses)
  return [
    ...(addresses ? [] : [`the addresses are ${member.addresses.join(', ')} and not ${own.addresses.join(', ')}`]),
    ...roles
      .filter((role) => !equal(member.keys[role], own.keys[role]) || !equal(member.proofs[role], own.proofs[role]))
      .map((role) => `the key ${role} is another one`),
  ]
}

function accountDifferences(genesis: Genesis, own: Join): string[] {
  // Compared as bytes of a genesis, so that no field is forgotten.
  const bytesOf = (accounts: Genesis['accounts']): Bytes => encodeGenesis({ ...genesis, accounts })
  return accountsOf(own)
    .filter((account) => {
      const there = genesis.accounts.find(({ name }) => name === account.name)
      return there === undefined || !equal(bytesOf([there]), bytesOf([account]))
    })
    .map(({ name }) => `the account ${name} is not as it was joined`)
}

/** Lines for people. All members must see the same: the network's id is the hash of the file. */
export function describeGenesis(crypto: CryptoProvider, { genesis, document, networkId }: CheckedGenesis): string[] {
  const { members, quorum, witnesses } = document
  const fingerprint = ({ keys }: Member): string =>
    toHex(crypto.sha256(concat(...roles.map((role) => keys[role])))).slice(0, 16)
  return [
    `network    ${genesis.name}`,
    `hash       ${toHex(networkId)}`,
    `chain id   ${chainIdOf(networkId)}`,
    `time       ${new Date(genesis.timeMs).toISOString()}`,
    `quorum     ${quorum} of ${members.length} members`,
    `witnesses  ${witnesses.length === 0 ? 'none' : witnesses.map(({ name }) => name).join(', ')}`,
    ...members.map((member) => `member     ${member.name}  keys ${fingerprint(member)}  ${member.addresses.join(' ')}`),
    // Each outside witness has to be told these before it cosigns.
    ...(witnesses.length === 0 ? [] : servingVkeys(crypto, genesis.name, document).map((vkey) => `log        ${vkey}`)),
  ]
}
