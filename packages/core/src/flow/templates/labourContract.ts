/**
 * A contract of employment: text, intents and signatures, delivery of the copy, changes, end.
 * @module
 */
import type { FlowTemplate } from '../template.ts'
import { daySeconds, namesOf, phase, refusal, role } from './pieces.ts'

export const labourContractTemplate: FlowTemplate = {
  id: 'labour-contract',
  version: 1,
  names: namesOf(['Labour contract', '劳动合同', '勞動契約']),
  roles: [role('employer', ['Employer', '用人单位', '僱主']), role('employee', ['Employee', '劳动者', '勞工'])],
  phases: [
    phase('text', ['Contract text', '合同文本', '契約文本'], { order: 10, required: true, roles: ['employer'] }),
    phase('entry', ['First day of work', '入职', '到職'], { roles: ['employer', 'employee'] }),
    phase('intent-employee', ['Signing intent of the employee', '劳动者签署意愿', '勞工簽署意願'], {
      act: 'intent',
      order: 20,
      required: true,
      roles: ['employee'],
    }),
    // A written contract is due within a month of the first day (Labour Contract Law of the PRC, article 10).
    phase('sign-employee', ['Signature of the employee', '劳动者签署', '勞工簽署'], {
      act: 'signature',
      order: 30,
      required: true,
      roles: ['employee'],
      deadline: { after: 'entry', seconds: 30 * daySeconds },
    }),
    phase('sign-employer', ['Signature of the employer', '用人单位签署', '僱主簽署'], {
      act: 'signature',
      order: 40,
      required: true,
      roles: ['employer'],
      deadline: { after: 'entry', seconds: 30 * daySeconds },
    }),
    phase('handover', ['Copy handed to the employee', '交付劳动者文本', '交付勞工文本'], {
      order: 50,
      required: true,
      roles: ['employer'],
    }),
    phase('change', ['Change', '变更', '變更'], { order: 60, repeats: true }),
    phase('wage', ['Wage slip', '工资单', '薪資單'], { order: 60, repeats: true, roles: ['employer'] }),
    phase('end', ['End of the contract', '解除或终止', '解除或終止'], { order: 70 }),
    refusal,
  ],
}
