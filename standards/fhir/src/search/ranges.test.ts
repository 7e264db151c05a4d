import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateRange, foldText, impliedRange, UTC } from './index.ts'

test('a date is the time that its precision leaves open', () => {
  const table: readonly [string, string, string][] = [
    ['2013', '2013-01-01T00:00:00.000Z', '2014-01-01T00:00:00.000Z'],
    ['2013-12', '2013-12-01T00:00:00.000Z', '2014-01-01T00:00:00.000Z'],
    ['2012-02', '2012-02-01T00:00:00.000Z', '2012-03-01T00:00:00.000Z'],
    ['2012-02-29', '2012-02-29T00:00:00.000Z', '2012-03-01T00:00:00.000Z'],
    ['2013-01-14T10:00', '2013-01-14T10:00:00.000Z', '2013-01-14T10:01:00.000Z'],
    ['2013-01-14T10:00Z', '2013-01-14T10:00:00.000Z', '2013-01-14T10:01:00.000Z'],
    ['2013-01-14T10:00:30+01:00', '2013-01-14T09:00:30.000Z', '2013-01-14T09:00:31.000Z'],
    ['2013-01-14T10:00:30.5-03:30', '2013-01-14T13:30:30.500Z', '2013-01-14T13:30:30.600Z'],
    ['2013-01-14T10:00:30.123Z', '2013-01-14T10:00:30.123Z', '2013-01-14T10:00:30.124Z'],
    ['0050', '0050-01-01T00:00:00.000Z', '0051-01-01T00:00:00.000Z'],
  ]
  for (const [text, low, high] of table) {
    const range = dateRange(text, UTC)
    assert.ok(range !== undefined, text)
    assert.equal(new Date(range.lowMs).toISOString(), low, text)
    assert.equal(new Date(range.highMs).toISOString(), high, text)
  }
})

test('a date without a zone is in the zone of the server, also where summer time begins', () => {
  // Norway: an hour ahead, two from 2026-03-29 02:00.
  const oslo = (wallClockMs: number): number => (wallClockMs < Date.UTC(2026, 2, 29, 2) ? 60 : 120)
  const range = dateRange('2026-03-29', oslo)
  assert.equal((range?.highMs ?? 0) - (range?.lowMs ?? 0), 23 * 3_600_000)
  assert.equal(dateRange('2026-03-28T10:00:00Z', oslo)?.lowMs, Date.UTC(2026, 2, 28, 10))
})

test('what is no date has no range', () => {
  for (const text of [
    '',
    '13',
    '2013-13',
    '2013-02-30',
    '2013-1-1',
    '2013-01-14T10',
    '2013-01-14T25:00',
    '2013-01-14T10:60',
    'x',
  ])
    assert.equal(dateRange(text, UTC), undefined, text)
})

test('a number is what its digits may have been rounded from', () => {
  const table: readonly [string, string, string][] = [
    ['100', '99.5', '100.5'],
    ['100.00', '99.995', '100.005'],
    ['1e2', '95', '105'],
    ['1.00e2', '99.5', '100.5'],
    ['5.4', '5.35', '5.45'],
    ['-5.4', '-5.45', '-5.35'],
    ['5.40e-3', '0.005395', '0.005405'],
    ['0', '-0.5', '0.5'],
    ['.5', '0.45', '0.55'],
  ]
  for (const [text, low, high] of table) {
    const range = impliedRange(text)
    assert.equal(range?.low.trimmed().toString(), low, text)
    assert.equal(range?.high.trimmed().toString(), high, text)
  }
  for (const text of ['', 'x', '1,5', '1e', '--1', '1e9999', 'NaN', '0x10'])
    assert.equal(impliedRange(text), undefined, text)
})

test('texts are the same without case, accents and the amount of white space', () => {
  const table: readonly [string, string][] = [
    ['Ødegård', 'odegard'],
    ['ØDEGÅRD', 'odegard'],
    ['Ærø', 'aero'],
    ['Müller', 'muller'],
    ['Straße', 'strasse'],
    ['van  der\tBerg ', 'van der berg'],
    ['Đặng', 'dang'],
    ['李', '李'],
  ]
  for (const [text, folded] of table) assert.equal(foldText(text), folded)
  assert.equal(foldText('Å'.normalize('NFD')), foldText('Å'.normalize('NFC')))
})
