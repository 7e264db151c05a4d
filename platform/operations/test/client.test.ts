import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SambandError } from '@samband/errors'
import { createOperationsClient, type OperationsClient } from '../src/client.ts'
import { knownBody } from './fake-engine.ts'
import { operationsServer, type OperationsServer } from './operations-server.ts'

let running: OperationsServer
let client: OperationsClient
let url: string
before(async () => {
  running = await operationsServer()
  url = await running.server.listen({ host: '127.0.0.1', port: 0 })
  client = createOperationsClient({ url, token: 'token-operator' })
})
after(async () => await running.close())

test('a body arrives byte for byte, and its text in its own character set', async () => {
  const body = await client.body(42)
  assert.deepEqual(Buffer.from(body.bytesBase64, 'base64'), Buffer.from(knownBody))
  assert.equal(body.charset, 'iso-8859-1')
  assert.match(body.text, /Nordmann\^Bjørn/)
})

test('a tree has 1-based paths, repetitions and subcomponents', async () => {
  const { segments, issues } = await client.tree(42)
  assert.deepEqual(issues, [])
  const paths = (nodes: typeof segments): string[] =>
    nodes.flatMap(({ path, value, children }) => [`${path}=${value ?? ''}`, ...paths(children)])
  const all = paths(segments)
  for (const expected of [
    'MSH-1=|',
    'MSH-2=^~\\&',
    'MSH-9.2=A01',
    'PID-3[1].4.2=2.16.578.1.12.4.1.4.1',
    'PID-3[2].1=4711',
    'PID-5.2=Bjørn',
    'PV1-3.3.2=X',
  ]) {
    assert.ok(all.includes(expected), `${expected} is not among ${all.join(' ')}`)
  }
})

test('a trace shows text in the character set of the message', async () => {
  const { steps } = await client.trace(42)
  assert.match(steps[0]?.after ?? '', /Bjørn/)
  assert.equal(steps[1]?.after, '{}')
})

test('a graph has a spine and branches', async () => {
  const graph = await client.routeGraph('adt')
  assert.deepEqual(
    graph.edges.map(({ from, to }) => `${from} ${to}`),
    ['source dedupe', 'dedupe order', 'order to:lis'],
  )
  assert.equal(graph.nodes.find(({ id }) => id === 'dedupe')?.detail, 'within 7d')
})

test('acts carry who did them', async () => {
  await client.act('resend', 42, { reason: 'lost on the way', destination: 'lis' })
  assert.deepEqual(running.engine.acts.at(-1), [
    'resend',
    42,
    { reason: 'lost on the way', destination: 'lis' },
    { name: 'operator' },
  ])
})

async function thrown(promise: Promise<unknown>): Promise<SambandError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof SambandError)
  return error
}

test('the code and category of the server arrive', async () => {
  const error = await thrown(client.message(41))
  assert.deepEqual([error.code, error.category], ['not-found', 'not-found'])
})

test('a token without the permission is forbidden', async () => {
  const error = await thrown(client.tokens())
  assert.deepEqual([error.code, error.category], ['permission-missing', 'forbidden'])
})

test('nobody at the address is unavailable, with the setting to change', async () => {
  const error = await thrown(createOperationsClient({ url: 'http://127.0.0.1:9', token: 'x' }).status())
  assert.equal(error.category, 'unavailable')
  assert.match(error.message, /SAMBAND_URL/)
})

test('somebody else at the address is told apart', async () => {
  const error = await thrown(createOperationsClient({ url: `${url}/elsewhere`, token: 'x' }).status())
  assert.equal(error.code, 'server-unknown')
})
