import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SambandError } from '@samband/errors'
import { FakeIntake } from '../../test/fake-intake.ts'
import { openSource, stateBecomes } from '../../test/open.ts'
import { timer } from './descriptor.ts'
import { timerSource } from './source.ts'

test('ticks are submitted at their pace, each with the time when it was due', async () => {
  const intake = new FakeIntake()
  const source = await openSource(timerSource, {}, intake, timer({ every: '20ms' }).options)
  await intake.handled(3)
  await source.close()
  const ticks = intake.texts.map(text => JSON.parse(text) as { endpoint: string; due: string; at: string })
  const [first, second] = ticks
  assert.equal(first?.endpoint, 'test')
  assert.match(first?.due ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.equal((Date.parse(second?.due ?? '') - Date.parse(first?.due ?? '')) % 20, 0)
  assert.ok(Date.parse(first?.at ?? '') >= Date.parse(first?.due ?? '') - 1)
  assert.equal(source.address, 'timer:every 20ms')
})

test('the configuration of the deployment wins over the route', async () => {
  const source = await openSource(
    timerSource,
    { every: '1h' },
    new FakeIntake(),
    timer({ endpoint: 'nightly', every: '1d' }).options,
  )
  assert.equal(source.address, 'timer:every 1h')
  await source.close()
})

test('while one tick is being stored others are skipped, not queued', async () => {
  const intake = new FakeIntake()
  const gate = Promise.withResolvers<void>()
  intake.commit = () => gate.promise
  const source = await openSource(timerSource, { every: '10ms' }, intake)
  await stateBecomes(source, state => (state.counters['skipped'] ?? 0) >= 3)
  assert.equal(intake.stored.length, 0)
  gate.resolve()
  await intake.handled(1)
  await source.close()
})

test('a tick that cannot be stored is trouble, and the next one is tried', async () => {
  const intake = new FakeIntake()
  intake.commit = () => Promise.reject(new SambandError({ code: 'x', category: 'unavailable', message: 'Down' }))
  const source = await openSource(timerSource, { every: '10ms' }, intake)
  await stateBecomes(source, state => state.lastError !== undefined)
  intake.commit = () => Promise.resolve()
  await intake.handled(1)
  await source.close()
})

test('a timer without a pace, or with one that no timer can hold, does not open', async () => {
  await assert.rejects(openSource(timerSource, {}, new FakeIntake()), /set "every"/)
  for (const every of ['0s', '30d']) {
    await assert.rejects(openSource(timerSource, { every }, new FakeIntake()), /"every" must lie between/)
  }
})
