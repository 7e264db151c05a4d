import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '@samband/hl7v2'
import fc from 'fast-check'
import { compareBytes } from './compare-bytes.ts'
import { fromReadable, sameBytes, toReadable } from './readable-bytes.ts'

function message(charset: string, name: string): Uint8Array {
  const text = `MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5|||||NOR|${charset}\rPID|1||100||${name}^Åse\r`
  const parsed = parse(text)
  assert.ok(parsed.ok)
  return parsed.message.format()
}

test('a message is kept as UTF-8 with a line per segment, whatever its character set, and comes back byte for byte', () => {
  for (const charset of ['8859/1', 'UNICODE UTF-8']) {
    const bytes = message(charset, 'Bråthen')
    const { extension, content } = toReadable(bytes)
    assert.equal(extension, '.hl7')
    assert.match(Buffer.from(content).toString('utf8'), /^MSH.*\nPID.*Bråthen\^Åse\n$/)
    assert.deepEqual(Buffer.from(fromReadable('input.hl7', content)), Buffer.from(bytes))
  }
})

test('what would not come back as it was is kept as bytes', () => {
  const crlf = Buffer.from('MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5\r\nPID|1\r\n')
  assert.equal(toReadable(crlf).extension, '.bin')
  assert.equal(toReadable(Uint8Array.of(0, 1, 0xff)).extension, '.bin')
})

test('JSON and text are kept as they are', () => {
  assert.equal(toReadable(Buffer.from('{"a": 1}')).extension, '.json')
  assert.equal(toReadable(Buffer.from('{ no json')).extension, '.txt')
  assert.equal(toReadable(new Uint8Array()).extension, '.txt')
})

test('whatever the bytes, they come back', () => {
  const start = fc.constantFrom('', 'MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5\r', '{', 'text\n')
  const tail = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string({ maxLength: 60 }).map(text => Buffer.from(text)),
  )
  fc.assert(
    fc.property(start, tail, (head, rest) => {
      const bytes = Buffer.concat([Buffer.from(head), rest])
      const { extension, content } = toReadable(bytes)
      assert.ok(sameBytes(fromReadable(`input${extension}`, content), bytes))
    }),
  )
})

async function lines(before: Uint8Array | string, after: Uint8Array | string): Promise<readonly string[] | undefined> {
  const bytes = (value: Uint8Array | string): Uint8Array => (typeof value === 'string' ? Buffer.from(value) : value)
  const comparison = await compareBytes(bytes(before), bytes(after))
  return comparison === undefined ? undefined : [comparison.as, ...comparison.lines]
}

test('differences are told in the terms of what the bytes are', async () => {
  const before = message('8859/1', 'Hansen')
  assert.equal(await lines(before, before), undefined)
  assert.match(
    (await lines(before, message('8859/1', 'Jensen')))?.join('\n') ?? '',
    /^hl7\n~ PID-5\.1 +Hansen → Jensen/,
  )
  assert.deepEqual(await lines('{"a":{"b":[1,2]},"c":1}', '{"a":{"b":[1,3,4]},"d":null}'), [
    'json',
    '~ a.b[1]  2 → 3',
    '+ a.b[2]  4',
    '- c  1',
    '+ d  null',
  ])
  assert.deepEqual(await lines('{"a":1}', '{ "a": 1 }'), ['json', 'the same content, written otherwise'])
  assert.deepEqual(await lines('one\ntwo', 'one\n2'), ['text', 'line 2:', '- two', '+ 2'])
  assert.deepEqual(await lines(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 9)), ['bytes', 'from byte 2 on, 3 → 2 bytes'])
})

test('the same content that is spelt otherwise is still a difference: the receiver gets other bytes', async () => {
  const plain = 'MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5\rPID|1||100\r'
  const found = await lines(plain, plain.replace('100', '100|||'))
  assert.match(found?.[1] ?? '', /the same content, spelt otherwise/)
})
