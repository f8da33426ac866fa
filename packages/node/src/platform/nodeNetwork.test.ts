import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { fromText } from '@jurat/core/bytes'
import { nodeNetwork } from './nodeNetwork.ts'

let server: Server
let url = ''

before(async () => {
  server = createServer((request, response) => {
    if (request.url === '/silent') return
    if (request.url === '/moved') {
      response.writeHead(302, { location: '/echo' }).end()
      return
    }
    if (request.url === '/endless') {
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', more)
      }
      more()
      return
    }
    response.writeHead(409, { 'content-type': request.headers['content-type'] })
    request.pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

after(() => {
  server.closeAllConnections()
  server.close()
})

const options = { contentType: 'text/x.test', timeoutMs: 2_000, bodyBytesMax: 1_000 }

test('an answer comes back with its status, type and body', async () => {
  const response = await nodeNetwork.post(`${url}/echo`, fromText('hello'), options)
  assert.deepEqual(response, { status: 409, contentType: 'text/x.test', body: fromText('hello') })
})

test('redirects are not followed', async () => {
  assert.equal((await nodeNetwork.post(`${url}/moved`, fromText('hello'), options)).status, 302)
})

test('an answer that is too long, too late or not there is an error', async () => {
  await assert.rejects(nodeNetwork.post(`${url}/echo`, new Uint8Array(1_001), options), /longer than 1000 bytes/)
  await assert.rejects(nodeNetwork.post(`${url}/endless`, fromText('x'), options), /longer than 1000 bytes/)
  await assert.rejects(nodeNetwork.post(`${url}/silent`, fromText('x'), { ...options, timeoutMs: 100 }), {
    name: 'TimeoutError',
  })
  await assert.rejects(nodeNetwork.post('http://127.0.0.1:1', fromText('x'), options))
})
