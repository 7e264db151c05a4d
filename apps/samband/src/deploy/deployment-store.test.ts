import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { testDatabase, type TestDatabase } from '@samband/store'
import { DeploymentFollower } from './deployment-follower.ts'
import { DeploymentStore, type StoredDeployment } from './deployment-store.ts'

let database: TestDatabase
before(async () => {
  database = await testDatabase()
})
after(async () => await database.close())

let tenants = 0
async function newStore(): Promise<DeploymentStore> {
  tenants += 1
  return await DeploymentStore.open(database.db, tenants)
}

const act = { actor: 'anna', reason: 'a test', rolledBackTo: null, routes: [] }

async function current(store: DeploymentStore, rolledBackTo: number | null = null): Promise<StoredDeployment> {
  return await store.add({ ...act, rolledBackTo, state: 'current' }, [])
}

test('one deployment is current, and what ran before it is what a rollback goes to, also after a rollback', async () => {
  const store = await newStore()
  assert.equal(await store.former(), undefined)
  for (const id of [1, 2, 3]) assert.equal((await current(store)).id, id)
  assert.equal((await store.former())?.id, 2)
  assert.equal((await current(store, 2)).id, 4)
  assert.equal((await store.former())?.id, 1)
  const { items } = await store.list({})
  assert.deepEqual(
    items.map(({ id, state }) => [id, state]),
    [
      [4, 'current'],
      [3, 'superseded'],
      [2, 'superseded'],
      [1, 'superseded'],
    ],
  )
})

test('deployments are paged, newest first', async () => {
  const store = await newStore()
  for (let n = 0; n < 5; n += 1) await current(store)
  const first = await store.list({ limit: 2 })
  assert.deepEqual([first.items.map(({ id }) => id), first.nextCursor], [[5, 4], '4'])
  const last = await store.list({ limit: 3, cursor: '4' })
  assert.deepEqual([last.items.map(({ id }) => id), last.nextCursor], [[3, 2, 1], null])
})

test('two cannot deploy at once, and what a process left half done is failed by the next', async () => {
  const store = await newStore()
  const lock = await store.lock()
  await assert.rejects(store.lock(), { code: 'deployment-under-way', category: 'conflict' })
  const { id } = await store.add({ ...act, state: 'applying' }, [])
  await lock.release()
  await (await store.lock()).release()
  const left = await store.deployment(id)
  assert.equal(left?.state, 'failed')
  assert.match(left.error ?? '', /ended before it was done/)
})

test('a process follows what another applied, and says why when it cannot', async () => {
  const store = await newStore()
  const first = await current(store)
  const switched: number[] = []
  const follower = (name: string, switchTo: (id: number) => Promise<void>): DeploymentFollower =>
    new DeploymentFollower({ store, name, running: first.id, log: { error: () => {}, warn: () => {} }, switchTo })
  const good = follower('good', async id => void switched.push(id))
  const bad = follower('bad', async () => await Promise.reject(new Error('secret text of somebody else')))
  await good.start()
  await bad.start()
  const second = await current(store)
  const done = async (): Promise<boolean> =>
    (await store.processes()).every(({ deployment, error }) => deployment === second.id || error !== null)
  while (!(await done())) await new Promise(resolve => setTimeout(resolve, 50))
  assert.deepEqual(switched, [second.id])
  const [failed, followed] = await store.processes()
  assert.deepEqual([followed?.name, followed?.deployment, followed?.error], ['good', second.id, null])
  assert.deepEqual([failed?.name, failed?.deployment], ['bad', first.id])
  assert.doesNotMatch(failed?.error ?? '', /secret/)
  await good.stop()
  await bad.stop()
  assert.deepEqual(await store.processes(), [])
})
