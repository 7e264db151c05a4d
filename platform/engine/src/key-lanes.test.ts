import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyLanes } from './key-lanes.ts'

test('pending work of a key holds back that key only, and one that throws holds back nobody', async () => {
  const done: string[] = []
  const broken: string[] = []
  let open: (() => void) | undefined
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  let all: (() => void) | undefined
  const finished = new Promise<void>(resolve => {
    all = resolve
  })
  const lanes = new KeyLanes<string>(
    item => {
      if (item === 'a1') return gate.then(() => void done.push(item))
      if (item.endsWith('!')) throw new Error(item)
      done.push(item)
      if (item === 'a4') all?.()
      return undefined
    },
    (_, item) => broken.push(item),
  )
  lanes.run(1, 'a1')
  lanes.run(1, 'a2')
  lanes.run(1, 'a3!')
  lanes.run(1, 'a4')
  lanes.run(2, 'b1')
  lanes.run(3, 'c1!')
  assert.deepEqual(done, ['b1'])
  assert.equal(lanes.waiting, 3)
  open?.()
  await finished
  assert.deepEqual(done, ['b1', 'a1', 'a2', 'a4'])
  assert.deepEqual(broken, ['c1!', 'a3!'])
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(lanes.waiting, 0)
})
