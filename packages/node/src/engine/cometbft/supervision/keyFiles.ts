/**
 * The key files that CometBFT reads, made from the node's own keys at each start. Its node id follows from the transport
 * key, so the consortium document says which peers are members.
 * @module
 */
import { type Bytes, concat, toBase64, toHex } from '@jurat/core/bytes'
import type { CryptoProvider } from '@jurat/core/crypto/provider'

/** `priv_validator_key.json`. @param secretKey - Algorithm byte 1 and 32 bytes of seed. */
export function validatorKeyFile(crypto: CryptoProvider, secretKey: Bytes): string {
  const publicKey = crypto.publicKeyOf(secretKey).subarray(1)
  return json({
    address: toHex(crypto.sha256(publicKey).subarray(0, 20)).toUpperCase(),
    pub_key: { type: 'tendermint/PubKeyEd25519', value: toBase64(publicKey) },
    priv_key: privateKey(secretKey, publicKey),
  })
}

/** `node_key.json`. @param secretKey - The transport key: algorithm byte 1 and 32 bytes of seed. */
export function nodeKeyFile(crypto: CryptoProvider, secretKey: Bytes): string {
  return json({ priv_key: privateKey(secretKey, crypto.publicKeyOf(secretKey).subarray(1)) })
}

/** CometBFT's name of a peer. @param transportKey - Algorithm byte and raw key. */
export function nodeIdOf(crypto: Pick<CryptoProvider, 'sha256'>, transportKey: Bytes): string {
  return toHex(crypto.sha256(transportKey.subarray(1)).subarray(0, 20))
}

/** The state of a validator's key that has signed nothing. */
export const freshSignerState = '{\n  "height": "0",\n  "round": 0,\n  "step": 0\n}\n'

const privateKey = (secretKey: Bytes, publicKey: Bytes): { type: string; value: string } => ({
  type: 'tendermint/PrivKeyEd25519',
  value: toBase64(concat(secretKey.subarray(1), publicKey)),
})

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
