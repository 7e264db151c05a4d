import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { type TestDatabase, testDatabase } from '@samband/store'
import { type HubContext, openHub } from '../src/index.ts'
import { versionOf } from '../src/hub-context.ts'
import { nameOf } from '../src/storage/hub-store.ts'

const patient = (family: string): JsonObject => ({ resourceType: 'Patient', name: [{ family }], gender: 'female' })

describe('the storage of the hub', () => {
  let database: TestDatabase
  let hub: HubContext
  before(async () => {
    database = await testDatabase()
    hub = await openHub({ db: database.db, tenant: 1, node: 1, baseUrl: 'http://127.0.0.1/fhir' })
  })
  after(async () => {
    await hub.store.close()
    await database.close()
  })

  function creation(id: string, resource: JsonObject): Parameters<typeof hub.store.create>[0] {
    const { resourceType } = resource
    const type = String(resourceType)
    const rid = hub.store.ids.next()
    return versionOf(hub, resource, { type, id, rid, method: 'create', exists: false, version: 1, at: Date.now() })
  }

  async function update(id: string, resource: JsonObject | undefined): Promise<void> {
    await hub.store.transaction(async transaction => {
      const name = { type: 'Patient', id }
      const current = (await transaction.lock([name])).get(nameOf(name))
      assert.ok(current)
      const version = { ...name, rid: current.rid, exists: true, version: current.version + 1, at: Date.now() }
      await transaction.write([
        resource === undefined
          ? {
              ...version,
              method: 'delete',
              key: hub.store.keys.resource('Patient', id),
              content: undefined,
              rows: undefined,
            }
          : versionOf(hub, resource, { ...version, method: 'update' }),
      ])
    })
  }

  async function count(table: string, id: string): Promise<number> {
    const { rows } = await database.db.pool.query<{ n: number }>(
      `select count(*) as n from ${table} where rid = (select rid from hub.resource where id = $1)`,
      [id],
    )
    return rows[0]?.n ?? 0
  }

  test('what is created at once is read at once, each with its own version and time', async () => {
    await Promise.all(['a1', 'a2', 'a3'].map(id => hub.store.create(creation(id, patient(id)))))
    const found = await Promise.all(['a3', 'a1', 'nobody'].map(id => hub.store.read('Patient', id)))
    assert.deepEqual(
      found.map(one => one?.id),
      ['a3', 'a1', undefined],
    )
    const { meta } = JSON.parse(found[0]?.content ?? '') as { meta: { versionId: string; lastUpdated: string } }
    assert.equal(meta.versionId, '1')
    assert.equal(Date.parse(meta.lastUpdated), found[0]?.at)
  })

  test('an update keeps the version before, and is found by its new values only', async () => {
    await hub.store.create(creation('b1', patient('Before')))
    await update('b1', patient('After'))
    const old = await hub.store.readVersion('Patient', 'b1', 1)
    assert.match(old?.content ?? '', /Before/)
    assert.match((await hub.store.read('Patient', 'b1'))?.content ?? '', /After/)
    const { rows } = await database.db.pool.query<{ value: string }>(
      `select distinct value from hub.string where rid = (select rid from hub.resource where id = 'b1')`,
    )
    assert.deepEqual(rows, [{ value: 'after' }])
  })

  test('a deletion leaves a version without content, and nothing to find it by', async () => {
    await hub.store.create(creation('c1', patient('Gone')))
    assert.ok((await count('hub.string', 'c1')) > 0)
    await update('c1', undefined)
    const deleted = await hub.store.read('Patient', 'c1')
    assert.equal(deleted?.version, 2)
    assert.equal(deleted?.content, undefined)
    assert.equal(await count('hub.string', 'c1'), 0)
    const { rows } = await database.db.pool.query(`select tokens, refs from hub.resource where id = 'c1'`)
    assert.deepEqual(rows, [{ tokens: [], refs: [] }])
  })

  test('one that the database refuses does not take the others of its batch with it', async () => {
    await hub.store.create(creation('d1', patient('One')))
    const results = await Promise.allSettled(['d2', 'd1', 'd3'].map(id => hub.store.create(creation(id, patient(id)))))
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.ok(await hub.store.read('Patient', 'd3'))
  })

  test('changes are numbered in the order of commits, whoever writes them', async () => {
    const other = await openHub({ db: database.db, tenant: 1, node: 2, baseUrl: 'http://127.0.0.1/fhir' })
    await hub.store.create(creation('e0', patient('Zero')))
    await Promise.all(
      Array.from({ length: 24 }, async (_, n) => {
        if (n % 3 === 0) await update('e0', patient(`N${n}`))
        else {
          const { store } = n % 2 === 0 ? hub : other
          const version = {
            type: 'Patient',
            id: `e${n}`,
            rid: store.ids.next(),
            method: 'create',
            exists: false,
          } as const
          await store.create(versionOf(hub, patient(`E${n}`), { ...version, version: 1, at: Date.now() }))
        }
      }),
    )
    const { rows } = await database.db.pool.query<{ version: number }>(
      `select version from hub.change where id = 'e0' order by seq`,
    )
    assert.deepEqual(
      rows.map(({ version }) => version),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    )
    await other.store.close()
  })

  test('two that create the same id: one goes first, the other runs again and sees it', async () => {
    let runs = 0
    const name = { type: 'Patient', id: 'f1' }
    const put = async (family: string): Promise<void> =>
      await hub.store.transaction(async transaction => {
        runs += 1
        const current = (await transaction.lock([name])).get(nameOf(name))
        const exists = current !== undefined
        const rid = current?.rid ?? hub.store.ids.next()
        const version = (current?.version ?? 0) + 1
        const method = exists ? 'update' : 'create'
        await transaction.write([
          versionOf(hub, patient(family), { ...name, rid, exists, version, method, at: Date.now() }),
        ])
      })
    await Promise.all([put('One'), put('Two'), put('Three')])
    assert.equal((await hub.store.read('Patient', 'f1'))?.version, 3)
    assert.ok(runs >= 3)
  })
})
