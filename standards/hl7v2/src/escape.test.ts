import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Delimiters } from './index.ts'
import { DELIMITERS_DEFAULT, escapeText, unescapeText } from './index.ts'

const WITH_TRUNCATION: Delimiters = { ...DELIMITERS_DEFAULT, truncation: '#' }

test('every escape of the standard decodes to its character', () => {
  const table: readonly [string, string][] = [
    ['\\F\\', '|'],
    ['\\S\\', '^'],
    ['\\T\\', '&'],
    ['\\R\\', '~'],
    ['\\E\\', '\\'],
    ['\\P\\', '#'],
    ['\\.br\\', '\n'],
    ['\\X0D\\', '\r'],
    ['\\X48656C6C6F\\', 'Hello'],
    ['a\\F\\b\\T\\\\S\\c', 'a|b&^c'],
  ]
  for (const [raw, text] of table) assert.equal(unescapeText(raw, WITH_TRUNCATION), text, raw)
})

test('formatting, character set switches, unknown and broken escapes stay as they came', () => {
  const kept = [
    '\\H\\bold\\N\\',
    '\\.sp2\\',
    '\\.in+4\\x\\.ti-2\\',
    '\\C2842\\',
    '\\M824041\\',
    '\\Z99\\',
    '\\Q99\\T',
    '\\X4\\',
    '\\XGG\\',
    'C:\\temp',
    'ends with \\',
    '\\',
    '\\\\',
    'a \\ b',
  ]
  for (const raw of kept) assert.equal(unescapeText(raw, WITH_TRUNCATION), raw, raw)
})

test('a stray escape character does not swallow the escape after it', () => {
  assert.equal(unescapeText('a \\ b\\T\\c', DELIMITERS_DEFAULT), 'a \\ b&c')
})

test('an escape for a delimiter that the message does not have stays as it came', () => {
  assert.equal(unescapeText('5\\P\\', DELIMITERS_DEFAULT), '5\\P\\')
})

test('delimiters, line breaks and control characters are encoded', () => {
  assert.equal(escapeText('a|b^c&d~e\\f', DELIMITERS_DEFAULT), 'a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f')
  assert.equal(escapeText('one\ntwo', DELIMITERS_DEFAULT), 'one\\.br\\two')
  assert.equal(escapeText('\r\x0b\x1c', DELIMITERS_DEFAULT), '\\X0D\\\\X0B\\\\X1C\\')
  assert.equal(escapeText('a#b', DELIMITERS_DEFAULT), 'a#b')
  assert.equal(escapeText('a#b', WITH_TRUNCATION), 'a\\P\\b')
})

test('formatting commands pass through encoding', () => {
  assert.equal(escapeText('\\H\\high\\N\\', DELIMITERS_DEFAULT), '\\H\\high\\N\\')
})

test('text that needs escapes does not fit a message without an escape character', () => {
  const none: Delimiters = { ...DELIMITERS_DEFAULT, escape: undefined }
  assert.equal(escapeText('plain', none), 'plain')
  assert.throws(() => escapeText('a|b', none), { code: 'text-not-encodable' })
})

const punctuation = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~']
const delimiters: fc.Arbitrary<Delimiters> = fc
  .shuffledSubarray(punctuation, { minLength: 6, maxLength: 6 })
  .map(([field = '|', component, repetition, escape, subcomponent, truncation]) => ({
    field,
    component,
    repetition,
    escape,
    subcomponent,
    truncation,
  }))
const text = fc.string({
  unit: fc.oneof(fc.constantFrom(...punctuation, '\n', '\r', '\t', 'H', 'N', 'X', 'E'), fc.string()),
})

test('unescape undoes escape with any delimiters, and what is escaped holds no delimiter', () => {
  fc.assert(
    fc.property(delimiters, text, (marks, value) => {
      const raw = escapeText(value, marks)
      assert.equal(unescapeText(raw, marks), value)
      const { field, component = '', repetition = '', subcomponent = '' } = marks
      for (const mark of [field, component, repetition, subcomponent, '\r', '\n']) assert.ok(!raw.includes(mark))
    }),
    { numRuns: 500 },
  )
})

test('escaping and unescaping stay linear on text made of escape characters', () => {
  const marks = '\\'.repeat(200_000)
  assert.equal(unescapeText(escapeText(marks, DELIMITERS_DEFAULT), DELIMITERS_DEFAULT), marks)
  assert.equal(unescapeText(marks, DELIMITERS_DEFAULT).length, marks.length)
  unescapeText('\\Q'.repeat(200_000), DELIMITERS_DEFAULT)
  unescapeText(`\\X${'0'.repeat(400_001)}`.repeat(2), DELIMITERS_DEFAULT)
})
