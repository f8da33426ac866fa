/**
 * `npm run build:verify`: writes the offline verifier, and says its SHA-256. The same sources give the same bytes, so that
 * anybody can compare. `npm run build:verify -- FILE` writes somewhere else than dist/verify.html.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildVerifierPages } from '../packages/verify/src/pages/build.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [given] = process.argv.slice(2)
const path = given === undefined ? join(root, 'dist/verify.html') : resolve(process.env['INIT_CWD'] ?? '.', given)
const { file } = await buildVerifierPages()
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, file)
const hash = createHash('sha256').update(file).digest('hex')
process.stdout.write(`${path}\n${Buffer.byteLength(file)} bytes, SHA-256 ${hash}\n`)
