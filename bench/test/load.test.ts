import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FaultLog } from '../src/crash/fault-log.ts'
import { Random } from '../src/load/random.ts'
import { ArrivalLog } from '../src/load/arrival-log.ts'
import {
  connectionAtId,
  connectionsMax,
  controlIdBytes,
  indexAtId,
  indexMax,
  writeControlId,
} from '../src/load/control-id.ts'
import { MessageFrames } from '../src/load/messages.ts'
import { acknowledgementStart, controlIdStart, FrameReader, isAccept } from '../src/load/wire.ts'
import { leastSquaresSlope } from '../src/soak/slope.ts'

test('a control id is read back as it was written', () => {
  fc.assert(
    fc.property(fc.nat(connectionsMax), fc.nat(indexMax), (connection, index) => {
      const bytes = Buffer.alloc(controlIdBytes + 2)
      writeControlId(bytes, 1, connection, index)
      assert.deepEqual([connectionAtId(bytes, 1), indexAtId(bytes, 1)], [connection, index])
    }),
  )
})

test('frames are found however the bytes are cut', () => {
  const contents = fc.array(fc.stringMatching(/^[ -~\r]{0,40}$/), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(contents, fc.array(fc.nat(300), { maxLength: 12 }), (texts, cuts) => {
      const bytes = Buffer.from(texts.map(text => `\x0b${text}\x1c\r`).join(''), 'latin1')
      const found: string[] = []
      const reader = new FrameReader()
      const places = [...cuts.filter(cut => cut < bytes.length), 0, bytes.length].toSorted((a, b) => a - b)
      for (const [number, from] of places.entries()) {
        const to = places[number + 1]
        if (to === undefined) continue
        reader.push(Buffer.from(bytes.subarray(from, to)), (chunk, start, end) =>
          found.push(chunk.toString('latin1', start, end)),
        )
      }
      assert.deepEqual(found, texts)
    }),
  )
})

test('a message of the scenario carries its connection and number in MSH-10, and a patient of its connection', () => {
  const text = new MessageFrames(12, 8).frame(345).toString()
  assert.match(text, /^\x0bMSH\|.*\|C0012-00000345\|P\|2\.5\.1\|00000345\|/)
  assert.match(text, /\rPID\|1\|\|P0012-01\^/)
  const frame = new MessageFrames(7, 4).frame(6)
  const at = controlIdStart(frame, 1, frame.length - 2)
  assert.deepEqual([connectionAtId(frame, at), indexAtId(frame, at)], [7, 6])
})

test('only AA is an acceptance', () => {
  for (const [code, accepted] of [
    ['AA', true],
    ['AE', false],
    ['AR', false],
  ] as const) {
    const ack = Buffer.from(`MSH|^~\\&|A\rMSA|${code}|C0001-00000001\r`)
    const at = acknowledgementStart(ack, 0, ack.length)
    assert.equal(isAccept(ack, at), accepted)
    assert.equal(indexAtId(ack, at + 3), 1)
  }
})

test('order is that of first appearances within a key: a repetition is a duplicate, an overtaken message is out of order', () => {
  const log = new ArrivalLog(1, 2)
  for (const index of [0, 1, 2, 0, 4, 3, 6, 6]) log.arrived(0, index, index)
  assert.deepEqual([log.delivered, log.duplicates, log.outOfOrder], [6, 2, 0])
  log.arrived(0, 5, 5)
  log.arrived(0, 9, 9)
  log.arrived(0, 7, 7)
  assert.deepEqual([log.delivered, log.outOfOrder], [9, 1])
  assert.equal(log.missing([10]), 1)
  log.arrived(3, 0, 0)
  assert.equal(log.unknown, 1)
})

test('what arrived within a second before a kill may come again, what arrived long before may not', () => {
  const log = new FaultLog()
  const now = performance.now()
  log.killed()
  assert.equal(log.unsettledAtKill(now - 500), true)
  assert.equal(log.unsettledAtKill(now - 5_000), false)
})

test('a database that was away right before a kill leaves unsettled what arrived meanwhile', () => {
  const log = new FaultLog()
  const trouble = log.settlementTrouble()
  Object.assign(trouble, { begun: performance.now() - 8_000, ended: performance.now() - 200 })
  log.killed()
  assert.equal(log.unsettledAtKill(performance.now() - 7_000), true)
  assert.equal(log.unsettledAtKill(performance.now() - 12_000), false)
})

test('the same seed is the same schedule', () => {
  const draw = (seed: number): string[] => {
    const random = new Random(seed)
    return Array.from({ length: 20 }, () => random.pick({ kill: 3, cut: 2, stall: 1 }))
  }
  assert.deepEqual(draw(7), draw(7))
  assert.notDeepEqual(draw(7), draw(8))
})

test('the slope of a line is found through its noise', () => {
  const points = Array.from({ length: 100 }, (_, x) => ({ x, y: 3 + 2 * x + (x % 2 === 0 ? 5 : -5) }))
  assert.ok(Math.abs(leastSquaresSlope(points) - 2) < 0.01)
  assert.equal(leastSquaresSlope([{ x: 1, y: 9 }]), 0)
})

test('the messages of the scenario are about 1 kB and differ', () => {
  const frames = Array.from({ length: 64 }, (_, number) => {
    const made = new MessageFrames(Math.floor(number / 16), 8)
    return made.frame(number % 16).toString()
  })
  const mean = frames.reduce((sum, { length }) => sum + length, 0) / frames.length
  assert.ok(mean > 850 && mean < 1_150, `${mean} characters on average`)
  const names = new Set(frames.map(text => /\rPID\|[^\r]*\|\|([^|]*\^[^|]*)\|\|/.exec(text)?.[1]))
  assert.ok(names.size > 40, `${names.size} different names`)
})
