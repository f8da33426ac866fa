/**
 * Outgoing HTTP as an argument: witnesses and, later, members are asked through it.
 * @module
 */

/** An answer of another machine. Its body is untrusted and was read up to `bodyBytesMax`. */
export interface NetworkResponse {
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
}

/** Outgoing requests. */
export interface Network {
  /** Posts `body`. @throws {Error} when there is no answer within `timeoutMs` or it is longer than `bodyBytesMax`. */
  post(
    url: string,
    body: Uint8Array,
    options: {
      contentType: string
      timeoutMs: number
      bodyBytesMax: number
      headers?: Readonly<Record<string, string>>
    },
  ): Promise<NetworkResponse>
  /** Gets `url`. @throws {Error} as `post` does. */
  get(url: string, options: { timeoutMs: number; bodyBytesMax: number }): Promise<NetworkResponse>
}
