/**
 * What every command gets: settings, output, language, crypto, and the client of the node.
 * @module
 */
import type { CryptoProvider } from '@jurat/core/crypto/provider'

import type { Client } from '@jurat/sdk/client'
import type { KeyPair } from '@jurat/sdk/keys'
import { CliError, exitCodes } from './exitCodes.ts'
import { KeyFolder } from './keyFolder.ts'
import type { Output } from './output.ts'
import { passphraseReader } from './passphrase.ts'
import { configFolder } from './settings.ts'
import type { MessageValues } from '@jurat/verify/messages/fill'
import type { Language } from '@jurat/verify/messages/language'
import type { MessageKey } from '@jurat/verify/messages/message'
import type { Environment, Settings } from './settings.ts'

/** The world of one command. */
export interface Context {
  readonly environment: Environment
  readonly settings: Settings
  readonly output: Output
  readonly language: Language
  readonly crypto: CryptoProvider
  /** Whether a person can be asked. */
  readonly interactive: boolean
  /** A message in the reader's language. */
  readonly say: (key: MessageKey, values?: MessageValues) => string
}

/** A client of the configured node. @throws {CliError} when no node is configured. */
export function nodeClient(context: Context): Client {
  const address = context.settings.node.value
  if (address === null) throw new CliError(exitCodes.usage, 'node-missing', context.say('cli.nodeMissing'))
  if (!URL.canParse(address)) {
    throw new CliError(exitCodes.usage, 'node-malformed', context.say('cli.nodeMalformed', { address }))
  }
  return clientOf(context, address, context.settings.key.value)
}

/**
 * A client that is loaded when it is first called: the schemas of the interface take longer to load than most commands
 * take to run.
 */
export function clientOf(context: Context, address: string, apiKey: string | null): Client {
  const load = async (): Promise<Client> => {
    const { createClient } = await import('@jurat/sdk/client')
    return createClient({ address, apiKey, language: context.language })
  }
  let loaded: Promise<Client> | null = null
  return { address, call: async (operationId, input) => (await (loaded ??= load())).call(operationId, input) }
}

/** The keys of this user. */
export const keyFolder = (context: Context): KeyFolder => new KeyFolder(configFolder(context.environment))

/** Where the passphrase of existing (or of new) keys comes from. */
export function passphraseOf(context: Context, isNew = false): () => Promise<string> {
  const { environment, interactive, say } = context
  const file = context.settings.passphraseFile.value
  return passphraseReader({ environment, variable: 'JURAT_PASSPHRASE', file, interactive, isNew, say })
}

/** Where the passphrase comes from that replaces another. @param file - of `--new-passphrase-file` */
export function newPassphraseOf(context: Context, file: string | null): () => Promise<string> {
  const { environment, interactive, say } = context
  return passphraseReader({ environment, variable: 'JURAT_NEW_PASSPHRASE', file, interactive, isNew: true, say })
}

/** Opens the keys that sign, named by `--signers`. @throws {CliError} when none is named. */
export async function openSigners(context: Context): Promise<KeyPair[]> {
  const named = context.settings.signers.value
  if (named === null) throw new CliError(exitCodes.usage, 'signers-missing', context.say('cli.signersMissing'))
  const folder = keyFolder(context)
  const passphrase = passphraseOf(context)
  const keys: KeyPair[] = []
  for (const name of named.split(',')) keys.push(await folder.open(context.crypto, name.trim(), passphrase))
  return keys
}
