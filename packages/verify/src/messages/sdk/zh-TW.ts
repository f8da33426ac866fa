/**
 * What the library's failures mean, in Traditional Chinese. `{detail}` is its own English sentence, which is more exact.
 * @module
 */
import type { SdkMessages } from './en.ts'

/** Messages by the code of the library's error. */
export const sdkZhTw: SdkMessages = {
  'sdk.node-unreachable': '節點無法連線（{detail}）',
  'sdk.answer-malformed': '節點的回應不合規範，不予採信（{detail}）',
  'sdk.operation-unknown': '沒有這種操作（{detail}）',
  'sdk.parameter-missing': '缺少參數（{detail}）',
  'sdk.passphrase-wrong': '口令不正確，或金鑰檔案並非當初加密的那一份（{detail}）',
  'sdk.key-file-malformed': '金鑰檔案無法使用（{detail}）',
  'sdk.key-unknown': '這不是可用的金鑰（{detail}）',
  'sdk.key-map-invalid': '權限金鑰無效：每個金鑰只能出現一次，權重為 1 至 100，合計不少於 100（{detail}）',
  'sdk.transaction-file-malformed': '交易檔案無法使用（{detail}）',
  'sdk.signature-missing': '缺少簽名（{detail}）',
  'sdk.receipt-mismatch': '節點給出的回執與所存證的內容不符（{detail}）',
  'sdk.receipt-malformed': '回執無法讀取（{detail}）',
  'sdk.trust-malformed': '信任檔案無法使用（{detail}）',
  'sdk.batcher-closed': '批次已關閉（{detail}）',
  'sdk.index-beyond': '檢查點尚未涵蓋該條目（{detail}）',
  'sdk.authority-unreachable': '時間戳記機構沒有回應（{detail}）',
  'sdk.authority-refused': '時間戳記機構拒絕（{detail}）',
  'sdk.gave-up': '等待已放棄（{detail}）',
}
