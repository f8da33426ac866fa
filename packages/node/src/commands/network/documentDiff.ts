/**
 * What a new consortium document changes, as lines for people who vote on it.
 * @module
 */
import { toHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import {
  type ConsortiumDocument,
  documentHash,
  encodeDocument,
  isAdminMajority,
  type Member,
  type OutsideWitness,
  roles,
} from '@jurat/core/ledger/consortium'
import { parameterTable } from '@jurat/core/ledger/parameters'
import { changedRoles } from './documentChange.ts'

/** Digits of a key that are shown. */
const keyDigits = 16

/** Lines that say what changes, the hash of the new document, and who must approve. */
export function describeChange(
  crypto: Pick<CryptoProvider, 'sha256'>,
  before: ConsortiumDocument,
  after: ConsortiumDocument,
): string[] {
  const changes = documentDiff(before, after)
  const names = before.members.map(({ name }) => name)
  const votes = names.findIndex((_, at) => isAdminMajority(before, at + 1)) + 1
  return [
    ...(changes.length === 0 ? ['  nothing changes'] : changes.map((line) => `  ${line}`)),
    `hash      ${toHex(documentHash(crypto, encodeDocument(after)))}`,
    `replaces  ${toHex(documentHash(crypto, encodeDocument(before)))}`,
    `approval  ${votes} of ${names.length} members, the proposer counted: ${names.join(', ')}`,
  ]
}

/** Every difference between two documents, a line each: `+` for what comes, `-` for what goes, `~` for what changes. */
export function documentDiff(before: ConsortiumDocument, after: ConsortiumDocument): string[] {
  const lines = [
    ...listDiff(before.members, after.members, memberLines, changedMember),
    ...listDiff(before.witnesses, after.witnesses, witnessLines, changedWitness),
  ]
  const number = (what: string, old: number, next: number): void => {
    if (old !== next) lines.push(`~ ${what}  ${old} becomes ${next}`)
  }
  const beforeCount = `of ${before.members.length}`
  const afterCount = `of ${after.members.length}`
  if (before.quorum !== after.quorum || before.members.length !== after.members.length) {
    lines.push(`~ quorum  ${before.quorum} ${beforeCount} becomes ${after.quorum} ${afterCount}`)
  }
  number('witness quorum', before.witnessQuorum, after.witnessQuorum)
  for (const { name } of parameterTable) number(name, before.parameters[name], after.parameters[name])
  return lines
}

function listDiff<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
  whole: (item: T) => string[],
  changed: (old: T, next: T) => string[],
): string[] {
  const gone = before.filter(({ name }) => !after.some((item) => item.name === name))
  return [
    ...gone.map(({ name }) => `- ${name}`),
    ...after.flatMap((next) => {
      const old = before.find(({ name }) => name === next.name)
      return old === undefined ? whole(next) : changed(old, next)
    }),
  ]
}

const shown = (key: Uint8Array): string => toHex(key.subarray(1)).slice(0, keyDigits)

const memberLines = ({ name, addresses, keys }: Member): string[] => [
  `+ ${name}  ${addresses.join(' ')}`,
  ...roles.map((role) => `+ ${name}  key ${role}  ${shown(keys[role])}`),
]

function changedMember(old: Member, next: Member): string[] {
  const [from, to] = [old.addresses.join(' '), next.addresses.join(' ')]
  return [
    ...(from === to ? [] : [`~ ${next.name}  ${from} becomes ${to}`]),
    ...changedRoles(old, next).map(
      (role) => `~ ${next.name}  key ${role}  ${shown(old.keys[role])} becomes ${shown(next.keys[role])}`,
    ),
  ]
}

const witnessText = ({ url, keys }: OutsideWitness): string => `${url} ${keys.map(shown).join(' ')}`

const witnessLines = (witness: OutsideWitness): string[] => [`+ witness ${witness.name}  ${witnessText(witness)}`]

function changedWitness(old: OutsideWitness, next: OutsideWitness): string[] {
  const [from, to] = [witnessText(old), witnessText(next)]
  return from === to ? [] : [`~ witness ${next.name}  ${from} becomes ${to}`]
}
