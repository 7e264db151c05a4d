import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { datedObservation, lastOfEach } from './observation-groups.ts'

const dated = (
  id: string,
  code: unknown,
  effective: object | string = '2026-01-01',
  subject = 'Patient/p1',
): ReturnType<typeof datedObservation> =>
  datedObservation(id, {
    subject: { reference: subject },
    code,
    ...(typeof effective === 'string' ? { effectiveDateTime: effective } : effective),
  })
const coded = (...codes: readonly string[]): object => ({ coding: codes.map(code => ({ system: 'urn:s', code })) })
const last = (observations: readonly ReturnType<typeof dated>[], max = 1): readonly string[] =>
  lastOfEach(observations, max).map(({ id }) => id)

describe('the last observation of each code', () => {
  // The table of the operation's definition.
  for (const [codes, groups] of [
    [[['a'], ['b'], ['c']], 3],
    [[['a'], ['b'], ['a', 'c']], 2],
    [[['a'], ['b'], ['a', 'b']], 1],
    [
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
        ['b', 'c'],
        ['f', 'd'],
      ],
      1,
    ],
  ] as const) {
    test(`${JSON.stringify(codes)} are ${groups} groups`, () => {
      const observations = codes.map((each, n) => dated(`o${n}`, coded(...each), `2026-01-0${n + 1}`))
      assert.equal(last(observations).length, groups)
    })
  }

  test('texts without coding are the same only as they are written', () => {
    assert.equal(
      last(['textM', 'Text', 't e x t', 'Text'].map((text, n) => dated(`o${n}`, { text }, `2026-01-0${n + 1}`))).length,
      3,
    )
  })

  test('the same code of another system, of another subject, and no code at all are groups of their own', () => {
    const observations = [
      dated('a', coded('x')),
      dated('b', { coding: [{ system: 'urn:other', code: 'x' }] }),
      dated('c', { coding: [{ code: 'x' }] }),
      dated('d', coded('x'), '2026-01-01', 'Patient/p2'),
      dated('e', undefined),
    ]
    assert.equal(last(observations).length, 5)
  })

  test('newest come first, a tie at the end is given whole, and what has no time is oldest', () => {
    const observations = [
      dated('no-time', coded('x'), {}),
      dated('period', coded('x'), { effectivePeriod: { start: '2026-01-03', end: '2026-02-01' } }),
      dated('open', coded('x'), { effectivePeriod: { end: '2026-01-02' } }),
      dated('newest', coded('x'), { effectiveInstant: '2026-01-04T00:00:00Z' }),
      dated('tie', coded('x'), '2026-01-03T00:00:00Z'),
      dated('timing', coded('x'), { effectiveTiming: { event: ['2026-01-01'] } }),
    ]
    assert.deepEqual(last(observations, 2), ['newest', 'period', 'tie'])
    assert.deepEqual(last(observations, 9), ['newest', 'period', 'tie', 'open', 'timing', 'no-time'])
  })
})
