/**
 * `fsck`: checks a stopped node's data folder, and with `--repair` makes again what is derived.
 * @module
 */
import { say, whileStopped } from './stopped.ts'

/** Runs the command. */
export function fsck(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return whileStopped(args, environment, async ({ config, rest }) => {
    say(`The check of ${config.data} is not built yet ${rest.join(' ')}`)
    return 1
  })
}
