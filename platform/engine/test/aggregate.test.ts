import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { drop, type RouteDefinition, route } from '@samband/route'
import { eventually, failure, memory, notes, world, type World } from './harness.ts'

const collect: RouteDefinition = route('collect', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('in'))
  .parse(notes)
  .unordered()
  .aggregate('by-key', {
    key: note => note.key,
    count: 3,
    timeout: '2500ms',
    combine: members => ({ key: members[0]?.key, text: members.map(note => note.controlId).join('+') }),
  })
  .filter('not-empty', group => (group.text.startsWith('skip') ? drop('nothing to say') : true))
  .map('check', group => {
    if (group.text.includes('bad')) throw new Error('bad')
    return group
  })
  .to('out', memory('out'), {
    map: group => `${group.key}|${group.text}`,
    retry: { backoff: '10ms', max: '20ms' },
  })
  .onError({ deadLetter: 'collect' })

const urgentFirst: RouteDefinition = route('urgent-first', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('other'))
  .parse(notes)
  .orderBy(note => note.key)
  .priority(note => (note.text === 'stat' ? 'urgent' : 'routine'))
  .to('second', memory('second'), {
    map: note => `${note.key}|${note.controlId}`,
    retry: { backoff: '20ms', max: '40ms' },
  })
  .onError({ deadLetter: 'urgent-first' })

describe('routes that collect', () => {
  let w: World
  before(async () => {
    w = await world()
  })
  after(() => w.close())

  const settled = (engine: Awaited<ReturnType<World['start']>>, id: number): ReturnType<typeof engine.message> =>
    eventually(
      () => engine.message(id),
      message => message?.status !== 'waiting',
    )

  test('three messages of a key become one delivery, and each says what became of it', async () => {
    const engine = await w.start([collect])
    const out = w.peers.receiver('out')
    const ids = []
    for (const n of [1, 2]) ids.push(await w.peers.send('in', `a|${n}|x`))
    assert.equal((await engine.message(ids[0] ?? 0))?.status, 'waiting')
    ids.push(await w.peers.send('in', 'a|3|x'))
    await out.count(1)
    assert.equal(out.received[0]?.text, 'a|1+2+3')
    for (const id of ids) assert.equal((await settled(engine, id))?.status, 'delivered')
    const first = await engine.message(ids[0] ?? 0)
    assert.deepEqual(
      first?.timeline.map(({ kind }) => kind),
      ['received', 'aggregated'],
    )
    await engine.stop()
  })

  test('a group that is not complete goes when its time is over', async () => {
    const engine = await w.start([collect])
    const out = w.peers.receiver('out')
    out.received.length = 0
    await w.peers.send('in', 'late|1|x')
    await w.peers.send('in', 'late|2|x')
    await out.count(1)
    assert.equal(out.received[0]?.text, 'late|1+2')
    await engine.stop()
  })

  test('after a crash the members join again, and the group goes out once', async () => {
    const out = w.peers.receiver('out')
    out.received.length = 0
    const engine = await w.start([collect])
    await w.peers.send('in', 'crash|1|x')
    await w.peers.send('in', 'crash|2|x')
    await engine.stop()
    const again = await w.start([collect])
    const third = await w.peers.send('in', 'crash|3|x')
    await settled(again, third)
    assert.deepEqual(
      out.received.map(({ text }) => text),
      ['crash|1+2+3'],
    )
    await again.stop()
  })

  test('what a group became is kept when its receiver is away at the crash', async () => {
    const out = w.peers.receiver('out')
    out.received.length = 0
    out.answer = async () => {
      throw failure('unavailable')
    }
    const engine = await w.start([collect])
    const ids = []
    for (const n of [1, 2, 3]) ids.push(await w.peers.send('in', `away|${n}|x`))
    await settled(engine, ids[0] ?? 0)
    await engine.stop()
    out.answer = () => undefined
    const again = await w.start([collect])
    await out.count(1)
    assert.equal(out.received[0]?.text, 'away|1+2+3')
    assert.equal((await settled(again, ids[2] ?? 0))?.status, 'delivered')
    await again.stop()
  })

  test('a group that fails is dead letters that form it again, one that is dropped is settled', async () => {
    const out = w.peers.receiver('out')
    out.received.length = 0
    const engine = await w.start([collect])
    const bad = []
    for (const n of ['bad', 2, 3]) bad.push(await w.peers.send('in', `b|${n}|x`))
    for (const id of bad) assert.equal((await settled(engine, id))?.status, 'dead')
    for (const id of bad) await engine.act('reprocess', id, { reason: 'once more' }, { name: 'kari' })
    for (const id of bad) assert.equal((await settled(engine, id))?.status, 'dead')
    const skipped = []
    for (const n of ['skip', 2, 3]) skipped.push(await w.peers.send('in', `c|${n}|x`))
    for (const id of skipped) assert.notEqual((await settled(engine, id))?.status, 'dead')
    assert.equal(out.received.length, 0)
    await engine.stop()
  })

  test('what is urgent goes before what waits, never before its own key', async () => {
    const second = w.peers.receiver('second')
    let away = true
    second.answer = async () => {
      if (away) throw failure('unavailable')
    }
    const engine = await w.start([urgentFirst])
    for (const [key, n, text] of [
      ['p', 1, 'x'],
      ['q', 1, 'x'],
      ['r', 1, 'x'],
      ['s', 1, 'stat'],
      ['p', 2, 'stat'],
    ])
      await w.peers.send('other', `${key}|${n}|${text}`)
    await new Promise(resolve => setTimeout(resolve, 100))
    away = false
    await second.count(5)
    const order = second.received.map(({ text }) => text)
    assert.ok(order.indexOf('s|1') < order.indexOf('r|1'), order.join())
    assert.ok(order.indexOf('p|1') < order.indexOf('p|2'))
    await engine.stop()
  })
})
