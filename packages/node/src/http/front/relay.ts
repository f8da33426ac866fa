/**
 * Connections that are not for the lane of a front thread: their bytes go to the HTTP server of the main thread and come
 * back untouched, over a socket of the machine that has no file (an abstract one, Linux). One line goes ahead: the secret
 * by which the server knows its own threads, and the client's address.
 * @module
 */
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { silenceMsMax } from '../connectionLimits.ts'
import type { RelayTarget } from './frontMessages.ts'

/** Bytes of the line that goes ahead. */
const lineBytesMax = 256

/**
 * How long both ends stay after the last answer, milliseconds: a client that still sends would otherwise meet a closed
 * end, and the answer on its way be lost. A client that ends its side ends it at once.
 */
const clientLingerMs = 1_000
const serverLingerMs = 500

/** Passes a client's connection on, in a front thread. @param read - what was read of it already */
export function relay(client: Socket, read: Buffer | null, { path, secret }: RelayTarget): void {
  const server = connect({ path, allowHalfOpen: true })
  server.write(`${secret} ${client.remotePort ?? 0} ${client.remoteAddress ?? ''}\n`)
  if (read !== null) server.write(read)
  client.pipe(server)
  server.pipe(client, { end: false })
  server.on('end', () => {
    client.unpipe(server)
    server.destroy()
    // What is left for the client may wait as long as any answer; what it still sends is for nobody.
    client.setTimeout(silenceMsMax, () => client.destroy())
    client.end(() => setTimeout(() => client.destroy(), clientLingerMs).unref())
    client.resume()
  })
  server.on('error', () => client.destroy())
  server.on('close', () => {
    if (!client.writableEnded) client.destroy()
  })
  client.on('error', () => server.destroy())
  client.on('close', () => server.destroy())
  if (client.isPaused()) client.resume()
}

/** Makes a server take relayed connections, and no others, however many. */
export function takeRelayed(server: Server, secret: string): void {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  // The front threads count the clients.
  server.maxConnections = Number.POSITIVE_INFINITY
  server.on('connection', (socket: Socket) => {
    readLine(socket, secret, () => {
      for (const listener of listeners) listener.call(server, socket)
    })
  })
}

function readLine(socket: Socket, secret: string, done: () => void): void {
  let waiting: Buffer | null = null
  const onEnd = (): void => void socket.destroy()
  const onData = (chunk: Buffer): void => {
    waiting = waiting === null ? chunk : Buffer.concat([waiting, chunk])
    const end = waiting.indexOf('\n')
    if (end === -1 && waiting.length < lineBytesMax) return
    const [word, port, address] = waiting.toString('latin1', 0, Math.max(end, 0)).split(' ')
    if (word !== secret) {
      socket.destroy()
      return
    }
    socket.off('data', onData).off('end', onEnd).off('error', onEnd)
    Object.defineProperties(socket, { remoteAddress: { value: address }, remotePort: { value: Number(port) } })
    socket.destroySoon = () => lingerAfter(socket)
    if (waiting.length > end + 1) socket.unshift(waiting.subarray(end + 1))
    done()
  }
  socket.on('data', onData).on('end', onEnd).on('error', onEnd)
}

/** Ends a connection, and lets what still comes go nowhere, so that no request is begun after the last answer. */
function lingerAfter(socket: Socket): void {
  socket.removeAllListeners('data')
  socket.on('data', () => {})
  socket.end()
  const timer = setTimeout(() => socket.destroy(), serverLingerMs).unref()
  socket.once('close', () => clearTimeout(timer))
}
