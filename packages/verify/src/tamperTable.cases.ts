/**
 * The whole tamper table, and its form in docs/spec/verification.md.
 * @module
 */
import type { TamperRow } from './tamper.cases.ts'
import { finalityRows } from './tamperFinality.cases.ts'
import { partRows } from './tamperParts.cases.ts'
import { originalAndProofRows } from './tamperReceipt.cases.ts'
import { statementRows } from './tamperStatements.cases.ts'
import { tokenRows } from './tamperTokens.cases.ts'
import { trustRows } from './tamperTrust.cases.ts'

/** Every row. */
export const tamperRows: readonly TamperRow[] = [
  ...originalAndProofRows,
  ...partRows,
  ...finalityRows,
  ...tokenRows,
  ...statementRows,
  ...trustRows,
]

/** The table in Markdown. */
export function tamperMarkdown(): string {
  const rows = tamperRows.map(({ file, field, change, step, says, state = 'failed' }) => {
    const outcome = typeof says === 'string' ? `\`${step}\` ${state} (\`${says}\`)` : `harmless: ${says.harmless}`
    return `| ${file} | \`${field}\` | ${change} | ${outcome} |`
  })
  return ['| file | field | change | outcome |', '| --- | --- | --- | --- |', ...rows].join('\n')
}
