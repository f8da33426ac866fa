/**
 * What a verdict says as a whole, wherever it is shown, in traditional Chinese.
 * @module
 */
import type { VerdictMessages } from './en.ts'

/** Messages of verdicts by key. */
export const verdictZhTw: VerdictMessages = {
  'verdict.unchanged': '自 {time} 起未被更改（{source}）',
  'verdict.verifiedWithoutTime': '自記錄時起未被更改；無獨立時間',
  'verdict.failed': '失敗：證據不成立',
  'verdict.incomplete': '不完整：有必要步驟無法核驗',
  'verdict.required': '（必需）',
  'verdict.recordedAt': '網路時鐘記錄時間 {time}',
  'verdict.network': '網路 {network}',
  'verdict.trust': '信任檔案 {fingerprint}',
  'verdict.noTrust': '沒有信任檔案：不知道哪些簽名有效',
  'verdict.notProven': '以上表明資料自該時起未被更改，並不表明其內容在此之前真實。',
  'verdict.members': '{all} 方中 {signed} 方簽名，需 {threshold} 方：',
  'verdict.outside': '此外，{all} 個外部見證人中有 {signed} 個聯署了同一棵樹：',
  'verdict.noWitness': '無獨立見證：僅營運方為此日誌擔保',
  'verdict.didNotSign': '未簽名',
  'verdict.signedByOperator': '由營運方代存證方簽名',
  'verdict.signedByDepositor': '由存證方簽名',
  'verdict.package.verified': '證據包成立：{count} 份回執全部核驗通過',
  'verdict.package.failed': '不通過：證據包不成立',
  'verdict.package.incomplete': '不完整：有必需的內容無法核驗',
  'verdict.package.noReceipt': '沒有可核驗的回執',
  'verdict.record.verified': '證據記錄表明：資料自 {time} 起未變',
  'verdict.record.failed': '未通過：證據記錄不成立',
  'verdict.record.incomplete': '不完整：證據記錄未能全部核驗',
  'verdict.pending': '尚未終局：沒有與證據相牴觸之處，但仍缺獨立確認',
  'verdict.digestOnly': '僅比對了摘要：以上針對具有該摘要的內容，而非某個已讀取的檔案。',
  'verdict.pdf.verified': '該 PDF 成立：{signatures} 個簽名、{count} 份回執均通過核驗',
  'verdict.pdf.failed': '不通過：該 PDF 不成立',
  'verdict.pdf.incomplete': '不完整：沒有與該 PDF 相牴觸之處，但有必需的內容無法核驗',
  'verdict.pdf.signature': '{field}：簽名',
  'verdict.pdf.stamp': '{field}：文件時間戳記',
  'verdict.pdf.reason': '簽名人自述的理由：{reason}',
}
