/**
 * An order placed online: terms, order, payment, delivery, receipt, and what may go wrong.
 * @module
 */
import type { FlowTemplate } from '../template.ts'
import { daySeconds, namesOf, phase, role } from './pieces.ts'

export const onlineOrderTemplate: FlowTemplate = {
  id: 'online-order',
  version: 1,
  names: namesOf(['Online order', '网络订单', '網路訂單']),
  roles: [
    role('platform', ['Platform', '平台', '平台']),
    role('seller', ['Seller', '卖方', '賣方']),
    role('buyer', ['Buyer', '买方', '買方']),
  ],
  phases: [
    phase('terms', ['Terms that were shown', '所示条款', '所示條款'], {
      order: 10,
      required: true,
      roles: ['platform', 'seller'],
    }),
    phase('order', ['Order', '下单', '下單'], { order: 20, required: true, roles: ['buyer', 'platform'] }),
    phase('payment', ['Payment', '付款', '付款'], {
      order: 30,
      required: true,
      roles: ['buyer', 'platform'],
    }),
    phase('shipment', ['Shipment', '发货', '出貨'], {
      order: 40,
      required: true,
      repeats: true,
      roles: ['seller', 'platform'],
      deadline: { after: 'payment', seconds: 30 * daySeconds },
    }),
    phase('delivery', ['Delivery', '签收', '簽收'], {
      order: 50,
      required: true,
      repeats: true,
      roles: ['buyer', 'platform'],
    }),
    phase('complaint', ['Complaint', '投诉', '投訴'], { repeats: true, roles: ['buyer'] }),
    phase('answer', ['Answer to a complaint', '投诉答复', '投訴答覆'], {
      repeats: true,
      roles: ['seller', 'platform'],
    }),
    phase('return', ['Return and refund', '退货退款', '退貨退款'], { order: 60, repeats: true }),
  ],
}
