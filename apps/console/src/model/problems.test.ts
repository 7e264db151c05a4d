import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hospitalRoutes } from '../../test/fixture/hospital.ts'
import { statusAt } from '../../test/fixture/status-simulator.ts'
import { problemsOf } from './problems.ts'

const now = new Date('2026-03-01T03:00:00Z')
const startedAt = new Date('2026-02-28T03:00:00Z')
const none = { deadLetters: 0, refusals: 0 }

test('a hospital where everything answers has no problems', () => {
  assert.deepEqual(problemsOf(statusAt(hospitalRoutes, now, { calm: true, startedAt }, none)), [])
})

test('an unreachable receiver says what, since when, how much waits, and what to do', () => {
  const [problem] = problemsOf(statusAt(hospitalRoutes, now, { calm: false, startedAt }, none))
  assert.equal(problem?.severity, 'bad')
  assert.equal(problem?.title, 'EHR inbox is unreachable')
  assert.ok(problem.since)
  assert.match(problem.facts.join(', '), /lab-results → ehr-inbox, \d+ messages waiting, oldest \d+ min/)
  assert.match(problem.advice, /^Nothing listens at 127\.0\.0\.1:7722: ask its owner/)
})

test('dead letters come after what is broken now', () => {
  const status = statusAt(hospitalRoutes, now, { calm: false, startedAt }, { deadLetters: 3, refusals: 0 })
  assert.deepEqual(
    problemsOf(status).map(problem => problem.severity),
    ['bad', 'warn'],
  )
})

test('a receiver that is up but far behind is a warning', () => {
  const status = statusAt(hospitalRoutes, now, { calm: true, startedAt }, none)
  const [route, ...others] = status.routes
  assert.ok(route)
  const [first, ...rest] = route.destinations
  assert.ok(first)
  const slow = { ...route, destinations: [{ ...first, waiting: 900, lagMs: 120_000 }, ...rest] }
  const [problem] = problemsOf({ ...status, routes: [slow, ...others] })
  assert.equal(problem?.title, 'LIS is falling behind')
  assert.equal(problem.since, '2026-03-01T02:58:00.000Z')
})

test('one receiver that fails for two routes is one problem, with the waiting of both', () => {
  const status = statusAt(hospitalRoutes, now, { calm: true, startedAt }, none)
  const down = { status: 'down', circuit: 'open', address: '127.0.0.1:7704', waiting: 5, lagMs: 60_000 } as const
  const routes = status.routes.map(route => ({
    ...route,
    destinations: route.destinations.map(one => (one.system === 'Billing' ? { ...one, ...down } : one)),
  }))
  const problems = problemsOf({ ...status, routes })
  assert.equal(problems.length, 1)
  assert.deepEqual(problems[0]?.facts, [
    'adt-fan-out → billing',
    'dispenses → billing-dispenses',
    'charges → billing-charges',
    '15 messages waiting',
    'oldest 1 min',
  ])
})
