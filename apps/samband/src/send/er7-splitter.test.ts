import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Er7Splitter } from './er7-splitter.ts'

function split(text: string, cuts: readonly number[] = []): string[] {
  const bytes = Buffer.from(text, 'latin1')
  const splitter = new Er7Splitter()
  const found: { bytes: Buffer; message: boolean }[] = []
  let from = 0
  for (const at of [...cuts.filter(cut => cut < bytes.length).toSorted((a, b) => a - b), bytes.length]) {
    found.push(...splitter.push(bytes.subarray(from, at)))
    from = at
  }
  found.push(...splitter.end())
  return found.map(({ bytes: part, message }) => `${message ? '' : '?'}${part.toString('latin1')}`)
}

const a = 'MSH|^~\\&|A|||||ADT^A01|1\rPID|1||4711\r'
const b = 'MSH|^~\\&|B|||||ADT^A01|2\rPID|1||MSH\r'

test('messages are cut where a line begins with MSH', () => {
  assert.deepEqual(split(a + b), [a, b])
})

test('line ends stay as they are', () => {
  for (const lineEnd of ['\r', '\n', '\r\n']) {
    const [x, y] = [a.replaceAll('\r', lineEnd), b.replaceAll('\r', lineEnd)]
    assert.deepEqual(split(x + y), [x, y])
  }
})

test('the envelope of a batch is left out', () => {
  assert.deepEqual(split(`FHS|^~\\&|X\rBHS|^~\\&|X\r${a}${b}BTS|2\rFTS|1\r`), [a, b])
})

test('blank lines between messages belong to neither', () => {
  assert.deepEqual(split(`\n\n${a.replaceAll('\r', '\n')}\n\n  \n${b}\r\r`), [a.replaceAll('\r', '\n'), b])
})

test('a byte order mark is not part of the message', () => {
  assert.deepEqual(split(`\xef\xbb\xbf${a}`), [a])
})

test('a last line without an end stays without one', () => {
  assert.deepEqual(split(a.slice(0, -1)), [a.slice(0, -1)])
})

test('what does not begin with MSH is told apart', () => {
  assert.deepEqual(split(`PID|1\r${a}`), ['?PID|1\r', a])
})

test('however the stream is cut, the messages are the same', () => {
  const text = `FHS|x\r\n${a}\r\n${b.replaceAll('\r', '\r\n')}${a.replaceAll('\r', '\n')}FTS|1`
  const whole = split(text)
  assert.equal(whole.length, 3)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 40 }), cuts => {
      assert.deepEqual(split(text, [...new Set(cuts)]), whole)
    }),
  )
})

test('a message beyond the limit is refused instead of filling the memory', () => {
  const splitter = new Er7Splitter(1_000)
  assert.throws(() => splitter.push(Buffer.alloc(2_000, 'x')), { code: 'message-too-large' })
})
