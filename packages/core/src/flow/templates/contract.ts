/**
 * A contract between two parties: draft, intents, signatures in their order, performance.
 * @module
 */
import type { FlowTemplate } from '../template.ts'
import { breach, namesOf, phase, refusal, role } from './pieces.ts'

export const contractTemplate: FlowTemplate = {
  id: 'contract',
  version: 1,
  names: namesOf(['Contract', '合同', '合約']),
  roles: [
    role('initiator', ['Initiating party', '发起方', '發起方']),
    role('counterparty', ['Counterparty', '相对方', '相對方']),
  ],
  phases: [
    phase('draft', ['Contract text', '合同文本', '合約文本'], { order: 10, required: true, roles: ['initiator'] }),
    phase('intent-initiator', ['Signing intent of the initiating party', '发起方签署意愿', '發起方簽署意願'], {
      act: 'intent',
      order: 20,
      required: true,
      roles: ['initiator'],
    }),
    phase('intent-counterparty', ['Signing intent of the counterparty', '相对方签署意愿', '相對方簽署意願'], {
      act: 'intent',
      order: 20,
      required: true,
      roles: ['counterparty'],
    }),
    phase('sign-initiator', ['Signature of the initiating party', '发起方签署', '發起方簽署'], {
      act: 'signature',
      order: 30,
      required: true,
      roles: ['initiator'],
    }),
    phase('sign-counterparty', ['Signature of the counterparty', '相对方签署', '相對方簽署'], {
      act: 'signature',
      order: 40,
      required: true,
      roles: ['counterparty'],
    }),
    phase('perform', ['Performance', '履行', '履行'], { order: 50, repeats: true }),
    phase('finish', ['Conclusion', '履行完毕', '履行完畢'], { order: 60 }),
    breach,
    refusal,
  ],
}
