/**
 * What people are told while they are verified, in traditional Chinese. Placeholders are in braces.
 * @module
 */
import type { IdentityMessages } from './en.ts'

/** Messages of identities by key. */
export const identityZhTw: IdentityMessages = {
  'identity.reason.field-missing': '缺少欄位 `{field}`',
  'identity.reason.field-unknown': '此處不需要欄位 `{field}`',
  'identity.reason.field-malformed': '欄位 `{field}` 的格式不正確',
  'identity.reason.field-check': '`{field}` 的校驗碼不正確：不存在這樣的號碼',
  'identity.reason.certificate-unreadable': '憑證無法讀取：{reason}',
  'identity.reason.certificate-usage': '該憑證不可用於簽名：{reason}',
  'identity.reason.certificate-unknown': '此節點信任的憑證機構中沒有一個為該憑證擔保；請同時提交中間憑證',
  'identity.reason.certificate-expired': '該憑證或其上級憑證僅在 {from} 至 {until} 期間有效',
  'identity.reason.certificate-revoked': '該憑證或其上級憑證已被撤銷',
  'identity.reason.certificate-key':
    '憑證的金鑰過短或演算法不被接受：須為 2048 位元以上的 RSA、P-256、P-384、P-521 或 Ed25519',
  'identity.reason.list-stale': '其憑證機構的撤銷清單有效期至 {until}：須由節點營運者更新',
  'identity.reason.list-unreadable': '此節點的撤銷清單無法讀取：{reason}',
  'identity.reason.signature-wrong': '該憑證的金鑰沒有簽署此質詢',
  'identity.reason.code-wrong': '驗證碼不正確',
  'identity.reason.mail-failed': '郵件未能發出：請檢查地址或稍後再試',
  'identity.reason.login-refused': '登入未得到確認（{reason}）',
  'identity.reason.login-unreachable': '登入服務沒有應答：請稍後再試',
  'identity.reason.redirect-unknown': '登入後不得返回該位址',
  'identity.reason.ended': '該驗證已結束：已答覆、已過期，或錯誤次數過多',

  'identity.letter.subject': '{network} 的驗證碼：{code}',
  'identity.letter.text':
    '您的驗證碼是 {code}，{minutes} 分鐘內有效。\n\n有人請求 {network} 確認此電子郵件地址。若非本人操作，請勿理會，也不要將驗證碼告訴任何人。\n',
}
