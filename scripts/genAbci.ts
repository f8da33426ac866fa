/**
 * `node scripts/genAbci.ts`: makes the ABCI codec from CometBFT's message definitions. It is run by hand when these change: buf and
 * ts-proto are fetched at pinned versions by npx and are no dependencies of the project, their output is checked in.
 * docs/decisions/0030-abci-codec.md.
 * @module
 */
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = ['@bufbuild/buf@1.75.0', 'ts-proto@2.18.0']

const options = [
  // A Date has no nanoseconds, and signatures cover them.
  'useDate=false',
  'forceLong=bigint',
  'oneof=unions-value',
  // Node runs the files as they are, so they may hold no enum.
  'enumsAsLiterals=true',
  'unrecognizedEnum=false',
  'importSuffix=.ts',
  'useOptionals=none',
  'outputJsonMethods=false',
  'outputPartialMethods=false',
  'outputExtensions=false',
  'outputServices=none',
  'exportCommonSymbols=false',
]

const heading = `/**
 * A codec of CometBFT's messages, made by scripts/genAbci.ts. Do not edit.
 * @module
 */
`

const abci = join(dirname(dirname(fileURLToPath(import.meta.url))), 'packages/node/src/engine/abci')
const output = join(abci, 'generated')
const folder = mkdtempSync(join(tmpdir(), 'jurat-abci-'))
cpSync(join(abci, 'proto'), join(folder, 'proto'), { recursive: true })
writeFileSync(join(folder, 'buf.yaml'), JSON.stringify({ version: 'v2', modules: [{ path: 'proto' }] }))
const plugin = {
  local: 'protoc-gen-ts_proto',
  out: output,
  include_imports: true,
  include_wkt: true,
  strategy: 'all',
  opt: options,
}
writeFileSync(join(folder, 'buf.gen.yaml'), JSON.stringify({ version: 'v2', plugins: [plugin] }))
rmSync(output, { recursive: true, force: true })
const args = [
  '--yes',
  ...packages.flatMap((name) => ['-p', name]),
  'buf',
  'generate',
  '--path',
  'proto/tendermint/abci',
]
execFileSync('npx', args, { cwd: folder, stdio: 'inherit' })
rmSync(folder, { recursive: true })

// What only describes options of the generator is not needed to run.
rmSync(join(output, 'gogoproto'), { recursive: true })
rmSync(join(output, 'google/protobuf/descriptor.ts'))
for (const path of globSync('**/*.ts', { cwd: output })) {
  const file = join(output, path)
  writeFileSync(file, heading + readFileSync(file, 'utf8'))
}
