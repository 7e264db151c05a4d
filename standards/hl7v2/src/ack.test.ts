import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AckCode, ErrorDetail } from './index.ts'
import { buildAck, buildRejection, headerOf, parse, quickHeader, readAck } from './index.ts'

const encoder = new TextEncoder()
const NOW = new Date('2026-01-31T10:15:00Z')

function header(version: string, rest = ''): string {
  return `MSH|^~\\&|EHR^1.2^ISO|HOSP|LIS|LAB|20260131||ADT^A01^ADT_A01|MSG1|T|${version}${rest}\rPID|1||4711\r`
}

function ackOf(text: string, code: AckCode, errors: readonly ErrorDetail[] = []): string {
  return buildAck(quickHeader(encoder.encode(text)), { code, controlId: 'ACK1', now: NOW, errors }).toString()
}

test('an acknowledgement answers the sender: addresses swapped, same delimiters, version and processing id', () => {
  assert.equal(
    ackOf(header('2.5.1'), 'AA'),
    'MSH|^~\\&|LIS|LAB|EHR^1.2^ISO|HOSP|20260131101500+0000||ACK^A01^ACK|ACK1|T|2.5.1\rMSA|AA|MSG1\r',
  )
  assert.equal(
    ackOf('MSH#*~!%#EHR*1#H#LIS#L#2026##ADT*A01#A!F!1#P#2.3\r', 'CA'),
    'MSH#*~!%#LIS#L#EHR*1#H#20260131101500+0000##ACK*A01#ACK1#P#2.3\rMSA#CA#A!F!1\r',
  )
})

test('a header and a parsed message give the same acknowledgement', () => {
  const text = header('2.4', '|||AL|NE||8859/1')
  const result = parse(text)
  assert.ok(result.ok)
  const init = { code: 'AA', controlId: 'ACK1', now: NOW } as const
  assert.deepEqual(headerOf(result.message), quickHeader(encoder.encode(text)))
  assert.equal(buildAck(result.message, init).toString(), buildAck(quickHeader(encoder.encode(text)), init).toString())
  assert.ok(buildAck(result.message, init).toString().includes('|2.4||||||8859/1\r'))
})

const ERRORS: readonly ErrorDetail[] = [
  { code: '101', path: 'PID-3.1', text: 'No patient id' },
  { code: '102', path: 'OBX[2]-5', severity: 'warning', applicationCode: 'E42' },
  { code: '100', path: 'PV1' },
  { code: '207', text: 'A | in the text' },
]

test('errors before version 2.5 are repetitions of ERR-1', () => {
  const [, , err] = ackOf(header('2.3.1'), 'AE', ERRORS).split('\r')
  assert.equal(
    err,
    'ERR|PID^1^3^101&No patient id&HL70357~OBX^2^5^102&Data type error&HL70357~PV1^1^^100&Segment sequence error&HL70357~^^^207&A \\F\\ in the text&HL70357',
  )
})

test('errors from version 2.5 are an ERR segment each', () => {
  const lines = ackOf(header('2.5.1'), 'AE', ERRORS).split('\r')
  assert.deepEqual(lines.slice(2), [
    'ERR||PID^1^3^1^1|101^Required field missing^HL70357|E|||No patient id|No patient id',
    'ERR||OBX^2^5^1|102^Data type error^HL70357|W|E42',
    'ERR||PV1^1|100^Segment sequence error^HL70357|E',
    'ERR|||207^Application internal error^HL70357|E|||A \\F\\ in the text|A \\F\\ in the text',
    '',
  ])
})

test('an acknowledgement is read back, in either layout', () => {
  for (const version of ['2.3.1', '2.5.1']) {
    const ack = buildAck(quickHeader(encoder.encode(header(version))), {
      code: 'AE',
      controlId: 'A',
      now: NOW,
      errors: ERRORS,
    })
    const reading = readAck(ack)
    assert.ok(reading.ok)
    assert.equal(reading.code, 'AE')
    assert.equal(reading.controlId, 'MSG1')
    assert.equal(reading.text, 'No patient id')
    assert.deepEqual(
      reading.errors.map(error => error.code),
      ['101', '102', '100', '207'],
    )
    assert.equal(reading.errors[3]?.text, 'A | in the text')
  }
})

test('an answer that acknowledges nothing is a value with the reason', () => {
  for (const [text, code] of [
    ['MSH|^~\\&|A|B|C|D|2026||ACK|1|P|2.5\r', 'acknowledgement-missing'],
    ['MSH|^~\\&|A|B|C|D|2026||ACK|1|P|2.5\rMSA|OK|1\r', 'acknowledgement-code-invalid'],
  ] as const) {
    const result = parse(text)
    assert.ok(result.ok)
    const reading = readAck(result.message)
    assert.ok(!reading.ok)
    assert.equal(reading.issues[0]?.code, code)
  }
  const lower = parse('MSH|^~\\&|A|B|C|D|2026||ACK|1|P|2.5\rMSA| aa |1|thanks\r')
  assert.ok(lower.ok)
  const reading = readAck(lower.message)
  assert.ok(reading.ok && reading.code === 'AA' && reading.text === 'thanks')
})

test('what is no message is rejected with as much of a header as there is', () => {
  const init = { controlId: 'R1', now: NOW, text: 'No MSH segment' }
  assert.equal(
    buildRejection(encoder.encode('hello'), init).toString(),
    'MSH|^~\\&|||||20260131101500+0000||ACK|R1|P|2.5.1\rMSA|AR||No MSH segment\r',
  )
  assert.equal(
    buildRejection(encoder.encode('MSH|^~'), { ...init, code: 'CR' }).toString(),
    'MSH|^~|||||20260131101500+0000||ACK|R1|P|2.5.1\rMSA|CR||No MSH segment\r',
  )
})

test('a control id comes back as the bytes that were sent, whatever its character set', () => {
  const bytes = Uint8Array.from('MSH|^~\\&|\xd8|B|C|D|2026||ADT^A01|\xe5\\T\\1|P|2.5\r', c => c.charCodeAt(0))
  const ack = buildAck(quickHeader(bytes), { code: 'AA', controlId: 'A', now: NOW, text: 'Lagret ✓' }).format()
  const binary = Array.from(ack, byte => String.fromCharCode(byte)).join('')
  assert.ok(binary.includes('|C|D|\xd8|B|'), binary)
  assert.ok(binary.endsWith('MSA|AA|\xe5\\T\\1|Lagret ?\r'), binary)
})

test('no header makes an acknowledgement fail', () => {
  const odd = [
    'MSH|',
    'MSH||||||||||||||||||',
    'MSH|^|a|b|c|d|2026||ADT^A01|1|P|2.3',
    'MSH|\\|\\|\\|\\|\\',
    'MSH|^|a^b~c&d|x|y|z|2026||ADT&x^A01~ACK|i&d|P^T|v\\x|||||no such',
    'MSH|^~\\&|\xff\xfe|||||\x00|\x01^\x02|\x03|\x04|\x05||||||8859/5',
    'MSH|^~\\&|a|b|c|d|2026||A^B^C|\xc3|P|9999999999.1||||||UTF-8',
  ]
  for (const text of odd) {
    const bytes = Uint8Array.from(text, c => c.charCodeAt(0))
    const ack = buildRejection(bytes, { controlId: 'é|', now: NOW, text: 'a|b\n✓', errors: ERRORS })
    assert.ok(ack.format().length > 0)
    assert.ok(readAck(ack).ok)
    const parsed = parse(bytes)
    if (parsed.ok) buildAck(parsed.message, { code: 'AE', controlId: 'x', now: NOW, errors: ERRORS }).format()
  }
})
