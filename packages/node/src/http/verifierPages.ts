/**
 * The verifier pages as this node serves them: made once, on the first request, from the sources of the package `verify`.
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { buildVerifierPages, nodePagePolicy, type VerifierPages } from '@jurat/verify/pages/build'
import type { Reply } from './handler.ts'

interface ReadyPage {
  readonly plain: Buffer
  readonly gzipped: Buffer
}

interface ReadyPages {
  readonly built: VerifierPages
  readonly file: ReadyPage
  readonly node: ReadyPage
}

/** Serves the pages. */
export class PageShelf {
  #ready: Promise<ReadyPages> | null = null

  /** The offline file, to be kept. */
  async file(request: IncomingMessage): Promise<Reply> {
    const { file } = await this.#pages()
    return reply(request, file, { 'content-disposition': 'attachment; filename="verify.html"' })
  }

  /**
   * The public page: it may ask for the trust file and the offline file, of a deposit for that one's receipt, of a certificate
   * for what is known of it and for receipts.
   */
  async page(request: IncomingMessage, subject: string | null): Promise<Reply> {
    const { built, node } = await this.#pages()
    const paths = ['/v1/trust', '/verify.html', ...(subject === null ? [] : askedFor(subject))]
    const policy = nodePagePolicy(built, addressesOf(request, paths))
    return reply(request, node, { 'content-security-policy': policy, 'referrer-policy': 'no-referrer' })
  }

  #pages(): Promise<ReadyPages> {
    const made = (this.#ready ??= makePages())
    // What failed once may work the next time.
    made.catch(() => {
      this.#ready = null
    })
    return made
  }
}

/** A certificate's number has hyphens, a deposit's id has none. A path that ends with a slash stands for all below it. */
const askedFor = (subject: string): string[] =>
  subject.includes('-') ? [`/v1/certificates/${subject}`, '/v1/receipts/'] : [`/v1/receipts/${subject}`]

async function makePages(): Promise<ReadyPages> {
  const built = await buildVerifierPages()
  const [file, node] = await Promise.all([ready(built.file), ready(built.node)])
  return { built, file, node }
}

async function ready(html: string): Promise<ReadyPage> {
  const plain = Buffer.from(html)
  return { plain, gzipped: await promisify(gzip)(plain, { level: 9 }) }
}

function reply(
  { headers }: IncomingMessage,
  { plain, gzipped }: ReadyPage,
  more: Readonly<Record<string, string>>,
): Reply {
  const accepted = (headers['accept-encoding'] ?? '').split(',')
  const mayGzip = accepted.some((coding) => coding.trim().toLowerCase() === 'gzip')
  return {
    status: 200,
    body: mayGzip ? gzipped : plain,
    headers: {
      'cache-control': 'no-cache',
      vary: 'accept-encoding',
      ...(mayGzip && { 'content-encoding': 'gzip' }),
      ...more,
    },
  }
}

/**
 * Whole addresses in a content policy need the host by which the reader reached this node. The scheme is that of the
 * page, also behind a proxy. A host that is no plain name (an IPv6 address cannot stand in a policy) leaves this node as a whole.
 */
function addressesOf({ headers }: IncomingMessage, paths: readonly string[]): readonly string[] {
  const host = headers.host ?? ''
  return /^[a-z\d.-]+(:\d{1,5})?$/iu.test(host) ? paths.map((path) => `${host}${path}`) : ["'self'"]
}
