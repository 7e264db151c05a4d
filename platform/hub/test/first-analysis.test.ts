import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestDatabase, testDatabase } from '@samband/store'
import { type HubContext, openHub } from '../src/index.ts'
import { versionOf } from '../src/hub-context.ts'

let database: TestDatabase
let context: HubContext

before(async () => {
  database = await testDatabase()
  context = await openHub({ db: database.db, tenant: 1, node: 0, baseUrl: 'https://fhir.example/fhir', reindex: false })
})

after(async () => {
  await database.close()
})

test('a table that is new is analysed when some resources are in it', async () => {
  const create = async (number: number): Promise<void> => {
    const name = {
      type: 'Basic',
      id: `b${number}`,
      method: 'create',
      exists: false,
      version: 1,
      at: Date.now(),
    } as const
    await context.store.create(versionOf(context, {}, { ...name, rid: context.store.ids.next() }))
  }
  for (let from = 0; from < 250; from += 50) {
    await Promise.all(Array.from({ length: 50 }, async (_, index) => await create(from + index)))
  }
  await context.store.close()
  const { rows } = await database.db.pool.query<{ rows: number }>(
    `select reltuples::int as rows from pg_class where oid = 'hub.resource_basic'::regclass`,
  )
  assert.ok((rows[0]?.rows ?? 0) >= 150)
})
