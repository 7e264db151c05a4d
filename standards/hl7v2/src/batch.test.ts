import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseBatch, splitBatch } from './index.ts'

const encoder = new TextEncoder()

function message(id: number): string {
  return `MSH|^~\\&|A|B|C|D|2026||ADT^A01|M${id}|P|2.5\rPID|1||${id}\r`
}

const FILE = `FHS|^~\\&|A|B\rBHS|^~\\&|A|B|||||first\r${message(1)}${message(2)}BTS|2\rBHS|^~\\&|A\r${message(3)}BTS|1\rFTS|2\r`

test('a batch file is divided into batches and messages', () => {
  const file = parseBatch(FILE)
  assert.deepEqual(file.issues, [])
  assert.equal(file.header?.text('3'), 'A')
  assert.equal(file.trailer?.text('1'), '2')
  assert.deepEqual(
    file.batches.map(batch => batch.messages.length),
    [2, 1],
  )
  assert.equal(file.batches[0]?.header?.text('9'), 'first')
  assert.deepEqual(
    file.messages.map(found => found.parsed.ok && found.parsed.message.controlId),
    ['M1', 'M2', 'M3'],
  )
})

test('a bare message and a file of messages are batches without a header', () => {
  const file = parseBatch(message(1) + message(2))
  assert.deepEqual(file.issues, [])
  assert.equal(file.batches.length, 1)
  assert.equal(file.batches[0]?.header, undefined)
  assert.equal(file.messages.length, 2)
})

test('counts that do not match are reported where they stand', () => {
  const text = `BHS|^~\\&|A\r${message(1)}BTS|3|declared three\rFTS|9\r`
  const file = parseBatch(text)
  assert.deepEqual(
    file.issues.map(issue => [issue.code, issue.path, issue.position?.byteOffset]),
    [
      ['batch-count-mismatch', 'BTS-1', text.indexOf('BTS')],
      ['batch-count-mismatch', 'FTS-1', text.indexOf('FTS')],
    ],
  )
})

test('a broken message does not keep the others from being read', () => {
  const file = parseBatch(`junk\r${message(1)}MSH|^~\r${message(2)}`)
  assert.deepEqual(
    file.messages.map(found => found.parsed.ok && found.parsed.message.controlId),
    ['M1', '', 'M2'],
  )
  assert.deepEqual(
    file.issues.map(issue => issue.code),
    ['header-displaced', 'batch-message-invalid'],
  )
})

test('missing headers and trailers are reported', () => {
  assert.deepEqual(
    parseBatch(`FHS|^~\\&\rBHS|^~\\&\r${message(1)}`).issues.map(issue => issue.path),
    ['BTS', 'FTS'],
  )
  assert.deepEqual(
    parseBatch('BTS|1\r').issues.map(issue => issue.code),
    ['batch-header-missing', 'header-missing'],
  )
  assert.deepEqual(
    parseBatch('').issues.map(issue => issue.code),
    ['input-empty'],
  )
})

test('each message of a batch has its own delimiters and character set', () => {
  const latin = Uint8Array.from('MSH#*~\\&#A#B#C#D#2026##ADT*A01#L#P#2.5######8859/1\rPID#1##1##\xd8\r', c =>
    c.charCodeAt(0),
  )
  const file = parseBatch(Uint8Array.from([...encoder.encode(message(1)), ...latin]))
  const second = file.messages[1]?.parsed
  assert.ok(second?.ok)
  assert.equal(second.message.text('PID-5'), 'Ø')
  assert.equal(second.message.type, 'ADT^A01')
})

test('the parts of a batch file in order are the file', () => {
  const line = fc.constantFrom(
    'FHS|^~\\&\r',
    'BHS|^~\\&\n',
    message(1),
    'BTS|1\r\n',
    'FTS\r',
    'junk\r',
    '\r',
    'MSH',
    '\x0b',
    '\x1c\r',
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), lines => {
      const bytes = encoder.encode(lines.join(''))
      const parts = [...splitBatch(bytes)]
      assert.deepEqual(Uint8Array.from(parts.flatMap(part => [...part.bytes])), bytes)
      for (const part of parts) assert.equal(bytes.subarray(part.byteOffset).byteOffset, part.bytes.byteOffset)
      parseBatch(bytes)
    }),
  )
})
