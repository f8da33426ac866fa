/**
 * The templates that come with the program. A version that was shipped is never changed: vectors/flow.json pins their bytes.
 * @module
 */
import type { FlowTemplate } from '../template.ts'
import { contractTemplate } from './contract.ts'
import { copyrightWorkTemplate } from './copyrightWork.ts'
import { labourContractTemplate } from './labourContract.ts'
import { loanTemplate } from './loan.ts'
import { onlineOrderTemplate } from './onlineOrder.ts'

/** Every version of every one. */
export const shippedTemplates: readonly FlowTemplate[] = [
  contractTemplate,
  copyrightWorkTemplate,
  onlineOrderTemplate,
  loanTemplate,
  labourContractTemplate,
]
