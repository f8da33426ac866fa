/**
 * `npm run localnet`: installs what is missing, CometBFT included, and runs a consortium of four on this machine.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installDependencies, nodeBinary, root, run } from './setup.js'

installDependencies()
const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'engine-install.js')], { stdio: 'inherit' })
process.exitCode =
  status === 0 ? await run(nodeBinary(), [join(root, 'localnet', 'main.ts'), ...process.argv.slice(2)]) : (status ?? 1)
