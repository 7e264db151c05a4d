import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decimalText, formatJson, parseJson, setDecimal } from '../index.ts'

function read(text: string): unknown {
  const result = parseJson(text)
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}

test('a decimal is written as it was read, however it was written', () => {
  for (const literal of [
    '1.10',
    '1.0',
    '0.00',
    '-0.0',
    '-0',
    '1e2',
    '1E+2',
    '0.10e-3',
    '3.14159265358979323846',
    '12345678901234567890',
    '100',
    '1e400',
  ]) {
    const text = `{"value":${literal},"list":[1,${literal},2.50,true,${literal}],"deep":[[${literal}],{"value":${literal}}]}`
    const value = read(text)
    // A list inside a list is no FHIR, so nothing is kept for it.
    assert.equal(formatJson(value), text.replace(`[[${literal}]`, `[[${JSON.stringify(Number(literal))}]`))
  }
})

test('a decimal is a plain number, whose text can be asked for', () => {
  const quantity = read('{"value":1.10,"unit":"mg"}') as { value: number }
  assert.equal(quantity.value, 1.1)
  assert.deepEqual(Object.keys(quantity), ['value', 'unit'])
  assert.equal(decimalText(quantity, 'value'), '1.10')
  assert.equal(decimalText(quantity, 'unit'), undefined)
  assert.equal(JSON.stringify(quantity), '{"value":1.1,"unit":"mg"}')
})

test('the text of a decimal goes along with a copy, and not with another number', () => {
  const quantity = read('{"value":1.10}') as { value: number }
  const copy = { ...quantity }
  assert.equal(formatJson(copy), '{"value":1.10}')
  copy.value = 2.5
  assert.equal(formatJson(copy), '{"value":2.5}')
  assert.equal(formatJson(quantity), '{"value":1.10}')
})

test('a decimal can be set by its text', () => {
  const quantity = { value: 0 }
  setDecimal(quantity, 'value', '5.00')
  assert.equal(formatJson({ q: quantity }, { pretty: true }), '{\n  "q": {\n    "value": 5.00\n  }\n}')
  assert.throws(() => setDecimal(quantity, 'value', '05'), RangeError)
  assert.throws(() => setDecimal(quantity, 'value', 'NaN'), RangeError)
})

test('pretty JSON is laid out as JSON.stringify does', () => {
  const value = { a: [1, [2, {}], { b: [] }], c: { d: null, e: undefined, f: 'x' } }
  const exact = { ...value, g: read('[{"v":1.50}]') }
  const expected = JSON.stringify({ ...value, g: [{ v: 99 }] }, undefined, 2).replace('99', '1.50')
  assert.equal(formatJson(exact, { pretty: true }), expected)
  assert.equal(formatJson(value, { pretty: true }), JSON.stringify(value, undefined, 2))
})

test('any JSON comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      assert.equal(formatJson(read(JSON.stringify(value))), JSON.stringify(value))
    }),
  )
})

test('what JSON.parse refuses is refused, and what it takes is taken', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\u00e6"',
    '"\\x"',
    '1',
    '01',
    '-',
    '1.',
    '1.50',
    '1e',
    'true',
    'nul',
    ' ',
    '\n',
    '"',
    '\\',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), parts => {
      const text = parts.join('')
      let expected: unknown
      try {
        expected = JSON.parse(text)
      } catch {
        expected = undefined
      }
      const result = parseJson(text)
      if (expected === undefined) assert.equal(result.ok, false)
      else if (result.ok) assert.equal(JSON.stringify(result.value), JSON.stringify(expected))
      else assert.equal(result.issues[0]?.code, 'json-duplicate-key')
    }),
    { numRuns: 2000 },
  )
})

const refusals: readonly {
  name: string
  input: string | Uint8Array
  code: string
  path?: string
  at?: [line: number, column: number]
}[] = [
  { name: 'nothing', input: '  \n', code: 'input-empty' },
  {
    name: 'a duplicate key',
    input: '{"resourceType":"Patient",\n "name":[{},{"family":"A","family":"B"}]}',
    code: 'json-duplicate-key',
    path: 'Patient.name[1].family',
    at: [2, 27],
  },
  { name: 'a comma too many', input: '{"a":1,}', code: 'json-invalid', at: [1, 8] },
  { name: 'a text that breaks off', input: '{"a":["b"', code: 'json-invalid', at: [1, 10] },
  { name: 'a string that breaks off', input: '{"a":"b', code: 'json-invalid', at: [1, 6] },
  { name: 'more behind the end', input: '{} {}', code: 'json-invalid', at: [1, 4] },
  { name: 'a number with a leading zero', input: '{"a":\n01}', code: 'json-invalid', at: [2, 2] },
  { name: 'a line end inside a string', input: '{"a":"b\n"}', code: 'json-invalid', at: [1, 8] },
  { name: 'bytes that are not UTF-8', input: Uint8Array.of(0x22, 0xc3, 0xa6, 0xff, 0x22), code: 'encoding-invalid' },
  { name: 'a character that breaks off', input: Uint8Array.of(0x22, 0xc3), code: 'encoding-invalid' },
]

for (const { name, input, code, path, at } of refusals) {
  test(`${name} is refused with its place`, () => {
    const result = parseJson(input)
    assert.ok(!result.ok)
    const issue = result.issues[0]
    assert.equal(issue?.code, code)
    assert.equal(issue?.path?.replace(/^Resource$/, ''), path ?? issue?.path?.replace(/^Resource$/, ''))
    if (at !== undefined) assert.deepEqual([issue?.position?.line, issue?.position?.column], at)
  })
}

test('what is too large or too deep is refused before it is parsed', () => {
  assert.deepEqual(codes(parseJson('[1,2,3]', { bytesMax: 6 })), ['input-too-large'])
  assert.deepEqual(codes(parseJson('['.repeat(1_000_000))), ['input-too-deep'])
  assert.deepEqual(codes(parseJson('[[1]]', { depthMax: 1 })), ['input-too-deep'])
  assert.deepEqual(codes(parseJson('[1]', { depthMax: 1 })), [])
})

test('the byte that is not UTF-8 is named', () => {
  const result = parseJson(Uint8Array.of(0x22, 0xc3, 0xa6, 0xff, 0x22))
  assert.ok(!result.ok && result.issues[0]?.text.startsWith('Byte 3 '))
})

test('a key that looks like a number does not misplace decimals', () => {
  assert.equal(formatJson(read('{"b":1.10,"1":2.20}')), '{"1":2.20,"b":1.10}')
})

test('a key named __proto__ is a member like any other', () => {
  const value = read('{"__proto__":{"x":1.10},"a":1}') as object
  assert.equal(formatJson(value), '{"__proto__":{"x":1.10},"a":1}')
  assert.equal('x' in value, false)
})

function codes(result: ReturnType<typeof parseJson>): string[] {
  return result.ok ? [] : result.issues.map(({ code }) => code)
}
