/**
 * What happened and what to do, for every problem code, in every language.
 * @module
 */
import type { ProblemCode } from '@jurat/api/problems'

/** The languages of the node. */
export const languages = ['en', 'zh-CN', 'zh-TW'] as const

/** A language of the node. */
export type Language = (typeof languages)[number]

type Text = readonly [title: string, action: string]

/** Every text, in the order of `languages`. */
const texts: Readonly<Record<ProblemCode, readonly [Text, Text, Text]>> = {
  'request-malformed': [
    ['The request cannot be read.', 'Compare the request with /openapi.json.'],
    ['无法读取该请求。', '请对照 /openapi.json 检查请求。'],
    ['無法讀取該請求。', '請對照 /openapi.json 檢查請求。'],
  ],
  'body-malformed': [
    ['The body is not what this address takes.', 'Correct the places named in `errors`.'],
    ['请求正文不符合此地址的要求。', '请更正 `errors` 中指出的各处。'],
    ['請求正文不符合此位址的要求。', '請更正 `errors` 中指出的各處。'],
  ],
  'header-malformed': [
    ['A header of the request has no allowed value.', 'Correct the header named in `detail`.'],
    ['请求的某个标头取值不被允许。', '请更正 `detail` 中指出的标头。'],
    ['請求的某個標頭取值不被允許。', '請更正 `detail` 中指出的標頭。'],
  ],
  unauthenticated: [
    ['This needs a valid API key.', 'Send `Authorization: Bearer <API key>`.'],
    ['此操作需要有效的 API 密钥。', '请发送 `Authorization: Bearer <API 密钥>`。'],
    ['此操作需要有效的 API 金鑰。', '請發送 `Authorization: Bearer <API 金鑰>`。'],
  ],
  forbidden: [
    ['This API key may not do that.', 'Use a key with the scope that /openapi.json names for this operation.'],
    ['此 API 密钥无权执行该操作。', '请使用具有 /openapi.json 为该操作所列权限范围的密钥。'],
    ['此 API 金鑰無權執行該操作。', '請使用具有 /openapi.json 為該操作所列權限範圍的金鑰。'],
  ],
  'not-found': [
    ['There is nothing here.', 'Check the address and the identifier.'],
    ['此处没有内容。', '请检查地址和标识符。'],
    ['此處沒有內容。', '請檢查位址和識別碼。'],
  ],
  'method-not-allowed': [
    ['This address does not take that method.', 'Use a method of the `Allow` header.'],
    ['此地址不接受该方法。', '请使用 `Allow` 标头列出的方法。'],
    ['此位址不接受該方法。', '請使用 `Allow` 標頭列出的方法。'],
  ],
  'request-timeout': [
    ['The request did not arrive in time.', 'Send it again over a better connection.'],
    ['请求未能及时送达。', '请在更好的网络条件下重新发送。'],
    ['請求未能及時送達。', '請在更好的網路條件下重新發送。'],
  ],
  conflict: [
    ['This contradicts what is there.', 'Read the present state and decide again.'],
    ['该请求与现有状态冲突。', '请读取当前状态后重新决定。'],
    ['該請求與現有狀態衝突。', '請讀取目前狀態後重新決定。'],
  ],
  'idempotency-conflict': [
    ['This Idempotency-Key was used for another request.', 'Use a new key for a new request.'],
    ['该 Idempotency-Key 已用于另一请求。', '新的请求请使用新的键。'],
    ['該 Idempotency-Key 已用於另一請求。', '新的請求請使用新的鍵。'],
  ],
  'length-required': [
    ['The length of the body is not known.', 'Send `Content-Length`.'],
    ['正文长度未知。', '请发送 `Content-Length`。'],
    ['正文長度未知。', '請發送 `Content-Length`。'],
  ],
  'body-too-big': [
    ['The body is too big.', 'Split it; /openapi.json names the limit.'],
    ['请求正文过大。', '请拆分;上限见 /openapi.json。'],
    ['請求正文過大。', '請拆分;上限見 /openapi.json。'],
  ],
  'too-many-items': [
    ['There are too many items.', 'Send at most 5,000 items in one request.'],
    ['条目过多。', '每次请求最多发送 5,000 个条目。'],
    ['條目過多。', '每次請求最多發送 5,000 個條目。'],
  ],
  'media-type-unknown': [
    ['This address does not take that media type.', 'Send the Content-Type that /openapi.json names.'],
    ['此地址不接受该媒体类型。', '请发送 /openapi.json 所列的 Content-Type。'],
    ['此位址不接受該媒體類型。', '請發送 /openapi.json 所列的 Content-Type。'],
  ],
  'record-impossible': [
    ['Such a record cannot be.', 'Read `detail`; nothing was recorded.'],
    ['这样的记录不可能成立。', '请查看 `detail`;未记录任何内容。'],
    ['這樣的記錄不可能成立。', '請查看 `detail`;未記錄任何內容。'],
  ],
  'digest-mismatch': [
    ['The bytes do not have the digest that was named.', 'Compute the digest again from the file as it is sent.'],
    ['字节内容与所声明的摘要不符。', '请根据实际发送的文件重新计算摘要。'],
    ['位元組內容與所聲明的摘要不符。', '請根據實際發送的檔案重新計算摘要。'],
  ],
  'headers-too-big': [
    ['The headers are too big.', 'Send fewer or shorter headers.'],
    ['请求标头过大。', '请减少或缩短标头。'],
    ['請求標頭過大。', '請減少或縮短標頭。'],
  ],
  'too-busy': [
    ['The node has too much to do; nothing was recorded.', 'Send it again after the time in `Retry-After`.'],
    ['节点繁忙;未记录任何内容。', '请在 `Retry-After` 所示时间后重新发送。'],
    ['節點繁忙;未記錄任何內容。', '請在 `Retry-After` 所示時間後重新發送。'],
  ],
  'internal-error': [
    ['The node made a mistake.', 'Tell the operator the trace id.'],
    ['节点发生内部错误。', '请将跟踪编号告知运营方。'],
    ['節點發生內部錯誤。', '請將追蹤編號告知營運方。'],
  ],
  muted: [
    [
      'The node signs nothing: it does not know what its key signed last.',
      'The operator must follow docs/operating/muted.md.',
    ],
    ['节点暂不签名:无法确定其密钥最后签署的内容。', '运营方须按 docs/operating/muted.md 处理。'],
    ['節點暫不簽名:無法確定其金鑰最後簽署的內容。', '營運方須按 docs/operating/muted.md 處理。'],
  ],
  'log-ended': [
    ['This log has ended and can only be read.', 'Deposit in the network that continues it.'],
    ['此日志已终止,只能读取。', '请在接续它的网络中存证。'],
    ['此日誌已終止,只能讀取。', '請在接續它的網路中存證。'],
  ],
  stopping: [
    ['The node is stopping.', 'Send it again after the time in `Retry-After`, with the same Idempotency-Key.'],
    ['节点正在停止。', '请在 `Retry-After` 所示时间后,用相同的 Idempotency-Key 重新发送。'],
    ['節點正在停止。', '請在 `Retry-After` 所示時間後,用相同的 Idempotency-Key 重新發送。'],
  ],
  'not-ready': [
    ['The node cannot do this at present.', 'Send it again after the time in `Retry-After`; /health says more.'],
    ['节点目前无法执行该操作。', '请在 `Retry-After` 所示时间后重试;详情见 /health。'],
    ['節點目前無法執行該操作。', '請在 `Retry-After` 所示時間後重試;詳情見 /health。'],
  ],
  'feature-off': [
    ['This node was started without that.', 'Ask the operator to switch it on.'],
    ['该节点启动时未启用此功能。', '请运营方启用该功能。'],
    ['該節點啟動時未啟用此功能。', '請營運方啟用該功能。'],
  ],
  'ledger-wrong-network': [
    [
      'The transaction is for another network, or its payload is not the one it names.',
      'Sign it again for this network (/v1/network).',
    ],
    ['该交易属于另一网络,或其载荷与所声明的不符。', '请针对本网络(/v1/network)重新签名。'],
    ['該交易屬於另一網路,或其載荷與所聲明的不符。', '請針對本網路(/v1/network)重新簽名。'],
  ],
  'ledger-malformed': [
    ['The transaction cannot be read.', 'Encode it as docs/spec/transaction.md says.'],
    ['无法读取该交易。', '请按 docs/spec/transaction.md 编码。'],
    ['無法讀取該交易。', '請按 docs/spec/transaction.md 編碼。'],
  ],
  'ledger-signature-invalid': [
    ['A signature is not valid, or the weights of the keys do not reach 100.', "Sign with the account's present keys."],
    ['签名无效,或密钥权重之和未达到 100。', '请用账户当前的密钥签名。'],
    ['簽名無效,或金鑰權重之和未達到 100。', '請用帳戶目前的金鑰簽名。'],
  ],
  'ledger-balance-insufficient': [
    ['The balance is too small.', 'Transfer less.'],
    ['余额不足。', '请减少转账金额。'],
    ['餘額不足。', '請減少轉帳金額。'],
  ],
  'ledger-timestamp-invalid': [
    ['The transaction is too old or from the future.', "Set this machine's clock right and sign again."],
    ['交易已过期或时间在未来。', '请校准本机时钟后重新签名。'],
    ['交易已過期或時間在未來。', '請校準本機時鐘後重新簽名。'],
  ],
  'ledger-contradicts-state': [
    ['The operation contradicts the present state.', 'Read the present state and decide again.'],
    ['该操作与当前状态相矛盾。', '请读取当前状态后重新决定。'],
    ['該操作與目前狀態相矛盾。', '請讀取目前狀態後重新決定。'],
  ],
  'ledger-destination-null': [
    ['The operation needs a destination and has none.', 'Name the account that it is for.'],
    ['该操作缺少目标账户。', '请指明目标账户。'],
    ['該操作缺少目標帳戶。', '請指明目標帳戶。'],
  ],
  'ledger-cannot-create': [
    [
      'This cannot be made: it exists already, or the quota is used up.',
      'Choose another name, or ask for a larger quota.',
    ],
    ['无法创建:已存在,或配额已用尽。', '请更换名称,或申请更大的配额。'],
    ['無法建立:已存在,或配額已用盡。', '請更換名稱,或申請更大的配額。'],
  ],
  'ledger-not-allowed': [
    ['This party may not do that.', 'Let the party sign that docs/spec/operations.md names.'],
    ['该主体无权执行此操作。', '请由 docs/spec/operations.md 规定的主体签名。'],
    ['該主體無權執行此操作。', '請由 docs/spec/operations.md 規定的主體簽名。'],
  ],
  'ledger-type-unknown': [
    ['There is no such operation.', 'Choose an operation of docs/spec/operations.md.'],
    ['没有这种操作。', '请选择 docs/spec/operations.md 中的操作。'],
    ['沒有這種操作。', '請選擇 docs/spec/operations.md 中的操作。'],
  ],
  'ledger-too-early': [
    ['It is too early for that.', 'Wait until the time that the account shows as `resetAllowedAt`.'],
    ['尚未到允许的时间。', '请等到账户 `resetAllowedAt` 所示时间。'],
    ['尚未到允許的時間。', '請等到帳戶 `resetAllowedAt` 所示時間。'],
  ],
  'ledger-replay': [
    [
      'This transaction is on the ledger already, with other signatures.',
      'Nothing is to be done; read it by its hash.',
    ],
    ['该交易已以其他签名记入账本。', '无需处理;可按其哈希读取。'],
    ['該交易已以其他簽名記入帳本。', '無需處理;可按其雜湊讀取。'],
  ],
  'ledger-too-big': [
    ['The transaction is too big.', 'Split it; /v1/network names the limit.'],
    ['交易过大。', '请拆分;上限见 /v1/network。'],
    ['交易過大。', '請拆分;上限見 /v1/network。'],
  ],
  'ledger-gas-too-big': [
    ['The transaction costs more than a block may.', 'Split it.'],
    ['交易开销超出区块上限。', '请拆分交易。'],
    ['交易開銷超出區塊上限。', '請拆分交易。'],
  ],
  'ledger-source-missing': [
    ['There is no such account.', 'Create the account first, or check its id.'],
    ['没有该账户。', '请先创建账户,或检查其标识符。'],
    ['沒有該帳戶。', '請先建立帳戶,或檢查其識別碼。'],
  ],
  'ledger-source-frozen': [
    ['The account is frozen.', 'The members of the network must thaw it or adjudicate.'],
    ['账户已冻结。', '须由网络成员解冻或裁决。'],
    ['帳戶已凍結。', '須由網路成員解凍或裁決。'],
  ],
  'ledger-source-recovering': [
    ['The account is being recovered.', 'Finish the recovery, or dispute it.'],
    ['账户正在恢复中。', '请完成恢复,或提出异议。'],
    ['帳戶正在恢復中。', '請完成恢復,或提出異議。'],
  ],
  'ledger-object-missing': [
    ['What the operation names does not exist.', 'Check its identifiers.'],
    ['该操作所指的对象不存在。', '请检查其标识符。'],
    ['該操作所指的對象不存在。', '請檢查其識別碼。'],
  ],
}

/** Title and action of a problem. */
export function problemText(code: ProblemCode, language: Language): { title: string; action: string } {
  const [title, action] = texts[code][languages.indexOf(language)] ?? texts[code][0]
  return { title, action }
}

/** The language of an `Accept-Language` header (RFC 9110, section 12.5.4); English when none fits. */
export function chooseLanguage(header: string | undefined): Language {
  if (header === undefined) return 'en'
  const ranges = header
    .slice(0, 256)
    .split(',')
    .map((range, position) => {
      const [tag = '', quality] = range
        .trim()
        .toLowerCase()
        .split(/;\s*q=/)
      return { tag, quality: quality === undefined ? 1 : Number(quality) || 0, position }
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality || a.position - b.position)
  for (const { tag } of ranges) {
    if (/^zh-(hant|tw|hk|mo)/.test(tag)) return 'zh-TW'
    if (tag.startsWith('zh')) return 'zh-CN'
    if (tag.startsWith('en') || tag === '*') return 'en'
  }
  return 'en'
}
