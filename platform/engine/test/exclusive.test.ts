import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type RouteDefinition, route } from '@samband/route'
import { type Connector, type Engine, startEngine } from '../src/index.ts'
import { openKeyRing } from '@samband/store'
import { eventually, masterKey, memory, notes, Peers, silent, world, type World } from './harness.ts'

const ordered: RouteDefinition = route('ordered', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('in'))
  .parse(notes)
  .orderBy(note => note.key)
  .to('out', memory('single'), { map: note => `${note.key}|${note.controlId}` })
  .onError({ deadLetter: 'ordered' })

const unordered: RouteDefinition = route('unordered', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('other'))
  .parse(notes)
  .unordered()
  .to('out', memory('single'), { map: note => note.controlId })
  .to('spread', memory('spread'), { map: note => note.controlId })
  .onError({ deadLetter: 'unordered' })

const free: RouteDefinition = route('free', { version: '1.0.0', owner: 'team', purpose: 'test' })
  .from(memory('free'))
  .parse(notes)
  .orderBy(note => note.key)
  .to('out', memory('many'), { map: note => note.controlId })
  .onError({ deadLetter: 'free' })

const names = ['in', 'other', 'free', 'spread', 'many']
const messages = 40

describe('an endpoint that takes messages from one process only', () => {
  let w: World
  let folder: string
  before(async () => {
    w = await world()
    folder = await mkdtemp(join(tmpdir(), 'samband-exclusive-'))
  })
  after(async () => {
    await w.close()
    await rm(folder, { recursive: true })
  })

  test('is sent to by one of two engines, whichever route sends, and the other routes stay spread', async () => {
    const senders = [new Peers(w.peers), new Peers(w.peers)]
    const sentBy = new Map<string, Set<number>>()
    const engines: Engine[] = []
    for (const [index, { connector }] of senders.entries()) {
      engines.push(
        await startEngine({
          db: w.db,
          keys: await openKeyRing({ db: w.db, masterKey, tenant: 1 }),
          tenant: 1,
          routes: [ordered, unordered, free].map(definition => ({ definition, revision: '1.0.0+test' })),
          connectors: [
            noting(connector, endpoint => sentBy.set(endpoint, (sentBy.get(endpoint) ?? new Set()).add(index))),
          ],
          endpoints: {
            ...Object.fromEntries(names.map(name => [name, { connector: 'memory' }])),
            single: { connector: 'memory', exclusive: true },
          },
          capabilities: {},
          log: silent,
          peers: { listen: `unix:${folder}/${index}.sock`, secret: Buffer.alloc(32, 9) },
          membership: { beatEveryMs: 100, selfFenceAfterMs: 400, deadAfterMs: 800, sessionGoneMs: 400 },
        }),
      )
    }
    const shares = await eventually(
      async () => (await engines[0]?.processes()) ?? [],
      processes => processes.length === 2 && processes.every(({ lanesOwned }) => lanesOwned === 32),
    )
    assert.deepEqual(
      shares.map(({ self, address }) => [self, address]),
      [
        [true, `unix:${folder}/0.sock`],
        [false, `unix:${folder}/1.sock`],
      ],
    )
    for (let n = 0; n < messages; n += 1) {
      const sender = senders[n % 2] as Peers
      for (const source of ['in', 'other', 'free']) await sender.send(source, `k${n}|${n}|x`)
    }
    await w.peers.receiver('single').count(messages * 2)
    await w.peers.receiver('spread').count(messages)
    await w.peers.receiver('many').count(messages)
    assert.deepEqual(sentBy.get('many'), new Set([0, 1]))
    assert.equal(sentBy.get('single')?.size, 1)
    assert.deepEqual(sentBy.get('spread'), sentBy.get('single'), 'the route goes there whole')
    await Promise.all(engines.map(engine => engine.stop()))
  })
})

/** The same, telling which endpoint something was sent to. */
function noting(connector: Connector, onSend: (endpoint: string) => void): Connector {
  const { destination } = connector
  if (destination === undefined) return connector
  return {
    ...connector,
    destination: {
      ...destination,
      open: async context => {
        const handle = await destination.open(context)
        return {
          ...handle,
          send: outgoing => {
            onSend(context.endpoint)
            return handle.send(outgoing)
          },
        }
      },
    },
  }
}
