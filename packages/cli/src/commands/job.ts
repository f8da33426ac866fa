/**
 * `jurat job`: what the office of a node still has to do, and what it could not do. For administrators.
 * @module
 */
import { type Context, nodeClient } from '../context.ts'
import type { Register } from '../runner.ts'

/** Adds the commands. */
export const registerJob: Register = (parent, run) => {
  const job = parent.command('job').description(run.help('cli.help.job'))
  job
    .command('list')
    .description(run.help('cli.help.jobList'))
    .option('--dead', run.help('cli.help.jobDead'))
    .action(run.action<[], { dead?: boolean }>((context, _, { dead = false }) => list(context, dead)))
  job
    .command('retry <id>')
    .description(run.help('cli.help.jobRetry'))
    .action(run.action<[string]>((context, [id]) => retry(context, id)))
}

async function list(context: Context, onlyDead: boolean): Promise<void> {
  const query = { limit: '1000', ...(onlyDead && { state: 'dead' as const }) }
  const { value } = await nodeClient(context).call('listJobs', { query })
  const lines = value.jobs.map(({ id, kind, key, state, dueMs, attempts, error }) =>
    [id, state, kind, key, new Date(dueMs).toISOString(), attempts, error ?? ''].join('  ').trimEnd(),
  )
  context.output.result(lines.length === 0 ? context.say('cli.jobNone') : lines, value)
}

async function retry(context: Context, id: string): Promise<void> {
  await nodeClient(context).call('retryJob', { params: { job: id } })
  context.output.result(context.say('cli.jobRetried', { id }), { id })
}
