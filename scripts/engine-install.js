/**
 * `npm run engine:install [-- FOLDER]`: builds the pinned CometBFT into .cache/tools/bin, where the node looks for it, or
 * into another folder. Needs Go; a minute and 60 MB.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = resolve(process.argv[2] ?? join(root, '.cache', 'tools', 'bin'))
const source = join(root, 'packages/node/src/engine/cometbft/supervision/binary.ts')
// The version stands once, where the node checks it.
const version = /cometbftVersion = '([^']+)'/.exec(readFileSync(source, 'utf8'))?.[1] ?? ''
const program = join(folder, process.platform === 'win32' ? 'cometbft.exe' : 'cometbft')

const installed = existsSync(program) ? spawnSync(program, ['version'], { encoding: 'utf8' }).stdout : null
if ((installed ?? '').trim().replace(/^v/, '').split('+')[0] === version) {
  console.log(`CometBFT ${version} is there already.`)
} else if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) {
  console.error(`Go is not installed. Install Go 1.25 or newer (https://go.dev/dl/) and run this again, or put a
CometBFT ${version} that you have into ${folder}, or name it with --cometbft PATH.`)
  process.exitCode = 1
} else {
  console.log(`Building CometBFT ${version} (about a minute) ...`)
  mkdirSync(folder, { recursive: true })
  const { status } = spawnSync('go', ['install', `github.com/cometbft/cometbft/cmd/cometbft@v${version}`], {
    stdio: 'inherit',
    env: { ...process.env, GOBIN: folder, CGO_ENABLED: '0' },
  })
  if (status === 0) console.log(`CometBFT ${version} is in place.`)
  else {
    console.error('It could not be built; the lines above say why.')
    process.exitCode = 1
  }
}
