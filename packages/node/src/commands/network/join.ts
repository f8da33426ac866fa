/**
 * `network join`: an institution makes its keys at home, sealed in its data folder, together with the signer state, and
 * writes the public file that the others need. docs/spec/network.md, Ceremony.
 * @module
 */
import { randomBytes } from 'node:crypto'
import { join as joinPath } from 'node:path'
import { type Bytes, equal, fromText, toBase32, toHex, toText } from '@jurat/core/bytes'
import { accountId } from '@jurat/core/ledger/account'
import { addressBytesMax } from '@jurat/core/ledger/consortium'
import { isOrigin } from '@jurat/core/ledger/consortiumRules'
import { proveMember } from '@jurat/core/ledger/possession'
import { encodeGenesis } from '@jurat/core/ledger/genesis'
import { isKeyName } from '@jurat/core/note/vkey'
import type { AccountKeys } from '../../crypto/accountKeys.ts'
import { nodeCrypto } from '../../crypto/nodeCrypto.ts'
import { cometbftPaths } from '../../engine/cometbft/supervision/home.ts'
import { freshSignerState } from '../../engine/cometbft/supervision/keyFiles.ts'
import { randomSecretKey } from '../../features/accounts.ts'
import { makeNodeKeys, type NodeKeys } from '../../features/keys/nodeKeys.ts'
import type { Sealer } from '../../features/keys/seal.ts'
import { systemClock } from '../../platform/clock.ts'
import type { Files } from '../../platform/files.ts'
import { openSigner, signerFolderName } from '../../store/signer.ts'
import type { CheckedGenesis } from './check.ts'
import { CeremonyError, formatJoin, type Join, type JoinAccount, memberAccountNames, parseJoin } from './joinFile.ts'

/** The own join file inside the data folder. It makes the folder a member's; empty while the keys are being made. */
export const ownJoinName = 'join.json'

/** Sealed keys of the first depositor's account, inside `keys/`, until the first start has handed them on. */
const depositorFiles = { secretKey: 'depositor', recoverKey: 'depositor-recovery' } as const

/** What an institution says of itself. */
export interface JoinRequest {
  readonly network: string
  readonly name: string
  readonly addresses: readonly string[]
  /** Of a network that exists, which this institution joins by ballot; null when the network is yet to be founded. */
  readonly genesis?: CheckedGenesis | null
}

/**
 * Makes keys and signer state in a data folder that nobody else uses, and keeps the join there. What a call that broke
 * off has left is made anew: nobody was told of it.
 * @throws CeremonyError when the folder is something else already, or the request cannot be.
 */
export async function makeJoin(files: Files, data: string, sealer: Sealer, request: JoinRequest): Promise<Join> {
  checkRequest(request)
  const { genesis = null } = request
  await files.makeFolder(data)
  const place = joinPath(data, ownJoinName)
  if ((await readOwnJoin(files, data)) !== null) throw refused(`${data} has joined a network already`)
  const broken = (await files.readFile(place)) !== null
  const taken = (await files.list(data)).filter((name) => name !== 'lock' && name !== ownJoinName)
  if (taken.length > 0 && !broken) throw refused(`${data} is not empty (${taken.join(', ')}): take another folder`)
  const keysFolder = joinPath(data, 'keys')
  for (const folder of [keysFolder, joinPath(data, signerFolderName)]) await files.remove(folder)
  await files.replaceFile(place, new Uint8Array(0))
  const keys = await makeNodeKeys(files, keysFolder, sealer)
  const depositor = { secretKey: randomSecretKey(), recoverKey: randomSecretKey() }
  for (const [part, name] of Object.entries(depositorFiles)) {
    const sealed = sealer.seal(`node/${name}`, depositor[part as keyof typeof depositor])
    await files.replaceFile(joinPath(keysFolder, name), sealed, { mode: 0o600 })
  }
  await beginSigner(files, data)
  const join = joinOf(request, keys, { ...depositor, name: toBase32(randomBytes(16)) })
  if (genesis !== null) await files.replaceFile(joinPath(data, 'genesis.cbor'), encodeGenesis(genesis.genesis))
  await files.replaceFile(place, fromText(formatJoin(join)))
  return join
}

/** The own join of a data folder; null when it is no member's, or not finished. @throws CeremonyError when damaged */
export async function readOwnJoin(files: Files, data: string): Promise<Join | null> {
  const place = joinPath(data, ownJoinName)
  const bytes = await files.readFile(place)
  return bytes === null || bytes.length === 0 ? null : parseJoin(nodeCrypto, toText(bytes), place)
}

/** The first depositor's account, until {@link forgetDepositor}. */
export async function readDepositor(
  files: Files,
  data: string,
  sealer: Sealer,
  join: Join,
): Promise<AccountKeys | null> {
  const read = async (name: string): Promise<Bytes | null> => {
    const sealed = await files.readFile(joinPath(data, 'keys', name))
    return sealed === null ? null : sealer.open(`node/${name}`, sealed)
  }
  const [secretKey, recoverKey] = [await read(depositorFiles.secretKey), await read(depositorFiles.recoverKey)]
  if (secretKey === null || recoverKey === null) return null
  const { name } = join.accounts.depositor
  return { id: toHex(accountId(nodeCrypto, name)), name, secretKey, recoverKey }
}

/** Removes the depositor's sealed keys: another store has them now. */
export async function forgetDepositor(files: Files, data: string): Promise<void> {
  // The one that is read first goes first: with one of them missing, the founding counts as done.
  for (const name of Object.values(depositorFiles)) await files.remove(joinPath(data, 'keys', name))
  await files.syncFolder(joinPath(data, 'keys'))
}

/** Whether the keys of a folder are those of its join: a restored folder may mix two. */
export function holdsKeysOf(keys: NodeKeys, { member, accounts }: Join): boolean {
  const own = publicKeys(keys)
  return (
    Object.entries(member.keys).every(([role, key]) => equal(own[role as keyof typeof member.keys], key)) &&
    equal(nodeCrypto.publicKeyOf(keys.registrar), accounts.registrar.publicKey) &&
    equal(nodeCrypto.publicKeyOf(keys.front), accounts.front.publicKey)
  )
}

function joinOf(
  { network, name, addresses }: Omit<JoinRequest, 'genesis'>,
  keys: NodeKeys,
  depositor: Omit<AccountKeys, 'id'>,
): Join {
  const names = memberAccountNames(nodeCrypto, name)
  const account = (accountName: string, secretKey: Bytes, recoverKey: Bytes): JoinAccount => ({
    name: accountName,
    publicKey: nodeCrypto.publicKeyOf(secretKey),
    recoverKey: nodeCrypto.publicKeyOf(recoverKey),
  })
  return {
    network,
    member: proveMember(nodeCrypto, network, { name, addresses }, roleKeys(keys)),
    accounts: {
      // Recovery of the node's own two accounts goes by adjudication: one key each, in one folder.
      registrar: account(names.registrar, keys.registrar, keys.registrar),
      front: account(names.front, keys.front, keys.front),
      depositor: account(depositor.name, depositor.secretKey, depositor.recoverKey),
    },
  }
}

const roleKeys = (keys: NodeKeys): Parameters<typeof proveMember>[3] => ({
  ballot: keys.ballot,
  log: keys.log,
  executorEd25519: keys['executor-ed25519'],
  executorMldsa44: keys['executor-mldsa44'],
  validator: keys.validator,
  transport: keys.transport,
})

const publicKeys = (keys: NodeKeys): ReturnType<typeof roleKeys> =>
  Object.fromEntries(
    Object.entries(roleKeys(keys)).map(([role, key]) => [role, nodeCrypto.publicKeyOf(key)]),
  ) as ReturnType<typeof roleKeys>

/** The state of keys that have signed nothing, made together with them: whoever finds keys without it has lost it. */
async function beginSigner(files: Files, data: string): Promise<void> {
  const signer = await openSigner(files, data, nodeCrypto)
  await signer.begin({ size: 0, root: nodeCrypto.sha256(new Uint8Array(0)), timeMs: systemClock.now() })
  await signer.beginWitness()
  await files.replaceFile(cometbftPaths(data).signerState, fromText(freshSignerState), { mode: 0o600 })
}

function checkRequest({ network, name, addresses, genesis = null }: JoinRequest): void {
  if (!isOrigin(network)) throw refused(`--network ${network} cannot name a network: it is a URL without scheme`)
  if (!isKeyName(name)) throw refused(`--name ${name} cannot name a member: no white space and no +`)
  const long = addresses.find((address) => address.length > addressBytesMax)
  if (long !== undefined) throw refused(`an address has at most ${addressBytesMax} bytes: ${long}`)
  if (genesis !== null && genesis.genesis.name !== network) {
    throw refused(`the genesis is that of ${genesis.genesis.name}, not of ${network}`)
  }
  const taken = genesis?.document.members.some((member) => member.name === name) === true
  if (taken) throw refused(`a founder of ${network} is named ${name}: it joined with other keys`)
  if (!/^https?:\/\/[^/]/.test(addresses[0] ?? '')) throw refused('--url is the http or https address of the node')
}

const refused = (why: string): CeremonyError => new CeremonyError('ceremony-refused', why)
