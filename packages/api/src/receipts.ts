/**
 * Receipts and the trust file, as this interface hands them over. Their formats: docs/spec/receipt.md, docs/spec/trust.md.
 * @module
 */
import { Type } from 'typebox'
import { DepositId, Hash } from './values.ts'

/** Media type of a receipt. */
export const receiptMediaType = 'application/vnd.jurat.receipt+json'

/** Parameters of the routes of one deposit. */
export const DepositParams = Type.Object({ id: DepositId }, { additionalProperties: false })

/** A receipt. The verifier decides what is in it; here it is only an object with a format. */
export const Receipt = Type.Object({ format: Type.String() }, { $id: 'Receipt', additionalProperties: true })

/** The trust file, with the verifier keys for tools of other people. */
export const Trust = Type.Object(
  {
    format: Type.String(),
    networkId: Hash,
    origin: Type.String(),
    fingerprint: Type.String({ description: 'compare this with what the operator told you over another way' }),
    logKeys: Type.Array(
      Type.Object({
        vkey: Type.String({ description: 'verifier key of the log (C2SP signed note)' }),
        policy: Type.String({ description: 'tlog-policy text' }),
      }),
    ),
  },
  { $id: 'Trust', additionalProperties: true },
)
export type Trust = Type.Static<typeof Trust>
