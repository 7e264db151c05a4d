import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { type TestDatabase, testDatabase } from '@samband/store'
import { type Caller, systemCaller } from '../src/access/caller.ts'
import { openHub } from '../src/hub.ts'
import { type HubContext, versionOf } from '../src/hub-context.ts'
import { HubError } from '../src/hub-error.ts'
import { createResource } from '../src/interactions/create.ts'
import { deleteByCriteria, deleteResource } from '../src/interactions/remove.ts'
import { updateByCriteria, updateResource } from '../src/interactions/update.ts'
import type { WriteOutcome } from '../src/interactions/write-outcome.ts'

let database: TestDatabase
let hub: HubContext
let clock = Date.UTC(2026, 0, 1)
const caller = systemCaller

before(async () => {
  database = await testDatabase()
  hub = await openHub({
    db: database.db,
    tenant: 1,
    node: 1,
    baseUrl: 'https://fhir.example.org/fhir',
    now: () => clock,
  })
})
after(async () => {
  await hub.store.close()
  await database.close()
})

const system = 'urn:oid:2.16.578.1.12.4.1.4.1'

function patient(value: string, more: JsonObject = {}): JsonObject {
  return { resourceType: 'Patient', identifier: [{ system, value }], ...more }
}

function read({ stored }: WriteOutcome): JsonObject {
  return JSON.parse(stored?.content ?? 'null') as JsonObject
}

function refusal(status: number, code: string): (error: unknown) => boolean {
  return error => {
    assert.ok(error instanceof HubError, String(error))
    assert.deepEqual([error.status, error.code], [status, code], error.message)
    return true
  }
}

test('a creation passes over the id and version of the body', async () => {
  const outcome = await createResource(hub, {
    caller,
    type: 'Patient',
    resource: patient('1', { id: 'urn:not an id', meta: { versionId: '7', tag: [{ code: 'x' }] } }),
  })
  assert.deepEqual([outcome.status, outcome.method, outcome.changed], [201, 'create', true])
  const { id, meta } = read(outcome)
  assert.match(String(id), /^[0-9a-f-]{36}$/)
  assert.deepEqual(meta, { tag: [{ code: 'x' }], versionId: '1', lastUpdated: '2026-01-01T00:00:00.000Z' })
  const stored = await hub.store.read('Patient', String(id))
  assert.equal(stored?.content, outcome.stored?.content)
})

test('a resource that breaks rules is refused with all that it breaks', async () => {
  const resource = { resourceType: 'Patient', gender: 'x', birthDate: 'yesterday', unknown: true }
  await assert.rejects(createResource(hub, { caller, type: 'Patient', resource }), (error: unknown) => {
    assert.ok(error instanceof HubError)
    assert.equal(error.status, 422)
    assert.ok(error.issues.length >= 3)
    return true
  })
  await assert.rejects(
    createResource(hub, { caller, type: 'Observation', resource }),
    refusal(400, 'resource-type-wrong'),
  )
})

test('an update makes a version, and none where nothing changes but the order of members', async () => {
  const type = 'Patient'
  const first = await updateResource(hub, { caller, type, id: 'u1', resource: patient('u1', { id: 'u1' }) })
  assert.deepEqual([first.status, first.method, first.stored?.version], [201, 'create', 1])
  const resource = { ...patient('u1', { id: 'u1' }), active: true, gender: 'male' }
  const second = await updateResource(hub, { caller, type, id: 'u1', resource })
  assert.deepEqual([second.status, second.method, second.stored?.version], [200, 'update', 2])
  const { gender, ...others } = resource
  const same = { gender, ...others, meta: { versionId: '1', lastUpdated: '2020-01-01T00:00:00Z' } }
  const third = await updateResource(hub, { caller, type, id: 'u1', resource: same })
  assert.deepEqual([third.status, third.changed, third.stored?.version], [200, false, 2])
})

test('lastUpdated of a resource grows even when the clock steps back', async () => {
  const write = (gender: string): Promise<WriteOutcome> =>
    updateResource(hub, { caller, type: 'Patient', id: 'clock', resource: patient('clock', { id: 'clock', gender }) })
  const first = await write('male')
  clock -= 60_000
  const second = await write('female')
  clock += 60_000
  assert.equal(second.stored?.at, (first.stored?.at ?? 0) + 1)
})

test('the id of an update is that of its address', async () => {
  const update = (id: string, own?: string): Promise<WriteOutcome> =>
    updateResource(hub, { caller, type: 'Patient', id, resource: patient('x', own === undefined ? {} : { id: own }) })
  await assert.rejects(update('a', 'b'), refusal(400, 'id-differs'))
  await assert.rejects(update('a'), refusal(400, 'id-missing'))
  await assert.rejects(update('a b', 'a b'), refusal(400, 'id-invalid'))
})

test('preconditions hold an update back', async () => {
  const type = 'Patient'
  const update = (ifMatch: string, gender = 'male'): Promise<WriteOutcome> =>
    updateResource(hub, { caller, type, id: 'm1', resource: patient('m1', { id: 'm1', gender }), ifMatch })
  await assert.rejects(update('W/"1"'), refusal(412, 'version-differs'))
  await updateResource(hub, { caller, type, id: 'm1', resource: patient('m1', { id: 'm1' }), ifNoneMatch: '*' })
  await assert.rejects(update('W/1'), refusal(400, 'entity-tag-malformed'))
  assert.equal((await update('W/"1"')).stored?.version, 2)
  await assert.rejects(update('W/"1"', 'female'), refusal(412, 'version-differs'))
  await assert.rejects(
    updateResource(hub, { caller, type, id: 'm1', resource: patient('m1', { id: 'm1' }), ifNoneMatch: '*' }),
    refusal(412, 'version-differs'),
  )
})

test('64 conditional creations at once make one resource', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 64 }, () =>
      createResource(hub, {
        caller,
        type: 'Patient',
        resource: patient('race'),
        ifNoneExist: `identifier=${system}|race`,
      }),
    ),
  )
  assert.equal(outcomes.filter(({ status }) => status === 201).length, 1)
  assert.equal(new Set(outcomes.map(({ stored }) => stored?.id)).size, 1)
})

test('conditional creations by different identifiers of the same resource make one', async () => {
  const resource = patient('mixed', {
    identifier: [
      { system, value: 'mixed' },
      { system: 'urn:other', value: 'mixed' },
    ],
  })
  const outcomes = await Promise.all(
    Array.from({ length: 16 }, (_, n) =>
      createResource(hub, {
        caller,
        type: 'Patient',
        resource,
        ifNoneExist: `identifier=${n % 2 === 0 ? system : 'urn:other'}|mixed`,
      }),
    ),
  )
  assert.equal(outcomes.filter(({ status }) => status === 201).length, 1)
  assert.equal(new Set(outcomes.map(({ stored }) => stored?.id)).size, 1)
})

test('a conditional creation finds what a plain one commits beside it', async () => {
  const { store } = hub
  const resource = patient('beside', { id: 'beside' })
  const first = { type: 'Patient', id: 'beside', method: 'create', exists: false, version: 1, at: clock } as const
  let second: Promise<WriteOutcome> | undefined
  await store.transaction(async transaction => {
    await transaction.write([versionOf(hub, resource, { ...first, rid: store.ids.next() })])
    second = createResource(hub, {
      caller,
      type: 'Patient',
      resource: patient('beside'),
      ifNoneExist: `identifier=${system}|beside`,
    })
    await new Promise(resolve => setTimeout(resolve, 100))
  })
  const outcome = await second
  assert.deepEqual([outcome?.status, outcome?.stored?.id], [200, 'beside'])
})

test('conditional interactions with several matches are refused', async () => {
  await createResource(hub, { caller, type: 'Patient', resource: patient('twice') })
  await createResource(hub, { caller, type: 'Patient', resource: patient('twice') })
  const criteria = `identifier=${system}|twice`
  const type = 'Patient'
  await assert.rejects(
    createResource(hub, { caller, type, resource: patient('twice'), ifNoneExist: criteria }),
    refusal(412, 'criteria-not-selective'),
  )
  await assert.rejects(
    updateByCriteria(hub, { caller, type, resource: patient('twice'), criteria }),
    refusal(412, 'criteria-not-selective'),
  )
  await assert.rejects(
    deleteByCriteria(hub, { caller, type, criteria, multiple: false }),
    refusal(412, 'criteria-not-selective'),
  )
  const deletion = await deleteByCriteria(hub, { caller, type, criteria, multiple: true })
  assert.equal(deletion.deleted.length, 2)
})

test('a conditional update creates, then updates, and minds the id of the body', async () => {
  const type = 'Patient'
  const criteria = `identifier=${system}|cu`
  const first = await updateByCriteria(hub, { caller, type, criteria, resource: patient('cu') })
  assert.equal(first.status, 201)
  const second = await updateByCriteria(hub, { caller, type, criteria, resource: patient('cu', { gender: 'male' }) })
  assert.deepEqual([second.status, second.stored?.id, second.stored?.version], [200, first.stored?.id, 2])
  await assert.rejects(
    updateByCriteria(hub, { caller, type, criteria, resource: patient('cu', { id: 'another' }) }),
    refusal(400, 'id-differs'),
  )
  const own = await updateByCriteria(hub, {
    caller,
    type,
    criteria: `identifier=${system}|cu2`,
    resource: patient('cu2', { id: 'cu2' }),
  })
  assert.deepEqual([own.status, own.stored?.id], [201, 'cu2'])
  await assert.rejects(
    updateByCriteria(hub, {
      caller,
      type,
      criteria: `identifier=${system}|cu3`,
      resource: patient('cu3', { id: 'cu2' }),
    }),
    refusal(409, 'id-taken'),
  )
})

test('criteria that are not understood, or none, are refused', async () => {
  const create = (ifNoneExist: string): Promise<WriteOutcome> =>
    createResource(hub, { caller, type: 'Patient', resource: patient('c'), ifNoneExist })
  await assert.rejects(create('nonsense=1'), refusal(400, 'criteria-invalid'))
  await assert.rejects(create(''), refusal(412, 'criteria-missing'))
})

test('a deletion keeps the history, is idempotent, and what was deleted can come back', async () => {
  const type = 'Patient'
  const resource = patient('d1', { id: 'd1' })
  await updateResource(hub, { caller, type, id: 'd1', resource })
  const first = await deleteResource(hub, { caller, type, id: 'd1' })
  assert.deepEqual([first.status, first.changed, first.stored?.version], [204, true, 2])
  const again = await deleteResource(hub, { caller, type, id: 'd1' })
  assert.deepEqual([again.status, again.changed], [204, false])
  assert.equal((await deleteResource(hub, { caller, type, id: 'never-was' })).changed, false)
  assert.match((await hub.store.readVersion(type, 'd1', 1))?.content ?? '', /"versionId":"1"/)
  const back = await updateResource(hub, { caller, type, id: 'd1', resource })
  assert.deepEqual([back.status, back.stored?.version], [201, 3])
})

test('who creates the same id at the same time comes second and updates', async () => {
  const { store } = hub
  const resource = patient('collide', { id: 'collide' })
  const write = versionOf(hub, resource, {
    type: 'Patient',
    id: 'collide',
    method: 'create',
    exists: false,
    rid: store.ids.next(),
    version: 1,
    at: clock,
  })
  let second: Promise<WriteOutcome> | undefined
  await store.transaction(async transaction => {
    await transaction.write([write])
    second = updateResource(hub, {
      caller,
      type: 'Patient',
      id: 'collide',
      resource: { ...resource, gender: 'male' },
    })
    await new Promise(resolve => setTimeout(resolve, 100))
  })
  const outcome = await second
  assert.deepEqual([outcome?.status, outcome?.stored?.version], [200, 2])
})

test('what changes between the search and the lock of a conditional update is looked for again', async () => {
  const { store } = hub
  const resource = patient('moving', { id: 'moving' })
  await updateResource(hub, { caller, type: 'Patient', id: 'moving', resource })
  const conditional = (): Promise<WriteOutcome> =>
    updateByCriteria(hub, {
      caller,
      type: 'Patient',
      criteria: `identifier=${system}|moving`,
      resource: patient('moving', { gender: 'female' }),
    })
  let second: Promise<WriteOutcome> | undefined
  await store.transaction(async transaction => {
    const current = (await transaction.lock([{ type: 'Patient', id: 'moving' }])).get('Patient/moving')
    assert.ok(current !== undefined)
    second = conditional()
    await new Promise(resolve => setTimeout(resolve, 100))
    const { rid, version, at } = current
    const next = {
      type: 'Patient',
      id: 'moving',
      method: 'update',
      exists: true,
      rid,
      version: version + 1,
      at: at + 1,
    } as const
    // It is another's now: nothing meets the criteria any more.
    await transaction.write([versionOf(hub, patient('elsewhere', { id: 'moving' }), next)])
  })
  const outcome = await second
  assert.equal(outcome?.status, 201)
  assert.notEqual(outcome?.stored?.id, 'moving')
})

test('changes that come at once share a commit and stand for themselves', async () => {
  const type = 'Patient'
  const update = (id: string, gender: string, ifMatch?: string): Promise<WriteOutcome> =>
    updateResource(hub, {
      caller,
      type,
      id,
      resource: patient(id, { id, gender }),
      ...(ifMatch === undefined ? {} : { ifMatch }),
    })
  await Promise.all(['g1', 'g2', 'g3', 'g4'].map(id => update(id, 'male')))
  const { rows: before } = await database.db.pool.query<{ n: number }>('select count(*)::int as n from hub.change')
  const settled = await Promise.allSettled([
    update('g1', 'female'),
    update('g1', 'other'),
    update('g2', 'female', 'W/"7"'),
    deleteResource(hub, { caller, type, id: 'g3' }),
    deleteResource(hub, { caller, type, id: 'g-never' }),
    update('g4', 'male'),
    update('g5', 'male'),
    updateByCriteria(hub, { caller, type, criteria: `identifier=${system}|g6`, resource: patient('g6') }),
    updateByCriteria(hub, { caller, type, criteria: `identifier=${system}|g6`, resource: patient('g6') }),
  ])
  assert.deepEqual(
    settled.map(each => (each.status === 'fulfilled' ? each.value.status : (each.reason as HubError).status)),
    [200, 200, 412, 204, 204, 200, 201, 201, 200],
  )
  assert.equal((await hub.store.read(type, 'g1'))?.version, 3)
  assert.equal((await hub.store.read(type, 'g2'))?.version, 1)
  const { rows: after } = await database.db.pool.query<{ n: number }>('select count(*)::int as n from hub.change')
  assert.equal((after[0]?.n ?? 0) - (before[0]?.n ?? 0), 5)
})

test('64 updates of one resource at once make 64 versions', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 64 }, (_, n) =>
      updateResource(hub, {
        caller,
        type: 'Patient',
        id: 'many',
        resource: patient('many', { id: 'many', name: [{ text: `n${n}` }] }),
      }),
    ),
  )
  const versions = outcomes.map(({ stored }) => stored?.version ?? 0).toSorted((a, b) => a - b)
  assert.deepEqual(
    versions,
    Array.from({ length: 64 }, (_, n) => n + 1),
  )
})

test('a caller changes only what is within its scopes, before and after', async () => {
  const mine: Caller = {
    actor: 'app',
    actorKind: 'token',
    access: () => [{ compartment: { type: 'Patient', id: 'me' } }],
  }
  const observation = (subject: string, id: string): JsonObject => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: 'weight' },
    subject: { reference: `Patient/${subject}` },
  })
  const type = 'Observation'
  const update = (who: Caller, subject: string, id: string): Promise<WriteOutcome> =>
    updateResource(hub, { caller: who, type, id, resource: observation(subject, id) })
  await update(mine, 'me', 's1')
  await assert.rejects(update(mine, 'other', 's1'), refusal(403, 'resource-outside-scope'))
  await update(caller, 'other', 's2')
  await assert.rejects(update(mine, 'me', 's2'), refusal(404, 'resource-unknown'))
  assert.equal((await deleteResource(hub, { caller: mine, type, id: 's2' })).changed, false)
  assert.notEqual((await hub.store.read(type, 's2'))?.content, undefined)
  await assert.rejects(
    createResource(hub, { caller: mine, type, resource: observation('other', 'x') }),
    refusal(403, 'resource-outside-scope'),
  )
  const none: Caller = { actor: 'app', actorKind: 'token', access: () => 'none' }
  await assert.rejects(update(none, 'me', 's1'), refusal(403, 'scope-missing'))
  await assert.rejects(deleteResource(hub, { caller: none, type, id: 's1' }), refusal(403, 'scope-missing'))
})
