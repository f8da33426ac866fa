/**
 * What the library's failures mean, in Simplified Chinese. `{detail}` is its own English sentence, which is more exact.
 * @module
 */
import type { SdkMessages } from './en.ts'

/** Messages by the code of the library's error. */
export const sdkZhCn: SdkMessages = {
  'sdk.node-unreachable': '节点无法访问（{detail}）',
  'sdk.answer-malformed': '节点的回答不合规范，不予采信（{detail}）',
  'sdk.operation-unknown': '没有这种操作（{detail}）',
  'sdk.parameter-missing': '缺少参数（{detail}）',
  'sdk.passphrase-wrong': '口令不正确，或密钥文件并非当初加密的那一份（{detail}）',
  'sdk.key-file-malformed': '密钥文件无法使用（{detail}）',
  'sdk.key-unknown': '这不是可用的密钥（{detail}）',
  'sdk.key-map-invalid': '权限密钥无效：每个密钥只能出现一次，权重为 1 至 100，合计不少于 100（{detail}）',
  'sdk.transaction-file-malformed': '交易文件无法使用（{detail}）',
  'sdk.signature-missing': '缺少签名（{detail}）',
  'sdk.receipt-mismatch': '节点给出的回执与所存证的内容不符（{detail}）',
  'sdk.receipt-malformed': '回执无法读取（{detail}）',
  'sdk.trust-malformed': '信任文件无法使用（{detail}）',
  'sdk.batcher-closed': '批次已关闭（{detail}）',
  'sdk.index-beyond': '检查点尚未涵盖该条目（{detail}）',
  'sdk.authority-unreachable': '时间戳机构没有应答（{detail}）',
  'sdk.authority-refused': '时间戳机构拒绝（{detail}）',
  'sdk.gave-up': '等待已放弃（{detail}）',
}
