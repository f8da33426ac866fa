/**
 * `jurat keys`: the keys of this user, sealed in files.
 * @module
 */
import { Option } from 'commander'
import { fromHex, toHex } from '@jurat/core/bytes'
import { formatKeyFile, keyFileCharactersMax, openKey, parseKeyFile, platformRandom, sealKey } from '@jurat/sdk/keyFile'
import type { KeyFile } from '@jurat/sdk/keyFile'
import { algorithmNames, generateKey, keyPairOf } from '@jurat/sdk/keys'
import type { AlgorithmName, KeyPair } from '@jurat/sdk/keys'
import { keyFolder, newPassphraseOf, passphraseOf } from '../context.ts'
import type { Context } from '../context.ts'
import { CliError, exitCodes } from '../exitCodes.ts'
import { readText, writeNewFile } from '../files.ts'
import { nativeScrypt, unknownKey } from '../keyFolder.ts'
import type { Register } from '../runner.ts'

/** Adds the commands. */
export const registerKeys: Register = (parent, run) => {
  const keys = parent.command('keys').description(run.help('cli.help.keys'))
  keys
    .command('generate <name>')
    .description(run.help('cli.help.keysGenerate'))
    .addOption(
      new Option('--algorithm <name>', run.help('cli.help.keyAlgorithm'))
        .choices([...algorithmNames])
        .default('ed25519'),
    )
    .action(
      run.action<[string], { algorithm: AlgorithmName }>((context, [name], { algorithm }) =>
        generate(context, name, algorithm),
      ),
    )
  keys
    .command('list')
    .description(run.help('cli.help.keysList'))
    .action(run.action((context) => list(context)))
  keys
    .command('show <name>')
    .description(run.help('cli.help.keysShow'))
    .action(run.action<[string]>((context, [name]) => show(context, name)))
  keys
    .command('export <name>')
    .description(run.help('cli.help.keysExport'))
    .option('--secret', run.help('cli.help.keysExportSecret'))
    .option('--out <file>', run.help('cli.help.out'))
    .action(run.action<[string], ExportFlags>((context, [name], flags) => exportKey(context, name, flags)))
  keys
    .command('import <file>')
    .description(run.help('cli.help.keysImport'))
    .option('--name <name>', run.help('cli.help.keysImportName'))
    .action(run.action<[string], { name?: string }>((context, [file], { name }) => importKey(context, file, name)))
  keys
    .command('passphrase <name>')
    .description(run.help('cli.help.keysPassphrase'))
    .option('--new-passphrase-file <file>', run.help('cli.help.newPassphraseFile'))
    .action(
      run.action<[string], { newPassphraseFile?: string }>((context, [name], { newPassphraseFile }) =>
        changePassphrase(context, name, newPassphraseFile ?? null),
      ),
    )
}

interface ExportFlags {
  readonly secret?: boolean
  readonly out?: string
}

async function generate(context: Context, name: string, algorithm: AlgorithmName): Promise<void> {
  const key = generateKey(context.crypto, algorithm, platformRandom)
  await seal(context, name, key)
}

async function seal(context: Context, name: string, key: KeyPair): Promise<void> {
  const passphrase = await passphraseOf(context, true)()
  const file = await sealKey(name, key, passphrase, { scrypt: nativeScrypt })
  const path = keyFolder(context).add(file)
  context.output.result(
    [context.say('cli.keyMade', { name, algorithm: file.algorithm, path }), file.publicKey],
    describe(file, path),
  )
}

const describe = (file: KeyFile, path?: string): object => ({
  name: file.name,
  algorithm: file.algorithm,
  publicKey: file.publicKey,
  ...(path === undefined ? {} : { path }),
})

function list(context: Context): void {
  const folder = keyFolder(context)
  const files = folder.names().map((name) => folder.read(name))
  const lines = files.map((file) => `${file.name.padEnd(20)} ${file.algorithm.padEnd(10)} ${shorten(file.publicKey)}`)
  context.output.result(lines.length === 0 ? [context.say('cli.noKeys')] : lines, {
    keys: files.map((file) => describe(file)),
  })
}

/** An ML-DSA-44 key has 2,626 digits: in a list its beginning is enough. */
const shorten = (publicKey: string): string => (publicKey.length > 70 ? `${publicKey.slice(0, 64)}…` : publicKey)

function show(context: Context, name: string): void {
  const file = keyFolder(context).read(name)
  context.output.result(file.publicKey, describe(file))
}

async function exportKey(context: Context, name: string, flags: ExportFlags): Promise<void> {
  const file = keyFolder(context).read(name)
  let text = formatKeyFile(file)
  if (flags.secret === true) {
    const key = await openKey(context.crypto, file, await passphraseOf(context)(), { scrypt: nativeScrypt })
    context.output.remark(context.say('cli.secretShown'))
    text = `${toHex(key.secretKey)}\n`
  }
  if (flags.out === undefined) context.output.raw(text)
  else {
    writeNewFile(flags.out, text)
    context.output.result(flags.out, { path: flags.out })
  }
}

/** Seals a key anew. Copies that were made of its file keep their passphrase. */
async function changePassphrase(context: Context, name: string, newFile: string | null): Promise<void> {
  const folder = keyFolder(context)
  if (!folder.names().includes(name)) throw unknownKey(name)
  const key = await folder.open(context.crypto, name, passphraseOf(context))
  const passphrase = await newPassphraseOf(context, newFile)()
  const file = await sealKey(name, key, passphrase, { scrypt: nativeScrypt })
  // A file that nobody can open would be the end of the key: what is written was opened before.
  await openKey(context.crypto, parseKeyFile(formatKeyFile(file)), passphrase, { scrypt: nativeScrypt })
  const path = folder.replace(file)
  context.output.result(context.say('cli.passphrase.changed', { name, path }), describe(file, path))
}

async function importKey(context: Context, path: string, name: string | undefined): Promise<void> {
  const text = readText(path).slice(0, keyFileCharactersMax + 1)
  const secret = text.trim()
  if (/^[0-9a-f]{66}$/u.test(secret)) {
    if (name === undefined) throw new CliError(exitCodes.usage, 'name-missing', context.say('cli.nameMissing'))
    await seal(context, name, keyPairOf(context.crypto, fromHex(secret)))
    return
  }
  const file = parseKeyFile(text)
  const renamed = { ...file, name: name ?? file.name }
  const written = keyFolder(context).add(renamed)
  context.output.result(
    [context.say('cli.keyMade', { name: renamed.name, algorithm: file.algorithm, path: written }), file.publicKey],
    describe(renamed, written),
  )
}
