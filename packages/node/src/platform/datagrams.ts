/**
 * One datagram there and one back (UDP), as an argument: sources of time are asked through it.
 * @module
 */
import { createSocket } from 'node:dgram'

/** Outgoing datagrams. */
export interface Datagrams {
  /** Sends `message` and gives the first answer of that address. @throws {Error} when there is none within `timeoutMs`. */
  ask(
    place: { readonly host: string; readonly port: number },
    message: Uint8Array,
    timeoutMs: number,
  ): Promise<Uint8Array>
}

/** Those of this machine. */
export const nodeDatagrams: Datagrams = {
  ask({ host, port }, message, timeoutMs) {
    return new Promise((resolve, reject) => {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
      const end = (action: () => void): void => {
        clearTimeout(timer)
        socket.close()
        action()
      }
      const fail = (error: Error): void => end(() => reject(error))
      const timer = setTimeout(
        () => fail(new Error(`${host}:${port} did not answer within ${timeoutMs} ms`)),
        timeoutMs,
      )
      socket.once('error', fail)
      // A connected socket takes answers of that address alone.
      socket.connect(port, host, () => {
        socket.once('message', (answer) => end(() => resolve(new Uint8Array(answer))))
        socket.send(message)
      })
    })
  },
}
