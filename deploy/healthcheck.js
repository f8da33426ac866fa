/**
 * Asks the node of this container for its health: 0 when it makes progress, 1 when it does not. Plain JavaScript without
 * dependencies: it runs every few seconds.
 */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

const timeoutMs = 4_000
const port = (process.env.JURAT_LISTEN ?? '127.0.0.1:8080').split(':').at(-1)
const overTls = (process.env.JURAT_TLS_CERTIFICATE ?? '') !== ''
const request = overTls ? requestHttps : requestHttp

// The certificate names the outside address and not this one; nothing secret is sent.
const options = { host: '127.0.0.1', port, path: '/health', timeout: timeoutMs, rejectUnauthorized: false }
const fail = () => process.exit(1)
const sent = request(options, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1))
sent.on('error', fail)
sent.on('timeout', fail)
sent.end()
