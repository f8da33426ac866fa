/**
 * How a process that the node has started tells it something: the node may end at any moment, and then nobody is left
 * to be told, which is no failure.
 * @module
 */
import type { Serializable } from 'node:child_process'

/** Sends a message to the node, if it is still there. Never throws, and raises no error later. */
export function tellNode(message: Serializable): void {
  // The channel may be closed while `connected` still says otherwise: the callback takes what comes of that.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}
