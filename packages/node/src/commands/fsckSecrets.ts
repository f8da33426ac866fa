/**
 * The part of `fsck` that looks at secrets at rest: the keys of the node and what `credentials/` holds. Without the
 * master key it sees that all of them are there, not that they open.
 * @module
 */
import { join } from 'node:path'
import { equal, fromBase64, fromText, toText, type Bytes } from '@jurat/core/bytes'
import { JuratError } from '@jurat/core/errors'
import { decodeDocument, type Member, type Role } from '@jurat/core/ledger/consortium'
import { decodeGenesis } from '@jurat/core/ledger/genesis'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import { documentKeyNames } from '../features/keys/nextKeys.ts'
import { type NodeKeyName, nodeKeyTable } from '../features/keys/nodeKeys.ts'
import { sealedBytes, type Sealer } from '../features/keys/seal.ts'
import type { Files } from '../platform/files.ts'
import { openCounted } from '../store/countedKeyValue.ts'
import type { AddFinding } from '../store/fsckFinding.ts'
import type { KeyValueStore } from '../store/keyValue.ts'
import { openLevelKeyValue } from '../store/levelKeyValue.ts'
import { dataPaths } from './dataFolder.ts'
import { roleOfKey } from './heldKeys.ts'

/** Algorithm byte and secret key. */
const secretKeyBytes = 33

const keyNames = Object.keys(nodeKeyTable) as NodeKeyName[]

/** Roles of a member's keys, by the name of the key's file. The witness's keys stand in no document of this network. */
const rolesByKey: Readonly<Partial<Record<NodeKeyName, Role>>> = roleOfKey

/** Keys of the accounts with which a node signs itself. */
const accountKeys: readonly NodeKeyName[] = ['registrar', 'front']

/** What the keys are compared with. */
export interface KeyStandard {
  readonly genesis: Bytes
  /** Every consortium document that is known, that of the genesis first, the one in force last. */
  readonly documents: readonly Bytes[]
}

/**
 * Every key of the node is there, opens, is of its algorithm, and its public half stands in the document that last named this
 * member. While keys rotate, that of `keys/next/` may stand there in its place.
 * @param sealer - null without the master key.
 */
export async function checkKeys(
  files: Files,
  data: string,
  standard: KeyStandard,
  sealer: Sealer | null,
  add: AddFinding,
): Promise<void> {
  const closed: string[] = []
  const publicKeys: HeldPublicKeys = new Map()
  const look = async (name: NodeKeyName, place: string): Promise<void> => {
    const key = readKey(name, await files.readFile(join(dataPaths(data).keys, place)), sealer)
    if (key === 'closed') closed.push(place)
    else if (typeof key === 'string') add('key', `keys/${place}`, key)
    else if (key !== null) publicKeys.set(name, [...(publicKeys.get(name) ?? []), key])
  }
  for (const name of keyNames) await look(name, name)
  const nextNames = new Set(await files.list(join(dataPaths(data).keys, 'next')))
  for (const name of documentKeyNames) if (nextNames.has(name)) await look(name, `next/${name}`)
  if (publicKeys.size === 0 && closed.length >= keyNames.length) {
    add('key', 'keys', 'none opens: this is another master key than theirs')
  } else for (const place of closed) add('key', `keys/${place}`, 'it does not open under the master key, others do')
  for (const name of strangers(standard, publicKeys)) {
    const where = rolesByKey[name] === undefined ? 'the genesis' : 'the consortium document'
    add('key', `keys/${name}`, `its public key is not that of ${where}`)
  }
}

/** Public keys by name: the present one, and the next one if there is one. */
type HeldPublicKeys = Map<NodeKeyName, readonly Bytes[]>

/** The public key; a sentence about what is wrong; `closed` when it does not open; null without the master key. */
function readKey(name: NodeKeyName, sealed: Bytes | null, sealer: Sealer | null): Bytes | string | null {
  if (sealed === null) return 'it is missing'
  if (sealed.length !== sealedBytes(secretKeyBytes)) return `it has ${sealed.length} bytes: that is no sealed key`
  if (sealer === null) return null
  const secret = opened(sealer, `node/${name}`, sealed)
  if (secret === null) return 'closed'
  if (secret[0] !== nodeKeyTable[name].algorithm) return 'it is a key of another algorithm'
  return nodeCrypto.publicKeyOf(secret)
}

/** The names whose keys are not those of this node's member. One that waits to be admitted stands in no document. */
function strangers({ genesis, documents }: KeyStandard, publicKeys: HeldPublicKeys): NodeKeyName[] {
  const lists = documents.map((document) => decodeDocument(document).members)
  const isSolo = lists[0]?.length === 1
  const names = [...publicKeys.keys()]
  const isOf = (member: Member, name: NodeKeyName): boolean => {
    const role = rolesByKey[name]
    return role !== undefined && (publicKeys.get(name) ?? []).some((key) => equal(member.keys[role], key))
  }
  const all = lists.flat().toReversed()
  const known = isSolo ? all[0] : all.find((member) => names.some((name) => isOf(member, name)))
  // The newest document that has this member: a former one keeps the keys that it left with.
  const own = all.find(({ name }) => name === known?.name)
  if (own === undefined) return []
  const { accounts } = decodeGenesis(genesis)
  return names.filter((name) => {
    if (rolesByKey[name] !== undefined) return !isOf(own, name)
    if (!isSolo || !accountKeys.includes(name)) return false
    return !(publicKeys.get(name) ?? []).some((key) => accounts.some(({ recoverKey }) => equal(recoverKey, key)))
  })
}

/** What a check of `credentials/` counted. */
interface CredentialsSeen {
  readonly records: number
  /** Originals that organisations own, by hexadecimal SHA-256. */
  readonly originals: ReadonlySet<string>
}

/** No batch is missing, every record can be read, and every secret in it opens. @param sealer - null without the master key. */
export async function checkCredentials(
  files: Files,
  data: string,
  sealer: Sealer | null,
  add: AddFinding,
): Promise<CredentialsSeen> {
  const originals = new Set<string>()
  let records = 0
  const folder = dataPaths(data).credentials
  if ((await files.list(folder)).length === 0) {
    add('credentials', 'credentials', 'it is missing')
    return { records, originals }
  }
  let map: KeyValueStore | null = null
  try {
    map = await openLevelKeyValue(folder)
    const counted = await openCounted(map, files, folder)
    for await (const [key, value] of counted.range({ from: fromText(' '), to: fromText('~') })) {
      records += 1
      const name = toText(key)
      const fault = recordFault(name, value, sealer)
      if (fault !== null) add('credentials', `credentials: ${name}`, fault)
      if (name.startsWith('original/')) originals.add(name.slice(name.lastIndexOf('/') + 1))
    }
  } catch (error) {
    add('credentials', 'credentials', error instanceof Error ? error.message : String(error))
  } finally {
    await map?.close()
  }
  return { records, originals }
}

function recordFault(name: string, value: Bytes, sealer: Sealer | null): string | null {
  if (name.startsWith('original/')) return null
  if (name.startsWith('sealed/')) {
    const purpose = name.slice('sealed/'.length)
    return sealer === null || opened(sealer, purpose, value) !== null ? null : 'it does not open under the master key'
  }
  let record: { id?: string; sealedKey?: string; sealedRecoverKey?: string }
  try {
    record = JSON.parse(toText(value)) as typeof record
  } catch {
    return 'it cannot be read'
  }
  if (sealer === null || !name.startsWith('account/')) return null
  const sealed = [
    [`hosted/${record.id}`, record.sealedKey],
    [`hosted-recovery/${record.id}`, record.sealedRecoverKey],
  ] as const
  const open = sealed.every(([purpose, key]) => key !== undefined && opened(sealer, purpose, fromBase64(key)) !== null)
  return open ? null : 'its keys do not open under the master key'
}

function opened(sealer: Sealer, purpose: string, sealed: Bytes): Bytes | null {
  try {
    return sealer.open(purpose, sealed)
  } catch (error) {
    if (error instanceof JuratError) return null
    throw error
  }
}
