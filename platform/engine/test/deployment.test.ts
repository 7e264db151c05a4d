import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import { type Engine, type RouteFile, routeFiles } from '../src/index.ts'
import { eventually, failure, world, type World } from './harness.ts'

const version = (name: string): Promise<readonly RouteFile[]> =>
  routeFiles(fileURLToPath(new URL(`versions/${name}/routes`, import.meta.url)))

describe('a deployment', () => {
  let w: World
  let engine: Engine
  /** What came before it ran on the first revision. */
  let firstTraffic = 0
  before(async () => {
    w = await world()
    engine = await w.startFiles(await version('one'))
  })
  after(() => w.close())

  test('is planned by the newest real messages, without touching anything', async () => {
    const texts = ['x', 'noise', 'x']
    for (const [n, text] of texts.entries()) await w.peers.send('in', `k|${n}|${text}`)
    const out = w.peers.receiver('out')
    await out.count(3)
    const plan = await engine.plan(await version('two'))
    assert.deepEqual(
      plan.routes.map(({ name, change }) => `${name} ${change}`),
      ['added added', 'changing changed'],
    )
    const changing = plan.routes.find(({ name }) => name === 'changing')
    assert.equal(changing?.simulated, 3)
    assert.deepEqual(
      changing?.different.map(({ kind, before: one, after: two }) => [kind, text(one), text(two)]),
      [
        ['output', 'k|2|one', 'k|2|two'],
        ['drop', null, 'no-noise: noise'],
        ['output', 'k|0|one', 'k|0|two'],
      ],
    )
    assert.equal(out.received.length, 3)
    assert.match(engine.description('changing')?.revision ?? '', /^1\.0\.0\+/)
  })

  test('takes over under traffic: nothing is lost, doubled or out of order', async () => {
    const out = w.peers.receiver('out')
    out.received.length = 0
    let stop = false
    let sent = 0
    firstTraffic = Date.now()
    const sending = ['a', 'b', 'c', 'd'].map(async key => {
      for (let n = 0; !stop; n += 1) {
        await w.peers.send('in', `${key}|${n}|x`)
        sent += 1
      }
    })
    await new Promise(resolve => setTimeout(resolve, 150))
    const deployed = await engine.apply(await version('two'))
    assert.deepEqual(
      deployed.routes.map(({ name }) => name),
      ['changing', 'added'],
      'what another depends on comes first',
    )
    await new Promise(resolve => setTimeout(resolve, 150))
    stop = true
    await Promise.all(sending)
    await out.count(sent)
    assert.equal(out.received.length, sent)
    const versions = out.received.map(({ text: sentText }) => sentText.split('|')[2])
    assert.ok(versions.includes('one') && versions.includes('two'))
    for (const key of ['a', 'b', 'c', 'd']) {
      const numbers = out.received.filter(item => item.key === key).map(item => Number(item.text.split('|')[1]))
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => index),
      )
    }
    assert.match(engine.description('changing')?.revision ?? '', /^1\.1\.0\+/)
    const second = w.peers.receiver('second')
    second.received.length = 0
    await w.peers.send('other', 'z|1|from the new route')
    await second.count(1)
  })

  test('leaves a message alone that is to run on its own revision when another runs', async () => {
    const { items } = await engine.searchMessages({
      route: 'changing',
      limit: 500,
      to: new Date(firstTraffic).toISOString(),
    })
    const old = items.find(({ revision }) => revision.startsWith('1.0.0+'))
    assert.ok(old)
    const original = engine.act('reinject', old.id, { reason: 'again', revision: 'original' }, { name: 'anna' })
    await assert.rejects(original, { code: 'revision-not-running', category: 'conflict' })
    const { newMessageId } = await engine.act('reinject', old.id, { reason: 'again' }, { name: 'anna' })
    await eventually(
      () => engine.message(newMessageId ?? 0),
      message => message?.status === 'delivered',
    )
  })

  test('keeps what waits for a receiver that is away, and lets what is removed drain', async () => {
    const out = w.peers.receiver('out')
    const second = w.peers.receiver('second')
    out.received.length = 0
    second.received.length = 0
    const away = async (): Promise<void> => {
      throw failure('unavailable')
    }
    out.answer = away
    second.answer = away
    for (let n = 0; n < 10; n += 1) await w.peers.send('in', `k|${n}|x`)
    await engine.apply(await version('three'))
    assert.equal(engine.description('added'), undefined)
    await w.peers.send('in', 'k|10|x')
    out.answer = () => undefined
    second.answer = () => undefined
    await out.count(11)
    assert.deepEqual(
      out.received.map(({ text: sentText }) => sentText),
      [...Array.from({ length: 10 }, (_, n) => `k|${n}|two`), 'k|10|one'],
    )
    await second.count(10)
    await eventually(
      async () => engine.routes().map(({ name }) => name),
      names => names.join() === 'changing',
    )
  })

  test('that names what is not there, or goes in circles, changes nothing', async () => {
    const files = await version('two')
    const alone = files.filter(({ file }) => file.includes('added'))
    await assert.rejects(engine.apply(alone), { code: 'route-dependency-unknown' })
    assert.deepEqual(
      engine.routes().map(({ name }) => name),
      ['changing'],
    )
  })
})

function text(value: Uint8Array | string | null): string | null {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : value
}
