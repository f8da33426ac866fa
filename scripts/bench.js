/**
 * `npm run bench -- NAME [options]`: runs one benchmark of `bench/`, or lists them. Figures in documents come from here.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { installDependencies, nodeBinary, root, run, say } from './setup.js'

const names = readdirSync(join(root, 'bench'))
  .filter((name) => name.endsWith('.bench.ts'))
  .map((name) => name.slice(0, -'.bench.ts'.length))

const [name, ...options] = process.argv.slice(2)
if (name === undefined || !names.includes(name)) {
  say(`Usage: npm run bench -- NAME [options]\nBenchmarks: ${names.join(', ')}`)
  process.exitCode = 2
} else {
  installDependencies()
  process.exitCode = await run(nodeBinary(), [join(root, 'bench', `${name}.bench.ts`), ...options])
}
