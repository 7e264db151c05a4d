import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TokenBucket } from './token-bucket.ts'

test('a full bucket lets that many through, then one whenever a token has grown', () => {
  const bucket = new TokenBucket({ messages: 2, perMs: 1_000 }, 0)
  for (let n = 0; n < 2; n += 1) {
    assert.equal(bucket.waitMs(0), 0)
    bucket.take()
  }
  assert.equal(bucket.waitMs(0), 500)
  assert.equal(Math.round(bucket.waitMs(499)), 1)
  assert.equal(bucket.waitMs(500), 0)
  bucket.take()
  assert.equal(bucket.waitMs(500), 500)
  assert.equal(bucket.waitMs(100), 500)
})

test('in any stretch of time no more go through than the bucket holds and what grew in it', () => {
  const options = fc.record({ messages: fc.integer({ min: 1, max: 20 }), perMs: fc.integer({ min: 10, max: 5_000 }) })
  fc.assert(
    fc.property(options, fc.array(fc.nat(400), { minLength: 1, maxLength: 200 }), ({ messages, perMs }, pauses) => {
      const bucket = new TokenBucket({ messages, perMs }, 0)
      const passed: number[] = []
      let now = 0
      for (const pause of pauses) {
        now += pause
        if (bucket.waitMs(now) > 0) continue
        bucket.take()
        passed.push(now)
      }
      for (const [at, from] of passed.entries()) {
        const to = passed.at(-1) ?? from
        assert.ok(passed.length - at <= messages + ((to - from) * messages) / perMs + 1e-3)
      }
    }),
  )
})
