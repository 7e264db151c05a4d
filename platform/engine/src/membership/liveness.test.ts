import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultMembershipLimits } from './limits.ts'
import { Liveness, type Sign } from './liveness.ts'

/** Looks once a second; answers the second at which epoch 7 is found dead. */
function secondOfDeath(signAt: (second: number) => Sign, seconds = 60): number | undefined {
  const liveness = new Liveness(defaultMembershipLimits)
  for (let second = 0; second < seconds; second += 1) {
    if (liveness.look([signAt(second)], second * 1000).length > 0) return second
  }
  return undefined
}

test('a process that beats lives', () => {
  assert.equal(
    secondOfDeath(second => ({ epoch: 7, beat: second, session: true })),
    undefined,
  )
})

test('a process whose beat stands still for five seconds is dead', () => {
  assert.equal(
    secondOfDeath(second => ({ epoch: 7, beat: Math.min(second, 10), session: true })),
    15,
  )
})

test('a process whose session is gone for three seconds is dead, counted from when that was first seen', () => {
  assert.equal(
    secondOfDeath(second => ({ epoch: 7, beat: Math.min(second, 10), session: second < 11 })),
    14,
  )
})

test('a session that comes back in time starts the count anew', () => {
  assert.equal(
    secondOfDeath(second => ({ epoch: 7, beat: second, session: second % 3 !== 0 })),
    undefined,
  )
})

test('time in which nobody looked does not count: after a stop the others may show themselves', () => {
  const liveness = new Liveness(defaultMembershipLimits)
  const silent: Sign = { epoch: 7, beat: 1, session: true }
  assert.deepEqual(liveness.look([silent], 0), [])
  assert.deepEqual(liveness.look([silent], 60_000), [], 'one long gap counts as two beats')
  assert.deepEqual(liveness.look([silent], 62_000), [])
  assert.deepEqual(liveness.look([silent], 63_000), [silent])
})

test('after an outage of the database the sessions of the others are first missed from then on', () => {
  const liveness = new Liveness(defaultMembershipLimits)
  assert.deepEqual(liveness.look([{ epoch: 7, beat: 1, session: true }], 0), [])
  assert.deepEqual(liveness.look([{ epoch: 7, beat: 1, session: false }], 20_000), [])
  assert.deepEqual(liveness.look([{ epoch: 7, beat: 1, session: false }], 21_000), [])
  assert.deepEqual(liveness.look([{ epoch: 7, beat: 2, session: true }], 22_000), [])
})

test('a session that is gone is a doubt until it is back or its process is no longer listed', () => {
  const liveness = new Liveness(defaultMembershipLimits)
  assert.equal(liveness.inDoubt, false)
  liveness.look([{ epoch: 7, beat: 1, session: false }], 0)
  assert.equal(liveness.inDoubt, true)
  liveness.look([{ epoch: 7, beat: 1, session: true }], 200)
  assert.equal(liveness.inDoubt, false)
  liveness.look([{ epoch: 7, beat: 1, session: false }], 400)
  liveness.look([], 600)
  assert.equal(liveness.inDoubt, false)
})
