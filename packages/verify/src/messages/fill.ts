/**
 * Filling the placeholders of a message.
 * @module
 */

/** Values for the placeholders of a message. */
export type MessageValues = Readonly<Record<string, string | number>>

/** A text with its placeholders, `{name}`, filled. Those without a value stay as they are. */
export function fill(text: string, values: MessageValues): string {
  return text.replaceAll(/\{(\w+)\}/gu, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  )
}
