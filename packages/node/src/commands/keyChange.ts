/**
 * The take-over of a member's next keys: log and executor keys sign as soon as a document names them, and the old ones what
 * the document before judges; CometBFT changes its keys when the block after that document's is committed, because until
 * then the old validator key votes. docs/operating/consortium.md.
 * @module
 */
import { equal, type Bytes } from '@jurat/core/bytes'
import { type ConsortiumDocument, decodeDocument } from '@jurat/core/ledger/consortium'
import { servingName } from '@jurat/core/ledger/consortiumRules'
import { consortiumOf } from '@jurat/core/ledger/workspace'
import { type Cosigner, cosignerOf, type Signer, signerOf } from '@jurat/core/note/cosignature'
import { nodeCrypto } from '../crypto/nodeCrypto.ts'
import type { CommittedBlock } from '../engine/application.ts'
import type { Logger } from '../observe/logger.ts'
import type { NoteStore } from '../store/notes.ts'
import type { Store } from '../store/store.ts'
import type { DataFolder } from './dataFolder.ts'
import type { LedgerParts } from './soloLedger.ts'

/** What of the ledger takes part. */
export interface KeyChangeParts extends Pick<LedgerParts, 'held' | 'origin' | 'fatal'> {
  readonly folder: Pick<DataFolder, 'keys' | 'member'>
  readonly store: Pick<Store, 'view' | 'blockOfEntry' | 'consortiumDocuments'> & {
    readonly notes: Pick<NoteStore, 'newest'>
  }
  readonly logger: Pick<Logger, 'info'>
}

/** What else takes part. */
export interface KeyChangeOptions {
  readonly parts: KeyChangeParts
  /** Hears of each block, after the keys that its document names are there. */
  readonly publish: (block: CommittedBlock) => void
  /** CometBFT and the links get these keys. */
  readonly changed: (keys: EngineKeys) => Promise<void>
}

/** Keys of the engine's process and of the links: algorithm byte and seed. */
export interface EngineKeys {
  readonly validator: Bytes
  readonly transport: Bytes
}

/** Signers of the log and executors that are held; the lists themselves change. */
export interface HeldSigners {
  readonly log: Signer[]
  /** The same log keys under the name by which this member serves the log to outside witnesses. */
  readonly serving: Signer[]
  readonly executors: Cosigner[]
  readonly logKeys: Bytes[]
}

/** Follows the documents. */
export class KeyChange {
  readonly signers: HeldSigners = { log: [], serving: [], executors: [], logKeys: [] }
  readonly #options: KeyChangeOptions
  /** Blocks that wait for keys to be read; null when none do. */
  #waiting: Promise<void> | null = null
  /** Documents, and the heights of the blocks that brought them, until the block after each is committed. */
  #awaited: { readonly height: number; readonly document: ConsortiumDocument }[] = []
  /** Changes of the engine's keys: one after the other. */
  #changes: Promise<void> = Promise.resolve()
  #engineKeys: EngineKeys

  constructor(options: KeyChangeOptions) {
    this.#options = options
    this.#engineKeys = options.parts.folder.keys
  }

  /** The keys that CometBFT and the links use now. */
  get engineKeys(): EngineKeys {
    return this.#engineKeys
  }

  /** Before the start. @param height - up to which the engine's blocks are committed, as far as it is known */
  async begin(height: number): Promise<void> {
    const { store, logger, held } = this.#options.parts
    const { document, entryIndex } = consortiumOf(store.view)
    const block = await store.blockOfEntry(entryIndex)
    const brought = block?.height ?? 0
    const settled = brought === 0 || height > brought
    await held.load()
    const complete = (await store.notes.newest())?.size ?? 0
    const names = held.replacedBy(document)
    if (settled && names.length > 0 && complete >= (block?.treeSizeAfter ?? 0)) {
      await held.take(names)
      logger.info({ keys: names }, 'These next keys of this member are its keys now, the former ones are gone')
    }
    if (settled) this.#follow(document)
    else {
      this.#awaited = [{ height: brought, document }]
      // The keys that vote on the block to come may be next ones too: those of a rotation before.
      const before = (await store.consortiumDocuments()).at(-2)
      if (before !== undefined) this.#follow(decodeDocument(before.document))
    }
    this.#refresh()
  }

  /** Takes notice of a block, and hands it on. */
  onBlock(block: CommittedBlock): void {
    const { publish, parts } = this.#options
    const brought = block.outcome.consortium
    const changes = brought !== null
    if (changes) this.#awaited.push({ height: block.height, document: decodeDocument(brought.document) })
    if (!changes && this.#waiting === null) {
      publish(block)
      return
    }
    const turn = (this.#waiting ?? Promise.resolve()).then(async () => {
      if (changes) {
        await parts.held.load()
        this.#refresh()
      }
      publish(block)
      if (this.#waiting === turn) this.#waiting = null
    })
    this.#waiting = turn
    turn.catch(parts.fatal)
  }

  /** The engine's block after this height is committed. */
  confirmed(height: number): void {
    // The block that is committed may have brought the next document, whose keys come one block later.
    const settled = this.#awaited.filter((awaited) => awaited.height <= height).at(-1)
    if (settled === undefined) return
    this.#awaited = this.#awaited.filter((awaited) => awaited.height > height)
    const { changed, parts } = this.#options
    this.#changes = this.#changes.then(async () => {
      await this.#waiting
      if (!this.#follow(settled.document)) return
      await changed(this.#engineKeys)
      parts.logger.info({}, 'CometBFT and the links use the keys that the document names')
    })
    this.#changes.catch(parts.fatal)
  }

  /** The engine's keys become those of a document. @returns whether they are others */
  #follow(document: ConsortiumDocument): boolean {
    const { held } = this.#options.parts
    const before = this.#engineKeys
    this.#engineKeys = { validator: held.of('validator', document), transport: held.of('transport', document) }
    const { validator, transport } = this.#engineKeys
    return !equal(validator, before.validator) || !equal(transport, before.transport)
  }

  #refresh(): void {
    const { held, origin, folder } = this.#options.parts
    const { log, serving, executors, logKeys } = this.signers
    const name = folder.member.member
    const servedAs = servingName(origin, name)
    log.splice(0, log.length, ...held.all('log').map((key) => signerOf(nodeCrypto, origin, key)))
    serving.splice(0, serving.length, ...held.all('log').map((key) => signerOf(nodeCrypto, servedAs, key)))
    logKeys.splice(0, logKeys.length, ...log.map(({ vkey }) => vkey.publicKey))
    const keys = [...held.all('executor-ed25519'), ...held.all('executor-mldsa44')]
    executors.splice(0, executors.length, ...keys.map((key) => cosignerOf(nodeCrypto, name, key)))
  }
}
