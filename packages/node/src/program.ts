/**
 * The node's program: `node packages/node/src/cli.ts <command> [options]` (cli.ts loads this), which `npm start` and `jurat node` run.
 * @module
 */
import { backup } from './commands/backup.ts'
import { ca } from './commands/ca.ts'
import { doctor } from './commands/doctor/doctor.ts'
import { fsck } from './commands/fsck.ts'
import { network } from './commands/network/network.ts'
import { reindex } from './commands/reindex.ts'
import { restore } from './commands/restore.ts'
import { resumeSigning } from './commands/resumeSigning.ts'
import { start } from './commands/start.ts'

const commands: Readonly<Record<string, (args: readonly string[], environment: NodeJS.ProcessEnv) => Promise<number>>> =
  {
    start,
    fsck,
    backup,
    restore,
    reindex,
    'resume-signing': resumeSigning,
    network,
    doctor,
    ca,
  }

const usage = `Usage: jurat node <command> [options]

  start            run a node; founds a network when the data folder is empty
  fsck [--repair]  check a data folder of a node that is stopped
  backup FILE      write a backup of a node that is stopped, without signer state and master key
  restore FILE     restore a backup into an empty data folder; the node starts muted
  reindex          build the projections in PostgreSQL anew
  resume-signing MEMBER...  when more than a third of the members have lost their signer state; says what it risks
  doctor           say what this machine lacks for its node, and what to do (also jurat doctor)
  ca ...           make the certification authority, export the key of its root (also jurat ca)
  network ...      found a network with other institutions, change it by ballot (also jurat network)

Every option is in docs/operating/configuration.md; all commands take --data DIR.
`

/** Exit code for wrong usage. */
const usageExitCode = 2

// Whoever read our lines may go away; a node does not end because nobody listens.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

const [name = '', ...args] = process.argv.slice(2)
const command = commands[name]
if (command === undefined) {
  process.stderr.write(usage)
  process.exitCode = name === '' || name === '--help' ? 0 : usageExitCode
} else {
  try {
    process.exitCode = await command(args, process.env)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
  // What still runs (timers of a failed start, a database that hangs) must not keep the process.
  process.exit()
}
