import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestDatabase, testDatabase } from '@samband/store'
import { systemCaller } from '../src/access/caller.ts'
import type { HubContext } from '../src/hub-context.ts'
import { HubError } from '../src/hub-error.ts'
import { deleteResource } from '../src/interactions/remove.ts'
import { listReindexJobs, parameterState } from '../src/reindex/reindexing.ts'
import {
  change,
  define,
  differencesFromFreshIndex,
  found,
  openQuickHub,
  patientOf,
  put,
  redefine,
  searchParameter,
  until,
} from './reindex-hub.ts'

let database: TestDatabase
let one: HubContext
let other: HubContext

before(async () => {
  database = await testDatabase()
  one = await openQuickHub(database.db, 1)
  other = await openQuickHub(database.db, 2)
  await Promise.all(Array.from({ length: 60 }, (_, n) => put(one, 'Patient', `p${n}`, patientOf(n))))
})
after(async () => {
  await one.close()
  await other.close()
  await database.close()
})

const isReady = (hub: HubContext, code: string): boolean =>
  hub.searchParameters().find('Patient', code) !== undefined && parameterState(hub, 'Patient', code) === 'ready'

async function codesOf(resource: ReturnType<typeof searchParameter>): Promise<readonly string[]> {
  const thrown = await define(one, resource).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof HubError)
  assert.equal(thrown.status, 422)
  return thrown.issues.map(({ code }) => code).filter(code => code.startsWith('search-parameter-'))
}

test('a parameter that one process stores is searched by in both, with the resources of before, without new versions', async () => {
  await define(one, searchParameter('marital-status'))
  await until('both are ready', () => isReady(one, 'marital-status') && isReady(other, 'marital-status'))
  assert.equal((await found(one, 'Patient', 'marital-status', 'M')).length, 60)
  await put(other, 'Patient', 'later', patientOf(61))
  await change(other, 'Patient', 'p3', patientOf(3))
  assert.equal((await found(one, 'Patient', 'marital-status', 'M')).length, 61)
  const { rows } = await database.db.pool.query<{ n: number }>(
    `select count(*) as n from hub.change where tenant = 1 and type = 'Patient'`,
  )
  assert.equal(rows[0]?.n, 62, 'the changes of the test itself, and none of the reindexing')
  assert.deepEqual(await differencesFromFreshIndex(one), [])
})

test('what is written while a process does not know a parameter yet is indexed by it all the same', async () => {
  const writers = [one, other].map(async (hub, which) => {
    for (let n = 0; n < 120; n += 1) await put(hub, 'Patient', `w${which}-${n}`, patientOf(n))
  })
  await define(other, searchParameter('born', { type: 'date', expression: 'Patient.birthDate' }))
  await Promise.all(writers)
  await until('both are ready', () => isReady(one, 'born') && isReady(other, 'born'))
  assert.deepEqual(await differencesFromFreshIndex(one), [])
})

test('another expression under the same code is not searched by until all is indexed by it, and finds nothing of before', async () => {
  const resource = searchParameter('kin', { expression: 'Patient.gender' })
  const id = await define(one, resource)
  await until('both are ready', () => isReady(one, 'kin') && isReady(other, 'kin'))
  assert.ok((await found(one, 'Patient', 'kin', 'female')).length > 0)
  await redefine(other, id, { ...resource, expression: 'Patient.maritalStatus' })
  await until('the new one is indexed', async () => {
    const old = await found(one, 'Patient', 'kin', 'female')
    return old.length === 0 && isReady(one, 'kin') && isReady(other, 'kin')
  })
  assert.ok((await found(one, 'Patient', 'kin', 'M')).length > 0)
})

test('another description needs no reindexing', async () => {
  const resource = searchParameter('quiet')
  const id = await define(one, resource)
  await until('both are ready', () => isReady(one, 'quiet') && isReady(other, 'quiet'))
  const before = (await listReindexJobs(one, systemCaller)).length
  await redefine(one, id, { ...resource, description: 'said better' })
  await until('the other has it', () =>
    [...other.searchParameters().forType('Patient').values()].some(
      each => 'description' in each && each.description === 'said better',
    ),
  )
  assert.equal((await listReindexJobs(one, systemCaller)).length, before)
})

test('a retired or deleted parameter is unknown at once, and its rows go', async () => {
  const retired = searchParameter('to-retire', { type: 'date', expression: 'Patient.birthDate' })
  const id = await define(one, retired)
  const second = await define(one, searchParameter('to-delete'))
  await until('both are ready', () => isReady(one, 'to-retire') && isReady(one, 'to-delete'))
  await redefine(one, id, { ...retired, status: 'retired' })
  await deleteResource(other, { caller: systemCaller, type: 'SearchParameter', id: second })
  for (const hub of [one, other])
    for (const code of ['to-retire', 'to-delete'])
      await until('it is unknown', () => hub.searchParameters().find('Patient', code) === undefined)
  await until('its rows have gone', async () => {
    const { rows } = await database.db.pool.query('select 1 from hub.date where tenant = 1 and param = $1', [
      one.store.keys.param('Patient', 'to-retire'),
    ])
    return rows.length === 0 && (await found(one, 'Patient', 'to-delete', 'M')).length === 0
  })
  assert.deepEqual(await differencesFromFreshIndex(one), [])
})

test("the standard's own parameter is replaced by a definition that says so, and comes back when that goes", async () => {
  const gender = 'http://hl7.org/fhir/SearchParameter/individual-gender'
  assert.deepEqual(await codesOf(searchParameter('gender')), ['search-parameter-clash'])
  const id = await define(one, searchParameter('gender', { derivedFrom: gender }))
  await until('it is replaced', () => isReady(one, 'gender') && isReady(other, 'gender'))
  await until('by M', async () => (await found(one, 'Patient', 'gender', 'M')).length > 0)
  await deleteResource(one, { caller: systemCaller, type: 'SearchParameter', id })
  await until('the standard is back', async () => (await found(one, 'Patient', 'gender', 'female')).length > 0)
  await until('and complete', () => isReady(one, 'gender') && isReady(other, 'gender'))
  assert.deepEqual(await differencesFromFreshIndex(other), [])
})

test('a parameter that could not work is refused with all that is wrong', async () => {
  assert.deepEqual(await codesOf(searchParameter('broken', { expression: 'Patient.name.where(' })), [
    'search-parameter-expression',
  ])
  assert.deepEqual(await codesOf(searchParameter('_sort', { type: 'special', expression: 'Patient.foo()' })), [
    'search-parameter-code',
    'search-parameter-type',
    'search-parameter-expression',
  ])
  assert.deepEqual(await codesOf(searchParameter('other-type', { expression: 'Observation.code' })), [
    'search-parameter-expression',
  ])
  assert.deepEqual(await codesOf(searchParameter('slip', { expression: 'Patient.nmae.family' })), [
    'search-parameter-expression',
  ])
  const component = { definition: 'https://fhir.example.org/none', expression: 'code' }
  assert.deepEqual(await codesOf(searchParameter('pair', { type: 'composite', component: [component, component] })), [
    'search-parameter-component',
    'search-parameter-component',
  ])
  assert.deepEqual(await codesOf(searchParameter('marital-status')), [
    'search-parameter-clash',
    'search-parameter-clash',
  ])
})

test('a draft may be as it likes, and is no parameter', async () => {
  await define(one, searchParameter('draft', { status: 'draft', expression: 'Patient.name.where(' }))
  assert.equal(one.searchParameters().find('Patient', 'draft'), undefined)
})

test('a process that lost its connection and wrote in the old way meanwhile has it done again', async () => {
  const cut = await openQuickHub(database.db, 4, { limits: { feedPollMs: 4_000 } })
  await database.db.pool.query(
    `select pg_terminate_backend(i.pid) from hub.indexer i where i.tenant = 1 and i.node = 4`,
  )
  await define(one, searchParameter('missed'))
  await until('the others are done', () => isReady(one, 'missed'))
  await put(cut, 'Patient', 'in-the-old-way', patientOf(8))
  await until('it is indexed', async () => (await found(one, 'Patient', 'missed', 'M')).includes('in-the-old-way'))
  await until('it came from its return', async () =>
    (await listReindexJobs(one, systemCaller)).some(({ reason }) => reason === 'process-returned'),
  )
  await cut.close()
})

test('a process that starts later knows the parameters before it writes', async () => {
  const third = await openQuickHub(database.db, 3)
  await put(third, 'Patient', 'of-third', patientOf(7))
  assert.ok((await found(third, 'Patient', 'marital-status', 'M')).includes('of-third'))
  await third.close()
})
