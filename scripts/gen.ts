/**
 * `npm run gen`: writes the files that are made from code. A test of each says when it is out of date.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openapiText } from '../packages/api/src/openapi.ts'
import { configManual } from '../packages/node/src/config.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const generated: Readonly<Record<string, string>> = {
  'docs/reference/openapi-v1.json': openapiText(),
  'docs/operating/configuration.md': configManual(),
}

for (const [name, text] of Object.entries(generated)) {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  process.stdout.write(`${name}\n`)
}
