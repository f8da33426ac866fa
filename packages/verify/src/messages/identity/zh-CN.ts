/**
 * What people are told while they are verified, in simplified Chinese. Placeholders are in braces.
 * @module
 */
import type { IdentityMessages } from './en.ts'

/** Messages of identities by key. */
export const identityZhCn: IdentityMessages = {
  'identity.reason.field-missing': '缺少字段 `{field}`',
  'identity.reason.field-unknown': '此处不需要字段 `{field}`',
  'identity.reason.field-malformed': '字段 `{field}` 的格式不正确',
  'identity.reason.field-check': '`{field}` 的校验码不正确：不存在这样的号码',
  'identity.reason.certificate-unreadable': '证书无法读取：{reason}',
  'identity.reason.certificate-usage': '该证书不可用于签名：{reason}',
  'identity.reason.certificate-unknown': '此节点信任的证书机构中没有一个为该证书担保；请同时提交中间证书',
  'identity.reason.certificate-expired': '该证书或其上级证书仅在 {from} 至 {until} 期间有效',
  'identity.reason.certificate-revoked': '该证书或其上级证书已被吊销',
  'identity.reason.certificate-key':
    '证书的密钥过短或算法不被接受：须为 2048 位以上的 RSA、P-256、P-384、P-521 或 Ed25519',
  'identity.reason.list-stale': '其证书机构的吊销列表有效期至 {until}：须由节点运营者更新',
  'identity.reason.list-unreadable': '此节点的吊销列表无法读取：{reason}',
  'identity.reason.signature-wrong': '该证书的密钥没有签署此质询',
  'identity.reason.code-wrong': '验证码不正确',
  'identity.reason.mail-failed': '邮件未能发出：请检查地址或稍后再试',
  'identity.reason.login-refused': '登录未得到确认（{reason}）',
  'identity.reason.login-unreachable': '登录服务没有应答：请稍后再试',
  'identity.reason.redirect-unknown': '登录后不得返回该地址',
  'identity.reason.ended': '该验证已结束：已答复、已过期，或错误次数过多',

  'identity.letter.subject': '{network} 的验证码：{code}',
  'identity.letter.text':
    '您的验证码是 {code}，{minutes} 分钟内有效。\n\n有人请求 {network} 确认此邮箱地址。若非本人操作，请勿理会，也不要将验证码告诉任何人。\n',
}
