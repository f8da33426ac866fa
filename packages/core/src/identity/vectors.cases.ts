/**
 * What vectors/identity-statement.json pins: the same key, fields and times give the same bytes for ever.
 * @module
 */
import { type Bytes, fromText, toHex } from '../bytes.ts'
import { nobleCrypto as crypto } from '../crypto/noble.ts'
import { identityChallengeMessage } from './challenge.ts'
import { discloseFields, makeIdentityStatement, type StatementOrder } from './signing.ts'
import { encodeIdentityStatement } from './statement.ts'

const fill = (byte: number, length: number = 32): Bytes => new Uint8Array(length).fill(byte)

/** A key of P-256 that nobody uses. */
export const vectorKey: Bytes = Uint8Array.of(2, ...fill(7))

/** The order of the pinned statement. */
export const vectorOrder: StatementOrder = {
  networkId: fill(1),
  id: fill(2, 16),
  level: 'provider',
  provider: 'example-person',
  organisation: 'aaaabbbbccccdddd',
  accounts: [fill(3), fill(4)],
  issuedAtMs: 1_800_000_000_000,
  expiresAtMs: 1_831_536_000_000,
  supersedes: fill(5, 16),
  fields: [
    { name: 'certName', value: fromText('張𠮷') },
    { name: 'certType', value: fromText('IDENTITY_CARD') },
    { name: 'certNo', value: fromText('11010519491231002X') },
  ],
  secret: fill(6),
}

/** The content of vectors/identity-statement.json. */
export function identityVectors(): unknown {
  const statement = makeIdentityStatement(crypto, vectorOrder, { secretKey: vectorKey, certificates: [fill(8, 3)] })
  const { networkId, organisation, accounts } = vectorOrder
  const challenge = { networkId, verification: 'eeeeffffgggghhhh', organisation, accounts, nonce: fill(9) }
  return {
    source:
      'docs/spec/identity-statement.md. Byte strings are hexadecimal: network 01.., id 02.., accounts 03.. and 04.., supersedes 05.., secret 06.., scalar of the key 07.., one certificate 080808, nonce 09..',
    content: toHex(statement.content),
    signature: toHex(statement.signature),
    statement: toHex(encodeIdentityStatement(statement)),
    closed: toHex(encodeIdentityStatement(discloseFields(statement, []))),
    nameAlone: toHex(encodeIdentityStatement(discloseFields(statement, ['certName']))),
    challengeMessage: toHex(identityChallengeMessage(challenge)),
  }
}
