/**
 * `npm run gen`: writes the files that are made from code. A test of each says when it is out of date.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format } from 'prettier'
import { openapiText } from '../packages/api/src/openapi.ts'
import { configManual } from '../packages/node/src/config/manual.ts'
import { receiptVectors } from '../packages/verify/src/receiptVectors.cases.ts'
import { tamperMarkdown } from '../packages/verify/src/tamperTable.cases.ts'
import { problemsManual } from './problemsManual.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The page on verification with the tamper table below its mark. */
async function verificationPage(): Promise<string> {
  const mark = '<!-- tamper table -->'
  const [before = ''] = readFileSync(join(root, 'docs/spec/verification.md'), 'utf8').split(mark)
  return format(`${before}${mark}\n\n${tamperMarkdown()}\n`, { parser: 'markdown' })
}

const vectors = Object.entries(await receiptVectors()).map(([name, vector]) => [
  `vectors/receipts/${name}.json`,
  `${JSON.stringify(vector, null, 2)}\n`,
])

const generated: Readonly<Record<string, string>> = {
  ...Object.fromEntries(vectors),
  'docs/spec/verification.md': await verificationPage(),
  'docs/reference/openapi-v1.json': openapiText(),
  'docs/operating/configuration.md': configManual(),
  'docs/reference/problems.md': await problemsManual(),
}

for (const [name, text] of Object.entries(generated)) {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  process.stdout.write(`${name}\n`)
}
