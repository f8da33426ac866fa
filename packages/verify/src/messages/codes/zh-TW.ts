/**
 * What the result codes of the ledger mean, in traditional Chinese. Their rules: docs/spec/result-codes.md.
 * @module
 */
import type { CodeMessages } from './en.ts'

/** Messages of result codes by key. */
export const codesZhTw: CodeMessages = {
  'code.0': '已完成',
  'code.100': '交易屬於另一個網路，或其內容與所簽署的不符',
  'code.102': '交易格式錯誤',
  'code.103': '簽名無效，或簽名金鑰的權重不足',
  'code.104': '餘額不足',
  'code.105': '交易已過期，或其時間在未來',
  'code.106': '與目前狀態相矛盾',
  'code.107': '缺少目標帳戶',
  'code.108': '已存在，或配額已用盡',
  'code.110': '該方無權執行，或此時不得執行',
  'code.111': '交易類型未知',
  'code.112': '時間未到',
  'code.113': '該交易先前已執行',
  'code.114': '交易過大',
  'code.115': '交易開銷超過區塊上限',
  'code.116': '發起帳戶不存在',
  'code.118': '帳戶已凍結',
  'code.119': '帳戶正在恢復',
  'code.120': '交易所針對的對象不存在',
}
