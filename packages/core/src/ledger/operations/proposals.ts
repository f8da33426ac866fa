/**
 * Proposals of accounts and of the consortium: their records and their list. docs/spec/operations.md, "Ballots".
 * @module
 */
import { type Bytes, compare, equal, toHex } from '../../bytes.ts'
import { CborReader } from '../../cbor/reader.ts'
import { CborWriter } from '../../cbor/writer.ts'
import { authKeysMax, publicKeyBytesMax, readPublicKey } from '../authMap.ts'
import { operationBytesMax } from '../payloads.ts'
import { stateKeys, type StateView } from '../state.ts'
import type { Workspace } from '../workspace.ts'

/** Most open proposals made by one key. */
export const openProposalsMax = 16

/** A proposal. Its id is the hash of the transaction that made it. */
export interface ProposalRecord {
  readonly id: Bytes
  readonly account: Bytes
  /** The encoded operation. */
  readonly operation: Bytes
  readonly proposer: Bytes
  /** From this time on it counts as absent, milliseconds since 1970 UTC. */
  readonly expiresAt: number
  /** Keys that have voted, ascending; the proposer's is among them. */
  readonly votes: readonly Bytes[]
}

/** A row of the list of an account's proposals: what must be known of them without reading them. */
interface ListedProposal {
  readonly id: Bytes
  readonly proposer: Bytes
  readonly expiresAt: number
}

const recordVersion = 1
const hashBytes = 32
const recordBytesMax = operationBytesMax + (authKeysMax + 2) * (publicKeyBytesMax + 8)
/** Every ballot or authority key has at most 16 open; expired ones of former keys may stand beside them for a while. */
const listBytesMax = 16_777_216

/** The record's bytes. */
export function encodeProposal(proposal: ProposalRecord): Bytes {
  const writer = new CborWriter(proposal.operation.length + 256).array(7).uint(recordVersion).bytes(proposal.id)
  writer.bytes(proposal.account).bytes(proposal.operation).bytes(proposal.proposer).uint(proposal.expiresAt)
  writer.array(proposal.votes.length)
  for (const vote of proposal.votes) writer.bytes(vote)
  return writer.finish()
}

/** A proposal from its bytes. @throws {CborError} */
export function decodeProposal(bytes: Bytes): ProposalRecord {
  const reader = new CborReader(bytes, { bytesMax: recordBytesMax })
  reader.array(7)
  reader.uint(recordVersion)
  const head = { id: reader.bytes(hashBytes), account: reader.bytes(hashBytes) }
  const operation = reader.bytesUpTo(operationBytesMax)
  const proposer = readPublicKey(reader)
  const expiresAt = reader.uint()
  const votes = Array.from({ length: reader.arrayUpTo(authKeysMax) }, () => readPublicKey(reader))
  reader.end()
  return { ...head, operation, proposer, expiresAt, votes }
}

/** A proposal of an account that has not expired; null when there is none. */
export function openProposal(view: StateView, account: Bytes, id: Bytes, timeMs: number): ProposalRecord | null {
  const record = view.get(stateKeys.proposal(toHex(id)))
  if (record === null) return null
  const proposal = decodeProposal(record)
  return equal(proposal.account, account) && timeMs < proposal.expiresAt ? proposal : null
}

/** All proposals of an account that have not expired, in the order of their making. */
export function openProposals(view: StateView, account: Bytes, timeMs: number): ProposalRecord[] {
  return listOf(view, account).flatMap(({ id }) => openProposal(view, account, id, timeMs) ?? [])
}

/** How many proposals of an account one key has open. */
export function openProposalsBy(view: StateView, account: Bytes, proposer: Bytes, timeMs: number): number {
  return listOf(view, account).filter((row) => timeMs < row.expiresAt && equal(row.proposer, proposer)).length
}

/** Writes a proposal, and puts a new one at the end of its account's list. */
export function putProposal(workspace: Workspace, proposal: ProposalRecord): void {
  workspace.set(stateKeys.proposal(toHex(proposal.id)), encodeProposal(proposal))
  const list = listOf(workspace, proposal.account)
  if (!list.some(({ id }) => equal(id, proposal.id))) setList(workspace, proposal.account, [...list, proposal])
}

/** Takes one proposal away. */
export function deleteProposal(workspace: Workspace, proposal: ProposalRecord): void {
  deleteProposals(workspace, proposal.account, ({ id }) => equal(id, proposal.id))
}

/** Takes all proposals of an account away. */
export function voidProposals(workspace: Workspace, account: Bytes): void {
  deleteProposals(workspace, account, () => true)
}

/** Takes the expired proposals of an account away. */
export function deleteExpired(workspace: Workspace, account: Bytes, timeMs: number): void {
  deleteProposals(workspace, account, ({ expiresAt }) => timeMs >= expiresAt)
}

/** Votes with one more, ascending. */
export function withVote(votes: readonly Bytes[], vote: Bytes): Bytes[] {
  return [...votes, vote].toSorted(compare)
}

function deleteProposals(workspace: Workspace, account: Bytes, isGone: (row: ListedProposal) => boolean): void {
  const list = listOf(workspace, account)
  const rest = list.filter((row) => !isGone(row))
  if (rest.length === list.length) return
  for (const { id } of list.filter(isGone)) workspace.set(stateKeys.proposal(toHex(id)), null)
  setList(workspace, account, rest)
}

/** The list, expired proposals included, in the order of their making. */
function listOf(view: StateView, account: Bytes): ListedProposal[] {
  const bytes = view.get(stateKeys.proposalsOf(toHex(account)))
  if (bytes === null) return []
  const reader = new CborReader(bytes, { bytesMax: listBytesMax })
  const list = Array.from({ length: reader.array() }, () => {
    reader.array(3)
    return { id: reader.bytes(hashBytes), proposer: readPublicKey(reader), expiresAt: reader.uint() }
  })
  reader.end()
  return list
}

/** An empty list is no key at all. */
function setList(workspace: Workspace, account: Bytes, list: readonly ListedProposal[]): void {
  const writer = new CborWriter(64 * list.length + 64).array(list.length)
  for (const { id, proposer, expiresAt } of list) writer.array(3).bytes(id).bytes(proposer).uint(expiresAt)
  workspace.set(stateKeys.proposalsOf(toHex(account)), list.length === 0 ? null : writer.finish())
}
