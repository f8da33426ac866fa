/**
 * The page in an evidence package that says what it is and how to check it, with our tools and with others.
 * @module
 */
import type { Language } from '../messages/language.ts'
import { manifestPath, tokenPath } from './places.ts'

/** The page in each language. */
export const readmes: Readonly<Record<Language, string>> = {
  en: `This is an evidence package (ASiC-E, ETSI EN 319 162-1). Any tool for ZIP files opens it.

originals/   what was deposited
receipts/    for each original the receipt that proves it
flow.json    if they are one affair: its phases, their order, and the key by which gaps are seen
${manifestPath}   the list of all files with their SHA-256
${tokenPath}   a time-stamp token (RFC 3161) over that list

To check it: jurat verify PACKAGE --trust TRUST, with a trust file from a source that you trust, never from this package.
By other tools: compare the SHA-256 of each file with the list, and check the token:
openssl ts -verify -token_in -in ${tokenPath} -data ${manifestPath} -CAfile AUTHORITY

It shows that the originals existed in this form at the times of the receipts and have not changed since. It does not show that their content is true.
`,
  'zh-CN': `这是一个证据包（ASiC-E，ETSI EN 319 162-1），任何 ZIP 工具都能打开。

originals/   存证的原件
receipts/    每个原件的存证回执
flow.json    若同属一个流程：其环节、次序，以及用以发现缺失的密钥
${manifestPath}   全部文件及其 SHA-256 的清单
${tokenPath}   对该清单的时间戳（RFC 3161）

核验：jurat verify 证据包 --trust 信任文件。信任文件须来自您信任的来源，不得取自本证据包。
使用其他工具：将每个文件的 SHA-256 与清单比对，并核验时间戳：
openssl ts -verify -token_in -in ${tokenPath} -data ${manifestPath} -CAfile 时间戳机构证书

它证明原件在回执所载时间已以此形式存在，此后未变。它不证明内容属实。
`,
  'zh-TW': `這是一個證據包（ASiC-E，ETSI EN 319 162-1），任何 ZIP 工具都能開啟。

originals/   存證的原件
receipts/    每個原件的存證回執
flow.json    若同屬一個流程：其環節、次序，以及用以發現缺失的金鑰
${manifestPath}   全部檔案及其 SHA-256 的清單
${tokenPath}   對該清單的時間戳記（RFC 3161）

核驗：jurat verify 證據包 --trust 信任檔。信任檔須來自您信任的來源，不得取自本證據包。
使用其他工具：將每個檔案的 SHA-256 與清單比對，並核驗時間戳記：
openssl ts -verify -token_in -in ${tokenPath} -data ${manifestPath} -CAfile 時間戳記機構憑證

它證明原件在回執所載時間已以此形式存在，此後未變。它不證明內容屬實。
`,
}
