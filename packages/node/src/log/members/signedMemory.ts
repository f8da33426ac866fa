/**
 * The newest checkpoint that this node has seen each other member sign: what a member that has lost its signer state asks for.
 * One small file a member, written in passing. docs/spec/members.md, Lost signer state.
 * @module
 */
import { fromBase64, fromText, toBase64, toHex, toText, type Bytes } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import { formatCheckpoint, parseCheckpoint } from '@jurat/core/note/checkpoint'
import { formatNote, parseNote } from '@jurat/core/note/note'
import type { Timers } from '../../platform/clock.ts'
import type { Files } from '../../platform/files.ts'
import { crc32c } from '../../store/crc32c.ts'
import type { CosignedHead } from './exchange.ts'

/** Name of the folder inside the data folder. */
const folderName = 'members'

/** What is new is written so much later, milliseconds: a busy log has hundreds of checkpoints a second. */
const writeDelayMs = 1_000

const fileHead = 'jurat-member-signed/1'

/** What it needs. */
export interface SignedMemoryOptions {
  readonly origin: string
  readonly crypto: Pick<CryptoProvider, 'sha256'>
  readonly timers: Timers
  /** Null: nothing outlives the process. */
  readonly place: { readonly files: Files; readonly dataFolder: string } | null
  /** Told of a file that is damaged or cannot be written: the node goes on without it. */
  readonly warn?: (message: string, details: Record<string, unknown>) => void
}

/** Remembers. */
export class SignedMemory {
  readonly #options: SignedMemoryOptions
  readonly #notes = new Map<string, { readonly size: number; readonly note: Bytes }>()
  readonly #unwritten = new Set<string>()
  #cancel: (() => void) | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(options: SignedMemoryOptions) {
    this.#options = options
  }

  async load(): Promise<void> {
    const { place, warn } = this.#options
    if (place === null) return
    const folder = `${place.dataFolder}/${folderName}`
    await place.files.makeFolder(folder)
    for (const name of await place.files.list(folder)) {
      if (name.endsWith('.new')) continue
      const content = await place.files.readFile(`${folder}/${name}`)
      const read = content === null ? null : decode(content)
      if (read === null) warn?.('What a member has signed cannot be read', { file: `${folder}/${name}` })
      else this.#notes.set(read.member, { size: read.size, note: read.note })
    }
  }

  /** The note that a member was seen to sign, or null. */
  of(member: string): { readonly size: number; readonly note: Bytes } | null {
    return this.#notes.get(member) ?? null
  }

  /** A member has shown its own lines over a head of the tree that is here. */
  signed(member: string, { size, root, lines }: CosignedHead): void {
    const own = lines.filter(({ name }) => name === member)
    if (own.length === 0 || size <= (this.#notes.get(member)?.size ?? 0)) return
    const note = formatNote(formatCheckpoint({ origin: this.#options.origin, size, root }), own)
    this.#notes.set(member, { size, note })
    this.#unwritten.add(member)
    this.#cancel ??= this.#options.timers.after(writeDelayMs, () => void this.write())
  }

  /** Writes what is not written. Never rejects. */
  write(): Promise<void> {
    this.#cancel?.()
    this.#cancel = null
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    const { place, crypto, warn } = this.#options
    const members = [...this.#unwritten]
    this.#unwritten.clear()
    if (place === null) return
    for (const member of members) {
      const file = toHex(crypto.sha256(fromText(member))).slice(0, 32)
      const note = this.#notes.get(member)?.note
      try {
        if (note !== undefined) {
          await place.files.replaceFile(`${place.dataFolder}/${folderName}/${file}`, encode(member, note))
        }
      } catch (error) {
        warn?.('What a member has signed cannot be written', { member, error })
      }
    }
  }
}

function encode(member: string, note: Bytes): Bytes {
  const text = `${fileHead}\n${member}\n${toBase64(note)}\n`
  return fromText(`${text}${checksum(text)}\n`)
}

function decode(content: Bytes): { member: string; size: number; note: Bytes } | null {
  try {
    const [head, member = '', base64 = '', sum, ...rest] = toText(content).split('\n')
    if (head !== fileHead || rest.join() !== '' || sum !== checksum(`${head}\n${member}\n${base64}\n`)) return null
    const note = fromBase64(base64)
    return { member, size: parseCheckpoint(parseNote(note).body).size, note }
  } catch {
    return null
  }
}

const checksum = (text: string): string => crc32c(fromText(text)).toString(16).padStart(8, '0')
