import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scorePairs } from '../scripts/pairs.ts'
import { precision, recall } from '../scripts/triples.ts'

const scores = scorePairs()
const skip = scores.length > 0 ? false : 'the test pairs are not here'

test('the map makes of the test pairs at least as much as it did', { skip }, () => {
  const all = scores.reduce((a, b) => ({
    name: 'all',
    expected: a.expected + b.expected,
    made: a.made + b.made,
    common: a.common + b.common,
  }))
  assert.ok(precision(all) >= 0.59, `precision fell to ${precision(all)}`)
  assert.ok(recall(all) >= 0.72, `recall fell to ${recall(all)}`)
})
