import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Frame, frameKinds, framePrefixBytes, FrameReader, preface, writeFramePrefix } from './peer-frame.ts'

const frameBytesMax = 4_096

function encode({ call, kind, method, header, body }: Frame): Buffer {
  const text = header === undefined ? '' : JSON.stringify(header)
  const headerBytes = Buffer.byteLength(text)
  const prefix = Buffer.alloc(framePrefixBytes)
  writeFramePrefix(prefix, 0, { call, kind, method, headerBytes, bodyBytes: body.length })
  return Buffer.concat([prefix, Buffer.from(text), body])
}

const frameArb: fc.Arbitrary<Frame> = fc.record({
  call: fc.integer({ min: 0, max: 0xffff_ffff }),
  kind: fc.constantFrom(frameKinds.request, frameKinds.answer, frameKinds.error),
  method: fc.integer({ min: 0, max: 0xffff }),
  header: fc.option(fc.dictionary(fc.stringMatching(/^x[a-zæøå]{1,7}$/), fc.string({ maxLength: 20 })), {
    nil: undefined,
  }),
  body: fc.uint8Array({ maxLength: 400 }).map(bytes => Buffer.from(bytes)),
})

/** Cuts bytes at these places, as a network may. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map(place => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length))
}

test('frames come out as they went in, however the network cuts them', () => {
  fc.assert(
    fc.property(fc.array(frameArb, { maxLength: 6 }), fc.array(fc.nat(3_000), { maxLength: 20 }), (frames, places) => {
      const reader = new FrameReader(frameBytesMax, { expectPreface: true })
      const found: Frame[] = []
      for (const chunk of cut(Buffer.concat([preface, ...frames.map(encode)]), places)) {
        reader.read(chunk, ({ body, ...frame }) => found.push({ ...frame, body: Buffer.from(body) }))
      }
      // JSON does not keep what a dictionary's prototype is.
      assert.deepEqual(found, JSON.parse(JSON.stringify(frames), revive))
    }),
  )
})

function revive(this: object, key: string, value: unknown): unknown {
  if (key === 'body') return Buffer.from((value as { data: number[] }).data)
  if (typeof value === 'object' && value !== null && 'call' in value && !('header' in value)) {
    const { call, kind, method, body } = value as Frame
    return { call, kind, method, header: undefined, body }
  }
  return value
}

test('no bytes do more than be refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.array(fc.nat(600), { maxLength: 5 }), (bytes, places) => {
      const reader = new FrameReader(frameBytesMax, { expectPreface: false })
      try {
        for (const chunk of cut(Buffer.from(bytes), places)) reader.read(chunk, () => {})
      } catch (thrown) {
        assert.ok(thrown instanceof Error && 'code' in thrown)
        assert.equal(thrown.code, 'peer-protocol')
      }
    }),
  )
})

for (const [what, bytes] of [
  ['no preface', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a frame beyond the limit', Buffer.concat([preface, Buffer.from([0xff, 0xff, 0xff, 0xff])])],
  ['a frame shorter than its prefix', Buffer.concat([preface, Buffer.from([0, 0, 0, 3, 0, 0, 0, 0])])],
  [
    'an unknown kind',
    Buffer.concat([preface, encode({ call: 1, kind: 9 as 1, method: 1, header: 1, body: Buffer.alloc(0) })]),
  ],
] as const) {
  test(`${what} is refused by name`, () => {
    const reader = new FrameReader(frameBytesMax, { expectPreface: true })
    assert.throws(() => reader.read(bytes, () => {}), { code: 'peer-protocol', category: 'incorrect' })
  })
}
