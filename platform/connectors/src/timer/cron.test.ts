import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calendar, encodeBytes, route, simulate } from '@samband/route'
import { FakeIntake, silentLog } from '../../test/fake-intake.ts'
import type { Clock } from './clock.ts'
import type { TimerSourceConfig } from './config.ts'
import { timer, type TimerOptions } from './descriptor.ts'
import { cronSchedule } from './schedule.ts'
import { openTimer } from './source.ts'
import { type Tick, tick } from './tick.ts'

const oslo = 'Europe/Oslo'
const minute = 60_000
const hour = 60 * minute

/** A clock that stands until it is moved; what waits is called in order. */
class TestClock implements Clock {
  #ms: number
  #waiting: { readonly at: number; readonly call: () => void } | undefined

  constructor(start: string) {
    this.#ms = Date.parse(start)
  }

  readonly now = (): number => this.#ms
  readonly after = (ms: number, then: () => void): (() => void) => {
    const waiting = { at: this.#ms + ms, call: then }
    this.#waiting = waiting
    return () => {
      if (this.#waiting === waiting) this.#waiting = undefined
    }
  }

  async pass(ms: number): Promise<void> {
    const end = this.#ms + ms
    while (this.#waiting !== undefined && this.#waiting.at <= end) {
      this.#ms = Math.max(this.#ms, this.#waiting.at)
      await this.#fire()
    }
    this.#ms = end
  }

  /** The machine slept, or the clock was set: what waited is called then. */
  async jump(to: string): Promise<void> {
    this.#ms = Date.parse(to)
    await this.#fire()
  }

  async #fire(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.call()
    await new Promise(resolve => setImmediate(resolve))
  }
}

async function running(start: string, options: TimerOptions, config: TimerSourceConfig = {}) {
  const clock = new TestClock(start)
  const intake = new FakeIntake()
  const descriptor = timer(options)
  const context = { endpoint: 'nightly', config, options: descriptor.options, intake, log: silentLog }
  const source = await openTimer(context, clock)
  await new Promise(resolve => setImmediate(resolve))
  const due = (): readonly string[] => intake.texts.map(text => (JSON.parse(text) as Tick).due.slice(0, 16))
  return { clock, source, intake, due }
}

test('a tick comes when the clock on the wall shows its time', async () => {
  const { clock, source, due } = await running('2026-03-26T12:00:00Z', { cron: '0 7 * * 1-5', timeZone: oslo })
  await clock.pass(5 * 24 * hour)
  // Friday in winter time, then Monday and Tuesday in summer time.
  assert.deepEqual(due(), ['2026-03-27T06:00', '2026-03-30T05:00', '2026-03-31T05:00'])
  assert.equal(source.address, 'timer:cron 0 7 * * 1-5 Europe/Oslo')
  await source.close()
})

test('where the clock changes, a fixed time comes once, and every quarter comes every quarter', () => {
  const runs = (cron: string, from: string, count: number): readonly string[] => {
    const schedule = cronSchedule(cron, oslo)
    const all: string[] = []
    for (let at = Date.parse(from); all.length < count; ) {
      at = schedule.after(at) ?? assert.fail('it ended')
      all.push(new Date(at).toISOString().slice(5, 16))
    }
    return all
  }
  assert.deepEqual(runs('30 2 * * *', '2026-03-28T12:00:00Z', 2), ['03-29T01:00', '03-30T00:30'])
  assert.deepEqual(runs('30 2 * * *', '2026-10-24T12:00:00Z', 2), ['10-25T00:30', '10-26T01:30'])
  assert.deepEqual(runs('*/30 * * * *', '2026-10-25T00:15:00Z', 4), [
    '10-25T00:30',
    '10-25T01:00',
    '10-25T01:30',
    '10-25T02:00',
  ])
})

test('ticks outside the calendar are left out, and counted', async () => {
  const open = calendar({ timeZone: oslo, days: ['mon'], holidays: ['2026-03-30'] })
  const { clock, source, due } = await running('2026-03-22T12:00:00Z', {
    cron: '0 7 * * *',
    timeZone: oslo,
    calendar: open,
  })
  await clock.pass(15 * 24 * hour)
  assert.deepEqual(due(), ['2026-03-23T06:00', '2026-04-06T05:00'])
  assert.equal(source.state().counters['closed'], 13)
  await source.close()
})

test('after sleep the newest tick that was missed comes, late, and the others are counted', async () => {
  const { clock, source, intake, due } = await running('2026-01-12T12:00:00Z', { cron: '0 7 * * *', timeZone: oslo })
  await clock.jump('2026-01-15T10:00:00Z')
  assert.deepEqual(due(), ['2026-01-15T06:00'])
  assert.equal((JSON.parse(intake.texts[0] ?? '') as Tick).at, '2026-01-15T10:00:00.000Z')
  assert.equal(source.state().counters['skipped'], 2)
  await clock.pass(24 * hour)
  assert.deepEqual(due(), ['2026-01-15T06:00', '2026-01-16T06:00'])
  await source.close()
})

test('a clock that was ahead and is set back does not stop the ticks', async () => {
  const { clock, source, due } = await running('2030-01-12T12:00:00Z', { cron: '0 7 * * *', timeZone: oslo })
  await clock.jump('2026-01-12T12:00:00Z')
  await clock.pass(24 * hour)
  assert.deepEqual(due(), ['2026-01-13T06:00'])
  await source.close()
})

test('what was due while the process was stopped is skipped, or caught up with if the route says so', async () => {
  const cron = { cron: '0 7 * * *', timeZone: oslo } as const
  const skipping = await running('2026-01-13T06:30:00Z', cron)
  assert.deepEqual(skipping.due(), [])
  await skipping.source.close()
  const catching = await running('2026-01-13T06:30:00Z', { ...cron, catchUp: '1h' as const })
  assert.deepEqual(catching.due(), ['2026-01-13T06:00'])
  await catching.clock.pass(24 * hour)
  assert.deepEqual(catching.due(), ['2026-01-13T06:00', '2026-01-14T06:00'])
  await catching.source.close()
  const later = await running('2026-01-13T07:30:00Z', { ...cron, catchUp: '1h' as const })
  assert.deepEqual(later.due(), [])
  await later.source.close()
})

test('a tick that was caught up with twice runs once, when the route drops duplicates by its time', async () => {
  const definition = route('nightly', { version: '1.0.0', owner: 'team', purpose: 'test' })
    .from(timer({ cron: '0 7 * * *', timeZone: oslo, catchUp: '1h' }))
    .parse(tick())
    .dedupe({ key: ({ due }) => due, window: '7d' })
    .to('out', { connector: 'x', endpoint: 'x', options: {}, encode: encodeBytes }, { map: ({ due }) => due })
    .onError({ deadLetter: 'nightly' })
  const lab = simulate(definition, { capabilities: {}, now: new Date('2026-01-13T06:30:00Z') })
  const { intake, source } = await running('2026-01-13T06:30:00Z', {
    cron: '0 7 * * *',
    timeZone: oslo,
    catchUp: '1h',
  })
  const [text = ''] = intake.texts
  assert.equal((await lab.send(text)).duplicate, false)
  assert.equal((await lab.send(text)).duplicate, true)
  assert.equal((await lab.send('no tick')).issues[0]?.code, 'tick-invalid')
  await source.close()
})

test('the deployment’s schedule replaces the route’s', async () => {
  const options: TimerOptions = { endpoint: 'nightly', every: '1h' }
  const { source } = await running('2026-01-13T06:30:00Z', options, { cron: '0 3 * * *', timeZone: 'UTC' })
  assert.equal(source.address, 'timer:cron 0 3 * * * UTC')
  await source.close()
  const slower = await running('2026-01-13T06:30:00Z', { cron: '0 7 * * *', timeZone: oslo }, { every: '1h' })
  assert.equal(slower.source.address, 'timer:every 1h')
  await slower.source.close()
})

test('a schedule that is none is refused, by the route and by the configuration', async () => {
  const invalid = { code: 'timer-cron-invalid' }
  for (const cron of ['61 * * * *', '* * * * * *', 'daily', '0 0 30 2 *']) {
    assert.throws(() => timer({ cron, timeZone: oslo }), invalid, cron)
  }
  assert.throws(() => timer({ cron: '0 7 * * *', timeZone: 'Europe/Oslow' }), invalid)
  const options: TimerOptions = { endpoint: 'nightly' }
  await assert.rejects(running('2026-01-01T00:00:00Z', options, { cron: '0 7 * * *' }), { code: 'timer-zone-missing' })
  await assert.rejects(running('2026-01-01T00:00:00Z', options, { cron: '0 7 * * *', every: '1h' }), {
    code: 'timer-two-paces',
  })
  await assert.rejects(running('2026-01-01T00:00:00Z', options), { code: 'timer-every-missing' })
})

/** Never called: it only has to compile, or not. */
export function doesNotCompile(): void {
  // @ts-expect-error whose clock?
  timer({ cron: '0 7 * * *' })
  // @ts-expect-error one pace
  timer({ cron: '0 7 * * *', timeZone: oslo, every: '1h' })
  // @ts-expect-error neither a pace nor an endpoint that has one
  timer({})
}

test('a timer without a name of its own has one that says its pace', () => {
  assert.equal(timer({ cron: '0 7 * * 1-5', timeZone: oslo }).endpoint, 'cron-0-7-x-x-1-5')
  assert.equal(timer({ every: '15m' }).endpoint, 'every-15m')
})
