/**
 * Every route of the node's HTTP interface, by operation id.
 * @module
 */
import { certificateRoutes } from './certificateRoutes.ts'
import { authorityRoutes } from './authorityRoutes.ts'
import { depositRoutes } from './depositRoutes.ts'
import { jobRoutes } from './jobRoutes.ts'
import { flowRoutes } from './flowRoutes.ts'
import { identityRoutes } from './identityRoutes.ts'
import { ledgerRoutes } from './ledgerRoutes.ts'
import { logRoutes } from './logRoutes.ts'
import { officeRoutes } from './officeRoutes.ts'
import { organisationRoutes } from './organisationRoutes.ts'
import { targetRoutes } from './targetRoutes.ts'
import { timestampRoutes } from './timestampRoutes.ts'
import { verificationRoutes } from './verificationRoutes.ts'

/** The route table. */
export const routes = {
  ...depositRoutes,
  ...ledgerRoutes,
  ...organisationRoutes,
  ...officeRoutes,
  ...jobRoutes,
  ...targetRoutes,
  ...certificateRoutes,
  ...flowRoutes,
  ...identityRoutes,
  ...verificationRoutes,
  ...logRoutes,
  ...timestampRoutes,
  ...authorityRoutes,
}

/** Identifier of a route. */
export type OperationId = keyof typeof routes
