/**
 * The join file of an institution: what it tells the others before there is a network. Everything in it is public. It comes
 * from strangers, so it is read narrowly. docs/spec/network.md, Ceremony.
 * @module
 */
import { type Bytes, fromBase64, toBase32, toBase64 } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { JuratError } from '@jurat/core/errors'
import { accountId, custodies, isAccountName } from '@jurat/core/ledger/account'
import { addressBytesMax, addressesMax, type Member, type Role, roles } from '@jurat/core/ledger/consortium'
import type { GenesisAccount } from '@jurat/core/ledger/genesis'
import { possessionMessage } from '@jurat/core/ledger/possession'
import { registrarQuota } from '../../features/founding.ts'

/** A join file, or a set of them, from which no network can be made. */
export class CeremonyError extends JuratError<'ceremony-refused'> {}

/** First field of every join file. */
const joinFormat = 'jurat-join/1'

/** Longest join file, in bytes. */
export const joinBytesMax = 65_536

/** The accounts that each institution's node has from the beginning. */
const accountUses = ['registrar', 'front', 'depositor'] as const

/** What an account is for. */
export type AccountUse = (typeof accountUses)[number]

/** Public keys of an account: algorithm byte and raw key. */
export interface JoinAccount {
  readonly name: string
  readonly publicKey: Bytes
  readonly recoverKey: Bytes
}

/** What an institution tells. */
export interface Join {
  /** Name of the network; the proofs of possession are good for no other. */
  readonly network: string
  readonly member: Member
  readonly accounts: Readonly<Record<AccountUse, JoinAccount>>
}

/** Names of the accounts that follow from the member's: readable where the member's name can stand in an account's. */
export function memberAccountNames(
  crypto: Pick<CryptoProvider, 'sha256'>,
  member: string,
): { readonly registrar: string; readonly front: string } {
  const readable = ['registrar', 'raw-front'].every((use) => isAccountName(`${use}.${member}`))
  const ending = readable ? member : toBase32(accountId(crypto, member).subarray(0, 16))
  return { registrar: `registrar.${ending}`, front: `raw-front.${ending}` }
}

/** The text of a join file. */
export function formatJoin({ network, member, accounts }: Join): string {
  const { name, addresses } = member
  const keys = Object.fromEntries(
    roles.map((role) => [role, { key: toBase64(member.keys[role]), proof: toBase64(member.proofs[role]) }]),
  )
  const told = Object.fromEntries(
    accountUses.map((use) => {
      const { name: account, publicKey, recoverKey } = accounts[use]
      return [use, { name: account, key: toBase64(publicKey), recoverKey: toBase64(recoverKey) }]
    }),
  )
  return `${JSON.stringify({ format: joinFormat, network, name, addresses, keys, accounts: told }, null, 2)}\n`
}

/**
 * Reads a join file and holds it to what can be said of it alone: its shape, its names, and that every key has signed
 * for its place.
 * @param source - its file's name, for the error.
 * @throws CeremonyError
 */
export function parseJoin(crypto: CryptoProvider, text: string, source: string): Join {
  const fail = (why: string): CeremonyError => new CeremonyError('ceremony-refused', `${source}: ${why}`)
  if (text.length > joinBytesMax) throw fail(`a join file has at most ${joinBytesMax} bytes`)
  let join: Join
  try {
    join = readJoin(new Reader(JSON.parse(text), 'the file'))
  } catch (cause) {
    throw fail(`this is no join file (${cause instanceof Error ? cause.message : String(cause)})`)
  }
  const { network, member, accounts } = join
  for (const role of roles) {
    const [key, proof] = [member.keys[role], member.proofs[role]]
    const proven =
      crypto.isPublicKey(key) && crypto.verify(key, possessionMessage(network, member.name, role, key), proof)
    if (!proven) throw fail(`the key ${role} is not proven for ${member.name} in ${network}`)
  }
  const { registrar, front } = memberAccountNames(crypto, member.name)
  if (accounts.registrar.name !== registrar) throw fail(`the account registrar must be named ${registrar}`)
  if (accounts.front.name !== front) throw fail(`the account front must be named ${front}`)
  if (!/^[a-z2-7]{26}$/.test(accounts.depositor.name)) throw fail('the account depositor must have an opaque name')
  return join
}

/** The genesis accounts of an institution. */
export function accountsOf({ accounts }: Join): GenesisAccount[] {
  return accountUses.map((use) => {
    const { name, publicKey, recoverKey } = accounts[use]
    return {
      name,
      authMap: [{ publicKey, weight: 100 }],
      recoverKey,
      encryptionKey: null,
      balance: 0,
      custody: custodies.hosted,
      registrarQuota: use === 'registrar' ? registrarQuota : null,
    }
  })
}

function readJoin(file: Reader): Join {
  const format = file.text('format')
  if (format !== joinFormat) throw new Error(`its format is ${JSON.stringify(format)} and must be ${joinFormat}`)
  const [keys, accounts] = [file.object('keys'), file.object('accounts')]
  const join: Join = {
    network: file.text('network'),
    member: {
      name: file.text('name'),
      addresses: file.texts('addresses'),
      keys: byRole((role) => keys.object(role).bytes('key')),
      proofs: byRole((role) => keys.object(role).bytes('proof')),
    },
    accounts: {
      registrar: readAccount(accounts.object('registrar')),
      front: readAccount(accounts.object('front')),
      depositor: readAccount(accounts.object('depositor')),
    },
  }
  file.end(['format', 'network', 'name', 'addresses', 'keys', 'accounts'])
  keys.end(roles)
  for (const role of roles) keys.object(role).end(['key', 'proof'])
  accounts.end(accountUses)
  return join
}

function readAccount(account: Reader): JoinAccount {
  account.end(['name', 'key', 'recoverKey'])
  return { name: account.text('name'), publicKey: account.bytes('key'), recoverKey: account.bytes('recoverKey') }
}

const byRole = (read: (role: Role) => Bytes): Record<Role, Bytes> =>
  Object.fromEntries(roles.map((role) => [role, read(role)])) as Record<Role, Bytes>

/** An object of which only what is asked for may be there. */
class Reader {
  readonly #value: Readonly<Record<string, unknown>>
  readonly #name: string

  constructor(value: unknown, name: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${name} is no object`)
    this.#value = value as Readonly<Record<string, unknown>>
    this.#name = name
  }

  text(name: string): string {
    const value = this.#own(name)
    if (typeof value !== 'string') throw new Error(`${name} of ${this.#name} is no text`)
    return value
  }

  texts(name: string): string[] {
    const value = this.#own(name)
    const right = Array.isArray(value) && value.length <= addressesMax
    if (!right || !value.every((item) => typeof item === 'string' && item.length <= addressBytesMax)) {
      throw new Error(`${name} of ${this.#name} are not at most ${addressesMax} texts`)
    }
    return value as string[]
  }

  bytes(name: string): Bytes {
    try {
      return fromBase64(this.text(name))
    } catch (cause) {
      throw new Error(`${name} of ${this.#name} is no base64`, { cause })
    }
  }

  object(name: string): Reader {
    return new Reader(this.#own(name), name)
  }

  /** Nothing else may stand here. */
  end(names: readonly string[]): void {
    const other = Object.keys(this.#value).find((name) => !names.includes(name))
    if (other !== undefined) throw new Error(`${this.#name} has an unknown field ${JSON.stringify(other)}`)
  }

  #own(name: string): unknown {
    if (!Object.hasOwn(this.#value, name)) throw new Error(`${this.#name} has no ${name}`)
    return this.#value[name]
  }
}
