/**
 * A document as its template gets it: texts in the order in which they stand, and nothing that would have to be worked out.
 * @module
 */
import type { Bytes } from '@jurat/core/bytes'

/** One line of a table. */
export interface Row {
  readonly label: string
  readonly value: string
  /** A digest: in groups, in a font in which no two characters look alike. */
  readonly digest?: true
}

/** What stands below one another. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'subheading'; readonly text: string }
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'paragraph'; readonly text: string }
  /** Something that nobody may overlook. */
  | { readonly kind: 'notice'; readonly text: string }
  /** The code with what is said of it beside. */
  | { readonly kind: 'code'; readonly link: string; readonly paragraphs: readonly string[] }

/** A file that is attached. */
export interface Attachment {
  readonly name: string
  readonly mediaType: string
  readonly description: string
  readonly relationship: 'data' | 'supplement'
  readonly bytes: Bytes
}

/** A whole document. */
export interface Page {
  readonly language: 'en' | 'zh'
  readonly region: 'GB' | 'CN' | 'TW'
  readonly title: string
  readonly subtitle: string
  readonly issuer: string
  /** Names of the files of pictures that stand at the top. */
  readonly logos: readonly { readonly name: string; readonly file: string }[]
  readonly blocks: readonly Block[]
  /** At the foot of every page, with `{page}` and `{pages}`. */
  readonly foot: string
  /** The date of the document, milliseconds since 1970 UTC. */
  readonly dateMs: number
}

/** A page and the bytes that go with it. */
export interface LaidOut {
  readonly page: Page
  readonly attachments: readonly Attachment[]
  /** Pictures by the names of their files. */
  readonly pictures: ReadonlyMap<string, Bytes>
}

/** Every text that is drawn, with the words for a person who asks where it stands. */
export function textsOf({ title, subtitle, issuer, logos, blocks, foot }: Page): string[] {
  const inBlock = (block: Block): string[] => {
    if (block.kind === 'rows') return block.rows.flatMap(({ label, value }) => [label, value])
    if (block.kind === 'code') return [block.link, ...block.paragraphs]
    return [block.text]
  }
  return [title, subtitle, issuer, ...logos.map(({ name }) => name), ...blocks.flatMap(inBlock), foot]
}

/** A digest in groups of eight, which a person can compare. */
export const grouped = (digest: string): string => (digest.match(/.{1,8}/gu) ?? []).join(' ')
