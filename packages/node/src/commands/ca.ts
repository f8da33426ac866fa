/**
 * `ca init`, `ca root export|remove`, `ca renew`: the certification authority of a stopped node. What concerns certificates of others
 * goes over HTTP to the running node, and is part of the command line. docs/operating/authority.md.
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fromText, toText } from '@jurat/core/bytes'
import { secretKeyObject } from '../crypto/keyObjects.ts'
import { AuthorityError, type AuthorityFolder, type HeldAuthority } from '../features/ca/authorityFolder.ts'
import { makeAuthority, renewUnderRoot } from '../features/ca/founding.ts'
import { exportKey, importKey, KeyExportError } from '../features/ca/keyExport.ts'
import { defaultMasterKeyPath, findMasterKey } from '../features/keys/masterKey.ts'
import { createSealer } from '../features/keys/seal.ts'
import { systemClock } from '../platform/clock.ts'
import type { Files } from '../platform/files.ts'
import { authorityBase, authorityPlace } from './authority.ts'
import { complain, say, type StoppedFolder, usageExitCode, whileStopped } from './stopped.ts'
import { readStoppedLedger } from './stoppedLedger.ts'

const usage = `Usage: jurat ca <command> --data DIR [--passphrase-file FILE]

  init                   make root and issuing authority where there are none
  root export FILE       write the key of the root under a passphrase
  root remove FILE       take the key of the root away; FILE is its export, which must open
  renew [--root FILE]    renew the revocation list of the root and the certificate of the issuing authority

The node is stopped meanwhile. The passphrase is the first line of the file, or JURAT_PASSPHRASE.`

interface Call {
  readonly place: AuthorityFolder
  readonly files: Files
  readonly folder: StoppedFolder
  readonly words: readonly string[]
  /** File of the key of the root. */
  readonly root: string | null
  readonly passphrase: () => Promise<string>
}

/** Runs the command. */
export function ca(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return whileStopped(args, environment, async (folder) => {
    const { config, files, rest } = folder
    const known = parse(rest)
    const command = commands[known?.words[0] ?? '']
    if (known === null || command === undefined) {
      complain(usage)
      return usageExitCode
    }
    const file = config.masterKeyFile ?? defaultMasterKeyPath(environment)
    const sealer = createSealer((await findMasterKey(files, { value: config.masterKey, file, makeFor: null })).key)
    const place = authorityPlace(files, config.data, sealer)
    const passphrase = (): Promise<string> => readPassphrase(files, known.passphraseFile, environment)
    const root = known.root && resolve(known.root)
    const code = await command({ place, files, folder, words: known.words.slice(1), root, passphrase })
    if (code === null) complain(usage)
    return code ?? usageExitCode
  })
}

/** Null: the words are wrong. */
const commands: Readonly<Record<string, (call: Call) => Promise<number | null>>> = { init, root, renew }

function parse(
  rest: readonly string[],
): { words: string[]; root: string | null; passphraseFile: string | null } | null {
  try {
    const options = { root: { type: 'string' }, 'passphrase-file': { type: 'string' } } as const
    const { positionals, values } = parseArgs({ args: [...rest], allowPositionals: true, options })
    return { words: positionals, root: values.root ?? null, passphraseFile: values['passphrase-file'] ?? null }
  } catch {
    return null
  }
}

async function init({ place, folder: { config, files }, words }: Call): Promise<number | null> {
  if (words.length > 0) return null
  if ((await place.read()) !== null) {
    complain('This node has a certification authority already: nothing was made.')
    return 1
  }
  const { origin } = await readStoppedLedger(files, config.data)
  await makeAuthority(place, { network: origin, nowMs: systemClock.now(), base: authorityBase(config) })
  say(`Root and issuing authority of ${origin} are made. What the node signs with is made at its next start.`)
  say('The key of the root is not needed every day: jurat ca root export, then jurat ca root remove.')
  return 0
}

async function root(call: Call): Promise<number | null> {
  const [what, file, ...more] = call.words
  if (file === undefined || more.length > 0) return null
  if (what === 'export') return exportRoot(call, resolve(file))
  return what === 'remove' ? removeRoot(call, resolve(file)) : null
}

async function exportRoot({ place, files, passphrase }: Call, file: string): Promise<number> {
  const { root: own } = await authorityOf(place)
  if (own.key === null) throw new AuthorityError('authority-broken', 'the key of the root is not here any more')
  const secret = await passphrase()
  const made = await files.createFile(file, fromText(exportKey(own.key, secret)), { mode: 0o600, maker: 'export' })
  if (!made) {
    complain(`${file} is there already: nothing was written.`)
    return 1
  }
  await readRoot(files, file, own.certificate, secret)
  say(`The key of the root is in ${file}, and opens under the passphrase. Keep both apart, and away from this machine.`)
  return 0
}

async function removeRoot({ place, files, passphrase }: Call, file: string): Promise<number> {
  const { root: own } = await authorityOf(place)
  await readRoot(files, file, own.certificate, await passphrase())
  await place.removeRootKey()
  say('The key of the root is not in the data folder any more. Backups made before hold it still.')
  return 0
}

async function renew({ place, files, folder, words, root: file, passphrase }: Call): Promise<number | null> {
  if (words.length > 0) return null
  const held = await authorityOf(place)
  const { certificate } = held.root
  const key = file === null ? held.root.key : await readRoot(files, file, certificate, await passphrase())
  if (key === null) {
    complain('The key of the root is not here: name its export with --root FILE.')
    return 1
  }
  const { origin: network } = await readStoppedLedger(files, folder.config.data)
  const order = { network, nowMs: systemClock.now(), base: authorityBase(folder.config) }
  await renewUnderRoot(place, held, { key, due: { list: true, issuing: true }, order })
  say('The revocation list of the root and the certificate of the issuing authority are new.')
  return 0
}

async function authorityOf(place: AuthorityFolder): Promise<HeldAuthority> {
  const held = await place.read()
  if (held === null)
    throw new AuthorityError('authority-broken', 'this node has no certification authority: jurat ca init')
  return held
}

/** The key of an export, which must be that of the root. */
async function readRoot(files: Files, file: string, certificate: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const text = await files.readFile(file)
  if (text === null) throw new KeyExportError('export-unreadable', `${file} is not there`)
  const key = importKey(text, passphrase)
  if (new X509Certificate(certificate).checkPrivateKey(secretKeyObject(key))) return key
  throw new KeyExportError('export-unreadable', `${file} holds another key than that of the root`)
}

async function readPassphrase(files: Files, file: string | null, environment: NodeJS.ProcessEnv): Promise<string> {
  const path = file ?? environment['JURAT_PASSPHRASE_FILE'] ?? null
  const bytes = path === null ? null : await files.readFile(resolve(path))
  if (path !== null && bytes === null) throw new KeyExportError('export-unreadable', `${path} is not there`)
  const text = bytes === null ? environment['JURAT_PASSPHRASE'] : toText(bytes).split(/\r?\n/u, 1)[0]
  if (text === undefined) {
    throw new KeyExportError('passphrase-weak', 'a passphrase is missing: --passphrase-file FILE, or JURAT_PASSPHRASE')
  }
  return text
}
