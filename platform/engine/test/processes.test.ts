import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type RouteDefinition, route } from '@samband/route'
import type { Engine } from '../src/index.ts'
import { eventually, failure, memory, notes, Peers, world, type World } from './harness.ts'

const byKey: RouteDefinition = route('by-key', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('in'))
  .parse(notes)
  .dedupe({ key: note => `${note.key}-${note.controlId}`, window: '1d' })
  .orderBy(note => note.key)
  .to('out', memory('out'), { map: note => `${note.key}|${note.controlId}`, retry: { backoff: '20ms', max: '100ms' } })
  .onError({ deadLetter: 'by-key' })

const unordered: RouteDefinition = route('unordered', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('other'))
  .parse(notes)
  .unordered()
  .to('second', memory('second'), { map: note => note.controlId })
  .onError({ deadLetter: 'unordered' })

// Nobody dies here; a process that a busy machine holds up for a second must not be taken for dead.
const quick = { beatEveryMs: 100, selfFenceAfterMs: 2_000, deadAfterMs: 4_000, sessionGoneMs: 2_000 }

describe('engines that share a tenant', () => {
  let w: World
  let folder: string
  let sockets = 0
  before(async () => {
    w = await world()
    folder = await mkdtemp(join(tmpdir(), 'samband-peers-'))
  })
  after(async () => {
    await w.close()
    await rm(folder, { recursive: true })
  })

  /** Each engine has sources of its own; the receivers are the same for all, as in the world. */
  async function start(): Promise<{ engine: Engine; peers: Peers }> {
    sockets += 1
    const peers = new Peers(w.peers)
    const engine = await w.start([byKey, unordered], {
      peers: { listen: `unix:${folder}/${sockets}.sock`, secret: Buffer.alloc(32, 9) },
      membership: quick,
      connector: peers.connector,
    })
    return { engine, peers }
  }

  function inOrder(): void {
    const last = new Map<string, number>()
    for (const { key, text } of w.peers.receiver('out').received) {
      const number = Number(text.split('|')[1])
      const came = w.peers
        .receiver('out')
        .received.filter(one => one.key === key)
        .map(({ text }) => text.split('|')[1])
      assert.ok(number > (last.get(key) ?? -1), `${key}: ${came.join(' ')}`)
      last.set(key, number)
    }
  }

  test('messages of a key are in order, wherever they arrive, also while an engine joins and leaves', async () => {
    const out = w.peers.receiver('out')
    const second = w.peers.receiver('second')
    const one = await start()
    const senders = [one.peers]
    let stop = false
    const numbers = new Map<string, number>()
    const sent: Promise<void>[] = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(async (key, index) => {
      for (let n = 0; !stop; n += 1) {
        const peers = senders[(n + index) % senders.length] as Peers
        await peers.send('in', `${key}|${n}|x`)
        await peers.send('other', `${key}|${key}${n}|x`)
        numbers.set(key, n)
      }
    })
    await new Promise(resolve => setTimeout(resolve, 300))
    const two = await start()
    senders.push(two.peers)
    await new Promise(resolve => setTimeout(resolve, 800))
    assert.ok(two.engine.routes().every(({ state }) => state === 'running'))
    senders.pop()
    await two.engine.stop()
    await new Promise(resolve => setTimeout(resolve, 300))
    stop = true
    await Promise.all(sent)
    const total = [...numbers.values()].reduce((sum, n) => sum + n + 1, 0)
    await eventually(
      async () => new Set(out.received.map(({ text }) => text)).size,
      count => count === total,
    )
    await second.count(total)
    inOrder()
    assert.equal(out.received.length, total, 'no engine died, so nothing came twice')
    assert.equal(second.received.length, total)
    await one.engine.stop()
  })

  test('a duplicate is found, whichever engine it comes to', async () => {
    const one = await start()
    const two = await start()
    const first = await one.peers.send('in', 'dup|1|x')
    const again = await two.peers.send('in', 'dup|1|x')
    const [kept, dropped] = await Promise.all(
      [first, again].map(id =>
        eventually(
          () => one.engine.message(id),
          message => message !== undefined && message.status !== 'waiting',
        ),
      ),
    )
    assert.equal(kept?.status, 'delivered')
    assert.equal(dropped?.status, 'duplicate')
    await Promise.all([one.engine.stop(), two.engine.stop()])
  })

  test('an operator may ask any of them, and sees what all of them do', async () => {
    const one = await start()
    const two = await start()
    const out = w.peers.receiver('out')
    out.answer = async () => {
      throw failure('incorrect')
    }
    const ids = []
    for (let n = 0; n < 12; n += 1) ids.push(await one.peers.send('in', `act${n}|1|x`))
    for (const id of ids) {
      await eventually(
        () => two.engine.message(id),
        message => message?.status === 'dead',
      )
    }
    const dead = await eventually(
      async () => one.engine.routes().find(({ name }) => name === 'by-key')?.totals.dead ?? 0,
      count => count === 12,
    )
    assert.equal(dead, 12)
    out.answer = () => undefined
    for (const id of ids) await two.engine.act('reprocess', id, { reason: 'mended' }, { name: 'kari' })
    for (const id of ids) {
      await eventually(
        () => one.engine.message(id),
        message => message?.status === 'delivered',
      )
    }
    await Promise.all([one.engine.stop(), two.engine.stop()])
  })

  test('what waits for a dead receiver is kept in order when its lanes move', async () => {
    const one = await start()
    const out = w.peers.receiver('out')
    out.received.length = 0
    out.answer = async () => {
      throw failure('unavailable')
    }
    for (let n = 0; n < 40; n += 1) await one.peers.send('in', `w${n % 8}|${n}|x`)
    const two = await start()
    for (let n = 40; n < 80; n += 1) await two.peers.send('in', `w${n % 8}|${n}|x`)
    out.answer = () => undefined
    await eventually(
      async () => new Set(out.received.map(({ text }) => text)).size,
      count => count === 80,
      20_000,
    )
    inOrder()
    await one.engine.stop()
    await two.engine.stop()
  })
})
