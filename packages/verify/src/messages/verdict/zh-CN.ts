/**
 * What a verdict says as a whole, wherever it is shown, in simplified Chinese.
 * @module
 */
import type { VerdictMessages } from './en.ts'

/** Messages of verdicts by key. */
export const verdictZhCn: VerdictMessages = {
  'verdict.unchanged': '自 {time} 起未被更改（{source}）',
  'verdict.verifiedWithoutTime': '自记录时起未被更改；无独立时间',
  'verdict.failed': '失败：证据不成立',
  'verdict.incomplete': '不完整：有必要步骤无法核验',
  'verdict.required': '（必需）',
  'verdict.recordedAt': '网络时钟记录时间 {time}',
  'verdict.network': '网络 {network}',
  'verdict.trust': '信任文件 {fingerprint}',
  'verdict.noTrust': '没有信任文件：不知道哪些签名有效',
  'verdict.notProven': '以上表明数据自该时起未被更改，并不表明其内容在此之前真实。',
  'verdict.members': '{all} 方中 {signed} 方签名，需 {threshold} 方：',
  'verdict.outside': '此外，{all} 个外部见证人中有 {signed} 个联署了同一棵树：',
  'verdict.noWitness': '无独立见证：仅运营方为此日志担保',
  'verdict.didNotSign': '未签名',
  'verdict.signedByOperator': '由运营方代存证方签名',
  'verdict.signedByDepositor': '由存证方签名',
  'verdict.package.verified': '证据包成立：{count} 份回执全部核验通过',
  'verdict.package.failed': '不通过：证据包不成立',
  'verdict.package.incomplete': '不完整：有必需的内容无法核验',
  'verdict.package.noReceipt': '没有可核验的回执',
  'verdict.record.verified': '证据记录表明：数据自 {time} 起未变',
  'verdict.record.failed': '未通过：证据记录不成立',
  'verdict.record.incomplete': '不完整：证据记录未能全部核验',
  'verdict.pending': '尚未终局：没有与证据相抵触之处，但仍缺独立确认',
  'verdict.digestOnly': '仅比对了摘要：以上针对具有该摘要的内容，而非某个已读取的文件。',
  'verdict.pdf.verified': '该 PDF 成立：{signatures} 个签名、{count} 份回执均通过核验',
  'verdict.pdf.failed': '不通过：该 PDF 不成立',
  'verdict.pdf.incomplete': '不完整：没有与该 PDF 相抵触之处，但有必需的内容无法核验',
  'verdict.pdf.signature': '{field}：签名',
  'verdict.pdf.stamp': '{field}：文档时间戳',
  'verdict.pdf.reason': '签名人自述的理由：{reason}',
}
