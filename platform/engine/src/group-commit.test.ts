import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { type TestDatabase, testDatabase } from '@samband/store'
import { type CommitRow, GroupCommit } from './group-commit.ts'

let database: TestDatabase
let commits: number[][]
let journal: GroupCommit<CommitRow>
const never = 600_000

before(async () => {
  database = await testDatabase()
})
after(() => database.close())
beforeEach(async () => {
  journal = await open(never)
})
afterEach(() => journal.close())

test('a lazy row that comes during a commit waits for company, so that the next row does not wait for its commit', async () => {
  const first = add(1)
  void add(2, true)
  await first
  assert.deepEqual(commits, [[1]])
  const third = add(3)
  await third
  assert.deepEqual(commits, [[1], [2, 3]])
})

test('a lazy row without company goes by itself', async () => {
  await journal.close()
  journal = await open(5)
  await add(1)
  await add(2, true)
  assert.deepEqual(commits, [[1], [2]])
})

test('draining writes lazy rows at once, also those that come meanwhile', async () => {
  void add(1, true)
  const drained = journal.drained()
  void add(2, true)
  await drained
  assert.deepEqual(commits.flat(), [1, 2])
  await journal.drained()
})

async function open(lazyMs: number): Promise<GroupCommit<CommitRow>> {
  commits = []
  const opened = new GroupCommit<CommitRow>({
    name: 'test',
    db: database.db,
    write: async (client, rows) => {
      await client.query('select 1')
      commits.push(rows.map(({ id }) => id))
    },
    stored: async () => new Set(),
    batchMax: 100,
    batchBytesMax: 1_000_000,
    lazyMs,
    writeMs: 10_000,
    now: () => performance.now(),
    onTrouble: error => {
      throw error
    },
  })
  await opened.open()
  return opened
}

function add(id: number, lazy = false): Promise<void> {
  return new Promise(resolve => journal.add({ id, bytes: 1, lazy, onCommit: resolve }))
}
