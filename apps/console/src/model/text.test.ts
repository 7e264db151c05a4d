import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeText, fromBase64, toBase64 } from './charset.ts'
import { fromEditorText, toEditorText } from './editor-text.ts'
import { nameOfInvisible, rawLines, splitLines } from './raw-lines.ts'
import { compareSteps } from './step-changes.ts'
import { countChanges, diffTexts, foldUnchanged } from './text-diff.ts'

const message = 'MSH|^~\\&|EHR|SJH|||20260101||ADT^A01|1|P|2.5\rPID|1||4711^^^EHR^MR~12^^^FREG||Åsheim^Åse&x\r'

test('every character of a message is in exactly one piece of its lines', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (tail, hasHeader) => {
      const text = (hasHeader ? message : '') + tail
      const shown = rawLines(text).flatMap(line => line.pieces.map(piece => piece.text))
      assert.equal(shown.join(''), text)
    }),
  )
})

test('a value knows its HL7 path, down to repetition and subcomponent', () => {
  const pieces = rawLines(message).flatMap(line => line.pieces)
  const pathOf = (text: string): string | null | undefined => pieces.find(piece => piece.text === text)?.path
  assert.equal(pathOf('^~\\&'), 'MSH-2')
  assert.equal(pathOf('EHR'), 'MSH-3')
  assert.equal(pathOf('4711'), 'PID-3')
  assert.equal(pathOf('FREG'), 'PID-3[2].4')
  assert.equal(pathOf('x'), 'PID-5.2.2')
})

test('what cannot be seen has a name', () => {
  assert.deepEqual(['\r', '\n', '\t', '\u000b', '\u001c', '\u00a0', 'A'].map(nameOfInvisible), [
    'CR',
    'LF',
    'TAB',
    'VT',
    'FS',
    'NBSP',
    null,
  ])
})

test('lines end at CR, LF and CRLF, and lose nothing', () => {
  assert.deepEqual(splitLines('a\rb\nc\r\nd'), ['a\r', 'b\n', 'c\r\n', 'd'])
})

test('an untouched message comes out of the editor as it went in', () => {
  for (const end of ['\r', '\n', '\r\n']) {
    const original = ['MSH|a', 'PID|b', ''].join(end)
    assert.equal(fromEditorText(toEditorText(original), original), original)
  }
})

test('an edited message is written in its own charset', () => {
  const latin = encodeText('Åse', 'iso-8859-1')
  assert.deepEqual(latin, { ok: true, bytes: Uint8Array.of(0xc5, 0x73, 0x65) })
  assert.deepEqual(encodeText('Å', 'utf-8'), { ok: true, bytes: Uint8Array.of(0xc3, 0x85) })
})

test('a character that the charset lacks is named, not replaced', () => {
  const encoded = encodeText('5 €', 'iso-8859-1')
  assert.ok(!encoded.ok)
  assert.match(encoded.message, /€/)
})

test('base64 there and back keeps every byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000 }), bytes => assert.deepEqual(fromBase64(toBase64(bytes)), bytes)),
  )
})

test('a diff marks the changed words of a changed line', () => {
  const rows = diffTexts('MSH|1\rPID|Berg^Kari\r', 'MSH|1\rPID|Berg^Marte\rZXX|1\r')
  assert.deepEqual(
    rows.map(row => row.kind),
    ['same', 'changed', 'added'],
  )
  assert.equal(rows[1]?.after?.spans.find(span => span.changed)?.text, 'Marte')
  assert.equal(countChanges(rows), 2)
})

test('long unchanged stretches fold away', () => {
  const lines = Array.from({ length: 30 }, (_, index) => `OBX|${index}`)
  const rows = foldUnchanged(diffTexts(lines.join('\r'), [...lines, 'NTE|1'].join('\r')), 2)
  assert.deepEqual(rows[0], { kind: 'fold', count: 28 })
})

test('steps after a split are compared within their own part', () => {
  const step = (name: string, after: string | null, outcome: 'passed' | 'output' = 'passed') =>
    ({ name, kind: outcome === 'output' ? 'to' : 'map', outcome, text: null, after }) as const
  const trace = [
    step('split', null),
    step('a', 'X|1'),
    step('out', 'X|1', 'output'),
    step('a', 'X|2'),
    step('b', '{"x":2}'),
  ]
  const compared = compareSteps(trace, 'X|0')
  assert.deepEqual(
    compared.map(one => [one.name, one.part, one.before, one.changes, one.reshaped]),
    [
      ['split', 0, null, 0, false],
      ['a', 0, 'X|0', 1, false],
      ['out', 0, 'X|1', 0, false],
      ['a', 1, 'X|0', 1, false],
      ['b', 0, null, 0, true],
    ],
  )
})
