import assert from 'node:assert/strict'
import { test } from 'node:test'
import { categories, categoryTable, SambandError, toSambandError } from './index.ts'

test('every category has its row in the table', () => {
  assert.deepEqual(Object.keys(categoryTable).sort(), [...categories].sort())
})

test('only busy and unavailable are worth another attempt', () => {
  assert.deepEqual(
    categories.filter(category => categoryTable[category].retry),
    ['busy', 'unavailable'],
  )
})

test('a foreign error becomes a fault whose message quotes none of its text', () => {
  const wrapped = toSambandError(new TypeError('cannot read 13816900216'))
  assert.equal(wrapped.category, 'fault')
  assert.equal(wrapped.message, 'unexpected TypeError')
  assert.ok(wrapped.cause instanceof TypeError)
})

test('a SambandError passes through unchanged', () => {
  const error = new SambandError({ code: 'x', category: 'busy', message: 'later' })
  assert.equal(toSambandError(error), error)
  assert.equal(error.retry, true)
})
