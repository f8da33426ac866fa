/**
 * Options: where the node lives: its folder, its door, its database, its log files.
 * @module
 */
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { addressOption, choiceOption, numberOption, textOption, type OptionGroup } from './option.ts'
import { ConfigError, parseAddress, parseNumber } from './values.ts'

/** More threads than this before one main thread would only wait for it. */
const httpThreadsMax = 16

/** Where a node lives and listens when nothing is said. */
const dataDefault = './jurat-data'
const listenDefault = '127.0.0.1:8080'

/** Where the node lives: its folder, its door, its database, its log files. */
export const placeOptions = {
  data: {
    ...textOption(
      'The data folder. One process at a time; a second one refuses to start. Never copy `signer/` out of it.',
      dataDefault,
    ),
    read: (text) => resolve(text ?? dataDefault),
  },
  listen: {
    ...addressOption('HOST:PORT to listen on. Port 0 takes a free one. Beyond the own machine use TLS or a proxy.'),
    fallback: listenDefault,
    read: (text, name) => parseAddress(name, text ?? listenDefault),
  },
  url: textOption('The address under which others reach this node, for bootstrap.json; default: what it listens on.'),
  tlsCertificate: textOption('PEM file of the certificate chain. With `tlsKey`: HTTPS. Read again on SIGHUP.'),
  tlsKey: textOption('PEM file of the private key of `tlsCertificate`.'),
  connectionsMax: numberOption(8_192, [1, 1_000_000], 'Most open connections; more are closed at once.'),
  httpThreads: {
    ...textOption(
      'Threads that own the connections of clients: they read the requests of deposits, transactions and the raw front and write the answers; everything else they pass on to the main thread. 0: the main thread has the connections, as it always has with TLS. Each costs about 10 MiB and has its even share of `connectionsMax`. Only on Linux.',
      '1 on Linux with more than one core, else 0',
    ),
    read: (text, name) => (text === null ? httpThreadsByDefault() : parseHttpThreads(name, text)),
  },
  databaseUrl: {
    ...textOption(
      'PostgreSQL for projections (also `DATABASE_URL`). Empty: the node runs its own. `off`: none; deposits do not need it.',
    ),
    variable: 'DATABASE_URL',
  },
  originalBytesMax: numberOption(10_737_418_240, [1, 2 ** 50], 'Most bytes of one stored original.'),
  accountsPerOrganisationMax: numberOption(
    10_000,
    [1, 1_000_000_000],
    'Most accounts that one organisation makes through this node, hosted or not. The registrar has a quota for all of them together.',
  ),
  logLevel: choiceOption('info', ['debug', 'info', 'warn', 'error'], 'Least that is logged: debug, info, warn, error.'),
} as const satisfies OptionGroup

/** One where a core is free for it. */
const httpThreadsByDefault = (): number => (process.platform === 'linux' && availableParallelism() > 1 ? 1 : 0)

function parseHttpThreads(name: string, text: string): number {
  const threads = parseNumber(name, text, 0, httpThreadsMax)
  if (threads > 0 && process.platform !== 'linux') {
    throw new ConfigError('config-invalid', '--http-threads is for Linux; elsewhere it is 0')
  }
  return threads
}
