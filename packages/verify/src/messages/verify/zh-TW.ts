/**
 * What a verification says, in traditional Chinese.
 * @module
 */
import type { VerifyMessages } from './en.ts'

/** Messages of verifications by key. */
export const verifyZhTw: VerifyMessages = {
  'verify.step.shape': '檔案格式',
  'verify.step.digest': '原件摘要',
  'verify.step.commitment': '揭露的中繼資料',
  'verify.step.entry': '條目',
  'verify.step.inclusion': '日誌收錄',
  'verify.step.log-signature': '日誌簽名',
  'verify.step.quorum': '見證簽名',
  'verify.step.depositor-signature': '存證方簽名',
  'verify.step.account-standing': '存證方帳戶狀態',
  'verify.step.time': '獨立時間',
  'verify.step.finality': '區塊終局',
  'verify.step.flow': '流程環節',

  'verify.source.token': '時間戳',
  'verify.source.quorum': '達到法定人數的見證簽名',
  'verify.source.finality': '使區塊終局的區塊頭',
  'verify.source.network': '網路自身的時鐘，無獨立見證',

  'verify.code.depends': '所依賴的步驟 {step} 未通過',
  'verify.code.unexpected': '無法檢查：{reason}',

  'verify.code.well-formed': '回執與信任檔案可讀且相互吻合',
  'verify.code.receipt-unreadable': '無法讀取回執：{reason}',
  'verify.code.trust-unreadable': '無法讀取信任檔案：{reason}',
  'verify.code.trust-contradicts': '信任檔案自相矛盾：{reason}',
  'verify.code.network-differs': '回執與信任檔案屬於不同的網路',
  'verify.code.fingerprint-differs': '信任檔案不是已固定的那一份',

  'verify.code.digest-same': '原件摘要與存證一致（{algorithm}）',
  'verify.code.digest-differs': '原件不是當時存證的內容',
  'verify.code.digest-stated': '所述摘要與存證一致（{algorithm}）；未讀取原件',
  'verify.code.stated-differs': '所述摘要與存證不一致',
  'verify.code.stated-other': '所述摘要的演算法與存證（{algorithm}）不同',
  'verify.code.original-missing': '未提供原件',
  'verify.code.salt-missing': '摘要已盲化，鹽值未揭露',
  'verify.code.list-missing': '存證的是摘要清單，該摘要在清單中的位置未揭露',
  'verify.code.list-differs': '所揭露的清單位置不可能成立：{reason}',
  'verify.code.disclosure-unfitting': '揭露了該存證並不具有的鹽值或清單位置',

  'verify.code.commitment-same': '揭露了 {of} 個欄位中的 {fields} 個，與承諾一致',
  'verify.code.commitment-differs': '所揭露的內容並非該存證所承諾',
  'verify.code.commitment-none': '該存證沒有中繼資料',
  'verify.code.commitment-closed': '中繼資料未揭露',
  'verify.code.commitment-unfitting': '揭露了該存證並不具有的中繼資料',

  'verify.code.entry-deposit': '存證條目，為其交易的第 {item} 項',
  'verify.code.entry-unreadable': '無法讀取條目：{reason}',
  'verify.code.entry-other': '該條目不是存證',

  'verify.code.entry-included': '共 {size} 個條目中的第 {index} 個',
  'verify.code.proof-unreadable': '無法讀取證明：{reason}',
  'verify.code.note-unreadable': '無法讀取檢查點：{reason}',
  'verify.code.index-differs': '回執與證明所稱的位置不同',
  'verify.code.path-wrong': '條目不在該處：{reason}',
  'verify.code.head-wrong': '頭部不是樹的最後一個條目：{reason}',
  'verify.code.head-other': '頭部不是區塊條目',

  'verify.code.log-signed': '依據聯盟文件 {document} 簽名',
  'verify.code.trust-missing': '未提供信任檔案：不知道誰的簽名有效',
  'verify.code.head-missing': '缺少指明聯盟文件的頭部',
  'verify.code.document-unknown': '信任檔案尚未包含條目 {index} 的聯盟文件：請更新信任檔案',
  'verify.code.origin-differs': '檢查點屬於另一個日誌',
  'verify.code.log-signature-wrong': '日誌簽名無效：{reason}',
  'verify.code.log-signature-missing': '沒有已知的日誌金鑰簽署該檢查點',

  'verify.code.quorum-reached': '{of} 方中有 {signed} 方見證簽名，需要 {needed} 方',
  'verify.code.quorum-none': '不要求見證：該網路沒有獨立見證',
  'verify.code.quorum-missing': '{of} 方中只有 {signed} 方見證簽名，需要 {needed} 方',
  'verify.code.cosignature-wrong': '有見證簽名無效：{reason}',
  'verify.code.witness-note-wrong': '外部見證的簽註無效：{reason}',
  'verify.code.witness-note-other': '外部見證的簽註屬於另一個檢查點',
  'verify.code.document-superseded':
    '聯盟文件 {document} 已被取代，現行文件為 {newest}，仍有效的金鑰不足法定人數：請更新回執',

  'verify.code.depositor-signed': '{keys} 個有效簽名，涵蓋 {items} 項，本項在內',
  'verify.code.signature-missing': '簽名未揭露',
  'verify.code.header-unreadable': '無法讀取交易標頭：{reason}',
  'verify.code.transaction-other': '所簽署的交易標頭不屬於該存證',
  'verify.code.transaction-network': '該交易是為另一個網路簽署的',
  'verify.code.period-missed': '日誌收錄該交易的時間不在所簽署的期限內',
  'verify.code.item-path-wrong': '所示的項目位置不可能成立：{reason}',
  'verify.code.item-unsigned': '該項不在所簽署的項目之中',
  'verify.code.keys-unordered': '簽名金鑰缺失，或未按順序各出現一次',
  'verify.code.key-signature-wrong': '有簽名無效',

  'verify.code.account-own': '帳戶 {name}，版本 {version}；金鑰由存證方持有',
  'verify.code.account-hosted': '帳戶 {name}，版本 {version}；金鑰由營運方持有並代存證方簽名',
  'verify.code.account-missing': '帳戶未揭露',
  'verify.code.account-entry-wrong': '帳戶條目不在樹中：{reason}',
  'verify.code.account-other': '是另一個帳戶，或其另一個版本',
  'verify.code.record-differs': '帳戶紀錄與日誌不符',
  'verify.code.record-unreadable': '無法讀取帳戶紀錄：{reason}',
  'verify.code.account-frozen': '當時帳戶已凍結',
  'verify.code.account-recovering': '當時帳戶正在恢復',
  'verify.code.keys-insufficient': '簽名金鑰的權重不足以代表該帳戶',

  'verify.code.time-quorum': '最遲於 {time} 達到法定人數',
  'verify.code.time-finality': '使區塊終局的區塊頭時間為 {time}',
  'verify.code.time-own': '時間僅由網路自身的時鐘給出',
  'verify.code.tokens-unread': '附有時間戳，但此版本不讀取',
  'verify.code.time-before-entry': '見證簽名的時間遠早於條目所載時間',

  'verify.code.finality-none': '回執未附共識提交',
  'verify.code.finality-committed': '{of} 個成員中有 {signed} 個提交了載有該檢查點大小與根的區塊頭',
  'verify.code.finality-solo': '單一成員的網路，其提交不能證明任何事',
  'verify.code.finality-height': '區塊頭不是末條之後的高度 {height}',
  'verify.code.finality-other': '區塊頭所載的大小或根與檢查點不同',
  'verify.code.finality-wrong': '該提交不能使區塊頭終局：{reason}',

  'verify.code.flow-same': '所示流程的第 {sequence} 環節',
  'verify.code.flow-none': '該存證不屬於任何流程',
  'verify.code.flow-closed': '流程金鑰未揭露',
  'verify.code.flow-differs': '不是該流程的該環節',
  'verify.code.flow-unfitting': '揭露了該存證並不具有的流程',
}
