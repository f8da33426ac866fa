/**
 * Making identity statements, showing fields of them, and checking what they say about themselves. Whether the key that signed
 * one is a network's, its certificates say (package `verify`). docs/spec/identity-statement.md.
 * @module
 */
import { assert } from '../assert.ts'
import { type Bytes, concat, fromText } from '../bytes.ts'
import { domainHash, domainMessage } from '../crypto/domain.ts'
import type { CryptoProvider } from '../crypto/provider.ts'
import { commitUnder, type Field, verifyUnder } from '../deposit/commitment.ts'
import {
  decodeIdentityContent,
  encodeIdentityContent,
  encodeIdentityStatement,
  type IdentityContent,
  type IdentityStatement,
  identityStatementBytesMax,
} from './statement.ts'

/** What a statement is made from. */
export interface StatementOrder extends Omit<IdentityContent, 'commitment' | 'publicKey'> {
  /** Personal, or whatever the holder may want to withhold. */
  readonly fields: readonly Field[]
  /** 32 random bytes, of this statement alone: who has it can open every field. */
  readonly secret: Bytes
}

/** What signs: a secret key of P-256 (algorithm byte and scalar), and its certificates. */
export interface StatementKey {
  readonly secretKey: Bytes
  readonly certificates: readonly Bytes[]
}

/** Makes a statement with every field shown. Same order, same key: same bytes but for the signature. */
export function makeIdentityStatement(
  crypto: CryptoProvider,
  { fields, secret, ...order }: StatementOrder,
  { secretKey, certificates }: StatementKey,
): IdentityStatement {
  const { commitment, count, fields: opened } = commitUnder(crypto, { own: ownValue(crypto, order), fields, secret })
  const content = encodeIdentityContent({ ...order, commitment, publicKey: crypto.publicKeyOf(secretKey) })
  // What we write we can read: otherwise it is a bug, and nothing was signed yet.
  decodeIdentityContent(content)
  const signature = crypto.sign(secretKey, domainMessage('identity-statement', content))
  const statement = { content, signature, certificates, disclosure: { count, fields: opened } }
  assert(encodeIdentityStatement(statement).length <= identityStatementBytesMax, 'a statement is within its limit')
  return statement
}

/** The statement with all its fields again, from what was kept: content, signature, certificates, fields and secret. */
export function openIdentityStatement(
  crypto: Pick<CryptoProvider, 'sha256' | 'hmacSha256'>,
  signed: Pick<IdentityStatement, 'content' | 'signature' | 'certificates'>,
  kept: { readonly fields: readonly Field[]; readonly secret: Bytes },
): IdentityStatement {
  const own = ownValue(crypto, decodeIdentityContent(signed.content))
  const { count, fields } = commitUnder(crypto, { own, ...kept })
  return { ...signed, disclosure: { count, fields } }
}

/**
 * The statement with these fields and no others. Names that it does not have are passed over: the caller compares.
 * @param names - of fields; leaf 0 always stays.
 */
export function discloseFields(statement: IdentityStatement, names: readonly string[]): IdentityStatement {
  const { count, fields } = statement.disclosure
  return {
    ...statement,
    disclosure: { count, fields: fields.filter(({ position, name }) => position === 0 || names.includes(name)) },
  }
}

/** What is wrong with a statement by itself. */
export type StatementFault = 'signature-wrong' | 'fields-wrong'

/** Checks the signature by the key that the statement names, and the fields that it shows. Untrusted: never throws. */
export function statementFault(
  crypto: CryptoProvider,
  { content: bytes, signature, disclosure }: IdentityStatement,
  content: IdentityContent,
): StatementFault | null {
  if (!crypto.verify(content.publicKey, domainMessage('identity-statement', bytes), signature)) return 'signature-wrong'
  const of = { own: ownValue(crypto, content), commitment: content.commitment }
  return verifyUnder(crypto, of, disclosure) ? null : 'fields-wrong'
}

/** Value of leaf 0: the fields belong to this statement of this network. */
function ownValue(
  crypto: Pick<CryptoProvider, 'sha256'>,
  { networkId, id }: Pick<IdentityContent, 'networkId' | 'id'>,
): Bytes {
  return domainHash(crypto, 'identity-statement', concat(fromText('own'), networkId, id))
}
