import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { dateOfDayNumber, dayNumber, daysInMonth } from './calendar.ts'
import { compareTimestamps } from './compare-timestamps.ts'
import { formatTimestampValue } from './format-timestamp-value.ts'
import { fromIso, toIso } from './iso-timestamp.ts'
import { parseDate, parseTime, parseTimestamp } from './parse-timestamp.ts'
import type { Timestamp } from './timestamp-value.ts'
import { precisionOf } from './timestamp-value.ts'

function dtm(text: string): Timestamp {
  const parsed = parseTimestamp(text)
  assert.ok(parsed.ok, text)
  return parsed.value
}

/** Timestamps of any precision, with and without a zone. */
const timestamps: fc.Arbitrary<string> = fc
  .record({
    year: fc.integer({ min: 0, max: 9999 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 31 }),
    clock: fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 })),
    fraction: fc.stringMatching(/^\d{1,4}$/),
    parts: fc.integer({ min: 1, max: 7 }),
    offset: fc.constantFrom('', '+0000', '-0000', '+0100', '-0330', '+1400'),
  })
  .map(({ year, month, day, clock, fraction, parts, offset }) => {
    const two = (number: number): string => String(number).padStart(2, '0')
    const last = Math.min(day, daysInMonth(year, month))
    const all = [String(year).padStart(4, '0'), two(month), two(last), ...clock.map(two), `.${fraction}`]
    return all.slice(0, parts).join('') + (parts > 3 ? offset : '')
  })

describe('timestamps', () => {
  test('every precision is kept, through the value and through ISO 8601', () => {
    fc.assert(
      fc.property(timestamps, text => {
        const value = dtm(text)
        assert.equal(formatTimestampValue(value), text)
        const iso = fromIso(toIso(value))
        assert.ok(iso.ok)
        assert.deepEqual(iso.value, value)
      }),
    )
  })

  test('precision is that of the last part written', () => {
    const texts = ['2026', '202601', '20260131', '2026013123', '202601312359', '20260131235958', '20260131235958.1']
    assert.deepEqual(
      texts.map(text => precisionOf(dtm(text))),
      ['year', 'month', 'day', 'hour', 'minute', 'second', 'fraction'],
    )
  })

  test('ISO 8601 keeps digits and zone', () => {
    assert.equal(toIso(dtm('20260131235958.5000+0100')), '2026-01-31T23:59:58.5000+01:00')
    assert.equal(toIso(dtm('2026-0500')), '2026')
    const time = parseTime('2359-0000')
    assert.ok(time.ok)
    assert.equal(toIso(time.value), '23:59-00:00')
    assert.deepEqual(fromIso('2026-01-31T08:00Z'), { ok: true, value: dtm('202601310800+0000') })
    assert.deepEqual(fromIso('08:00'), { ok: true, value: { hour: 8, minute: 0 } })
  })

  test('what no calendar has is refused', () => {
    for (const text of [
      '',
      '20260230',
      '202613',
      '2026013124',
      '20260131235960',
      '20260131235959+1500',
      '2026-01-31',
      '26',
      '20260131.5',
    ]) {
      assert.equal(parseTimestamp(text).ok, false, text)
    }
    assert.equal(parseTimestamp('20240229').ok, true)
    assert.equal(parseDate('2026013100').ok, false)
    for (const text of ['', '2026-01T10:00', '2026-01-31T', 'T', '2026-01-31Z', '20260131', '2026-02-30']) {
      assert.equal(fromIso(text).ok, false, text)
    }
  })

  test('comparison is by span, and tells when it cannot be known', () => {
    const compare = (a: string, b: string): unknown => compareTimestamps(dtm(a), dtm(b))
    assert.equal(compare('20260131', '20260201'), -1)
    assert.equal(compare('2027', '202612'), 1)
    assert.equal(compare('2026', '202606'), undefined)
    assert.equal(compare('20260131120000+0100', '20260131110000+0000'), 0)
    assert.equal(compare('20260131120000.9999', '20260131120001'), -1)
    assert.equal(compare('20260131120000', '20260131120000+0100'), undefined)
    assert.equal(compareTimestamps(dtm('202601311200'), dtm('202601311100+0000'), { assumedOffset: '+0100' }), 0)
  })

  test('comparison turns round with its arguments', () => {
    fc.assert(
      fc.property(timestamps, timestamps, (a, b) => {
        const there = compareTimestamps(dtm(a), dtm(b))
        const back = compareTimestamps(dtm(b), dtm(a))
        assert.equal(there === undefined ? undefined : 0 - there, back === undefined ? undefined : back + 0)
      }),
    )
  })

  test('day numbers count every day', () => {
    fc.assert(
      fc.property(fc.integer({ min: -700_000, max: 2_900_000 }), number => {
        const { year, month, day } = dateOfDayNumber(number)
        assert.equal(dayNumber(year, month, day), number)
        assert.equal(new Date(number * 86_400_000).getUTCDate(), day)
      }),
    )
  })
})
