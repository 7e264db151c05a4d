import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MllpEvent } from './index.ts'
import { createMllpDecoder, encodeMllpFrame } from './index.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

function seen(events: readonly MllpEvent[]): string[] {
  return events.map(event =>
    event.kind === 'frame'
      ? `frame ${decoder.decode(event.bytes)}`
      : `${event.fault} ${decoder.decode(event.bytes)} ${event.bytesTotal}`,
  )
}

function decode(stream: string, options?: { frameBytesMax?: number; keptBytesMax?: number }): string[] {
  const mllp = createMllpDecoder(options)
  return seen([...mllp.push(encoder.encode(stream)), ...mllp.end()])
}

test('a frame is VT, the content, FS and CR in one piece', () => {
  assert.deepEqual(encodeMllpFrame(encoder.encode('MSH')), encoder.encode('\x0bMSH\x1c\r'))
  assert.throws(() => encodeMllpFrame(encoder.encode('a\x1c\rb')), { code: 'frame-invalid' })
  assert.throws(() => encodeMllpFrame(encoder.encode('a\x1c')), { code: 'frame-invalid' })
})

test('several frames of one chunk come out in order', () => {
  assert.deepEqual(decode('\x0bone\x1c\r\x0btwo\x1c\r'), ['frame one', 'frame two'])
})

test('bytes outside of a frame are reported and cost no frame; line ends between frames are nothing', () => {
  assert.deepEqual(decode('GET / HTTP/1.1\x0bone\x1c\r\r\n\x0btwo\x1c\r'), [
    'junk-outside-frame GET / HTTP/1.1 14',
    'frame one',
    'frame two',
  ])
  assert.deepEqual(decode('no frame at all', { keptBytesMax: 2 }), ['junk-outside-frame no 15'])
})

test('a start inside a frame gives up the old one', () => {
  assert.deepEqual(decode('\x0bhalf\x0bwhole\x1c\r'), ['start-inside-frame half 4', 'frame whole'])
})

test('a forgotten carriage return is reported, and the frame is still a frame', () => {
  assert.deepEqual(decode('\x0bone\x1c\x0btwo\x1c'), [
    'frame one',
    'end-without-return  0',
    'frame two',
    'end-without-return  0',
  ])
})

test('an FS that ends nothing is content', () => {
  assert.deepEqual(decode('\x0ba\x1cb\x1c\r'), ['frame a\x1cb'])
})

test('a frame above the limit is skipped to its end, and only its beginning is kept', () => {
  const options = { frameBytesMax: 5, keptBytesMax: 3 }
  assert.deepEqual(decode('\x0b12345\x1c\r\x0b123456\x1c\r\x0bok\x1c\r', options), [
    'frame 12345',
    'frame-too-large 123 6',
    'frame ok',
  ])
})

test('a stream that ends in a frame reports what there was', () => {
  assert.deepEqual(decode('\x0bhalf'), ['frame-incomplete half 4'])
})

test('the decoder says whether a frame is open and how much it holds', () => {
  const mllp = createMllpDecoder()
  assert.equal(mllp.inFrame, false)
  mllp.push(encoder.encode('\x0babc'))
  assert.equal(mllp.inFrame, true)
  assert.equal(mllp.bufferedBytes, 3)
  mllp.push(encoder.encode('\x1c\r'))
  assert.equal(mllp.inFrame, false)
  assert.equal(mllp.bufferedBytes, 0)
})

test('events own their bytes: the socket may reuse its buffer', () => {
  const chunk = encoder.encode('\x0bone\x1c\r')
  const [event] = createMllpDecoder().push(chunk)
  chunk.fill(0)
  assert.deepEqual(seen(event === undefined ? [] : [event]), ['frame one'])
})

const content = fc.uint8Array({ maxLength: 40 }).map(bytes => bytes.filter(byte => byte !== 0x0b && byte !== 0x1c))

/** Cuts at arbitrary places, down to single bytes. */
function cut(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map(at => at % (stream.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((at, index) => stream.subarray(at, places[index] ?? stream.length))
}

test('frames do not depend on how the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(content, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 40 }), (contents, cuts) => {
      const stream = Uint8Array.from(contents.flatMap(bytes => [...encodeMllpFrame(bytes)]))
      const mllp = createMllpDecoder()
      const events = cut(stream, cuts).flatMap(chunk => mllp.push(chunk))
      assert.deepEqual(
        events,
        contents.map(bytes => ({ kind: 'frame', bytes })),
      )
      assert.deepEqual(mllp.end(), [])
    }),
    { numRuns: 300 },
  )
})

test('a stream of anything gives the same frames however it is cut, and never throws', () => {
  const noise = fc
    .array(fc.constantFrom(0x0b, 0x1c, 0x0d, 0x0a, 0x41, 0x42), { maxLength: 60 })
    .map(bytes => Uint8Array.from(bytes))
  const frames = (events: readonly MllpEvent[]): string[] => seen(events.filter(event => event.kind === 'frame'))
  fc.assert(
    fc.property(noise, fc.array(fc.nat(), { maxLength: 60 }), (stream, cuts) => {
      const whole = createMllpDecoder({ frameBytesMax: 10 })
      const parts = createMllpDecoder({ frameBytesMax: 10 })
      const expected = frames([...whole.push(stream), ...whole.end()])
      assert.deepEqual(frames([...cut(stream, cuts).flatMap(chunk => parts.push(chunk)), ...parts.end()]), expected)
    }),
    { numRuns: 500 },
  )
})

test('a frame that arrives byte by byte takes linear time and memory', () => {
  const mllp = createMllpDecoder()
  const byte = Uint8Array.of(0x41)
  mllp.push(Uint8Array.of(0x0b))
  for (let i = 0; i < 300_000; i++) mllp.push(byte)
  const [event] = mllp.push(Uint8Array.of(0x1c, 0x0d))
  assert.equal(event?.bytes.length, 300_000)
})
