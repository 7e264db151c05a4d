import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SeenFile } from './look.ts'
import { Settled } from './settled.ts'

const seen = (size: number): SeenFile => ({ name: 'a', kind: 'file', identity: { inode: 1, size, modifiedMs: size } })

test('a file is ready when nothing of it has changed for the time set, counted from the last change', () => {
  const settled = new Settled(1_000, 60_000)
  assert.equal(settled.judge(seen(1), 0), 'hold')
  assert.equal(settled.judge(seen(1), 999), 'hold')
  assert.equal(settled.judge(seen(2), 1_500), 'hold')
  assert.equal(settled.judge(seen(2), 2_499), 'hold')
  assert.equal(settled.judge(seen(2), 2_500), 'ready')
})

test('a file that grows for ever holds back the others until growingMax, then is passed', () => {
  const settled = new Settled(1_000, 5_000)
  for (let now = 0; now < 5_000; now += 500) assert.equal(settled.judge(seen(now + 1), now), 'hold')
  assert.equal(settled.judge(seen(9_999), 5_000), 'pass')
  assert.equal(settled.judge(seen(9_999), 6_000), 'ready')
})

test('an empty file is ready only after growingMax, to be refused', () => {
  const settled = new Settled(0, 5_000)
  assert.equal(settled.judge(seen(0), 0), 'hold')
  assert.equal(settled.judge(seen(0), 4_999), 'hold')
  assert.equal(settled.judge(seen(0), 5_000), 'ready')
})

test('a file that is gone is forgotten, and so new when it comes back', () => {
  const settled = new Settled(1_000, 5_000)
  settled.judge(seen(1), 0)
  settled.keep(new Set())
  assert.equal(settled.waiting, false)
  assert.equal(settled.judge(seen(1), 2_000), 'hold')
  assert.equal(settled.waiting, true)
})
