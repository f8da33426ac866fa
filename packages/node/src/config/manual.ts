/**
 * The manual page of the configuration, made from its options.
 * @module
 */
import { configOptions, variableOf } from '../config.ts'
import { flagOf } from './values.ts'

/** The manual page, docs/operating/configuration.md. */
export function configManual(): string {
  const sections = configOptions.map(
    ({ name, fallback, meaning }) =>
      `## ${name}\n\n\`--${flagOf(name)}\` · \`${variableOf(name)}\` · default: ${fallback === '' ? 'none' : `\`${fallback}\``}\n\n${meaning}\n`,
  )
  return [
    '# Configuration of a node',
    '',
    'A flag wins over an environment variable, that over the configuration file (`--config FILE` or `JURAT_CONFIG`, JSON',
    'with the names below), that over the default. This page is made from `packages/node/src/config/` by `npm run gen`.',
    '',
    ...sections,
  ].join('\n')
}
