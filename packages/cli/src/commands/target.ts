/**
 * `jurat target`: the fingerprint of a deposit on further networks.
 * @module
 */
import type { TargetStandings } from '@jurat/api/targets'
import { type Context, nodeClient } from '../context.ts'
import type { Register } from '../runner.ts'

/** Adds the commands. */
export const registerTarget: Register = (parent, run) => {
  const target = parent.command('target').description(run.help('cli.help.target'))
  target
    .command('send <deposit>')
    .description(run.help('cli.help.targetSend'))
    .action(
      run.action<[string]>(async (context, [id]) => {
        show(context, (await nodeClient(context).call('sendToTargets', { params: { id } })).value)
      }),
    )
  target
    .command('list <deposit>')
    .description(run.help('cli.help.targetList'))
    .action(
      run.action<[string]>(async (context, [id]) => {
        show(context, (await nodeClient(context).call('listTargets', { params: { id } })).value)
      }),
    )
}

function show(context: Context, standings: TargetStandings): void {
  const lines = standings.targets.map(({ target, state, remote, reason }) =>
    [target, state, remote ?? '', reason ?? ''].join('  ').trimEnd(),
  )
  context.output.result(lines.length === 0 ? context.say('cli.targetNone') : lines, standings)
}
