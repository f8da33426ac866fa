/**
 * The keys of a member across a ballot that replaces some of them: which one is used follows from the consortium document,
 * never from a person's timing. docs/operating/consortium.md.
 * @module
 */
import { type Bytes, equal } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { ConsortiumDocument, Role } from '@jurat/core/ledger/consortium'
import {
  type DocumentKeyName,
  documentKeyNames,
  type NextKeys,
  readNextKeys,
  takeNextKeys,
} from '../features/keys/nextKeys.ts'
import type { NodeKeys } from '../features/keys/nodeKeys.ts'
import { dataPaths, type DataFolder } from './dataFolder.ts'

/** Role in a document of a key, by its name in the folder. */
export const roleOfKey: Readonly<Record<DocumentKeyName, Role>> = {
  ballot: 'ballot',
  log: 'log',
  'executor-ed25519': 'executorEd25519',
  'executor-mldsa44': 'executorMldsa44',
  validator: 'validator',
  transport: 'transport',
}

/** Present keys and next ones. */
export class HeldKeys {
  readonly #crypto: Pick<CryptoProvider, 'publicKeyOf'>
  readonly #folder: Pick<DataFolder, 'files' | 'data' | 'sealer' | 'member'>
  #present: NodeKeys
  #next: NextKeys = {}

  constructor(
    crypto: Pick<CryptoProvider, 'publicKeyOf'>,
    folder: Pick<DataFolder, 'files' | 'data' | 'sealer' | 'member' | 'keys'>,
  ) {
    this.#crypto = crypto
    this.#folder = folder
    this.#present = folder.keys
  }

  /** Reads the next keys anew: `network rotate` makes them while the node runs. */
  async load(): Promise<void> {
    const { files, data, sealer } = this.#folder
    this.#next = await readNextKeys(files, dataPaths(data).keys, sealer)
  }

  /** Every key of a name that is held. */
  all(name: DocumentKeyName): Bytes[] {
    const next = this.#next[name]
    return next === undefined ? [this.#present[name]] : [this.#present[name], next]
  }

  /** The key that a document names; the present one when it names another's, or this node is no member of it. */
  of(name: DocumentKeyName, document: ConsortiumDocument): Bytes {
    const own = document.members.find((member) => member.name === this.#folder.member.member)
    const named = own?.keys[roleOfKey[name]]
    const held = this.all(name).find((key) => named !== undefined && equal(this.#crypto.publicKeyOf(key), named))
    return held ?? this.#present[name]
  }

  /** The next keys that a document names. Others may still wait for their ballot. */
  replacedBy(document: ConsortiumDocument): DocumentKeyName[] {
    return documentKeyNames.filter((name) => {
      const next = this.#next[name]
      return next !== undefined && next === this.of(name, document)
    })
  }

  /** These next keys become the present ones, which are gone then. Only when nothing is left that those must sign. */
  async take(names: readonly DocumentKeyName[]): Promise<void> {
    const { files, data, sealer } = this.#folder
    this.#present = await takeNextKeys(files, dataPaths(data).keys, sealer, this.#present, names)
    await this.load()
  }
}
