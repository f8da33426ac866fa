/**
 * `npm start`: installs what is missing and runs a node (solo engine, its own PostgreSQL). Options go to the node:
 * `npm start -- --data DIR --listen HOST:PORT`.
 */
import { join } from 'node:path'
import { installDependencies, nodeBinary, root, run } from './setup.js'

installDependencies()
const program = join(root, 'packages', 'node', 'src', 'cli.ts')
// The folder in which the person stands, not the repository's, is what a relative --data means.
process.exitCode = await run(nodeBinary(), [program, 'start', ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
})
