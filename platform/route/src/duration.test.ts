import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationMs } from './duration.ts'

test('every unit is told in milliseconds', () => {
  assert.deepEqual(
    ['500ms', '2s', '5m', '12h', '7d', '1.5s'].map(text => durationMs(text as '1s')),
    [500, 2_000, 300_000, 43_200_000, 604_800_000, 1_500],
  )
})

test('what only looks like a duration is refused', () => {
  for (const text of ['-1s', '1e3s', 's', '7 days', 'Infinitys']) {
    assert.throws(() => durationMs(text as '1s'), { code: 'duration-invalid' }, text)
  }
})
