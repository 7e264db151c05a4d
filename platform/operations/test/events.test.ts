import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { systemStatus } from '../src/answers.ts'
import { password } from './fake-access.ts'
import { operationsServer, type OperationsServer } from './operations-server.ts'

async function listening(running: OperationsServer): Promise<string> {
  return await running.server.listen({ host: '127.0.0.1', port: 0 })
}

async function listen(address: string, headers: Record<string, string>): Promise<IncomingMessage> {
  const request = get(`${address}/api/v1/events`, { headers, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  return response
}

/** Reads until so many status events came, and answers their data. */
async function statusEvents(response: IncomingMessage, wanted: number): Promise<unknown[]> {
  let text = ''
  for await (const chunk of response.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    const found = [...text.matchAll(/^event: status\ndata: (.*)\n\n/gm)]
    if (found.length >= wanted) return found.map(match => JSON.parse(match[1] ?? '') as unknown)
  }
  return assert.fail('the stream ended')
}

const token = { authorization: 'Bearer token-monitor' }

test('a listener gets the status at once and again, and nothing is computed when it has left', async () => {
  const running = await operationsServer({ limits: { eventIntervalMs: 5 } })
  const address = await listening(running)
  const response = await listen(address, token)
  assert.equal(response.headers['content-type'], 'text/event-stream')
  assert.match(String(response.headers['content-security-policy']), /default-src 'none'/)
  const events = await statusEvents(response, 3)
  assert.deepEqual(systemStatus.safeParse(events[0]).error?.issues ?? [], [])
  response.destroy()
  await once(response, 'close')
  await running.close()
  const reads = running.engine.statusReads
  await new Promise(done => setTimeout(done, 30))
  assert.equal(running.engine.statusReads, reads)
})

test('listeners share one reading', async () => {
  const running = await operationsServer({ limits: { eventIntervalMs: 60_000 } })
  const address = await listening(running)
  const responses = await Promise.all([1, 2, 3, 4].map(() => listen(address, token)))
  await Promise.all(responses.map(response => statusEvents(response, 1)))
  assert.ok(running.engine.statusReads <= 4)
  await running.close()
})

test('one listener too many is told so', async () => {
  const running = await operationsServer({ limits: { eventListenersMax: 1 } })
  const address = await listening(running)
  const first = await listen(address, token)
  const second = await listen(address, token)
  assert.equal(second.statusCode, 503)
  second.resume()
  first.destroy()
  await running.close()
})

test('closing the server ends the streams', async () => {
  const running = await operationsServer()
  const response = await listen(await listening(running), token)
  await statusEvents(response, 1)
  const ended = once(response, 'close')
  response.resume()
  await running.close()
  await ended
})

test('a stream ends when its session has ended', async () => {
  const running = await operationsServer({ limits: { eventIntervalMs: 5, eventSessionCheckMs: 0 } })
  const address = await listening(running)
  const signIn = await running.server.inject({
    method: 'POST',
    url: '/api/v1/session',
    headers: { 'x-samband-csrf': '1' },
    payload: { name: 'monitor', password },
  })
  const cookie = String(signIn.headers['set-cookie']).split(';')[0] ?? ''
  const response = await listen(address, { cookie })
  const ended = once(response, 'end')
  response.resume()
  running.access.sessions.clear()
  await ended
  await running.close()
})

test('events need a login', async () => {
  const running = await operationsServer()
  const { statusCode } = await running.server.inject({ url: '/api/v1/events' })
  assert.equal(statusCode, 401)
  await running.close()
})
