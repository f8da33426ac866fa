/**
 * `network admit|remove|change|ballots|approve`: the consortium document is replaced by a ballot of the members, each
 * with the ballot key of its own running node. docs/operating/consortium.md.
 * @module
 */
import { readFile } from 'node:fs/promises'
import type { Proposal } from '@jurat/api/accounts'
import { equal, fromBase64, fromHex, toBase64, toHex } from '@jurat/core/bytes'
import { decodeDocument, documentHash, encodeDocument } from '@jurat/core/ledger/consortium'
import { types } from '@jurat/core/ledger/operationTypes'
import { decodePayload, encodeOperation, encodePayload, operationHash } from '@jurat/core/ledger/payloads'
import { type Parameters, parameterTable } from '@jurat/core/ledger/parameters'
import type { Config } from '../../config.ts'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { defaultMasterKeyPath, findMasterKey } from '../../features/keys/masterKey.ts'
import { createSealer, type Sealer } from '../../features/keys/seal.ts'
import { createNodeFiles } from '../../platform/nodeFiles.ts'
import { say } from '../stopped.ts'
import { registerAccounts, registrarBallot } from './admission.ts'
import { changedDocument, checkChange, type DocumentChange } from './documentChange.ts'
import { describeChange } from './documentDiff.ts'
import { readOwnJoin } from './join.ts'
import { CeremonyError, type Join, parseJoin } from './joinFile.ts'
import { findOwnNode, type OwnNode, type PresentNetwork } from './ownNode.ts'

type Values = Readonly<Record<string, string | undefined>>

/** What a command is given: its words, its options, the configuration. */
export interface BallotCall {
  readonly words: readonly string[]
  readonly values: Values
  readonly config: Config
  readonly environment: NodeJS.ProcessEnv
}

/** Options that all of these commands take, beside those of the configuration. */
export const nodeOptions = ['node', 'key'] as const

/** The commands, each with its options. A command gives null when its words are wrong. */
export const ballotCommands: Readonly<
  Record<string, { readonly options: readonly string[]; run(call: BallotCall): Promise<number | null> }>
> = {
  admit: { options: [...nodeOptions, 'quorum'], run: admit },
  remove: { options: [...nodeOptions, 'quorum'], run: remove },
  change: { options: [...nodeOptions], run: change },
  ballots: { options: [...nodeOptions], run: ballots },
  approve: { options: [...nodeOptions], run: approve },
}

/** What they are, for people. */
export const ballotUsage = `  jurat network admit JOIN [--quorum N] [--data DIR]
      proposes a further member, makes its accounts and proposes its registrar
  jurat network remove MEMBER [--quorum N] [--data DIR]
      proposes that a member leaves
  jurat network rotate [--keys NAME,...] [--data DIR]
      makes new keys of this institution (all, or some of ballot, log, executor-ed25519, executor-mldsa44,
      validator, transport) and proposes them
  jurat network change [quorum=N] [PARAMETER=N]... [--data DIR]
      proposes another quorum or other parameters
  jurat network ballots [--data DIR]
      shows what is proposed, and what it would change
  jurat network approve ID... [--data DIR]
      votes for proposals; the last vote that is needed carries them out
  These go through the own running node: bootstrap.json of the data folder names it, or --node URL --key KEY.
`

async function admit({ words: [file, ...more], values, config, environment }: BallotCall): Promise<number | null> {
  const quorum = numberOf(values['quorum'])
  if (file === undefined || more.length > 0 || quorum === undefined) return null
  const join = parseJoin(nodeCrypto, await readFile(file, 'utf8'), file)
  const node = await nodeOf(config, values, environment)
  const network = await node.network()
  if (join.network !== network.origin) throw refused(`${join.member.name} has joined ${join.network}`)
  const next = changed(network, { kind: 'admit', member: join.member, quorum })
  const place = await registrarPlace(config, environment)
  const made = await registerAccounts(node, network, place, join)
  if (made.length > 0) say(`Accounts of ${join.member.name} were made: ${made.join(', ')}`)
  const registrar = await node.account(registrarBallot(join).to)
  const ids = await proposeDocument(node, network, next)
  if (registrar?.registrarQuota === null) ids.push(await proposed(node, registrarBallot(join)))
  return sayNext(ids)
}

async function remove({ words: [name, ...more], values, config, environment }: BallotCall): Promise<number | null> {
  const quorum = numberOf(values['quorum'])
  if (name === undefined || more.length > 0 || quorum === undefined) return null
  const node = await nodeOf(config, values, environment)
  return proposeChange(node, await node.network(), { kind: 'remove', name, quorum })
}

async function change({ words, values, config, environment }: BallotCall): Promise<number | null> {
  const given = words.map((word) => /^(\w+)=(\d{1,15})$/.exec(word))
  if (words.length === 0 || given.includes(null)) return null
  const numbers = new Map(given.map((match) => [match?.[1] ?? '', Number(match?.[2])]))
  const quorum = numbers.get('quorum') ?? null
  numbers.delete('quorum')
  const unknown = [...numbers.keys()].find((name) => !parameterTable.some((row) => row.name === name))
  if (unknown !== undefined) throw refused(`there is no parameter ${unknown}`)
  const parameters: Partial<Parameters> = Object.fromEntries(numbers)
  const node = await nodeOf(config, values, environment)
  return proposeChange(node, await node.network(), { kind: 'rules', quorum, parameters })
}

/** Proposes the document of a change, and says what it is. */
export async function proposeChange(node: OwnNode, network: PresentNetwork, change: DocumentChange): Promise<number> {
  return sayNext(await proposeDocument(node, network, changed(network, change)))
}

/** The own running node. */
export function nodeOf({ data }: Config, { node, key }: Values, environment: NodeJS.ProcessEnv): Promise<OwnNode> {
  return findOwnNode(createNodeFiles(), data, { node, key: key ?? environment['JURAT_KEY'] })
}

/** The own data folder, with what opens its keys. */
export async function registrarPlace(
  config: Config,
  environment: NodeJS.ProcessEnv,
): Promise<{ files: ReturnType<typeof createNodeFiles>; data: string; sealer: Sealer; own: Join }> {
  const files = createNodeFiles()
  const own = await readOwnJoin(files, config.data)
  if (own === null) throw refused(`${config.data} is no member's data folder`)
  const file = config.masterKeyFile ?? defaultMasterKeyPath(environment)
  const { key } = await findMasterKey(files, { value: config.masterKey, file, makeFor: null })
  return { files, data: config.data, sealer: createSealer(key), own }
}

function changed(network: PresentNetwork, change: DocumentChange): Uint8Array {
  const next = changedDocument(network.document, change)
  checkChange(nodeCrypto, network.origin, network.document, next)
  return encodeDocument(next)
}

async function proposeDocument(node: OwnNode, network: PresentNetwork, next: Uint8Array): Promise<string[]> {
  if (equal(next, network.documentBytes)) throw refused('nothing would change')
  for (const line of describeChange(nodeCrypto, network.document, decodeDocument(next))) say(line)
  const payload = encodePayload({
    type: types.consortium,
    document: next,
    replaces: documentHash(nodeCrypto, network.documentBytes),
  })
  return [await proposed(node, { type: types.consortium, to: null, payload: toBase64(payload) })]
}

async function proposed(node: OwnNode, request: { type: number; to: string | null; payload: string }): Promise<string> {
  return (await node.propose(request)).txHash
}

function sayNext(ids: readonly string[]): number {
  for (const id of ids) say(`proposal  ${id}`)
  say(`The other members look at it with jurat network ballots, and run: jurat network approve ${ids.join(' ')}`)
  return 0
}

async function ballots({ words, values, config, environment }: BallotCall): Promise<number | null> {
  if (words.length > 0) return null
  const node = await nodeOf(config, values, environment)
  const network = await node.network()
  const open = await node.ballots()
  if (open.length === 0) say('Nothing is proposed.')
  for (const proposal of open) show(network, proposal)
  return 0
}

async function approve({ words, values, config, environment }: BallotCall): Promise<number | null> {
  if (words.length === 0 || !words.every((word) => /^[0-9a-f]{64}$/.test(word))) return null
  const node = await nodeOf(config, values, environment)
  for (const id of words) {
    const proposal = (await node.ballots()).find((open) => open.id === id)
    if (proposal === undefined) throw refused(`nothing is proposed as ${id}: it was carried out, or has expired`)
    show(await node.network(), proposal)
    // The hash that is signed is of what was shown.
    await node.approve(id, toHex(operationHash(nodeCrypto, operationOf(proposal))))
    const rest = await node.ballots()
    say(rest.some((open) => open.id === id) ? 'approved  more votes are needed' : 'approved  it is carried out')
  }
  return 0
}

/** Says what a proposal is. */
function show({ document, documentBytes }: PresentNetwork, proposal: Proposal): void {
  const { id, type, to, payload, proposer, votes, expiresAt } = proposal
  const nameOf = (key: string): string =>
    document.members.find(({ keys }) => toHex(keys.ballot) === key)?.name ?? `${key.slice(0, 16)}…`
  say(`proposal  ${id}`)
  say(`from      ${nameOf(proposer)}, approved by ${votes.map(nameOf).join(', ')}`)
  say(`expires   ${new Date(expiresAt).toISOString()}`)
  if (type !== types.consortium) {
    say(`operation ${type}${to === null ? '' : ` on account ${to}`}  payload ${payload}`)
    return
  }
  const bytes = fromBase64(payload)
  const read = decodePayload(type, bytes, { keysMax: document.parameters.keysMax, itemsMax: 1 })
  if (read.type !== types.consortium) throw refused('a proposal that cannot be read')
  if (!equal(read.replaces, documentHash(nodeCrypto, documentBytes))) {
    say('  it replaces another document than the one in force, and cannot be carried out')
    return
  }
  for (const line of describeChange(nodeCrypto, document, decodeDocument(read.document))) say(line)
}

function operationOf({ type, to, value, gasLimit, payload }: Proposal): Uint8Array {
  const destination = to === null ? null : fromHex(to)
  return encodeOperation({ type, to: destination, value, gasLimit, payload: fromBase64(payload) })
}

/** A number of members; null when none was given, undefined when it is none. */
function numberOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return null
  return /^\d{1,2}$/.test(text) ? Number(text) : undefined
}

const refused = (why: string): CeremonyError => new CeremonyError('ceremony-refused', why)
