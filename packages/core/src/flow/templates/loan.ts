/**
 * A loan: application, contract, intents and signatures, payment, instalments, default.
 * @module
 */
import type { FlowTemplate } from '../template.ts'
import { namesOf, phase, refusal, role } from './pieces.ts'

export const loanTemplate: FlowTemplate = {
  id: 'loan',
  version: 1,
  names: namesOf(['Loan', '借贷', '借貸']),
  roles: [role('lender', ['Lender', '出借人', '出借人']), role('borrower', ['Borrower', '借款人', '借款人'])],
  phases: [
    phase('application', ['Application', '借款申请', '借款申請'], { order: 10, required: true, roles: ['borrower'] }),
    phase('contract', ['Loan contract', '借款合同', '借款合約'], { order: 20, required: true, roles: ['lender'] }),
    phase('intent-borrower', ['Signing intent of the borrower', '借款人签署意愿', '借款人簽署意願'], {
      act: 'intent',
      order: 30,
      required: true,
      roles: ['borrower'],
    }),
    phase('sign-borrower', ['Signature of the borrower', '借款人签署', '借款人簽署'], {
      act: 'signature',
      order: 40,
      required: true,
      roles: ['borrower'],
    }),
    phase('sign-lender', ['Signature of the lender', '出借人签署', '出借人簽署'], {
      act: 'signature',
      order: 50,
      required: true,
      roles: ['lender'],
    }),
    phase('payout', ['Payment to the borrower', '放款', '放款'], { order: 60, required: true, roles: ['lender'] }),
    phase('instalment', ['Instalment', '还款', '還款'], { order: 70, repeats: true }),
    phase('reminder', ['Demand for payment', '催收', '催收'], { order: 70, repeats: true, roles: ['lender'] }),
    phase('default', ['Default', '逾期', '逾期'], { order: 70, repeats: true, roles: ['lender'] }),
    phase('settled', ['Settled', '结清', '結清'], { order: 80, roles: ['lender'] }),
    refusal,
  ],
}
