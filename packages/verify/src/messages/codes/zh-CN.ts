/**
 * What the result codes of the ledger mean, in simplified Chinese. Their rules: docs/spec/result-codes.md.
 * @module
 */
import type { CodeMessages } from './en.ts'

/** Messages of result codes by key. */
export const codesZhCn: CodeMessages = {
  'code.0': '已完成',
  'code.100': '交易属于另一个网络，或其内容与所签署的不符',
  'code.102': '交易格式错误',
  'code.103': '签名无效，或签名密钥的权重不足',
  'code.104': '余额不足',
  'code.105': '交易已过期，或其时间在未来',
  'code.106': '与当前状态相矛盾',
  'code.107': '缺少目标账户',
  'code.108': '已存在，或配额已用尽',
  'code.110': '该方无权执行，或此时不得执行',
  'code.111': '交易类型未知',
  'code.112': '时间未到',
  'code.113': '该交易此前已执行',
  'code.114': '交易过大',
  'code.115': '交易开销超过区块上限',
  'code.116': '发起账户不存在',
  'code.118': '账户已冻结',
  'code.119': '账户正在恢复',
  'code.120': '交易所针对的对象不存在',
}
