import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { error, queueOf } from './queue-on-trial.ts'

type Fate = 'taken' | 'busy-once' | 'busy' | 'refused' | 'unreachable-once'

const work = fc.record({
  key: fc.nat(6),
  priority: fc.constantFrom(-1, 0, 0, 0, 1),
  fate: fc.oneof(
    { weight: 8, arbitrary: fc.constant<Fate>('taken') },
    { weight: 2, arbitrary: fc.constantFrom<Fate>('busy-once', 'unreachable-once') },
    { weight: 1, arbitrary: fc.constantFrom<Fate>('busy', 'refused') },
  ),
  /** An operator gives it up, if it is not being sent just then. */
  removed: fc.nat(12).map(n => n === 0),
  /** Others come later. */
  pause: fc.nat(8).map(n => n === 0),
})

test('whatever fails, each delivery ends once, in the order of its key, one at a time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(work, { maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(1, 3, 100),
      async (list, window, inMemory) => {
        const underWay = new Set<number>()
        const tried = new Set<number>()
        const overtaken: number[] = []
        const q = queueOf({
          window,
          inMemory,
          send: async text => {
            const id = Number(text)
            const { key, fate } = list[id] ?? assert.fail('unknown')
            if (underWay.has(key)) overtaken.push(id)
            underWay.add(key)
            await new Promise(resolve => setImmediate(resolve))
            underWay.delete(key)
            const again = tried.has(id)
            tried.add(id)
            if (fate === 'busy' || (fate === 'busy-once' && !again)) throw error('busy')
            if (fate === 'refused') throw error('incorrect')
            if (fate === 'unreachable-once' && !again) throw error('unavailable')
          },
        })
        const removed = new Set<number>()
        for (const [id, { key, priority, pause }] of list.entries()) {
          q.add(id, key, priority)
          if (pause) await new Promise(resolve => setImmediate(resolve))
        }
        for (const [id, one] of list.entries()) {
          const found = one.removed ? q.queue.find(id, 0, 'out') : undefined
          if (found === undefined || found.sending) continue
          q.queue.remove(found.delivery)
          removed.add(id)
        }
        const ends = (): string[] => q.log.filter(line => !line.startsWith('failed'))
        await q.logged(() => ends().length >= list.length - removed.size)
        assert.deepEqual(overtaken, [], 'two of one key were under way')
        const ended = ends().map(line => Number(/ (\d+)\./.exec(line)?.[1]))
        assert.deepEqual(
          [...ended, ...removed].toSorted((a, b) => a - b),
          [...list.keys()],
        )
        for (const key of new Set(list.map(one => one.key))) {
          const own = ended.filter(id => list[id]?.key === key)
          assert.deepEqual(
            own,
            own.toSorted((a, b) => a - b),
          )
        }
        const { waiting, inFlight, held, oldestMessageId } = q.queue.state()
        assert.deepEqual(
          { waiting, inFlight, held, oldestMessageId },
          { waiting: 0, inFlight: 0, held: 0, oldestMessageId: undefined },
        )
        await q.queue.stop(100)
      },
    ),
    { numRuns: 60 },
  )
})
