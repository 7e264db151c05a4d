import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Issue, IssueCode } from './index.ts'
import { leavesOf, parse, quickHeader } from './index.ts'

const encoder = new TextEncoder()
const HEADER = 'MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\r'

function codes(issues: readonly Issue[]): IssueCode[] {
  return issues.map(issue => issue.code)
}

test('what is no message is refused with the reason', () => {
  const table: readonly [string, IssueCode][] = [
    ['', 'input-empty'],
    ['EVN|A01\rPID|1', 'header-missing'],
    ['hello', 'header-missing'],
    ['   ', 'header-missing'],
    ['MSH', 'field-separator-invalid'],
    ['MSHx^~\\&', 'field-separator-invalid'],
    ['MSH ^~\\& A', 'field-separator-invalid'],
    ['MSH\r|^~\\&', 'field-separator-invalid'],
  ]
  for (const [input, code] of table) {
    for (const form of [input, encoder.encode(input)]) {
      const result = parse(form)
      assert.ok(!result.ok, input)
      assert.deepEqual(codes(result.issues), [code], input)
    }
  }
})

test('a header with faults is still a message, with every fault named', () => {
  const table: readonly [string, IssueCode[]][] = [
    ['MSH|^~', ['message-type-missing', 'control-id-missing']],
    ['MSH||A|B|C|D|2026||ADT^A01|1|P|2.5', ['encoding-characters-missing']],
    ['MSH|...|A|B|C|D|2026||ADT^A01||P|2.5', ['encoding-characters-invalid', 'control-id-missing']],
    ['MSH|^~\\\\&|A|B|C|D|2026||ADT^A01|1|P|2.5', ['encoding-characters-invalid']],
    ['MSH|^~\\&|A|B|C|D|2026|||1', ['message-type-missing']],
    ['MSH|^~\\&|A|B|C|D|2026||ACK|', ['control-id-missing']],
  ]
  for (const [input, expected] of table) {
    const result = parse(input)
    assert.ok(result.ok, input)
    assert.deepEqual(codes(result.issues), expected, input)
    for (const issue of result.issues) assert.equal(issue.position?.segmentNumber, 1)
  }
})

test('an escape character that stands twice in MSH-2 is one escape character', () => {
  const result = parse('MSH|^~\\\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\rPID|1||x&y^\\T\\')
  assert.ok(result.ok)
  assert.equal(result.message.text('PID-3.1.2'), 'y')
  assert.equal(result.message.text('PID-3.2'), '&')
})

test('any visible characters may be the delimiters', () => {
  const result = parse('MSH@~#!%$@A@B@C@D@2026@@ADT~A01@1@P@2.7\rPID@1@@a~b%c#d~!F!!P!@x|y')
  assert.ok(result.ok)
  const m = result.message
  assert.deepEqual(result.issues, [])
  assert.equal(m.type, 'ADT^A01')
  assert.equal(m.text('PID-3.2.2'), 'c')
  assert.equal(m.text('PID-3[2].2'), '@$')
  assert.equal(m.text('PID-4'), 'x|y')
  assert.equal(m.delimiters.truncation, '$')
  assert.equal(m.set('PID-4', 'a@b~c').raw('PID-4'), 'a!F!b!S!c')
})

test('fewer delimiters divide less', () => {
  const result = parse('MSH|^|A|B|C|D|2026||ADT^A01|1|P|2.5\rPID|1||a^b~c&d')
  assert.ok(result.ok)
  assert.equal(result.message.text('PID-3.2'), 'b~c&d')
  assert.throws(() => result.message.set('PID-3[2]', 'x'), { code: 'raw-breaks-structure' })
})

test('odd lines keep their place, are reported with their position, and are found where their name can be guessed', () => {
  const text = `${HEADER}pid|1||4711\r PV1|1|I\rfree text\rOBX\rZZ|1\rMSH|^~\\&|second\r`
  const result = parse(encoder.encode(text))
  assert.ok(result.ok)
  assert.deepEqual(
    result.issues.map(issue => [issue.code, issue.position?.segmentNumber]),
    [
      ['segment-id-case', 2],
      ['segment-indented', 3],
      ['segment-id-invalid', 4],
      ['segment-id-invalid', 6],
      ['message-repeated', 7],
    ],
  )
  assert.equal(result.issues[2]?.position?.byteOffset, text.indexOf('free text'))
  assert.equal(result.message.text('PID-3'), '4711')
  assert.equal(result.message.text('PV1-2'), 'I')
  assert.equal(result.message.toString(), text)
})

test('offsets are bytes also where characters take several', () => {
  const text = `${HEADER}NTE|1||ÆØÅ\rfree\rNTE|2||ø\rtext\r`
  const bytes = encoder.encode(text)
  const result = parse(bytes)
  assert.ok(result.ok)
  const offsets = result.issues
    .filter(issue => issue.code === 'segment-id-invalid')
    .map(issue => issue.position?.byteOffset)
  assert.deepEqual(offsets, [
    encoder.encode(text.slice(0, text.indexOf('free'))).length,
    encoder.encode(text.slice(0, text.indexOf('text'))).length,
  ])
})

test('what stands around a message is kept and reported', () => {
  for (const [text, expected] of [
    [`\x0b${HEADER}PID|1\x1c\r`, ['framing-characters', 'framing-characters']],
    [`\r\n ${HEADER}PID|1\r`, ['header-displaced']],
    [`\ufeff${HEADER}PID|1||ø\r`, ['header-displaced', 'charset-undeclared']],
    [`${HEADER}PID|1\r\x1c`, ['framing-characters']],
  ] as const) {
    const bytes = encoder.encode(text)
    const result = parse(bytes)
    assert.ok(result.ok)
    assert.deepEqual(codes(result.issues), expected)
    assert.equal(result.message.text('PID-1'), '1')
    result.message.set('PID-1', '2').set('PID-1', '1')
    assert.deepEqual(result.message.format(), bytes)
    assert.equal(quickHeader(bytes).controlId, '1')
  }
})

test('limits refuse what is too large, and bound the number of issues', () => {
  const large = parse(HEADER, { limits: { bytesMax: 10 } })
  assert.deepEqual(codes(large.issues), ['input-too-large'])
  const many = parse(`${HEADER}${'PID|1\r'.repeat(10)}`, { limits: { segmentsMax: 5 } })
  assert.ok(!many.ok)
  assert.deepEqual(codes(many.issues), ['segments-too-many'])
  const odd = parse(`${HEADER}${'x\r'.repeat(1000)}`, { limits: { issuesMax: 3 } })
  assert.ok(odd.ok)
  assert.deepEqual(codes(odd.issues).slice(-1), ['issues-too-many'])
  assert.equal(odd.issues.length, 4)
})

test('no input takes more than linear time', () => {
  const hostile = [
    `${HEADER}${'\r'.repeat(1_000_000)}`,
    `${HEADER}${'\r\n'.repeat(500_000)}`,
    `${HEADER}${'x\n'.repeat(90_000)}\xf8`,
    `${HEADER}OBX|${'^'.repeat(1_000_000)}`,
    `${HEADER}OBX|${'~'.repeat(1_000_000)}`,
    `${HEADER}OBX${'|'.repeat(1_000_000)}`,
    `${HEADER}OBX|${'\\'.repeat(1_000_000)}`,
    `MSH${'|'.repeat(1_000_000)}`,
    `${'\x0b'.repeat(1_000_000)}MSH`,
    ' '.repeat(1_000_000),
  ]
  for (const text of hostile) {
    const bytes = encoder.encode(text)
    // CPU time: the clock on the wall also counts what the other tests do.
    const started = process.cpuUsage()
    quickHeader(bytes)
    const result = parse(bytes)
    if (result.ok) {
      const m = result.message
      for (let i = 1; i < 100; i++) {
        m.text(`OBX-${i * 900}`)
        m.text(`OBX-${i}.5000`)
      }
      m.set('OBX-1[99999].2', 'x').format()
    }
    const { user, system } = process.cpuUsage(started)
    const elapsedMs = (user + system) / 1000
    assert.ok(elapsedMs < 3000, `${Math.round(elapsedMs)} ms for ${JSON.stringify(text.slice(30, 60))}`)
  }
})

test('any bytes behind a header come back as they were, also after every path is read', () => {
  const chunk = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc
      .constantFrom(
        '\r',
        '\n',
        '\r\n',
        'PID|',
        '|',
        '^',
        '~',
        '\\',
        '&',
        '""',
        '\\X4',
        'OBX|1|',
        'é',
        '\x0b',
        '\x1c',
        'MSH|',
      )
      .map(text => encoder.encode(text)),
  )
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 30 }),
      fc.constantFrom('', '8859/1', 'UNICODE UTF-8', '8859/5', 'x'),
      (chunks, charset) => {
        const head = encoder.encode(`MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||${charset}\r`)
        const bytes = Uint8Array.from([...head, ...chunks.flatMap(part => [...part])])
        const result = parse(bytes)
        assert.ok(result.ok)
        for (const leaf of leavesOf(result.message)) assert.equal(typeof leaf.text, 'string')
        const rebuilt = result.message.clone().set('MSH-10', '2').set('MSH-10', '1')
        assert.ok(rebuilt.touched)
        assert.deepEqual(rebuilt.format(), bytes)
        assert.equal(quickHeader(bytes).patientId, result.message.text('PID-3.1') ?? '')
      },
    ),
    { numRuns: 500 },
  )
})

test('arbitrary bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, header) => {
      const input = header ? Uint8Array.from([0x4d, 0x53, 0x48, ...bytes]) : bytes
      parse(input)
      quickHeader(input)
      parse(new TextDecoder().decode(input))
    }),
    { numRuns: 500 },
  )
})
