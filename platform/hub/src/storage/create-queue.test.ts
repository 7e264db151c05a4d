import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommitSignal } from './commit-signal.ts'
import { CreateQueue } from './create-queue.ts'
import { KnownTerms, type VersionWrite } from './write-rows.ts'

function queue(write: (writes: readonly VersionWrite[]) => Promise<readonly string[]>, writersMax = 1): CreateQueue {
  const commits = new CommitSignal()
  return new CreateQueue({ write, terms: new KnownTerms(), commits, writersMax, batchMax: 10, waitingMax: 12 })
}

function creation(id: string): VersionWrite {
  const version = { method: 'create', exists: false, type: 'Basic', id, rid: 1, key: '1', version: 1, at: 0 } as const
  return { ...version, content: '{}', rows: undefined }
}

test('what is added at any moment of the end of a batch is written', async () => {
  const written: string[] = []
  const creates = queue(async writes => {
    written.push(...writes.map(({ id }) => id))
    return []
  })
  for (let ticks = 0; ticks < 12; ticks += 1) {
    await creates.add(creation(`first-${ticks}`))
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
    await creates.add(creation(`second-${ticks}`))
  }
  await creates.drained()
  assert.equal(written.length, 24)
})

test('two batches run side by side, and no more', async () => {
  let running = 0
  let highest = 0
  const creates = queue(async () => {
    running += 1
    highest = Math.max(highest, running)
    await new Promise(resolve => setTimeout(resolve, 5))
    running -= 1
    return []
  }, 2)
  const first = creates.add(creation('a'))
  await new Promise(resolve => setImmediate(resolve))
  await Promise.all([first, ...Array.from({ length: 10 }, (_, n) => creates.add(creation(`b${n}`)))])
  assert.equal(highest, 2)
})

test('more than may wait are refused at once', async () => {
  const creates = queue(async () => [])
  const waiting = Array.from({ length: 12 }, (_, n) => creates.add(creation(`c${n}`)))
  assert.throws(() => void creates.add(creation('too-many')), { code: 'hub-busy' })
  await Promise.all(waiting)
})
