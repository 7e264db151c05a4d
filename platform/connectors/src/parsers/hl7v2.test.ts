import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { adt } from '../../test/mllp-peer.ts'
import { hl7v2 } from './hl7v2.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8')

test('a message is parsed, and its header described without parsing', () => {
  const parser = hl7v2()
  const parsed = parser.parse({ bytes: bytes(adt('C1')), attributes: {} })
  assert.ok(parsed.ok)
  assert.equal(parsed.value.text('PID-5.1'), 'Nordmann')
  assert.deepEqual(parser.describe?.(bytes(adt('C1'))), {
    type: 'ADT^A01',
    controlId: 'C1',
    patientIds: ['13816900216', '4711'],
  })
  assert.equal(parser.name, 'hl7v2')
  assert.ok(Object.isFrozen(parser))
})

test('what is no message is a value with issues, and describes as nothing', () => {
  const parsed = hl7v2().parse({ bytes: bytes('hello'), attributes: {} })
  assert.ok(!parsed.ok)
  assert.ok(parsed.issues.length > 0)
  assert.deepEqual(hl7v2().describe?.(bytes('hello')), {})
})

const patients: readonly (readonly [string, string, readonly string[]])[] = [
  ['every repetition, once', 'PID|1||A^^^X~B~A', ['A', 'B']],
  ['every PID', 'PID|1||A\rPV1|1\rPID|2||B', ['A', 'B']],
  ['none where PID-3 is empty or null', 'PID|1|||\rPID|2||""\rPID|3', []],
  ['escapes decoded', 'PID|1||A\\T\\B', ['A&B']],
  ['only the first subcomponent', 'PID|1||A&B^C', ['A']],
  ['lines that end in LF or CRLF', 'EVN|\nPID|1||A\r\nPID|1||B\n', ['A', 'B']],
  ['letters outside of ASCII', 'PID|1||ÆØ^^^X', ['ÆØ']],
]

for (const [what, segments, expected] of patients) {
  test(`patient ids: ${what}`, () => {
    const described = hl7v2().describe?.(bytes(`MSH|^~\\&|A|B|C|D|||ADT^A01|1|P|2.5\r${segments}`))
    assert.deepEqual(described?.patientIds ?? [], expected)
  })
}

test('patient ids are read with the delimiters of the message', () => {
  assert.deepEqual(hl7v2().describe?.(bytes('MSH#*!?%#A#B#C#D###ADT*A01#1#P#2.5\rPID#1##A%1*x!B'))?.patientIds, [
    'A',
    'B',
  ])
})

test('describe never throws', () => {
  const describe = hl7v2().describe
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), input => void describe?.(input)))
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), input => void describe?.(bytes(`MSH|^~\\&|${input}\rPID|1||${input}`))),
  )
})

test('a character set may be forced; an unknown one fails when the route is loaded', () => {
  const latin1 = Buffer.from('MSH|^~\\&|||||||ADT^A01|1|P|2.5||||||UNICODE UTF-8\rPID|1||1||\xc5se', 'latin1')
  const parsed = hl7v2({ charset: '8859/1' }).parse({ bytes: latin1, attributes: {} })
  assert.ok(parsed.ok)
  assert.equal(parsed.value.text('PID-5.1'), 'Åse')
  assert.throws(() => hl7v2({ charset: 'klingon' }))
})
