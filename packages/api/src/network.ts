/**
 * The network: parameters, members, blocks, and the health of this node.
 * @module
 */
import { Type } from 'typebox'
import { Base64, Count, Hash, PublicKey, TimeMs } from './values.ts'

/** One member of the consortium document in force. */
export const Member = Type.Object({ name: Type.String(), ballotKey: PublicKey, addresses: Type.Array(Type.String()) })

/** The network as it is now. */
export const Network = Type.Object(
  {
    networkId: Hash,
    origin: Type.String(),
    engine: Type.Enum(['solo', 'cometbft']),
    height: Count,
    treeSize: Count,
    timeMs: TimeMs,
    parameters: Type.Record(Type.String(), Type.Unknown()),
    consortium: Type.Object({
      sequence: Count,
      index: Count,
      document: Base64,
      members: Type.Array(Member),
      quorum: Count,
      witnesses: Type.Array(Type.Object({ name: Type.String(), url: Type.String() })),
      witnessQuorum: Count,
    }),
    registrar: Type.Union([Hash, Type.Null()]),
    policies: Type.Array(Type.String({ description: 'tlog-policy text' })),
    witnessKeys: Type.Array(Type.String(), {
      description: 'verifier keys with which this node cosigns the logs of others at /witness/add-checkpoint',
    }),
    software: Type.String(),
  },
  { $id: 'Network' },
)
export type Network = Type.Static<typeof Network>

/** One block with its transactions. */
export const Block = Type.Object(
  {
    height: Count,
    timeMs: TimeMs,
    firstIndex: Count,
    treeSize: Count,
    root: Hash,
    transactions: Type.Array(Type.Object({ txHash: Hash, code: Type.Integer() })),
  },
  { $id: 'Block' },
)
export type Block = Type.Static<typeof Block>

/** Parameters of GET /v1/blocks/{height}. */
export const BlockParams = Type.Object(
  { height: Type.String({ pattern: '^(0|[1-9][0-9]{0,15})$' }) },
  { additionalProperties: false },
)

/**
 * A block as CometBFT's light clients take it, in the form of CometBFT's own JSON: what a joining member's state sync verifies.
 */
export const LightBlock = Type.Object(
  {
    signedHeader: Type.Unknown({ description: 'header and commit' }),
    validators: Type.Unknown({ description: 'the validators of this height' }),
    consensusParams: Type.Unknown({ description: 'the parameters of this height' }),
  },
  { $id: 'LightBlock' },
)
export type LightBlock = Type.Static<typeof LightBlock>

/** Parameters of GET /v1/light-blocks/{height}. */
export const LightBlockParams = Type.Object(
  { height: Type.String({ pattern: '^(latest|[1-9][0-9]{0,15})$' }) },
  { additionalProperties: false },
)

/** Health: about progress, not about the process. */
export const Health = Type.Object(
  {
    status: Type.Enum(['ok', 'stalled', 'stopped']),
    problems: Type.Array(Type.String()),
    height: Count,
    committedSize: Count,
    checkpointSize: Count,
    queuedTransactions: Count,
    stopped: Type.Union([Type.String(), Type.Null()], { description: 'why nothing can be deposited' }),
    stalled: Type.Union([Type.String(), Type.Null()], { description: 'why no block is made at present' }),
    muted: Type.Boolean(),
    database: Type.Enum(['off', 'up', 'down']),
    projectionHeight: Type.Integer(),
    projectionLagBlocks: Count,
  },
  { $id: 'Health' },
)
export type Health = Type.Static<typeof Health>
