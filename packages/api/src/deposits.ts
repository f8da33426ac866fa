/**
 * Deposits: items in, identifiers and states out.
 * @module
 */
import { Type } from 'typebox'
import { digestMatchesMax, itemsMax, metadataFieldsMax } from './limits.ts'
import { Count, DepositId, Hash, TimeMs } from './values.ts'

/** Digest algorithms of an item, by their names here: number in the entry and length of the digest in bytes. */
export const digestAlgorithms = {
  'sha-256': { number: 1, digestBytes: 32 },
  sm3: { number: 2, digestBytes: 32 },
  'sha-512': { number: 3, digestBytes: 64 },
  'merkle-root': { number: 9, digestBytes: 40 },
  'blinded-sha-256': { number: 17, digestBytes: 32 },
  'blinded-sm3': { number: 18, digestBytes: 32 },
  'blinded-sha-512': { number: 19, digestBytes: 32 },
} as const

/** Name of a digest algorithm. */
export type DigestAlgorithm = keyof typeof digestAlgorithms

export const DigestAlgorithmName = Type.Enum(
  ['sha-256', 'sm3', 'sha-512', 'merkle-root', 'blinded-sha-256', 'blinded-sm3', 'blinded-sha-512'],
  { description: 'merkle-root: u64 count and root of a tree over own digests; blinded-*: see `blind`' },
)

const HexDigest = Type.String({
  pattern: '^([0-9a-f]{64}|[0-9a-f]{80}|[0-9a-f]{128})$',
  description: 'the digest, lower-case hexadecimal, as long as its algorithm says',
})

/** Metadata: names to values. Only a salted commitment of them reaches the log. */
export const Metadata = Type.Record(
  Type.String({ pattern: '^[^\\u0000-\\u001f]{1,128}$' }),
  Type.String({ maxLength: 1024 }),
  {
    maxProperties: metadataFieldsMax,
    description: 'names and values; the log sees a salted commitment, the answer gives the secret that opens it',
  },
)

/** One thing to deposit: a digest that the client made, never the original. */
export const DepositItem = Type.Object(
  {
    algorithm: DigestAlgorithmName,
    digest: HexDigest,
    metadata: Type.Optional(Metadata),
    commitment: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'a commitment that the client made itself; not with `metadata`',
      }),
    ),
    blind: Type.Optional(
      Type.Boolean({ description: 'deposit a blinded digest: for text and records that could be guessed' }),
    ),
    flow: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$', description: 'unlinkable id of a flow' })),
  },
  { $id: 'DepositItem', additionalProperties: false },
)
export type DepositItem = Type.Static<typeof DepositItem>

/** Body of POST /v1/deposits. */
export const DepositRequest = Type.Object(
  {
    items: Type.Array(DepositItem, { minItems: 1, maxItems: itemsMax }),
    account: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: "id or name of a hosted account of the own organisation; default: the key's own account",
      }),
    ),
  },
  { $id: 'DepositRequest', additionalProperties: false },
)
export type DepositRequest = Type.Static<typeof DepositRequest>

/** The states of a deposit that exist now, in their order; `refused` stands outside. */
export const depositStates = ['received', 'committed', 'witnessed', 'timestamped', 'refused'] as const
export const DepositState = Type.Enum(['received', 'committed', 'witnessed', 'timestamped', 'refused'])
export type DepositState = (typeof depositStates)[number]

/** Who beside the operator vouches for the tree over a deposit. */
export const WitnessState = Type.Enum(['none', 'pending', 'complete'], {
  description: 'none: this network has no independent witness',
})

/** One deposit in the answer of POST /v1/deposits. */
export const DepositedItem = Type.Object(
  {
    id: DepositId,
    index: Count,
    state: DepositState,
    link: Type.String({ description: 'where the receipt is, relative to the node' }),
    secret: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'opens commitment and blinding; given once, the node keeps no copy that you can ask for',
      }),
    ),
    identityLevel: Type.Optional(
      Type.Enum(['declared', 'contact', 'certificate', 'provider', 'sandbox'], {
        description:
          'the level that an identity statement gave the account then: the node committed to it as the field `identityLevel`, besides the metadata',
      }),
    ),
  },
  { $id: 'DepositedItem' },
)
export type DepositedItem = Type.Static<typeof DepositedItem>

/** Answer of POST /v1/deposits: one for each item, in their order. */
export const DepositAnswer = Type.Object(
  {
    deposits: Type.Array(DepositedItem),
    witnesses: Type.Optional(WitnessState),
  },
  { $id: 'DepositAnswer', description: '`witnesses` is there when `wait=witnessed` was asked for' },
)
export type DepositAnswer = Type.Static<typeof DepositAnswer>

/** Query of POST /v1/deposits. */
export const DepositQuery = Type.Object(
  {
    wait: Type.Optional(
      Type.Enum(['committed', 'witnessed'], { description: 'how far to wait before answering; default committed' }),
    ),
  },
  { additionalProperties: false },
)

/** One deposit as it stands in the log. */
export const Deposit = Type.Object(
  {
    id: DepositId,
    index: Count,
    state: DepositState,
    witnesses: WitnessState,
    timeMs: TimeMs,
    height: Count,
    txHash: Hash,
    itemIndex: Count,
    account: Hash,
    algorithm: Type.Integer({ description: 'number of the digest algorithm' }),
    digest: Type.String(),
    link: Type.String(),
  },
  { $id: 'Deposit' },
)
export type Deposit = Type.Static<typeof Deposit>

/** Query of GET /v1/deposits. */
export const DigestQuery = Type.Object({ digest: HexDigest }, { additionalProperties: false })

/** Answer to "has this digest been deposited?": where and when, never by whom. */
export const DigestMatches = Type.Object(
  {
    digest: Type.String(),
    matches: Type.Array(Type.Object({ index: Count, timeMs: TimeMs, algorithm: Type.Integer() }), {
      maxItems: digestMatchesMax,
    }),
    more: Type.Boolean({ description: 'whether there are more than these' }),
  },
  { $id: 'DigestMatches' },
)
export type DigestMatches = Type.Static<typeof DigestMatches>
