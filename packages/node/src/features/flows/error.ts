/**
 * Why something about a flow is refused.
 * @module
 */
import { JuratError } from '@jurat/core/errors'

/** The codes are those of problems of the HTTP interface. */
export class FlowError extends JuratError<
  | 'not-found'
  | 'forbidden'
  | 'conflict'
  | 'record-impossible'
  | 'idempotency-conflict'
  | 'too-busy'
  | 'not-ready'
  | 'feature-off'
> {}
