import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { functionTable } from './functions/index.ts'
import type { JsonObject } from './index.ts'
import { compiler, patient, run } from './test/run-expression.ts'

test('no text makes the compiler or an evaluation throw', () => {
  const leaf = fc.constantFrom(
    'name',
    'birthDate',
    'active',
    '%resource',
    '%context',
    '$this',
    '$index',
    '$total',
    '{}',
    'true',
    '1',
    '0',
    '-3',
    '1.50',
    "'a'",
    "'1'",
    "''",
    '@2012',
    '@2012-01-01T10:00Z',
    '@T10:30',
    "4 'mg'",
    '3 days',
    "1 'constructor'",
    'Patient',
    'x',
  )
  const operator = fc.constantFrom(
    '+',
    '-',
    '*',
    '/',
    'div',
    'mod',
    '&',
    '|',
    '=',
    '!=',
    '~',
    '!~',
    '<',
    '<=',
    '>',
    '>=',
    'in',
    'contains',
    'and',
    'or',
    'xor',
    'implies',
  )
  const name = fc.constantFrom(...functionTable.keys())
  const { expression } = fc.letrec<{ expression: string }>(tie => ({
    expression: fc.oneof(
      { maxDepth: 5, depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.tuple(tie('expression'), operator, tie('expression')).map(([a, o, b]) => `(${a} ${o} ${b})`),
      fc
        .tuple(tie('expression'), name, fc.array(tie('expression'), { maxLength: 2 }))
        .map(([a, f, given]) => `${a}.${f}(${given.join(', ')})`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `${a}[${b}]`),
      fc
        .tuple(tie('expression'), fc.constantFrom('is', 'as'), fc.constantFrom('Patient', 'System.String', 'Quantity'))
        .map(parts => `(${parts.join(' ')})`),
    ),
  }))
  fc.assert(
    fc.property(expression, text => void run(text, patient, { now: '2026-01-31T12:00:00Z' })),
    { numRuns: 1200 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), text => void compiler.compile(text)),
    { numRuns: 1000 },
  )
})

test('no resource makes an evaluation throw', () => {
  const key = fc.constantFrom(
    'resourceType',
    'name',
    '_birthDate',
    'birthDate',
    'extension',
    'contained',
    'id',
    'valueQuantity',
    'value',
    '__proto__',
  )
  const { json } = fc.letrec<{ json: unknown }>(tie => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, 1, 1.5, '', 'Patient', '2012', 'Observation'),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(key, tie('json'), { maxKeys: 4 }),
    ),
  }))
  const expressions = [
    'descendants().count()',
    'name.given',
    'birthDate < @2020',
    'children().distinct().count()',
    'descendants().repeat(children()).count()',
    'value | name',
    'contained.where(id.exists()).name',
    "extension('x').value",
    'descendants() = descendants()',
    'descendants() ~ descendants()',
  ]
  fc.assert(
    fc.property(
      fc.constantFrom('Patient', 'Observation', 'Bundle', 'Nothing'),
      fc.dictionary(key, json),
      (type, value) => {
        const resource: JsonObject = { ...value, resourceType: type }
        for (const expression of expressions) assert.doesNotThrow(() => run(expression, resource))
      },
    ),
    { numRuns: 300 },
  )
})
