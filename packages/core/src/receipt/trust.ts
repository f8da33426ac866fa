/**
 * Trust files, `trust.json`: whom a verifier believes. A person pins one by its fingerprint; the chain of consortium
 * documents in it proves itself (trustChain.ts) and may grow. docs/spec/trust-file.md.
 * @module
 */
import { type Bytes, toBase64, toHex } from '../bytes.ts'
import { CborWriter } from '../cbor/writer.ts'
import { domainHash } from '../crypto/domain.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { documentBytesMax } from '../ledger/consortium.ts'
import { originBytesMax } from '../ledger/consortiumRules.ts'
import { genesisBytesMax } from '../ledger/genesis.ts'
import { entryBytesMax } from '../ledger/rawBodies.ts'
import { policyCharactersMax } from '../note/policy.ts'
import { tlogProofBytesMax } from '../note/tlogProof.ts'
import { vkeyCharactersMax } from '../note/vkey.ts'
import { ReceiptError } from './error.ts'
import { JsonFields, readBase64, readText } from './fields.ts'
import { type JsonValue, parseJson } from './json.ts'
import { checkFormat } from './receipt.ts'
import { isStepName, sortSteps, type StepName, steps } from './steps.ts'

/** Longest trust file, in characters. */
export const trustCharactersMax = 33_554_432

/** Most consortium documents after that of the genesis. */
export const trustDocumentsMax = 256

/** Most roots and most authorities, and the longest certificate in bytes. */
export const certificatesMax = 64
export const certificateBytesMax = 16_384

/** Most log keys that a trust file may state: one for each of 31 members. */
const logKeysMax = 31

/** The value of `format`. */
export const trustFormat = 'jurat-trust/v1'

/** A consortium document that replaced the one before it. */
export interface TrustDocument {
  readonly document: Bytes
  /** Leaf bytes of its consortium entry. */
  readonly entry: Bytes
  /** Text of a tlog-proof of that entry, in a checkpoint that the document before accepts. */
  readonly proof: string
}

/** A time-stamp authority. */
export interface TimeAuthority {
  /** Certificate, DER. */
  readonly certificate: Bytes
  /** Whether it is independent of the operator: only such tokens give a time. */
  readonly independent: boolean
}

/** The content of a trust file. */
export interface TrustFile {
  readonly networkId: Bytes
  readonly origin: string
  readonly genesis: Bytes
  /** Documents 1, 2, ...; document 0 stands in the genesis. */
  readonly documents: readonly TrustDocument[]
  /** Certificates of CAs, DER. */
  readonly roots: readonly Bytes[]
  readonly authorities: readonly TimeAuthority[]
  readonly profile: { readonly requires: readonly StepName[] }
}

/** A key of the log, as tools of other people want it. */
export interface StatedLogKey {
  readonly vkey: string
  /** tlog-policy text. */
  readonly policy: string
}

/** A trust file as it was read: with what it says about itself, which `openTrust` compares. */
export interface ReadTrustFile extends TrustFile {
  readonly stated: { readonly fingerprint: Bytes | null; readonly logKeys: readonly StatedLogKey[] | null }
}

const names = {
  trust: [
    'format',
    'networkId',
    'origin',
    'genesis',
    'documents',
    'roots',
    'authorities',
    'profile',
    'fingerprint',
    'logKeys',
  ],
  document: ['document', 'entry', 'proof'],
  authority: ['certificate', 'independent'],
  profile: ['requires'],
  logKey: ['vkey', 'policy'],
} as const

const stepCharactersMax = 32

/** Reads a trust file strictly; nothing in it is verified yet. @throws {ReceiptError} */
export function parseTrustFile(text: string): ReadTrustFile {
  const json = parseJson(text, { charactersMax: trustCharactersMax })
  const fields = new JsonFields(json, names.trust, '')
  checkFormat(fields, trustFormat)
  const profile = fields.optional('profile', names.profile, readProfile)
  if (profile === null) throw new ReceiptError('field-missing', 'The field profile is missing.')
  return {
    networkId: fields.hexHash('networkId'),
    origin: fields.text('origin', originBytesMax),
    genesis: fields.bytes('genesis', genesisBytesMax),
    documents: fields.list('documents', trustDocumentsMax, readDocument),
    roots: fields.list('roots', certificatesMax, (value, where) => readBase64(value, certificateBytesMax, where)),
    authorities: fields.list('authorities', certificatesMax, readAuthority),
    profile,
    stated: {
      fingerprint: fields.has('fingerprint') ? fields.hexHash('fingerprint') : null,
      logKeys: fields.has('logKeys') ? fields.list('logKeys', logKeysMax, readLogKey) : null,
    },
  }
}

function readProfile(fields: JsonFields): { requires: StepName[] } {
  const requires = fields.list('requires', steps.length, (value, where) => {
    const name = readText(value, stepCharactersMax, where)
    if (!isStepName(name)) throw new ReceiptError('field-malformed', `${where} is not the name of a step.`)
    return name
  })
  // One order only, so that one profile has one fingerprint.
  if (sortSteps(requires).join() !== requires.join()) {
    throw new ReceiptError('field-malformed', 'profile.requires does not name steps in their order, each once.')
  }
  return { requires }
}

function readDocument(value: JsonValue, where: string): TrustDocument {
  const fields = new JsonFields(value, names.document, where)
  return {
    document: fields.bytes('document', documentBytesMax),
    entry: fields.bytes('entry', entryBytesMax),
    proof: fields.text('proof', tlogProofBytesMax),
  }
}

function readAuthority(value: JsonValue, where: string): TimeAuthority {
  const fields = new JsonFields(value, names.authority, where)
  return { certificate: fields.bytes('certificate', certificateBytesMax), independent: fields.boolean('independent') }
}

function readLogKey(value: JsonValue, where: string): StatedLogKey {
  const fields = new JsonFields(value, names.logKey, where)
  return { vkey: fields.text('vkey', vkeyCharactersMax), policy: fields.text('policy', policyCharactersMax) }
}

/**
 * What a person pins: hash of CBOR `[network id, origin, roots, [[certificate, independent], ...], required steps]`,
 * 32 bytes. The documents are left out, because they prove themselves and may grow.
 */
export function trustFingerprint(crypto: Pick<CryptoProvider, 'sha256'>, trust: TrustFile): Bytes {
  const { networkId, origin, roots, authorities, profile } = trust
  const writer = new CborWriter(1_024).array(5).bytes(networkId).text(origin).array(roots.length)
  for (const root of roots) writer.bytes(root)
  writer.array(authorities.length)
  for (const { certificate, independent } of authorities) writer.array(2).bytes(certificate).boolean(independent)
  writer.array(profile.requires.length)
  for (const step of profile.requires) writer.text(step)
  return domainHash(crypto, 'trust', writer.finish())
}

/** The file of a trust file. @param stated - what it says about itself for people and for other tools. */
export function writeTrustFile(
  trust: TrustFile,
  stated: { readonly fingerprint: Bytes; readonly logKeys: readonly StatedLogKey[] },
): string {
  const file = {
    format: trustFormat,
    networkId: toHex(trust.networkId),
    origin: trust.origin,
    fingerprint: toHex(stated.fingerprint),
    logKeys: stated.logKeys,
    profile: { requires: trust.profile.requires },
    roots: trust.roots.map(toBase64),
    authorities: trust.authorities.map(({ certificate, independent }) => ({
      certificate: toBase64(certificate),
      independent,
    })),
    genesis: toBase64(trust.genesis),
    documents: trust.documents.map(({ document, entry, proof }) => ({
      document: toBase64(document),
      entry: toBase64(entry),
      proof,
    })),
  }
  return `${JSON.stringify(file, null, 2)}\n`
}
