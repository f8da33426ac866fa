/**
 * What a verification says, in simplified Chinese.
 * @module
 */
import type { VerifyMessages } from './en.ts'

/** Messages of verifications by key. */
export const verifyZhCn: VerifyMessages = {
  'verify.step.shape': '文件格式',
  'verify.step.digest': '原件摘要',
  'verify.step.commitment': '披露的元数据',
  'verify.step.entry': '条目',
  'verify.step.inclusion': '日志收录',
  'verify.step.log-signature': '日志签名',
  'verify.step.quorum': '见证签名',
  'verify.step.depositor-signature': '存证方签名',
  'verify.step.account-standing': '存证方账户状态',
  'verify.step.time': '独立时间',
  'verify.step.finality': '区块终局',
  'verify.step.flow': '流程环节',

  'verify.source.token': '时间戳',
  'verify.source.quorum': '达到法定人数的见证签名',
  'verify.source.finality': '使区块终局的区块头',
  'verify.source.network': '网络自身的时钟，无独立见证',

  'verify.code.depends': '所依赖的步骤 {step} 未通过',
  'verify.code.unexpected': '无法检查：{reason}',

  'verify.code.well-formed': '回执与信任文件可读且相互吻合',
  'verify.code.receipt-unreadable': '无法读取回执：{reason}',
  'verify.code.trust-unreadable': '无法读取信任文件：{reason}',
  'verify.code.trust-contradicts': '信任文件自相矛盾：{reason}',
  'verify.code.network-differs': '回执与信任文件属于不同的网络',
  'verify.code.fingerprint-differs': '信任文件不是已固定的那一份',

  'verify.code.digest-same': '原件摘要与存证一致（{algorithm}）',
  'verify.code.digest-differs': '原件不是当时存证的内容',
  'verify.code.digest-stated': '所述摘要与存证一致（{algorithm}）；未读取原件',
  'verify.code.stated-differs': '所述摘要与存证不一致',
  'verify.code.stated-other': '所述摘要的算法与存证（{algorithm}）不同',
  'verify.code.original-missing': '未提供原件',
  'verify.code.salt-missing': '摘要已盲化，盐值未披露',
  'verify.code.list-missing': '存证的是摘要列表，该摘要在列表中的位置未披露',
  'verify.code.list-differs': '所披露的列表位置不可能成立：{reason}',
  'verify.code.disclosure-unfitting': '披露了该存证并不具有的盐值或列表位置',

  'verify.code.commitment-same': '披露了 {of} 个字段中的 {fields} 个，与承诺一致',
  'verify.code.commitment-differs': '所披露的内容并非该存证所承诺',
  'verify.code.commitment-none': '该存证没有元数据',
  'verify.code.commitment-closed': '元数据未披露',
  'verify.code.commitment-unfitting': '披露了该存证并不具有的元数据',

  'verify.code.entry-deposit': '存证条目，为其交易的第 {item} 项',
  'verify.code.entry-unreadable': '无法读取条目：{reason}',
  'verify.code.entry-other': '该条目不是存证',

  'verify.code.entry-included': '共 {size} 个条目中的第 {index} 个',
  'verify.code.proof-unreadable': '无法读取证明：{reason}',
  'verify.code.note-unreadable': '无法读取检查点：{reason}',
  'verify.code.index-differs': '回执与证明所称的位置不同',
  'verify.code.path-wrong': '条目不在该处：{reason}',
  'verify.code.head-wrong': '头部不是树的最后一个条目：{reason}',
  'verify.code.head-other': '头部不是区块条目',

  'verify.code.log-signed': '依据联盟文件 {document} 签名',
  'verify.code.trust-missing': '未提供信任文件：不知道谁的签名有效',
  'verify.code.head-missing': '缺少指明联盟文件的头部',
  'verify.code.document-unknown': '信任文件尚未包含条目 {index} 的联盟文件：请更新信任文件',
  'verify.code.origin-differs': '检查点属于另一个日志',
  'verify.code.log-signature-wrong': '日志签名无效：{reason}',
  'verify.code.log-signature-missing': '没有已知的日志密钥签署该检查点',

  'verify.code.quorum-reached': '{of} 方中有 {signed} 方见证签名，需要 {needed} 方',
  'verify.code.quorum-none': '不要求见证：该网络没有独立见证',
  'verify.code.quorum-missing': '{of} 方中只有 {signed} 方见证签名，需要 {needed} 方',
  'verify.code.cosignature-wrong': '有见证签名无效：{reason}',
  'verify.code.witness-note-wrong': '外部见证的签注无效：{reason}',
  'verify.code.witness-note-other': '外部见证的签注属于另一个检查点',
  'verify.code.document-superseded':
    '联盟文件 {document} 已被取代，现行文件为 {newest}，仍有效的密钥不足法定人数：请刷新回执',

  'verify.code.depositor-signed': '{keys} 个有效签名，覆盖 {items} 项，本项在内',
  'verify.code.signature-missing': '签名未披露',
  'verify.code.header-unreadable': '无法读取交易头：{reason}',
  'verify.code.transaction-other': '所签署的交易头不属于该存证',
  'verify.code.transaction-network': '该交易是为另一个网络签署的',
  'verify.code.period-missed': '日志收录该交易的时间不在所签署的期限内',
  'verify.code.item-path-wrong': '所示的项目位置不可能成立：{reason}',
  'verify.code.item-unsigned': '该项不在所签署的项目之中',
  'verify.code.keys-unordered': '签名密钥缺失，或未按顺序各出现一次',
  'verify.code.key-signature-wrong': '有签名无效',

  'verify.code.account-own': '账户 {name}，版本 {version}；密钥由存证方持有',
  'verify.code.account-hosted': '账户 {name}，版本 {version}；密钥由运营方持有并代存证方签名',
  'verify.code.account-missing': '账户未披露',
  'verify.code.account-entry-wrong': '账户条目不在树中：{reason}',
  'verify.code.account-other': '是另一个账户，或其另一个版本',
  'verify.code.record-differs': '账户记录与日志不符',
  'verify.code.record-unreadable': '无法读取账户记录：{reason}',
  'verify.code.account-frozen': '当时账户已冻结',
  'verify.code.account-recovering': '当时账户正在恢复',
  'verify.code.keys-insufficient': '签名密钥的权重不足以代表该账户',

  'verify.code.time-quorum': '最迟于 {time} 达到法定人数',
  'verify.code.time-finality': '使区块终局的区块头时间为 {time}',
  'verify.code.time-own': '时间仅由网络自身的时钟给出',
  'verify.code.tokens-unread': '附有时间戳，但此版本不读取',
  'verify.code.time-before-entry': '见证签名的时间远早于条目所载时间',

  'verify.code.finality-none': '回执未附共识提交',
  'verify.code.finality-committed': '{of} 个成员中有 {signed} 个提交了载有该检查点大小与根的区块头',
  'verify.code.finality-solo': '单一成员的网络，其提交不能证明任何事',
  'verify.code.finality-height': '区块头不是末条之后的高度 {height}',
  'verify.code.finality-other': '区块头所载的大小或根与检查点不同',
  'verify.code.finality-wrong': '该提交不能使区块头终局：{reason}',

  'verify.code.flow-same': '所示流程的第 {sequence} 环节',
  'verify.code.flow-none': '该存证不属于任何流程',
  'verify.code.flow-closed': '流程密钥未披露',
  'verify.code.flow-differs': '不是该流程的该环节',
  'verify.code.flow-unfitting': '披露了该存证并不具有的流程',
}
