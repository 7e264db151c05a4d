import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { buildMessage, convertCharset, formatCharset, parse, parseCharset } from './index.ts'
import type { Message } from './index.ts'

function bytesOf(binary: string): Uint8Array {
  return Uint8Array.from(binary, character => character.charCodeAt(0))
}

function binaryOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => String.fromCharCode(byte)).join('')
}

function message(charset: string, name: string): Message {
  const result = parse(bytesOf(`MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5.1||||||${charset}\rPID|1||1||${name}\r`))
  assert.ok(result.ok)
  return result.message
}

test('MSH-18 is recognised in the spellings that systems use', () => {
  const table: readonly [string, string | undefined][] = [
    ['', 'ascii'],
    ['ASCII', 'ascii'],
    ['UNICODE UTF-8', 'utf-8'],
    ['utf8', 'utf-8'],
    ['UTF-8', 'utf-8'],
    ['8859/1', 'iso-8859-1'],
    ['ISO-8859-1', 'iso-8859-1'],
    ['iso_8859-1', 'iso-8859-1'],
    ['8859/15', 'iso-8859-15'],
    ['ISO IR100', 'iso-8859-1'],
    ['CP1252', 'windows-1252'],
    ['ISO IR 999', undefined],
    ['8859/12', undefined],
    ['constructor', undefined],
  ]
  for (const [spelling, charset] of table) assert.equal(parseCharset(spelling), charset, spelling)
  assert.equal(formatCharset('iso-8859-15'), '8859/15')
  assert.equal(formatCharset('utf-8'), 'UNICODE UTF-8')
})

test('the same name reads the same in each character set, and is written back in it', () => {
  const table: readonly [string, string][] = [
    ['UNICODE UTF-8', 'Bj\xc3\xb8rn'],
    ['8859/1', 'Bj\xf8rn'],
    ['8859/15', 'Bj\xf8rn'],
    ['8859/4', 'Bj\xf8rn'],
    ['windows-1252', 'Bj\xf8rn'],
  ]
  for (const [charset, raw] of table) {
    const m = message(charset, raw)
    assert.equal(m.text('PID-5'), 'Bjørn', charset)
    m.set('PID-6', 'Bjørn')
    assert.ok(binaryOf(m.format()).includes(`|${raw}|${raw}\r`), charset)
  }
})

test('ISO 8859-15 has the euro sign where 8859-1 has another', () => {
  assert.equal(message('8859/15', '\xa4').text('PID-5'), '€')
  assert.equal(message('8859/1', '\xa4').text('PID-5'), '¤')
  assert.equal(message('8859/5', '\xd0\xdd\xdd\xd0').text('PID-5'), 'анна')
})

test('without MSH-18, bytes are UTF-8 where they are valid as such, else ISO 8859-1, and an issue says so', () => {
  const utf8 = parse(bytesOf('MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.3\rPID|1||1||\xc3\x98\r'))
  assert.ok(utf8.ok)
  assert.equal(utf8.message.text('PID-5'), 'Ø')
  assert.equal(utf8.message.charset, 'utf-8')
  const latin = parse(bytesOf('MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.3\rPID|1||1||\xd8\r'))
  assert.ok(latin.ok)
  assert.equal(latin.message.text('PID-5'), 'Ø')
  assert.equal(latin.message.charset, 'iso-8859-1')
  assert.deepEqual(
    latin.issues.map(issue => issue.code),
    ['charset-undeclared'],
  )
})

test('an endpoint may overrule MSH-18', () => {
  const bytes = bytesOf('MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.3||||||UNICODE UTF-8\rPID|1||1||\xd8\r')
  const result = parse(bytes, { charset: 'ISO-8859-1' })
  assert.ok(result.ok)
  assert.equal(result.message.text('PID-5'), 'Ø')
  assert.deepEqual(result.issues, [])
  assert.throws(() => parse(bytes, { charset: 'klingon' }), { code: 'charset-unsupported' })
})

test('bytes that are not valid in UTF-8 are reported, read as well as can be, and kept', () => {
  const bytes = bytesOf(
    'MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.3||||||UTF-8\rPID|1||1||\xff\xfeOla\xc3^K\xc3\xa5re\rPV1|1|\xa0\r',
  )
  const result = parse(bytes)
  assert.ok(result.ok)
  assert.deepEqual(
    result.issues.map(issue => issue.code),
    ['charset-bytes-invalid'],
  )
  assert.equal(result.message.text('PID-5.2'), 'Kåre')
  assert.deepEqual(result.message.format(), bytes)
  result.message.set('PID-8', 'Å')
  assert.equal(binaryOf(result.message.format()), binaryOf(bytes).replace('\xa5re\r', '\xa5re|||\xc3\x85\r'))
})

test('an unknown character set is reported and the content read as if it were missing', () => {
  const result = parse(bytesOf('MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.3||||||ISO IR 999\rPID|1||1||\xc3\x98\r'))
  assert.ok(result.ok)
  assert.deepEqual(
    result.issues.map(issue => issue.code),
    ['charset-unknown', 'charset-undeclared'],
  )
  assert.equal(result.message.text('PID-5'), 'Ø')
})

test('a text that the character set cannot hold is refused, by path and without the text', () => {
  const m = message('8859/1', 'x')
  assert.throws(
    () => m.set('PID-5.1', 'Łukasz'),
    (error: Error) => /PID-5\.1/.test(error.message) && !/ukasz/.test(error.message),
  )
  assert.equal(m.touched, false)
})

test('hex escapes are bytes in the character set of the message', () => {
  assert.equal(message('UNICODE UTF-8', '\\XC3B8\\').text('PID-5'), 'ø')
  assert.equal(message('8859/1', '\\XF8\\').text('PID-5'), 'ø')
  assert.equal(message('8859/5', '\\XD0\\').text('PID-5'), 'а')
  assert.equal(message('UNICODE UTF-8', '\\XFF\\').text('PID-5'), '\\XFF\\')
})

test('a message from a string is written in the character set that it declares', () => {
  const text = 'MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.3||||||8859/1\rPID|1||1||Bjørn\r'
  const result = parse(text)
  assert.ok(result.ok)
  assert.equal(result.message.text('PID-5'), 'Bjørn')
  assert.ok(binaryOf(result.message.format()).endsWith('Bj\xf8rn\r'))
  assert.equal(result.message.toString(), text)
  const polish = parse(text.replace('Bjørn', 'Łukasz'))
  assert.ok(polish.ok)
  assert.deepEqual(
    polish.issues.map(issue => issue.code),
    ['charset-bytes-invalid'],
  )
  assert.equal(polish.message.text('PID-5'), 'Łukasz')
})

test('a text set in any character set reads back', () => {
  const sets = ['utf-8', 'iso-8859-1', 'iso-8859-15', 'iso-8859-2', 'windows-1252'] as const
  fc.assert(
    fc.property(
      fc.constantFrom(...sets),
      fc.string({ unit: fc.constantFrom(...'aåøæé|^\\&~ \n') }),
      (charset, name) => {
        const shared = charset === 'iso-8859-2' ? name.replace(/[åøæ]/g, 'é') : name
        const m = buildMessage({
          type: 'ADT^A01',
          controlId: '1',
          at: '20260101',
          charset,
          segments: [['PID', { '5.1': shared }]],
        })
        assert.equal(m.text('PID-5.1'), shared)
        const again = parse(m.format())
        assert.ok(again.ok)
        assert.deepEqual(again.issues, [])
        assert.equal(again.message.charset, charset)
        assert.equal(again.message.text('PID-5.1'), shared)
      },
    ),
  )
})

test('a message is converted to another character set with all its text', () => {
  const m = message('8859/1', 'Bj\xf8rn \\XE5\\ \\T\\ \\X0D\\')
  const converted = convertCharset(m, 'utf-8')
  assert.equal(converted.text('PID-5'), 'Bjørn å & \r')
  assert.equal(converted.raw('PID-5'), 'Bjørn å \\T\\ \\X0D\\')
  assert.equal(converted.text('MSH-18'), 'UNICODE UTF-8')
  assert.equal(m.charset, 'iso-8859-1')
  const again = parse(converted.format())
  assert.ok(again.ok && again.issues.length === 0)
  assert.equal(again.message.text('PID-5'), 'Bjørn å & \r')
})

test('a character that the new set does not have is refused, or approximated where the deployment says so', () => {
  const m = message('UNICODE UTF-8', '\xc4\x8c\xc3\xa1hppe \xc3\x98 \xe5\xb1\xb1')
  assert.equal(m.text('PID-5'), 'Čáhppe Ø 山')
  assert.throws(() => convertCharset(m, 'iso-8859-1'), { code: 'text-not-encodable', path: 'MSH-18' })
  assert.equal(convertCharset(m, 'iso-8859-1', { unencodable: 'approximate' }).text('PID-5'), 'Cáhppe Ø ?')
  const ascii = convertCharset(m, 'ascii', { unencodable: 'approximate' })
  assert.equal(ascii.text('PID-5'), 'Cahppe OE ?')
  assert.equal(ascii.text('MSH-18'), '')
})
