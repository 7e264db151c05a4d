import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchesPattern, replacePattern } from './pattern.ts'
import { patternCost } from './pattern-cost.ts'
import { compileLinear } from './pattern-linear.ts'

test('what a pattern may cost is read from its repetitions', () => {
  const table: readonly [string, number, number][] = [
    ['^[a-z]+$', 1, 1],
    ['a{1,64}', 1, 1],
    ['a{1,9}', 0, 10],
    ['(ab)+', 1, 1],
    ['(a|b)?c|d', 0, 8],
    ['x?y*z+', 2, 2],
    ['[(+*|]+', 1, 1],
    ['\\(+', 1, 1],
    ['abc', 0, 1],
  ]
  for (const [pattern, repetitions, ways] of table)
    assert.deepEqual(patternCost(pattern), { isExponential: false, repetitions, ways }, pattern)
  for (const pattern of ['(a+)+', '(a*)*b', '((a|b)c)*', '(a|a)*b', '(aa?)*b', '(a{1,9}){1,9}', '(.*)\\1', '(\\d+,)*'])
    assert.equal(patternCost(pattern).isExponential, true, pattern)
})

test('a pattern that would take a backtracking engine ages takes no time', () => {
  const text = `${'a'.repeat(5000)}!`
  const started = performance.now()
  assert.equal(matchesPattern(text, '^(a+)+$', ''), false)
  assert.equal(matchesPattern(text, '^((a|a)*)*$', ''), false)
  assert.equal(matchesPattern(text, '(a|aa)+!', ''), true)
  assert.equal(matchesPattern(text, '^(aa?)*$', ''), false)
  assert.equal(matchesPattern('a'.repeat(30), `${'a?'.repeat(30)}${'a'.repeat(30)}b`, ''), false)
  assert.equal(matchesPattern('a'.repeat(100_000), 'a*a*a*b', ''), false)
  assert.equal(matchesPattern(`${'a'.repeat(100_000)}b`, 'a+$', ''), false)
  assert.ok(performance.now() - started < 4000)
})

test('the automaton matches what the JavaScript engine matches', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\d',
    '\\w',
    '\\.',
    '(?:ab)',
    '(a|b)',
    '(b*|a)',
    '^',
    '$',
    '\\b',
  )
  const repetition = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '*?')
  const repeatable = (text: string): boolean => !['^', '$', '\\b'].includes(text)
  const part = fc.tuple(atom, repetition).map(([text, times]) => (repeatable(text) ? text + times : text))
  const pattern = fc.oneof(
    fc.array(part, { minLength: 1, maxLength: 5 }).map(parts => parts.join('')),
    fc.array(part, { minLength: 1, maxLength: 3 }).map(parts => `(${parts.join('')})*${parts.join('|')}`),
  )
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', ' ', 'æ'), maxLength: 10 })
  fc.assert(
    fc.property(pattern, text, (source, content) => {
      assert.equal(
        compileLinear(source, false).test(content),
        new RegExp(source, 's').test(content),
        `${source} on ${content}`,
      )
    }),
    { numRuns: 2000 },
  )
})

test('patterns of the standard with escapes that Unicode mode forbids are read', () => {
  const path =
    '[^\\s\\.,:;\\\'"\\/|?!@#$%&*()\\[\\]{}]{1,64}(\\.[^\\s\\.,:;\\\'"\\/|?!@#$%&*()\\[\\]{}]{1,64}(\\[x\\])?(\\:[^\\s\\.]+)?)*'
  assert.equal(matchesPattern('Observation.value[x]:valueQuantity', `^${path}$`, ''), true)
  assert.equal(matchesPattern('Observation..value', `^${path}$`, ''), false)
})

test('what cannot be matched in bounded time, or is malformed, is refused', () => {
  for (const pattern of ['(', '[a', '(a+)+(?=b)', '(a*)*\\1', '((a{1,1000}){1,1000}){1,1000}', 'a{2000}{2000}'])
    assert.throws(() => matchesPattern('a', pattern, ''), { code: 'pattern-refused' }, pattern)
  assert.throws(() => replacePattern('aaa', '(a+)+', 'b'), { code: 'pattern-refused' })
  assert.throws(() => replacePattern('a'.repeat(20_000), 'a*b', 'b'), { code: 'pattern-refused' })
  assert.equal(replacePattern('a-b', '[a-z]', 'x'), 'x-x')
  assert.throws(() => matchesPattern('a'.repeat(1_000_001), 'a', ''), { code: 'evaluation-too-large' })
})
