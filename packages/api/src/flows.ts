/**
 * Flows: templates, flows with their parties and deposits, access codes. Rules: docs/spec/flow.md.
 * @module
 */
import { Type } from 'typebox'
import { DepositItem } from './deposits.ts'
import { metadataFieldsMax } from './limits.ts'
import { Count, DepositId, Hash, ShortId, TimeMs } from './values.ts'

/** Longest time that an access code is valid, and how long unless it is said, in seconds. */
export const accessSecondsMax = 31_536_000
export const accessSecondsDefault = 259_200

/** Most access codes of one flow. */
export const accessCodesMax = 100

/** Most flows of one answer. */
export const flowsPageMax = 1_000

const Identifier = Type.String({ pattern: '^[a-z][a-z0-9-]{0,63}$' })
const Version = Type.Integer({ minimum: 1, maximum: 1_000_000 })
const Name = Type.String({ minLength: 1, maxLength: 200 })

const LocalNames = Type.Object(
  { en: Name, 'zh-CN': Name, 'zh-TW': Name },
  { additionalProperties: false, description: 'the name in each language' },
)

const FlowPhase = Type.Object(
  {
    id: Identifier,
    names: LocalNames,
    act: Type.Enum(['record', 'intent', 'signature', 'refusal']),
    order: Type.Union([Type.Integer({ minimum: 0, maximum: 10_000 }), Type.Null()], {
      description: 'it comes after phases of smaller order; null: at any time',
    }),
    required: Type.Boolean(),
    repeats: Type.Boolean(),
    roles: Type.Array(Identifier, { maxItems: 16 }),
    accounts: Type.Array(Hash, { maxItems: 16 }),
    deadline: Type.Union([
      Type.Object(
        { after: Identifier, seconds: Type.Integer({ minimum: 0, maximum: 3_155_760_000 }) },
        { additionalProperties: false },
      ),
      Type.Null(),
    ]),
  },
  { additionalProperties: false },
)

/** A template, as `docs/spec/flow.md` has it. */
export const FlowTemplate = Type.Object(
  {
    format: Type.Literal('jurat-flow-template/v1'),
    id: Identifier,
    version: Version,
    names: LocalNames,
    roles: Type.Array(Type.Object({ id: Identifier, names: LocalNames }, { additionalProperties: false }), {
      maxItems: 16,
    }),
    phases: Type.Array(FlowPhase, { minItems: 1, maxItems: 64 }),
  },
  { $id: 'FlowTemplate', additionalProperties: false },
)
export type FlowTemplate = Type.Static<typeof FlowTemplate>

/** Answer of GET /v1/flow-templates. */
export const FlowTemplates = Type.Object(
  { templates: Type.Array(FlowTemplate) },
  { $id: 'FlowTemplates', description: 'every version of every template' },
)

const PartyRequest = Type.Object(
  {
    role: Identifier,
    name: Name,
    accounts: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
        maxItems: 64,
        description: 'ids of accounts, or names of hosted accounts of the own organisation; default: all of those',
      }),
    ),
  },
  { additionalProperties: false },
)

/** Body of POST /v1/flows. */
export const FlowRequest = Type.Object(
  {
    name: Name,
    template: Identifier,
    version: Type.Optional(Version),
    parties: Type.Array(PartyRequest, { maxItems: 64 }),
    key: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'the flow key, 32 bytes, lower-case hexadecimal; the node makes one unless it is given',
      }),
    ),
  },
  { $id: 'FlowRequest', additionalProperties: false },
)

const FlowParty = Type.Object({ role: Identifier, name: Name, accounts: Type.Array(Hash) })

/** A deposit of a flow. */
export const FlowDepositState = Type.Object(
  {
    sequence: Count,
    phase: Identifier,
    account: Hash,
    state: Type.Enum(['pending', 'deposited'], {
      description: 'pending: the number is taken, and the node is on its way to deposit it',
    }),
    deposit: Type.Union([DepositId, Type.Null()]),
    index: Type.Union([Count, Type.Null()]),
    timeMs: Type.Union([TimeMs, Type.Null()]),
  },
  { $id: 'FlowDepositState' },
)

const FlowFinding = Type.Object({
  fault: Type.String({ description: 'the finding of docs/spec/flow.md, "Judgement"' }),
  sequence: Type.Union([Count, Type.Null()]),
  phase: Type.Union([Type.String(), Type.Null()]),
  other: Type.Union([Type.String(), Type.Null()]),
})

/** A flow. */
export const Flow = Type.Object(
  {
    id: ShortId,
    name: Name,
    createdMs: TimeMs,
    template: FlowTemplate,
    parties: Type.Array(FlowParty),
    state: Type.Enum(['open', 'complete', 'refused']),
    awaited: Type.Array(Identifier, { description: 'required phases that are still to come' }),
    findings: Type.Array(FlowFinding),
    deposits: Type.Array(FlowDepositState),
  },
  { $id: 'Flow' },
)
export type Flow = Type.Static<typeof Flow>

/** Answer of POST /v1/flows. */
export const NewFlow = Type.Object(
  {
    flow: Flow,
    key: Type.String({
      pattern: '^[0-9a-f]{64}$',
      description: 'the flow key: who has it sees which deposits belong together',
    }),
  },
  { $id: 'NewFlow' },
)

/** Answer of GET /v1/flows. */
export const Flows = Type.Object(
  {
    flows: Type.Array(
      Type.Object({
        id: ShortId,
        name: Name,
        template: Identifier,
        version: Version,
        createdMs: TimeMs,
        deposits: Count,
      }),
      { maxItems: flowsPageMax },
    ),
    more: Type.Boolean({ description: 'whether there are more than these, the newest' }),
  },
  { $id: 'Flows' },
)

/** Body of POST /v1/flows/{flow}/deposits. */
export const FlowDepositRequest = Type.Object(
  {
    phase: Identifier,
    item: Type.Omit(DepositItem, ['flow', 'commitment'], { additionalProperties: false }),
    account: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: "id or name of a hosted account of the own organisation; default: the key's own account",
      }),
    ),
  },
  {
    $id: 'FlowDepositRequest',
    additionalProperties: false,
    description: `the node adds the metadata fields \`phase\` and \`flow.plan\`; with them at most ${metadataFieldsMax}`,
  },
)

/** Answer of POST /v1/flows/{flow}/deposits. */
export const FlowDepositAnswer = Type.Object(
  {
    sequence: Count,
    phase: Identifier,
    deposit: DepositId,
    index: Count,
    secret: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'opens commitment and blinding' }),
    link: Type.String(),
  },
  { $id: 'FlowDepositAnswer' },
)
export type FlowDepositAnswer = Type.Static<typeof FlowDepositAnswer>

/** Answer of GET /v1/flows/{flow}/timeline. */
export const FlowTimeline = Type.Object(
  {
    entries: Type.Array(
      Type.Object({
        timeMs: TimeMs,
        kind: Type.String({ description: 'kind of the event (docs/operating/office.md)' }),
        body: Type.Record(Type.String(), Type.Unknown()),
      }),
    ),
    more: Type.Boolean({ description: 'whether there are more than these, the first' }),
  },
  { $id: 'FlowTimeline' },
)

/** Body of POST /v1/flows/{flow}/access. */
export const FlowAccessRequest = Type.Object(
  {
    label: Type.String({ minLength: 1, maxLength: 200, description: 'whom the code is for' }),
    seconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: accessSecondsMax,
        description: `how long it is valid; default ${accessSecondsDefault}`,
      }),
    ),
  },
  { $id: 'FlowAccessRequest', additionalProperties: false },
)

/** An access code, without its secret. */
export const FlowAccess = Type.Object(
  {
    id: ShortId,
    label: Type.String(),
    createdMs: TimeMs,
    expiresMs: TimeMs,
    revokedMs: Type.Union([TimeMs, Type.Null()]),
  },
  { $id: 'FlowAccess' },
)
export type FlowAccess = Type.Static<typeof FlowAccess>

/** Answer of POST /v1/flows/{flow}/access. */
export const NewFlowAccess = Type.Object(
  { access: FlowAccess, code: Type.String({ description: 'shown this once' }) },
  { $id: 'NewFlowAccess' },
)

/** Answer of GET /v1/flows/{flow}/access. */
export const FlowAccesses = Type.Object({ access: Type.Array(FlowAccess) }, { $id: 'FlowAccesses' })

/** Body of POST /v1/flow-access and /v1/flow-access/package. A code never stands in an address. */
export const FlowCode = Type.Object(
  { code: Type.String({ minLength: 1, maxLength: 128 }) },
  { $id: 'FlowCode', additionalProperties: false },
)

/** Parameters of /v1/flows/{flow}. */
export const FlowParams = Type.Object({ flow: ShortId })

/** Parameters of /v1/flows/{flow}/access/{access}. */
export const FlowAccessParams = Type.Object({ flow: ShortId, access: ShortId })
