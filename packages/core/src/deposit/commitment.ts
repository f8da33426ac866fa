/**
 * Metadata of a deposit: only a salted commitment is on the log, and each field is disclosed or withheld alone.
 * docs/spec/deposit-item.md.
 * @module
 */
import { assert } from '../assert.ts'
import { type Bytes, compare, concat, equal, fromText } from '../bytes.ts'
import { CborWriter } from '../cbor/writer.ts'
import { domainHash } from '../crypto/domain.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { hashLeaf, treeHash } from '../merkle/hash.ts'
import { rootFromInclusion, treePath } from '../merkle/proof.ts'
import { u32 } from './item.ts'

/** Most fields of one commitment, leaf 0 not counted. */
export const fieldsMax = 64

/** Longest name of a field, in UTF-8 bytes. */
export const fieldNameBytesMax = 128

/** Longest value of a field, in bytes. */
export const fieldValueBytesMax = 4096

/** One field of metadata. */
export interface Field {
  /** Not empty, at most {@link fieldNameBytesMax} bytes, no control characters, no name twice. */
  readonly name: string
  readonly value: Bytes
}

/** One field shown: enough to recompute the commitment. */
export interface DisclosedField extends Field {
  /** 32 bytes. */
  readonly salt: Bytes
  /** Place of its leaf, leaf 0 being that of the deposit itself. */
  readonly position: number
  readonly path: readonly Bytes[]
}

/** A commitment and what opens it. */
export interface Commitment {
  /** 32 bytes. */
  readonly commitment: Bytes
  /** Leaves of the tree, leaf 0 included. */
  readonly count: number
  /** Leaf 0 (the deposit itself; empty name) and then the fields in the order of their names' bytes. */
  readonly fields: readonly DisclosedField[]
}

type Hashing = Pick<CryptoProvider, 'sha256' | 'hmacSha256'>

/** What the value of leaf 0 is: hash(account ‖ digest), which ties the commitment to this deposit. */
export function ownLeafValue(crypto: Pick<CryptoProvider, 'sha256'>, account: Bytes, digest: Bytes): Bytes {
  return domainHash(crypto, 'commitment', concat(fromText('own'), account, digest))
}

/**
 * Commits to the fields of a deposit.
 * @param deposit - `digest` as it stands in the item (blinded if it is); `secret` 32 bytes, of this item alone.
 */
export function commit(
  crypto: Hashing,
  deposit: { account: Bytes; digest: Bytes; fields: readonly Field[]; secret: Bytes },
): Commitment {
  const { account, digest, fields, secret } = deposit
  return commitUnder(crypto, { own: ownLeafValue(crypto, account, digest), fields, secret })
}

/** Commits to fields of anything. @param of - `own`: value of leaf 0, which says what the fields belong to. */
export function commitUnder(
  crypto: Hashing,
  of: { readonly own: Bytes; readonly fields: readonly Field[]; readonly secret: Bytes },
): Commitment {
  assert(of.fields.length <= fieldsMax, `a commitment has at most ${fieldsMax} fields`)
  const sorted = of.fields.toSorted((a, b) => compare(fromText(a.name), fromText(b.name)))
  const salted = [{ name: '', value: of.own }, ...sorted].map((field) => ({
    ...field,
    salt: crypto.hmacSha256(of.secret, fromText(field.name)),
  }))
  salted.forEach((field, at) => {
    const name = fromText(field.name)
    assert(at === 0 || name.length > 0, 'only leaf 0 has the empty name')
    // A salt is a hash of the name; the blinding salt is that of a name with a newline, which no field may have.
    assert(
      name.every((byte) => byte >= 0x20 && byte !== 0x7f),
      'a name has no control characters',
    )
    assert(name.length <= fieldNameBytesMax && field.value.length <= fieldValueBytesMax, 'a field is within its limits')
    assert(at === 0 || salted[at - 1]?.name !== field.name, 'no name stands twice')
  })
  const leaves = salted.map(fieldLeaf)
  return {
    commitment: commitmentOf(crypto, leaves.length, treeHash(crypto, leaves)),
    count: leaves.length,
    fields: salted.map((field, position) => ({ ...field, position, path: treePath(crypto, leaves, position) })),
  }
}

/** Whether a disclosed field is one of the `count` leaves of a commitment. Untrusted input: never throws. */
export function isDisclosed(
  crypto: Pick<CryptoProvider, 'sha256'>,
  commitment: Bytes,
  count: number,
  field: DisclosedField,
): boolean {
  if (count < 1 || count > fieldsMax + 1) return false
  try {
    const leafHash = hashLeaf(crypto, fieldLeaf(field))
    const root = rootFromInclusion(crypto, { leafHash, index: field.position, size: count, path: [...field.path] })
    return equal(commitment, commitmentOf(crypto, count, root))
  } catch {
    return false
  }
}

/**
 * Whether disclosed fields open the commitment of a deposit. Leaf 0 must be among them: without it a commitment could be
 * copied from another's deposit. Untrusted input: never throws.
 */
export function verifyDisclosure(
  crypto: Pick<CryptoProvider, 'sha256'>,
  deposit: { account: Bytes; digest: Bytes; commitment: Bytes },
  disclosure: { count: number; fields: readonly DisclosedField[] },
): boolean {
  const { account, digest, commitment } = deposit
  return verifyUnder(crypto, { own: ownLeafValue(crypto, account, digest), commitment }, disclosure)
}

/** Whether disclosed fields, leaf 0 first, open a commitment of what `own` says. Untrusted input: never throws. */
export function verifyUnder(
  crypto: Pick<CryptoProvider, 'sha256'>,
  of: { readonly own: Bytes; readonly commitment: Bytes },
  disclosure: { count: number; fields: readonly DisclosedField[] },
): boolean {
  const { count, fields } = disclosure
  const [own] = fields
  if (own?.position !== 0 || own.name !== '' || !equal(own.value, of.own)) return false
  return fields.every((field, at) => {
    const before = fields[at - 1]
    const follows = before === undefined || (before.position < field.position && isBefore(before.name, field.name))
    return follows && isDisclosed(crypto, of.commitment, count, field)
  })
}

const isBefore = (a: string, b: string): boolean => compare(fromText(a), fromText(b)) < 0

function fieldLeaf({ name, salt, value }: Field & { readonly salt: Bytes }): Bytes {
  return new CborWriter().array(3).text(name).bytes(salt).bytes(value).finish()
}

function commitmentOf(crypto: Pick<CryptoProvider, 'sha256'>, count: number, root: Bytes): Bytes {
  return domainHash(crypto, 'commitment', concat(u32(count), root))
}
