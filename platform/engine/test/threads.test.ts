import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import { type Engine, type MessageDetail, routeFiles } from '../src/index.ts'
import { eventually, failure, world, type World } from './harness.ts'

const folder = fileURLToPath(new URL('routes', import.meta.url))
const badFolder = fileURLToPath(new URL('bad-routes', import.meta.url))

describe('routes in threads of their own', () => {
  let w: World
  let engine: Engine
  before(async () => {
    w = await world()
    engine = await w.startFiles(await routeFiles(folder), {
      capabilities: { wards: { nameOf: async (code: string) => `ward ${code}` } },
    })
  })
  after(() => w.close())

  const settled = (id: number): Promise<MessageDetail | undefined> =>
    eventually(
      () => engine.message(id),
      message => message?.status !== 'waiting',
      20_000,
    )

  test('the revision is the version and a hash of the source', () => {
    assert.match(engine.description('quiet')?.revision ?? '', /^2\.1\.0\+[0-9a-f]{8}$/)
  })

  test('a message goes through, in order of its key, with what capabilities answer', async () => {
    const out = w.peers.receiver('out')
    const ids = []
    for (let n = 0; n < 20; n += 1) ids.push(await w.peers.send('in', `k${n % 3}|${n}|${n === 4 ? 'ask' : 'x'}`))
    await out.count(20)
    for (const key of ['k0', 'k1', 'k2']) {
      const numbers = out.received.filter(item => item.key === key).map(({ text }) => Number(text.split('|')[1]))
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
    }
    assert.ok(out.received.some(({ text }) => text === 'k1|4|ward 301'))
    const trace = await engine.trace(ids[4] ?? 0)
    assert.equal(trace?.exact, true)
    assert.ok(trace?.steps.some(({ name, outcome }) => name === 'out' && outcome === 'output'))
  })

  test('a duplicate is found, though its key is only known to the route', async () => {
    const second = w.peers.receiver('second')
    await w.peers.send('other', 'a|same|1')
    const again = await w.peers.send('other', 'a|same|2')
    assert.equal((await settled(again))?.status, 'duplicate')
    assert.equal(second.received.filter(({ text }) => text === '2').length, 0)
  })

  for (const [what, code] of [
    ['spin', 'step-time-exceeded'],
    ['spin-later', 'step-time-exceeded'],
    ['leak', 'step-memory-exceeded'],
    ['leave', 'route-thread-ended'],
  ] as const) {
    test(`a message that makes its route ${what} is a dead letter, and nothing else is lost or out of order`, async () => {
      const out = w.peers.receiver('out')
      const second = w.peers.receiver('second')
      out.received.length = 0
      second.received.length = 0
      const before = await w.peers.send('in', `p|${what}-1|x`)
      const guilty = await w.peers.send('in', `p|${what}-2|${what}`)
      const behind = []
      for (let n = 3; n < 8; n += 1) behind.push(await w.peers.send('in', `p|${what}-${n}|x`))
      const begun = performance.now()
      await w.peers.send('other', `q|${what}|free`)
      await second.count(1)
      assert.ok(performance.now() - begun < 250, 'another route is not touched')
      const dead = await settled(guilty)
      assert.equal(dead?.status, 'dead')
      assert.equal(dead?.timeline.at(-1)?.code, code)
      for (const id of [before, ...behind]) assert.equal((await settled(id))?.status, 'delivered')
      const order = out.received.map(({ text }) => text.split('|')[1])
      assert.deepEqual(
        [...new Set(order)],
        [1, 3, 4, 5, 6, 7].map(n => `${what}-${n}`),
      )
      const groups = await engine.deadLetterGroups({ route: 'troubled' })
      assert.ok(groups.some(({ key }) => key === `troubled/because ${code}`))
    })
  }

  test('after a restart, what was stored does not overtake what has to run again', async () => {
    const other = await world()
    const out = other.peers.receiver('out')
    out.answer = async () => {
      throw failure('unavailable')
    }
    const files = (await routeFiles(folder)).filter(({ file }) => file.includes('troubled'))
    const first = await other.startFiles(files, { limits: { outputsInMemoryMax: 20 }, capabilities: { wards: {} } })
    const ids: number[] = []
    for (let n = 0; n < 60; n += 1) ids.push(await other.peers.send('in', `k${n % 2}|${n}|x`))
    await eventually(
      () => first.message(ids.at(-1) ?? 0),
      message => message?.timeline.at(-1)?.kind === 'queued',
    )
    await first.stop()
    out.answer = () => undefined
    await other.startFiles(files, { capabilities: { wards: {} } })
    await out.count(60)
    for (const key of ['k0', 'k1']) {
      const numbers = out.received.filter(item => item.key === key).map(({ text }) => Number(text.split('|')[1]))
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
    }
    await other.close()
  })

  test('a route module that never ends loading is refused in time, by name', async () => {
    const files = await routeFiles(badFolder)
    const other = await world()
    await assert.rejects(other.startFiles(files, { limits: { loadMs: 500 } }), {
      code: 'route-load-timeout',
      message: /never-loads\.ts took more than 500 ms/,
    })
    await other.close()
  })
})
