/**
 * Where the members' CometBFT listens for one another: an address of the consortium document. Its peer names follow from the
 * transport keys, so nobody else is taken for a member. docs/spec/network.md, Ceremony.
 * @module
 */
import type { CryptoProvider } from '@jurat/core/crypto/provider'
import type { ConsortiumDocument } from '@jurat/core/ledger/consortium'
import { nodeIdOf } from './keyFiles.ts'

/** The scheme of the address under which a member's CometBFT listens. */
export const consensusScheme = 'jurat-consensus:'

/** Host (IPv6 without brackets) and port of such an address; null when it is another one. */
export function parseConsensusAddress(address: string): { readonly host: string; readonly port: number } | null {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || url.protocol !== consensusScheme || url.port === '') return null
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) }
}

/** The persistent peers of a member, `<node id>@HOST:PORT`: every other member with such an address. */
export function peersOf(
  crypto: Pick<CryptoProvider, 'sha256'>,
  { members }: ConsortiumDocument,
  own: string,
): readonly string[] {
  return members.flatMap(({ name, addresses, keys }) => {
    const address = addresses.map(parseConsensusAddress).find((found) => found !== null)
    if (name === own || address === undefined) return []
    const host = address.host.includes(':') ? `[${address.host}]` : address.host
    return [`${nodeIdOf(crypto, keys.transport)}@${host}:${address.port}`]
  })
}
