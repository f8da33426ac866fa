/**
 * The next consortium document, made from the one in force by one change of its members or its rules. docs/spec/network.md,
 * Change-over.
 * @module
 */
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { type ConsortiumDocument, type Member, type Role, roles } from '@jurat/core/ledger/consortium'
import { changeOverFault, documentFault } from '@jurat/core/ledger/consortiumRules'
import { areParameters, type Parameters } from '@jurat/core/ledger/parameters'
import { arePossessed } from '@jurat/core/ledger/possession'
import { ballotFault } from './ballotSize.ts'
import { CeremonyError } from './joinFile.ts'

/** What is changed. A quorum of null keeps the present one, as far as the new number of members allows it. */
export type DocumentChange =
  | { readonly kind: 'admit'; readonly member: Member; readonly quorum: number | null }
  | { readonly kind: 'remove'; readonly name: string; readonly quorum: number | null }
  | { readonly kind: 'rotate'; readonly member: Member }
  | { readonly kind: 'rules'; readonly quorum: number | null; readonly parameters: Partial<Parameters> }

/** The document after a change. @throws CeremonyError when there is nothing to change, or the member is not there. */
export function changedDocument(before: ConsortiumDocument, change: DocumentChange): ConsortiumDocument {
  switch (change.kind) {
    case 'admit': {
      if (indexOf(before, change.member.name) !== -1) throw refused(`${change.member.name} is a member already`)
      // By name, as in a genesis: the place on a list says nothing.
      const members = [...before.members, change.member].toSorted((a, b) => (a.name < b.name ? -1 : 1))
      return withMembers(before, members, change.quorum)
    }
    case 'remove': {
      const at = present(before, change.name)
      return withMembers(before, before.members.toSpliced(at, 1), change.quorum)
    }
    case 'rotate': {
      const at = present(before, change.member.name)
      return { ...before, members: before.members.with(at, change.member) }
    }
    case 'rules':
      return withRules(before, change)
    default:
      throw new Error('an unknown change')
  }
}

/** Holds a change to every rule of the ledger, so that people hear the reason before anybody votes. @throws CeremonyError */
export function checkChange(
  crypto: CryptoProvider,
  origin: string,
  before: ConsortiumDocument,
  after: ConsortiumDocument,
): void {
  const fault = documentFault(crypto, origin, after) ?? changeOverFault(before, after)
  if (fault !== null) throw refused(`the ledger would refuse this document: ${faultSentences[fault] ?? fault}`)
  if (!arePossessed(crypto, origin, after)) throw refused('the ledger would refuse this document: a key is not proven')
  const tooLong = ballotFault(after)
  if (tooLong !== null) throw refused(tooLong)
}

/** Roles in which two members' keys differ. */
export function changedRoles(before: Member, after: Member): Role[] {
  return roles.filter((role) => before.keys[role].some((byte, at) => byte !== after.keys[role][at]))
}

function withRules(
  before: ConsortiumDocument,
  { quorum, parameters }: Extract<DocumentChange, { readonly kind: 'rules' }>,
): ConsortiumDocument {
  const next = { ...before.parameters, ...parameters }
  if (!areParameters(next)) throw refused('a parameter is out of its bounds')
  return { ...before, parameters: next, quorum: quorum ?? before.quorum }
}

const faultSentences: Readonly<Record<string, string>> = {
  'member-count': 'a consortium has 4 to 31 members',
  'name-twice': 'a name stands twice',
  'key-twice': 'a key stands twice, in whatever roles',
  quorum: 'the quorum is more than two thirds of the members and no more than all',
  'validators-removed': 'one document takes away at most a third of the validators, less one',
  'validators-added': 'one document brings validators of at most a third, less one',
}

function withMembers(
  before: ConsortiumDocument,
  members: readonly Member[],
  quorum: number | null,
): ConsortiumDocument {
  const least = Math.floor((2 * members.length) / 3) + 1
  return { ...before, members, quorum: quorum ?? Math.min(Math.max(before.quorum, least), members.length) }
}

function present(document: ConsortiumDocument, name: string): number {
  const at = indexOf(document, name)
  if (at === -1) throw refused(`${name} is no member: ${document.members.map((member) => member.name).join(', ')}`)
  return at
}

const indexOf = (document: ConsortiumDocument, name: string): number =>
  document.members.findIndex((member) => member.name === name)

const refused = (why: string): CeremonyError => new CeremonyError('ceremony-refused', why)
