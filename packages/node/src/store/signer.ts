/**
 * Signer state: what this node's keys have signed last. Made together with the keys, synced before a signature leaves, never
 * part of a backup. Format and rules: docs/spec/state-store.md, Signer state.
 * @module
 */
import { equal, fromBase64, fromText, toBase64, toHex, toText, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { Files } from '../platform/files.ts'
import { crc32c } from './crc32c.ts'
import { StoreError } from './errors.ts'

/** The last checkpoint that the log key signed. Size 0 with the empty root before the first one. */
export interface LogSignerState {
  readonly size: number
  readonly root: Bytes
  readonly timeMs: number
}

/** The last checkpoint of some log that the witness key cosigned. */
export interface WitnessSignerState {
  readonly size: number
  readonly root: Bytes
  /** The checkpoint with the log's signature and this witness's cosignatures: served by the monitoring endpoint. */
  readonly note: Bytes
}

/** What the log key signed and this node does not have: it may not sign. */
export interface EndedSignerState {
  /** Size and root of the tree that was signed, by a note that a witness holds. */
  readonly size: number
  readonly root: Bytes
  /** One line for people. */
  readonly reason: string
}

/** The files of `signer/`. */
export interface SignerStore {
  /** The log key's state, or null: lost state; the node starts muted when it has keys. */
  log(): LogSignerState | null
  /** Makes the state of fresh keys (size 0). @throws {StoreError} when there is one. */
  begin(state: LogSignerState): Promise<void>
  /** The verdict of `end`, or null. */
  ended(): EndedSignerState | null
  /** Keeps the verdict that a tree was signed that is not here: the next start knows it without any witness. */
  end(state: EndedSignerState): Promise<void>
  /** All witnesses have told what was signed, and the tree here continues it: takes the larger state, lifts the verdict. */
  recover(state: LogSignerState): Promise<void>
  /**
   * Durable before it resolves; then the signature may leave. @throws {StoreError} `signer-conflict` for a smaller
   * size, or another root at the same size: nothing is written and nothing may be signed.
   */
  advance(state: LogSignerState): Promise<void>
  /** The witness key's state for a log's origin, or null when it never cosigned it. */
  witness(origin: string): WitnessSignerState | null
  /** Whether the witness key's folder is there; false means lost state: it must not cosign. */
  witnessReady(): boolean
  /** Makes the witness key's empty state, together with the key. */
  beginWitness(): Promise<void>
  /** Durable before it resolves. Same rule as `advance`. */
  advanceWitness(origin: string, state: WitnessSignerState): Promise<void>
}

/** Name of the folder inside the data folder. */
export const signerFolderName = 'signer'

const logFile = 'log'
const endedFile = 'ended'
const witnessReadyFile = 'witness'
const logHead = 'jurat-signer-log/1'
const endedHead = 'jurat-signer-ended/1'
const witnessHead = 'jurat-signer-witness/1'

/** Longest origin of a witnessed log, in bytes: bounds a file that strangers cause. */
const originBytesMax = 1_024

/**
 * Opens the signer state of a data folder.
 * @throws {StoreError} `damaged` when a file cannot be read: signing on a guess could sign a second root
 */
export async function openSigner(
  files: Files,
  folder: string,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<SignerStore> {
  const store = new FileSigner(files, `${folder}/${signerFolderName}`, crypto)
  await store.load()
  return store
}

class FileSigner implements SignerStore {
  readonly #files: Files
  readonly #folder: string
  readonly #crypto: Pick<CryptoProvider, 'sha256'>
  readonly #witnesses = new Map<string, WitnessSignerState>()
  #log: LogSignerState | null = null
  #ended: EndedSignerState | null = null
  #ready = false

  constructor(files: Files, folder: string, crypto: Pick<CryptoProvider, 'sha256'>) {
    this.#files = files
    this.#folder = folder
    this.#crypto = crypto
  }

  async load(): Promise<void> {
    for (const name of await this.#files.list(this.#folder)) {
      const path = `${this.#folder}/${name}`
      const bytes = name.endsWith('.new') ? null : await this.#files.readFile(path)
      if (bytes === null) continue
      if (name === logFile) this.#log = readLog(path, bytes)
      if (name === endedFile) this.#ended = readEnded(path, bytes)
      if (name === witnessReadyFile) this.#ready = true
      if (name.startsWith('origin-')) {
        const { origin, state } = readWitness(path, bytes)
        this.#witnesses.set(origin, state)
      }
    }
  }

  log(): LogSignerState | null {
    return this.#log
  }

  async begin(state: LogSignerState): Promise<void> {
    if (this.#log !== null) throw new StoreError('signer-conflict', 'the signer state exists already')
    await this.#makeFolder()
    await this.#writeLog(state)
  }

  ended(): EndedSignerState | null {
    return this.#ended
  }

  async end(state: EndedSignerState): Promise<void> {
    await this.#makeFolder()
    const reason = state.reason.replace(/\s+/g, ' ')
    const lines = [endedHead, String(state.size), toBase64(state.root), reason]
    await this.#files.replaceFile(`${this.#folder}/${endedFile}`, sealLines(lines))
    this.#ended = { ...state, reason }
  }

  async recover(state: LogSignerState): Promise<void> {
    await this.#makeFolder()
    if (this.#log === null || this.#log.size < state.size) await this.#writeLog(state)
    else if (this.#log.size === state.size) checkAdvance('this log', this.#log, state)
    // After the state, so that a crash in between only lets the witnesses be asked again.
    await this.#files.remove(`${this.#folder}/${endedFile}`)
    await this.#files.syncFolder(this.#folder)
    this.#ended = null
  }

  async advance(state: LogSignerState): Promise<void> {
    if (this.#ended !== null) throw new StoreError('signer-conflict', `nothing may be signed: ${this.#ended.reason}`)
    if (this.#log === null) throw new StoreError('signer-conflict', 'the signer state is lost: nothing may be signed')
    checkAdvance('this log', this.#log, state)
    await this.#writeLog(state)
  }

  witness(origin: string): WitnessSignerState | null {
    return this.#witnesses.get(origin) ?? null
  }

  witnessReady(): boolean {
    return this.#ready
  }

  async beginWitness(): Promise<void> {
    await this.#makeFolder()
    await this.#files.replaceFile(`${this.#folder}/${witnessReadyFile}`, fromText(`${witnessHead}\n`))
    this.#ready = true
  }

  async advanceWitness(origin: string, state: WitnessSignerState): Promise<void> {
    if (!this.#ready) throw new StoreError('signer-conflict', 'the witness state is lost: nothing may be cosigned')
    const name = fromText(origin)
    if (name.length > originBytesMax || /[\n\r]/.test(origin)) {
      throw new StoreError('signer-conflict', 'this is no origin of a log')
    }
    const before = this.#witnesses.get(origin)
    if (before !== undefined) checkAdvance(origin, before, state)
    const text = sealLines([witnessHead, origin, String(state.size), toBase64(state.root), toBase64(state.note)])
    const file = `origin-${toHex(this.#crypto.sha256(name)).slice(0, 32)}`
    await this.#files.replaceFile(`${this.#folder}/${file}`, text)
    this.#witnesses.set(origin, state)
  }

  async #writeLog(state: LogSignerState): Promise<void> {
    const lines = [logHead, String(state.size), toBase64(state.root), String(state.timeMs)]
    await this.#files.replaceFile(`${this.#folder}/${logFile}`, sealLines(lines))
    this.#log = state
  }

  async #makeFolder(): Promise<void> {
    await this.#files.makeFolder(this.#folder)
    await this.#files.syncFolder(this.#folder.slice(0, -signerFolderName.length - 1))
  }
}

type TreeHead = Pick<WitnessSignerState, 'size' | 'root'>

/** The rule of every signer: never smaller, never another root at the same size. */
function checkAdvance(what: string, before: TreeHead, after: TreeHead): void {
  if (after.size < before.size) {
    throw new StoreError('signer-conflict', `${what}: size ${before.size} was signed, now ${after.size} was to be`)
  }
  if (after.size === before.size && !equal(after.root, before.root)) {
    throw new StoreError('signer-conflict', `${what}: another root of size ${after.size} was signed`)
  }
}

function readLog(path: string, bytes: Bytes): LogSignerState {
  const [head, size, root, timeMs] = openLines(path, bytes, 4)
  if (head !== logHead) throw damaged(path)
  return { size: number(path, size), root: fromBase64(root ?? ''), timeMs: number(path, timeMs) }
}

function readEnded(path: string, bytes: Bytes): EndedSignerState {
  const [head, size, root = '', reason = ''] = openLines(path, bytes, 4)
  if (head !== endedHead) throw damaged(path)
  return { size: number(path, size), root: fromBase64(root), reason }
}

function readWitness(path: string, bytes: Bytes): { origin: string; state: WitnessSignerState } {
  const [head, origin = '', size, root = '', note = ''] = openLines(path, bytes, 5)
  if (head !== witnessHead) throw damaged(path)
  return { origin, state: { size: number(path, size), root: fromBase64(root), note: fromBase64(note) } }
}

/** Lines and, as the last one, the CRC-32C of what comes before it, in hexadecimal. */
function sealLines(lines: readonly string[]): Bytes {
  const text = lines.map((line) => `${line}\n`).join('')
  return fromText(`${text}${crc32c(fromText(text)).toString(16).padStart(8, '0')}\n`)
}

function openLines(path: string, bytes: Bytes, count: number): string[] {
  let text: string
  try {
    text = toText(bytes)
  } catch {
    throw damaged(path)
  }
  const lines = text.split('\n')
  const sealed = sealLines(lines.slice(0, count))
  if (lines.length !== count + 2 || !equal(sealed, bytes)) throw damaged(path)
  return lines.slice(0, count)
}

function number(path: string, text: string | undefined): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw damaged(path)
  return value
}

function damaged(path: string): StoreError {
  return new StoreError('damaged', `the signer state ${path} is damaged: nothing may be signed on a guess`)
}
