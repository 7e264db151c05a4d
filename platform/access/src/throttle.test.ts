import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccessLimits, defaultAccessLimits } from './limits.ts'
import { SignInThrottle } from './throttle.ts'

const minute = 60_000

function setUp(limits: Partial<AccessLimits> = {}): {
  readonly throttle: SignInThrottle
  readonly pass: (ms: number) => void
} {
  let clock = 0
  const throttle = new SignInThrottle({ ...defaultAccessLimits, ...limits }, () => clock)
  return {
    throttle,
    pass: ms => {
      clock += ms
    },
  }
}

function fail(throttle: SignInThrottle, times: number, name = 'kari', address = 'a'): void {
  for (let n = 0; n < times; n += 1) assert.equal(throttle.begin(name, address), undefined)
}

test('the sixth attempt waits until the window of the first is over', () => {
  const { throttle, pass } = setUp()
  fail(throttle, 1)
  pass(minute)
  fail(throttle, 4)
  assert.equal(throttle.begin('kari', 'a'), 14 * minute)
  pass(14 * minute)
  assert.equal(throttle.begin('kari', 'a'), undefined)
})

test('nobody locks a user out from another address', () => {
  const { throttle } = setUp()
  fail(throttle, 5, 'kari', 'attacker')
  assert.equal(throttle.begin('kari', 'home'), undefined)
})

test('one address does not try many names', () => {
  const { throttle } = setUp()
  for (let n = 0; n < 30; n += 1) fail(throttle, 1, `user${n}`)
  assert.equal(throttle.begin('another', 'a'), 15 * minute)
})

test('a success forgets the failures of that name and leaves those of the address', () => {
  const { throttle } = setUp({ failuresPerAddressMax: 6 })
  fail(throttle, 4)
  assert.equal(throttle.begin('kari', 'a'), undefined)
  throttle.succeeded('kari', 'a')
  assert.equal(throttle.begin('kari', 'a'), undefined)
  assert.equal(throttle.begin('kari', 'a'), undefined)
  assert.equal(throttle.begin('kari', 'a'), 15 * minute)
})

test('an attempt that was not looked at does not count', () => {
  const { throttle } = setUp()
  for (let n = 0; n < 100; n += 1) {
    assert.equal(throttle.begin('kari', 'a'), undefined)
    throttle.withdraw('kari', 'a')
  }
})

test('what is remembered is bounded', () => {
  const { throttle } = setUp({ failuresRemembered: 4, failuresPerNameAndAddressMax: 1 })
  fail(throttle, 1, 'kari', 'a')
  for (const address of ['b', 'c']) fail(throttle, 1, 'ola', address)
  assert.equal(throttle.begin('kari', 'a'), undefined)
})
