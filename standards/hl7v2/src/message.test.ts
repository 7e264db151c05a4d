import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from './index.ts'
import { buildMessage, leavesOf, parse, segmentsOf } from './index.ts'

const ORU = [
  'MSH|^~\\&|LIS^1.2.3^ISO|LAB|EHR|HOSP|20260131101500||ORU^R01^ORU_R01|LAB0001|P|2.5.1',
  'PID|1||13916900216^^^FNR&2.16.578.1.12.4.1.4.1&ISO^NNNO~4711^^^HOSP^MR||Nordmann^Ola^Testesen||""|M|||',
  'OBR|1|||ALLE',
  'OBX|1|NM|NPU1||5.1|mmol/L',
  'NTE|1||first note',
  'OBX|2|TX|NPU2||line one\\.br\\2 \\T\\ 3',
  'OBR|2|||MER',
  'OBX|1|NM|NPU3||7',
  'ZPI|x',
].join('\r')

function message(text: string = ORU): Message {
  const result = parse(text)
  assert.ok(result.ok)
  return result.message
}

test('text decodes the leaf that a path leads to', () => {
  const m = message()
  assert.equal(m.text('PID-3'), '13916900216')
  assert.equal(m.text('PID-3.1'), '13916900216')
  assert.equal(m.text('PID-3[2].1'), '4711')
  assert.equal(m.text('PID-3.4.2'), '2.16.578.1.12.4.1.4.1')
  assert.equal(m.text('PID-5.2'), 'Ola')
  assert.equal(m.text('OBX[2]-5'), 'line one\n2 & 3')
  assert.equal(m.text('OBX[3]-3'), 'NPU3')
  assert.equal(m.text('ZPI-1'), 'x')
  assert.equal(m.text('MSH-1'), '|')
  assert.equal(m.text('MSH-2'), '^~\\&')
  assert.equal(m.text('MSH-3.2'), '1.2.3')
})

test('absent, empty and null are three things', () => {
  const m = message()
  assert.equal(m.state('PID-7'), 'null')
  assert.equal(m.text('PID-7'), '""')
  assert.ok(m.isNull('PID-7'))
  assert.equal(m.state('PID-6'), 'empty')
  assert.equal(m.text('PID-6'), '')
  assert.equal(m.state('PID-11'), 'empty')
  assert.equal(m.state('PID-12'), 'absent')
  assert.equal(m.text('PID-12'), undefined)
  assert.equal(m.state('PID-5.4'), 'absent')
  assert.equal(m.text('PID-5.4'), undefined)
  assert.equal(m.text('PID-3[3]'), undefined)
  assert.equal(m.text('PID-6.2'), undefined)
  assert.equal(m.state('PV1-2'), 'absent')
  assert.equal(m.state('OBX[9]-1'), 'absent')
  assert.equal(m.state('PID-5'), 'present')
})

test('raw gives what a path names at its own depth', () => {
  const m = message()
  assert.equal(m.raw('PID-3[2]'), '4711^^^HOSP^MR')
  assert.equal(m.raw('PID-3[1].4'), 'FNR&2.16.578.1.12.4.1.4.1&ISO')
  assert.equal(m.raw('PID-5'), 'Nordmann^Ola^Testesen')
  assert.equal(m.raw('OBX[2]-5'), 'line one\\.br\\2 \\T\\ 3')
  assert.equal(m.raw('PV1-2'), undefined)
})

test('the header says what the message is', () => {
  const m = message()
  assert.equal(m.type, 'ORU^R01')
  assert.equal(m.structure, 'ORU_R01')
  assert.equal(m.controlId, 'LAB0001')
  assert.equal(m.version, '2.5.1')
  assert.equal(message('MSH|^~\\&|||||2026||ADT^A08|1|P|2.3').structure, 'ADT_A08')
  assert.equal(message('MSH|^~\\&|||||2026||ACK|1|P|2.3').type, 'ACK')
})

test('a text replaces one leaf and leaves its neighbours', () => {
  const m = message()
  m.set('PID-5', 'Hansen').set('PID-3.4', 'X').set('PID-3[2].4', 'Y').set('PID-5.3', '')
  assert.equal(m.raw('PID-5'), 'Hansen^Ola^')
  assert.equal(m.raw('PID-3'), '13916900216^^^X&2.16.578.1.12.4.1.4.1&ISO^NNNO~4711^^^Y^MR')
})

test('setting past the end fills up with delimiters', () => {
  const m = message('MSH|^~\\&|A\rPID|1')
  m.set('PID-5[2].2.3', 'x').set('PID-8', 'F').set('MSH-10', 'ID')
  assert.equal(m.toString(), 'MSH|^~\\&|A|||||||ID\rPID|1||||~^&&x|||F')
})

test('what is set is escaped', () => {
  const m = message().set('PID-5.1', 'A|B^C&D~E\\F\nG')
  assert.equal(m.raw('PID-5.1'), 'A\\F\\B\\S\\C\\T\\D\\R\\E\\E\\F\\.br\\G')
  assert.equal(m.text('PID-5.1'), 'A|B^C&D~E\\F\nG')
})

test('arrays set components and subcomponents, null sets the explicit null', () => {
  const m = message()
  m.set('PID-3', ['1', null, '', ['HOSP', '1.2']])
    .set('PID-5.1', ['van', 'Dyck'])
    .set('PID-8', null)
    .setNull('PID-5.2')
  assert.equal(m.raw('PID-3'), '1^""^^HOSP&1.2')
  assert.equal(m.raw('PID-5'), 'van&Dyck^""^Testesen')
  assert.equal(m.raw('PID-8'), '""')
})

test('a raw value may not break out of its element', () => {
  const m = message()
  m.setRaw('PV1-3', 'W1^12^2')
  assert.equal(m.text('PV1-3.3'), '2')
  assert.throws(() => m.setRaw('PID-5', 'a|b'), { code: 'raw-breaks-structure', path: 'PID-5' })
  assert.throws(() => m.setRaw('PID-5', 'a\rPV1'), { code: 'raw-breaks-structure' })
  assert.throws(() => m.setRaw('PID-5.1', 'a^b'), { code: 'raw-breaks-structure' })
  assert.throws(() => m.setRaw('PID-5[1]', 'a~b'), { code: 'raw-breaks-structure' })
  assert.throws(() => m.addRaw('PV1|\rEVN'), { code: 'raw-breaks-structure' })
  assert.throws(() => m.addRaw('PV1^x'), { code: 'segment-invalid' })
})

test('delimiters cannot be changed under a message', () => {
  const m = message()
  m.set('MSH-1', '|').set('MSH-2', '^~\\&')
  assert.equal(m.touched, false)
  assert.throws(() => m.set('MSH-2', '^~\\'), { code: 'header-immutable' })
  assert.throws(() => m.set('MSH-1', '#'), { code: 'header-immutable' })
  assert.throws(() => m.remove('MSH-2'), { code: 'header-immutable' })
})

test('setting a field of a missing segment adds the segment beside its kind or at the end', () => {
  const m = message()
  m.set('OBX[4]-1', '2').set('ZPV-1', 'y')
  assert.deepEqual(
    m.segments().map(segment => segment.id),
    ['MSH', 'PID', 'OBR', 'OBX', 'NTE', 'OBX', 'OBR', 'OBX', 'OBX', 'ZPI', 'ZPV'],
  )
  assert.throws(() => m.set('OBX[9]-1', 'x'), { code: 'segment-absent' })
  assert.ok(m.toString().endsWith('ZPI|x\rZPV|y\r'))
})

test('segments are added at a place and removed by name, number or themselves', () => {
  const m = message()
  const second = m.segment('OBX[2]')
  assert.ok(second)
  m.add('NTE', { 1: '1', 3: 'after the second' }, { after: second })
  m.addRaw('PV1|1|I', { after: 'PID' })
  assert.deepEqual(
    m.segments().map(segment => segment.id),
    ['MSH', 'PID', 'PV1', 'OBR', 'OBX', 'NTE', 'OBX', 'NTE', 'OBR', 'OBX', 'ZPI'],
  )
  assert.equal(m.text('NTE[2]-3'), 'after the second')
  m.remove('NTE[1]').remove('OBX').remove('ZZZ')
  const zpi = m.segment('ZPI')
  assert.ok(zpi)
  m.remove(zpi)
  assert.deepEqual(
    m.segments().map(segment => segment.id),
    ['MSH', 'PID', 'PV1', 'OBR', 'NTE', 'OBR'],
  )
  assert.throws(() => m.remove('MSH'), { code: 'segment-invalid' })
  assert.throws(() => m.add('MSH'), { code: 'segment-invalid' })
  assert.throws(() => m.add('EVN', {}, { before: 'MSH' }), { code: 'segment-invalid' })
  assert.throws(() => m.add('NTE', {}, { after: zpi }), { code: 'segment-absent' })
})

test('repetitions are read, added and removed', () => {
  const m = message()
  assert.deepEqual(
    m.repetitions('PID-3').map(repetition => [repetition.number, repetition.text(), repetition.text('4.1')]),
    [
      [1, '13916900216', 'FNR'],
      [2, '4711', 'HOSP'],
    ],
  )
  assert.deepEqual(m.repetitions('PID-6'), [])
  m.addRepetition('PID-3', ['99', '', '', 'X']).addRepetition('PID-6', 'Hansen')
  assert.equal(m.raw('PID-3[3]'), '99^^^X')
  assert.equal(m.raw('PID-6'), 'Hansen')
  m.remove('PID-3[1]').remove('PID-3[2]').remove('PID-5.2').remove('PID-8')
  assert.equal(m.raw('PID-3'), '4711^^^HOSP^MR')
  assert.equal(m.raw('PID-5'), 'Nordmann^^Testesen')
  assert.equal(m.state('PID-8'), 'empty')
})

test('segments carry paths of their own', () => {
  const [first, second] = message().segments('OBX')
  assert.equal(first?.text('5'), '5.1')
  assert.equal(first?.text('6.1'), 'mmol/L')
  assert.equal(first?.text('5.2'), undefined)
  assert.equal(second?.state('4'), 'empty')
  assert.equal(second?.fieldCount, 5)
  assert.equal(first?.raw(), 'OBX|1|NM|NPU1||5.1|mmol/L')
})

test('a group is a segment with what follows it', () => {
  const groups = message().group('OBR', { until: ['ZPI'] })
  assert.deepEqual(
    groups.map(group => group.segments.map(segment => segment.id)),
    [
      ['OBR', 'OBX', 'NTE', 'OBX'],
      ['OBR', 'OBX'],
    ],
  )
  const [first] = groups
  assert.ok(first)
  assert.deepEqual(
    segmentsOf(first, 'OBX').map(obx => obx.text('3')),
    ['NPU1', 'NPU2'],
  )
})

test('what is not touched keeps its bytes: mixed line ends, odd spacing, broken escapes', () => {
  const text = 'MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.3\r\n\r\nPID|1| |a\\Q\\b\\|\nPV1|1||||\r\rOBX|\\\r'
  const m = message(text)
  assert.equal(m.touched, false)
  m.set('PV1-2', 'I')
  assert.equal(m.touched, true)
  assert.equal(m.toString(), text.replace('PV1|1||', 'PV1|1|I|'))
})

test('an untouched message formats to the very bytes it came from', () => {
  const bytes = new TextEncoder().encode(ORU)
  const result = parse(bytes)
  assert.ok(result.ok)
  assert.equal(result.message.text('PID-5.1'), 'Nordmann')
  assert.equal(result.message.format(), bytes)
})

test('a clone goes its own way', () => {
  const m = message()
  const copy = m.clone().set('PID-5.1', 'Copy')
  m.set('PID-5.1', 'Original')
  assert.equal(copy.text('PID-5.1'), 'Copy')
  assert.equal(m.text('PID-5.1'), 'Original')
  assert.equal(copy.clone().toString(), copy.toString())
})

test('a built message is a message like any other', () => {
  const m = buildMessage({
    type: 'ADT^A01',
    structure: 'ADT_A01',
    controlId: 'X1',
    at: new Date('2026-01-31T10:15:00Z'),
    sendingApplication: ['EHR', '1.2', 'ISO'],
    receivingFacility: 'LAB',
    header: { 15: 'AL', 16: 'NE' },
    segments: [
      ['EVN', { 2: '20260131' }],
      ['PID', { 3: ['4711', '', '', ['HOSP']], '5.1': 'Ås & sønn' }],
    ],
  })
  assert.equal(
    m.toString(),
    'MSH|^~\\&|EHR^1.2^ISO|||LAB|20260131101500+0000||ADT^A01^ADT_A01|X1|P|2.5.1|||AL|NE||UNICODE UTF-8\r' +
      'EVN||20260131\rPID|||4711^^^HOSP||Ås \\T\\ sønn\r',
  )
  const again = parse(m.format())
  assert.ok(again.ok)
  assert.deepEqual(again.issues, [])
})

test('leaves are every value that is there, with the shortest exact path', () => {
  const m = message('MSH|^~\\&|A^1\rPID|1||1~2^x&y\rOBX|1\rOBX|2')
  assert.deepEqual(
    [...leavesOf(m)].map(leaf => [leaf.path, leaf.text]),
    [
      ['MSH-1', '|'],
      ['MSH-2', '^~\\&'],
      ['MSH-3.1', 'A'],
      ['MSH-3.2', '1'],
      ['PID-1', '1'],
      ['PID-3[1]', '1'],
      ['PID-3[2].1', '2'],
      ['PID-3[2].2.1', 'x'],
      ['PID-3[2].2.2', 'y'],
      ['OBX[1]-1', '1'],
      ['OBX[2]-1', '2'],
    ],
  )
})

test('many edits and long fields read back as they were set', () => {
  const m = message()
  const long = 'x'.repeat(5000)
  m.set('ZPI-3', long)
  for (let i = 1; i <= 40; i++) m.set(`ZPI-${i + 3}`, `value ${i}`)
  m.set('ZPI-3[2].2', long)
  assert.equal(m.text('ZPI-3'), long)
  assert.equal(m.text('ZPI-3[2].2'), long)
  assert.equal(m.text('ZPI-3[2].2.2'), undefined)
  for (let i = 40; i >= 1; i--) assert.equal(m.text(`ZPI-${i + 3}`), `value ${i}`)
  const again = message(m.toString())
  for (let i = 40; i >= 1; i--) assert.equal(again.text(`ZPI-${i + 3}`), `value ${i}`)
  assert.equal(again.text('ZPI-3[2].2'), long)
})
