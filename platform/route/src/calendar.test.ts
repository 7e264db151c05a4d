import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Calendar, calendar, isOpen, nextOpen } from './index.ts'

const at = (text: string): number => Date.parse(text)
const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString())
const office = calendar({
  timeZone: 'Europe/Oslo',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '07:00',
  to: '16:00',
  holidays: ['2026-05-01'],
})

test('a calendar is open between its times on its days, by the clock on the wall', () => {
  // Tuesday; Oslo is one hour ahead in winter and two in summer.
  assert.equal(isOpen(office, at('2026-01-13T05:59:59.999Z')), false)
  assert.equal(isOpen(office, at('2026-01-13T06:00:00Z')), true)
  assert.equal(isOpen(office, at('2026-01-13T14:59:59.999Z')), true)
  assert.equal(isOpen(office, at('2026-01-13T15:00:00Z')), false)
  assert.equal(isOpen(office, at('2026-07-14T05:00:00Z')), true)
  assert.equal(isOpen(office, at('2026-01-17T10:00:00Z')), false)
  assert.equal(isOpen(office, at('2026-05-01T10:00:00Z')), false)
})

test('the next opening passes over nights, weekends and holidays', () => {
  assert.equal(iso(nextOpen(office, at('2026-01-13T10:00:00Z'))), '2026-01-13T10:00:00.000Z')
  assert.equal(iso(nextOpen(office, at('2026-01-13T15:00:00Z'))), '2026-01-14T06:00:00.000Z')
  // Thursday evening, Friday is a holiday.
  assert.equal(iso(nextOpen(office, at('2026-04-30T20:00:00Z'))), '2026-05-04T05:00:00.000Z')
  // The weekend in which summer time begins.
  assert.equal(iso(nextOpen(office, at('2026-03-27T15:00:00Z'))), '2026-03-30T05:00:00.000Z')
})

test('a window over midnight belongs to the day on which it opens', () => {
  const night = calendar({ timeZone: 'Europe/Oslo', days: ['fri'], from: '22:00', to: '06:00' })
  assert.equal(isOpen(night, at('2026-01-16T21:00:00Z')), true)
  assert.equal(isOpen(night, at('2026-01-17T04:59:00Z')), true)
  assert.equal(isOpen(night, at('2026-01-17T05:00:00Z')), false)
  assert.equal(isOpen(night, at('2026-01-16T03:00:00Z')), false)
})

test('an opening in the hour that summer time skips is when the clock has jumped', () => {
  const early = calendar({ timeZone: 'Europe/Oslo', from: '02:30', to: '04:00' })
  assert.equal(iso(nextOpen(early, at('2026-03-29T00:00:00Z'))), '2026-03-29T01:00:00.000Z')
})

test('in the night that has an hour twice it opens twice', () => {
  const early = calendar({ timeZone: 'Europe/Oslo', from: '02:15', to: '02:45' })
  assert.equal(iso(nextOpen(early, at('2026-10-25T00:00:00Z'))), '2026-10-25T00:15:00.000Z')
  assert.equal(iso(nextOpen(early, at('2026-10-25T00:50:00Z'))), '2026-10-25T01:15:00.000Z')
})

test('without days and times it is always open', () => {
  const always = calendar({ timeZone: 'UTC' })
  assert.equal(isOpen(always, at('2026-01-01T23:59:59.999Z')), true)
  assert.deepEqual([always.from, always.to, always.days.length], ['00:00', '24:00', 7])
})

test('what no calendar means is refused, with what to write', () => {
  for (const [options, message] of [
    [{ timeZone: 'Europe/Oslow' }, /IANA name/],
    [{ timeZone: 'UTC', days: [] }, /never open/],
    [{ timeZone: 'UTC', days: ['monday'] }, /no weekday/],
    [{ timeZone: 'UTC', from: '7:00' }, /no time of day/],
    [{ timeZone: 'UTC', from: '25:00' }, /no time of day/],
    [{ timeZone: 'UTC', from: '08:00', to: '08:00' }, /never open/],
    [{ timeZone: 'UTC', holidays: ['2026-02-30'] }, /no date/],
    [{ timeZone: 'UTC', holidays: ['24.12.2026'] }, /no date/],
  ] as const) {
    assert.throws(() => calendar(options as never), { code: 'calendar-invalid', message })
  }
})

const wall = fc.integer({ min: 0, max: 95 }).map(quarter => {
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(Math.floor(quarter / 4))}:${two((quarter % 4) * 15)}` as `${number}:${number}`
})
const calendars = fc
  .record({
    timeZone: fc.constantFrom(
      'Europe/Oslo',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Africa/Cairo',
    ),
    days: fc.subarray(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const, { minLength: 1 }),
    from: wall,
    to: wall,
    holidays: fc.subarray(['2026-03-29', '2026-10-25', '2026-03-08', '2026-04-05', '2026-11-01'] as const),
  })
  .filter(({ from, to }) => from !== to)
  .map(options => calendar(options))
/** Days around changes of time in 2026, and one without any. */
const around = fc
  .tuple(
    fc.constantFrom('2026-03-28', '2026-10-24', '2026-03-07', '2026-04-04', '2026-10-31', '2026-06-15'),
    fc.nat(5_760),
  )
  .map(([day, minutes]) => at(`${day}T00:00:00Z`) + minutes * 60_000 - 86_400_000)

/** The same by looking at every minute. */
function slowNextOpen(of: Calendar, from: number): number | undefined {
  for (let ms = from; ms < from + 16 * 86_400_000; ms += 60_000) if (isOpen(of, ms)) return ms
  return undefined
}

/** The wall clock in another way than the code has it. */
function wallClock(timeZone: string, ms: number): string {
  return new Date(ms).toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
}

test('the next opening is the first minute at which it is open, also where the clock changes', () => {
  fc.assert(
    fc.property(calendars, around, (of, ms) => {
      assert.equal(iso(nextOpen(of, ms)), iso(slowNextOpen(of, ms)))
    }),
    { numRuns: 60 },
  )
})

test('an open place shows a time between its hours on the wall', () => {
  fc.assert(
    fc.property(calendars, around, (of, ms) => {
      if (!isOpen(of, ms)) return
      const time = wallClock(of.timeZone, ms)
      const inside = of.from < of.to ? time >= of.from && time < of.to : time >= of.from || time < of.to
      assert.ok(inside, `${time} in ${of.from}-${of.to}`)
    }),
    { numRuns: 300 },
  )
})
