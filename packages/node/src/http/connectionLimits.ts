/**
 * Limits of a connection that the fast lane and the HTTP server hold alike.
 * @module
 */

/** Longest silence on a connection while a request is read or answered, milliseconds. */
export const silenceMsMax = 60_000
/** Longest time that a stop waits for requests on their way, milliseconds. */
export const stopTimeoutMs = 10_000
/** New connections that wait for being taken. */
export const backlogMax = 2_048
