/**
 * What the public page asks its own node for: the receipt of a deposit, a certificate, the trust file, and the script of the offline file, by
 * GET and nothing else.
 * @module
 */

/** A file from the node. */
export interface NodeFile {
  readonly name: string
  readonly blob: Blob
}

/** What came of asking for a receipt. */
export type ReceiptAnswer =
  | { readonly kind: 'receipt'; readonly file: NodeFile }
  | { readonly kind: 'missing' | 'uncovered' }
  | { readonly kind: 'silent'; readonly reason: string }

/** The deposit that an address `/v/{number}` names; null for other pages. */
export function depositOf(path: string): string | null {
  return /^\/v\/([a-z2-7]{58})$/u.exec(path)?.[1] ?? null
}

/** The receipt of a deposit. */
export async function askReceipt(deposit: string): Promise<ReceiptAnswer> {
  try {
    const answer = await ask(`/v1/receipts/${deposit}`)
    if (answer.status === 200) {
      return { kind: 'receipt', file: { name: `${deposit.slice(0, 12)}.jurat.json`, blob: await answer.blob() } }
    }
    if (answer.status === 202) return { kind: 'uncovered' }
    return answer.status === 404 ? { kind: 'missing' } : { kind: 'silent', reason: String(answer.status) }
  } catch (error) {
    return { kind: 'silent', reason: String(error) }
  }
}

/** The certificate whose number an address names; null for other pages. */
export function certificateOf(path: string): string | null {
  return /^\/v\/([A-Z0-9]{1,8}-\d{4}-\d{6,9})$/u.exec(path)?.[1] ?? null
}

/** What the node says of a certificate. */
export interface KnownCertificate {
  readonly number: string
  readonly issuer: string
  /** Milliseconds since 1970 UTC. */
  readonly issuedMs: number
  /** Of the file, hexadecimal. */
  readonly sha256: string
  readonly deposits: readonly { readonly id: string; readonly digest: string }[]
  readonly replacedBy: readonly string[]
  readonly correctedBy: readonly string[]
}

/** What is known of a number; null: it was not issued. @throws when the node does not answer. */
export async function askCertificate(number: string): Promise<KnownCertificate | null> {
  const answer = await ask(`/v1/certificates/${number}`)
  if (answer.status === 404) return null
  if (answer.status !== 200) throw new Error(String(answer.status))
  return (await answer.json()) as KnownCertificate
}

/** The trust file of the node. @throws when it does not answer. */
export async function askTrust(): Promise<NodeFile> {
  const answer = await ask('/v1/trust')
  if (answer.status !== 200) throw new Error(String(answer.status))
  return { name: 'trust.json', blob: await answer.blob() }
}

/** The script of the offline file, which verifies more kinds of evidence. @throws when the node does not answer. */
export async function askFileScript(): Promise<string> {
  const answer = await ask('/verify.html')
  const script = /<script>([\s\S]*)<\/script>/u.exec(await answer.text())?.[1]
  if (answer.status !== 200 || script === undefined) throw new Error(String(answer.status))
  return script
}

const ask = (path: string): Promise<Response> =>
  fetch(path, { credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' })
