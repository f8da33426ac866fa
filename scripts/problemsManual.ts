/**
 * The reference page of problem codes, made from the codes and the English messages.
 */
import { format } from 'prettier'
import { problemOfResultCode, problemStatuses } from '../packages/api/src/problems.ts'
import { problemsEn } from '../packages/verify/src/messages/problems/en.ts'

const introduction = `# Problems

Every error of the HTTP interface is a problem document (RFC 9457) with one of these codes; decide by the code, not by the
text. Texts come in the language of \`Accept-Language\`: en, zh-CN, zh-TW. A number in the third column is the result
code of the ledger ([result-codes.md](../spec/result-codes.md)) that the problem stands for. Statuses 429 and 503 come
with \`Retry-After\`. This page is made by \`npm run gen\`.

| code | status | result | what happened | what to do |
| --- | --- | --- | --- | --- |
`

/** The page, docs/reference/problems.md. */
export function problemsManual(): Promise<string> {
  const texts: Readonly<Record<string, string>> = problemsEn
  const results = new Map<string, string>(Object.entries(problemOfResultCode).map(([result, code]) => [code, result]))
  const rows = Object.entries(problemStatuses).map(([code, status]) =>
    [code, status, results.get(code) ?? '', texts[`problem.${code}.title`], texts[`problem.${code}.action`]].join(
      ' | ',
    ),
  )
  return format(`${introduction}${rows.map((row) => `| ${row} |\n`).join('')}`, { parser: 'markdown', printWidth: 120 })
}
