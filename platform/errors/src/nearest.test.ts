import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

for (const [word, known, expected] of [
  ['enpoints', ['endpoints', 'routes', 'limits'], 'endpoints'],
  ['rotue', ['retry', 'route'], 'route'],
  ['ROUTES', ['routes'], 'routes'],
  ['xyz', ['endpoints', 'routes'], undefined],
  ['a', ['b'], undefined],
  ['', ['b'], undefined],
] as const) {
  test(`the nearest to '${word}' is ${expected ?? 'nothing'}`, () => assert.equal(nearest(word, known), expected))
}
