import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { type TestDatabase, testDatabase } from '@samband/store'
import { type Caller, systemCaller } from '../src/access/caller.ts'
import { runBundle } from '../src/bundles/run-bundle.ts'
import { runTransaction } from '../src/bundles/run-transaction.ts'
import { openHub } from '../src/hub.ts'
import type { HubContext } from '../src/hub-context.ts'
import { HubError } from '../src/hub-error.ts'
import { createResource } from '../src/interactions/create.ts'
import { updateResource } from '../src/interactions/update.ts'

let database: TestDatabase
let hub: HubContext
const caller = systemCaller
const baseUrl = 'https://fhir.example.org/fhir'

before(async () => {
  database = await testDatabase()
  hub = await openHub({ db: database.db, tenant: 1, node: 1, baseUrl })
})
after(async () => {
  await hub.store.close()
  await database.close()
})

const system = 'urn:oid:2.16.578.1.12.4.1.4.1'

type Entry = { readonly [member: string]: unknown; readonly request?: JsonObject }
type Answer = {
  readonly fullUrl?: string
  readonly resource?: Record<string, unknown>
  readonly response: { readonly [member: string]: string } & { readonly outcome?: JsonObject }
}

async function run(
  entry: readonly Entry[],
  more: { caller?: Caller; prefer?: string } = {},
): Promise<readonly Answer[]> {
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry }
  const answer = await runTransaction(hub, { caller, bundle, ...more })
  assert.equal(answer['type'], 'transaction-response')
  // The hub writes what the type says.
  return (answer['entry'] ?? []) as readonly Answer[]
}

function patient(value: string, more: JsonObject = {}): JsonObject {
  return { resourceType: 'Patient', identifier: [{ system, value }], ...more }
}

function observation(subject: string, more: JsonObject = {}): JsonObject {
  return { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: subject }, ...more }
}

const post = (resource: JsonObject, more: Entry = {}): Entry => ({
  resource,
  ...more,
  request: { method: 'POST', url: resource['resourceType'], ...more.request },
})
const put = (resource: JsonObject, url?: string, more: Entry = {}): Entry => ({
  resource,
  ...more,
  request: {
    method: 'PUT',
    url: url ?? `${String(resource['resourceType'])}/${String(resource['id'])}`,
    ...more.request,
  },
})
const remove = (url: string): Entry => ({ request: { method: 'DELETE', url } })
const get = (url: string): Entry => ({ request: { method: 'GET', url } })
const uuid = (n: number): string => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

async function stored(type: string, id: string): Promise<JsonObject | undefined> {
  const found = await hub.store.read(type, id)
  return found?.content === undefined ? undefined : (JSON.parse(found.content) as JsonObject)
}

async function count(): Promise<number> {
  const { rows } = await database.db.pool.query<{ n: number }>('select count(*)::int as n from hub.resource')
  return rows[0]?.n ?? 0
}

function refusal(status: number, code: string, expression?: string): (error: unknown) => boolean {
  return error => {
    assert.ok(error instanceof HubError, String(error))
    assert.deepEqual([error.status, error.code], [status, code], error.message)
    if (expression !== undefined) assert.equal(error.issues[0]?.expression, expression)
    return true
  }
}

test('entries refer to each other by fullUrl, and responses come in the order of the request', async () => {
  const div = `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${uuid(1)}">her</a> <img src='${uuid(1)}#x' alt="y"/></div>`
  const answers = await run(
    [
      post(
        observation(uuid(1), {
          text: { status: 'generated', div },
          identifier: [{ system: 'urn:ietf:rfc:3986', value: uuid(1) }],
          instantiatesUri: uuid(1),
        }),
      ),
      post(patient('t1'), { fullUrl: uuid(1) }),
    ].map(entry => ({ ...entry, resource: without(entry['resource'], 'instantiatesUri') })),
  )
  const [first, second] = answers
  const { id } = second?.resource ?? {}
  assert.equal(second?.response.status, '201 Created')
  assert.equal(second?.response['location'], `${baseUrl}/Patient/${String(id)}/_history/1`)
  assert.equal(second?.response['etag'], 'W/"1"')
  assert.match(second?.response['lastModified'] ?? '', /^\d{4}-.*Z$/)
  const written = await stored('Observation', String(first?.resource?.['id']))
  assert.deepEqual(written, first?.resource)
  assert.deepEqual(written?.['subject'], { reference: `Patient/${String(id)}` })
  // A value of an identifier is a text, not a link.
  assert.deepEqual(written?.['identifier'], [{ system: 'urn:ietf:rfc:3986', value: uuid(1) }])
  assert.deepEqual(written?.['text'], { status: 'generated', div: div.replaceAll(uuid(1), `Patient/${String(id)}`) })
})

function without(value: unknown, name: string): JsonObject {
  const { [name]: _gone, ...rest } = value as JsonObject
  return rest
}

test('a relative reference is of the server that its entry is of', async () => {
  const other = 'http://other.example/fhir'
  const [first, second] = await run([
    post(patient('r1', { id: '77' }), { fullUrl: `${other}/Patient/77` }),
    post(observation('Patient/77'), { fullUrl: `${other}/Observation/1` }),
    post(observation('Patient/77')),
    post(observation(`${other}/Patient/77/_history/3`), { fullUrl: uuid(2) }),
  ])
  const id = String(first?.resource?.['id'])
  assert.notEqual(id, '77')
  assert.deepEqual(second?.resource?.['subject'], { reference: `Patient/${id}` })
})

test('an urn in an extension, a uri and a contained resource is followed; a canonical is not', async () => {
  const [, second] = await run([
    post(patient('e1'), { fullUrl: uuid(3) }),
    post({
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: uuid(3) },
      instantiatesCanonical: [uuid(3)],
      instantiatesUri: [uuid(3)],
      requester: { reference: '#p' },
      contained: [
        {
          resourceType: 'PractitionerRole',
          id: 'p',
          extension: [{ url: 'urn:x', valueReference: { reference: uuid(3) } }],
        },
      ],
    }),
  ])
  const resource = second?.resource ?? {}
  const { reference } = resource['subject'] as { reference: string }
  assert.match(reference, /^Patient\//)
  assert.deepEqual(resource['instantiatesUri'], [reference])
  assert.deepEqual(resource['instantiatesCanonical'], [uuid(3)])
  assert.match(JSON.stringify(resource['contained']), new RegExp(`"reference":"${reference}"`))
})

test('all kinds of entries in one transaction, whatever their order', async () => {
  await run([put(patient('k1', { id: 'k1' })), put(patient('k2', { id: 'k2' }))])
  const patch = Buffer.from('[{"op":"add","path":"/gender","value":"male"}]').toString('base64')
  const answers = await run([
    get('Patient/k3'),
    put(patient('k3', { id: 'k3' })),
    {
      resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data: patch },
      request: { method: 'PATCH', url: 'Patient/k2' },
    },
    remove('Patient/k1'),
    post(patient('k4')),
  ])
  assert.deepEqual(
    answers.map(({ response }) => response.status),
    ['200 OK', '201 Created', '200 OK', '204 No Content', '201 Created'],
  )
  assert.equal(answers[0]?.resource?.['id'], 'k3')
  assert.equal(answers[2]?.resource?.['gender'], 'male')
  assert.equal(await stored('Patient', 'k1'), undefined)
})

test('a HEAD answers without the resource, a GET with a condition that it is as known', async () => {
  await run([put(patient('h1', { id: 'h1' }))])
  const [head, known, part] = await run([
    { request: { method: 'HEAD', url: 'Patient/h1' } },
    { request: { method: 'GET', url: 'Patient/h1', ifNoneMatch: 'W/"1"' } },
    get('Patient/h1?_elements=id'),
  ])
  assert.deepEqual([head?.response.status, head?.resource], ['200 OK', undefined])
  assert.deepEqual([known?.response.status, known?.resource], ['304 Not Modified', undefined])
  assert.equal(part?.resource?.['identifier'], undefined)
})

test('a GET that searches sees what the transaction wrote', async () => {
  const [, found] = await run([post(patient('search1')), get(`Patient?identifier=${system}|search1`)])
  const { entry } = found?.resource ?? {}
  assert.equal(Array.isArray(entry) ? entry.length : 0, 1)
})

test('conditional creations: one is there, one is not, one stands twice', async () => {
  const there = await createResource(hub, { caller, type: 'Patient', resource: patient('cc1') })
  const condition = (value: string): Entry => ({ request: { ifNoneExist: `identifier=${system}|${value}` } })
  const answers = await run([
    post(patient('cc1'), { fullUrl: uuid(10), ...condition('cc1') }),
    post(patient('cc2'), { fullUrl: uuid(11), ...condition('cc2') }),
    post(patient('cc2'), { fullUrl: uuid(12), ...condition('cc2') }),
    ...[10, 11, 12].map(n => post(observation(uuid(n)))),
  ])
  assert.deepEqual(
    answers.map(({ response }) => response.status),
    ['200 OK', '201 Created', '200 OK', '201 Created', '201 Created', '201 Created'],
  )
  const subjects = answers.slice(3).map(({ resource }) => resource?.['subject'])
  const own = `Patient/${String(answers[1]?.resource?.['id'])}`
  assert.deepEqual(
    subjects,
    [`Patient/${there.stored?.id ?? ''}`, own, own].map(reference => ({ reference })),
  )
  await assert.rejects(
    run([post(patient('cc3'), condition('cc3')), post(patient('cc3', { gender: 'male' }), condition('cc3'))]),
    refusal(400, 'entries-overlap', 'Bundle.entry[1]'),
  )
})

test('conditional updates give what refers to them the right id', async () => {
  const there = await createResource(hub, { caller, type: 'Patient', resource: patient('cu1') })
  const url = (value: string): string => `Patient?identifier=${encodeURIComponent(`${system}|${value}`)}`
  const answers = await run([
    put(patient('cu1', { gender: 'male' }), url('cu1'), { fullUrl: uuid(20) }),
    put(patient('cu2'), url('cu2'), { fullUrl: uuid(21) }),
    post(observation(uuid(20))),
    post(observation(uuid(21))),
  ])
  assert.deepEqual(
    answers.map(({ response }) => response.status),
    ['200 OK', '201 Created', '201 Created', '201 Created'],
  )
  assert.deepEqual(answers[2]?.resource?.['subject'], { reference: `Patient/${there.stored?.id ?? ''}` })
  assert.deepEqual(answers[3]?.resource?.['subject'], { reference: `Patient/${String(answers[1]?.resource?.['id'])}` })
  await assert.rejects(
    run([put(patient('cu1'), url('cu1')), put(patient('cu1', { id: there.stored?.id }))]),
    refusal(400, 'entries-overlap', 'Bundle.entry[1]'),
  )
})

test('a conditional reference leads to the one resource that meets it, stored or of the same transaction', async () => {
  const there = await createResource(hub, { caller, type: 'Patient', resource: patient('cr1') })
  const [first, second, third] = await run([
    post(observation(`Patient?identifier=${system}|cr1`)),
    post(observation(`Patient?identifier=${system}|cr2`)),
    post(patient('cr2')),
  ])
  assert.deepEqual(first?.resource?.['subject'], { reference: `Patient/${there.stored?.id ?? ''}` })
  assert.deepEqual(second?.resource?.['subject'], { reference: `Patient/${String(third?.resource?.['id'])}` })
  await assert.rejects(
    run([post(patient('x')), post(observation(`Patient?identifier=${system}|nobody`))]),
    refusal(400, 'reference-unresolved', 'Bundle.entry[1]'),
  )
  await run([post(patient('cr3')), post(patient('cr3'))])
  await assert.rejects(
    run([post(observation(`Patient?identifier=${system}|cr3`))]),
    refusal(412, 'criteria-not-selective', 'Bundle.entry[0]'),
  )
})

test('what a transaction deletes is no match of its conditions', async () => {
  const there = await createResource(hub, { caller, type: 'Patient', resource: patient('dm1') })
  const criteria = `identifier=${system}|dm1`
  const answers = await run([
    post(patient('dm1'), { request: { ifNoneExist: criteria } }),
    remove(`Patient?${criteria}`),
  ])
  assert.deepEqual(
    answers.map(({ response }) => response.status),
    ['201 Created', '204 No Content'],
  )
  assert.equal(await stored('Patient', there.stored?.id ?? ''), undefined)
})

test('when an entry fails nothing is done, and the answer names it', async () => {
  await run([put(patient('f1', { id: 'f1' }))])
  const before = await count()
  const good = post(patient('f2'))
  await assert.rejects(run([good, good, good, post({ resourceType: 'Patient', gender: 'x' })]), (error: unknown) => {
    assert.ok(error instanceof HubError)
    assert.equal(error.status, 422)
    assert.equal(error.issues[0]?.expression, 'Bundle.entry[3].resource.gender')
    return true
  })
  const stale = put(patient('f1', { id: 'f1', gender: 'male' }), undefined, { request: { ifMatch: 'W/"9"' } })
  await assert.rejects(run([good, stale]), refusal(412, 'version-differs', 'Bundle.entry[1]'))
  await assert.rejects(run([good, get('Patient/nobody')]), refusal(404, 'resource-unknown', 'Bundle.entry[1]'))
  await assert.rejects(
    run([good, { ...remove('Patient/f1'), request: { method: 'DELETE', url: 'Patient/f1', ifMatch: 'W/"9"' } }]),
    refusal(412, 'version-differs', 'Bundle.entry[1]'),
  )
  assert.equal(await count(), before)
})

test('all entries that are refused are told at once', async () => {
  const wrong = post({ resourceType: 'Patient', gender: 'x' })
  await assert.rejects(run([wrong, post(patient('x')), wrong]), (error: unknown) => {
    assert.ok(error instanceof HubError)
    assert.deepEqual(
      error.issues.map(({ expression }) => expression),
      ['Bundle.entry[0].resource.gender', 'Bundle.entry[2].resource.gender'],
    )
    return true
  })
})

test('entries that cannot be meant are refused by name', async () => {
  const cases: readonly (readonly [Entry, number, string])[] = [
    [{}, 400, 'entry-invalid'],
    [{ request: { method: 'FETCH', url: 'Patient' } }, 400, 'entry-invalid'],
    [{ request: { method: 'GET', url: 'https://other.example/Patient/1' } }, 400, 'entry-invalid'],
    [{ request: { method: 'POST', url: 'Patient' } }, 400, 'entry-invalid'],
    [post(patient('x'), { request: { url: 'Observation' } }), 400, 'resource-type-wrong'],
    [put(patient('x', { id: 'y' }), 'Patient/x'), 400, 'id-differs'],
    [
      { resource: { resourceType: 'Bundle', type: 'batch' }, request: { method: 'POST', url: '' } },
      400,
      'entry-invalid',
    ],
    [get('Patient/_history'), 400, 'entry-unsupported'],
    [post(patient('x'), { request: { url: 'Nothing' } }), 404, 'type-unknown'],
    [put(patient('x'), 'Patient?nonsense=1'), 400, 'criteria-invalid'],
    [
      {
        resource: { resourceType: 'Binary', contentType: 'text/plain' },
        request: { method: 'PATCH', url: 'Patient/1' },
      },
      400,
      'entry-invalid',
    ],
  ]
  for (const [entry, status, code] of cases) {
    await assert.rejects(run([post(patient('x')), entry]), (error: unknown) => {
      assert.ok(error instanceof HubError, String(error))
      assert.deepEqual([error.status, error.code], [status, code])
      assert.match(error.issues[0]?.expression ?? '', /^Bundle\.entry\[1\]/)
      return true
    })
  }
  const twice = put(patient('same', { id: 'same' }))
  await assert.rejects(run([twice, twice]), refusal(400, 'entries-overlap', 'Bundle.entry[1]'))
  await assert.rejects(
    run([post(patient('a'), { fullUrl: uuid(1) }), post(patient('b'), { fullUrl: uuid(1) })]),
    refusal(400, 'full-url-repeated', 'Bundle.entry[1].fullUrl'),
  )
})

test('Prefer decides what the responses carry', async () => {
  const [minimal] = await run([post(patient('p1'))], { prefer: 'return=minimal' })
  assert.equal(minimal?.resource, undefined)
  assert.equal(minimal?.response.status, '201 Created')
  const [outcome] = await run([post(patient('p2'))], { prefer: 'return=OperationOutcome' })
  assert.equal(outcome?.response.outcome?.['resourceType'], 'OperationOutcome')
})

test('a bundle without entries does nothing, one with too many is refused', async () => {
  assert.deepEqual(await run([]), [])
  const small = { ...hub, limits: { ...hub.limits, bundleEntriesMax: 2 } }
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [1, 2, 3].map(() => post(patient('x'))) }
  await assert.rejects(runTransaction(small, { caller, bundle }), refusal(413, 'bundle-too-large'))
})

test('64 transactions on one patient all succeed, in a row of versions', async () => {
  await updateResource(hub, { caller, type: 'Patient', id: 'busy', resource: patient('busy', { id: 'busy' }) })
  const outcomes = await Promise.all(
    Array.from({ length: 64 }, (_, n) =>
      run([
        put(patient('busy', { id: 'busy', name: [{ text: `n${n}` }] })),
        post(observation('Patient/busy', { note: [{ text: `n${n}` }] })),
      ]),
    ),
  )
  const versions = outcomes.map(([first]) => Number(first?.response['etag']?.replaceAll(/\D/g, '')))
  assert.deepEqual(
    versions.toSorted((a, b) => a - b),
    Array.from({ length: 64 }, (_, n) => n + 2),
  )
})

test('64 transactions that create the same resources make them once', async () => {
  const ids = ['same-a', 'same-b', 'same-c']
  const results = await Promise.allSettled(
    Array.from({ length: 64 }, (_, n) =>
      run(
        (n % 2 === 0 ? ids : ids.toReversed())
          .map(id => put(patient(id, { id })))
          .concat(post(patient('once'), { request: { ifNoneExist: `identifier=${system}|once` } })),
      ),
    ),
  )
  assert.deepEqual(
    results.flatMap(result => (result.status === 'rejected' ? [String(result.reason)] : [])),
    [],
  )
  for (const id of ids) assert.equal((await hub.store.read('Patient', id))?.version, 1)
  const { rows } = await database.db.pool.query<{ n: number }>(
    `select count(*)::int as n from hub.resource where content like '%"once"%'`,
  )
  assert.equal(rows[0]?.n, 1)
})

test("within a transaction of the caller's own nothing is there until that commits", async () => {
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [put(patient('own', { id: 'own' }))] }
  await assert.rejects(
    database.db.transaction(async client => {
      await runTransaction(hub, { caller, bundle, client })
      throw new Error('rolled back')
    }),
    /rolled back/,
  )
  assert.equal(await stored('Patient', 'own'), undefined)
  await database.db.transaction(async client => await runTransaction(hub, { caller, bundle, client }))
  assert.notEqual(await stored('Patient', 'own'), undefined)
})

test('a caller writes in a transaction only what its scopes reach', async () => {
  const mine: Caller = {
    actor: 'app',
    actorKind: 'token',
    access: (_kind, type) => (type === 'Observation' ? [{ compartment: { type: 'Patient', id: 'me' } }] : 'none'),
  }
  await run([post(observation('Patient/me'))], { caller: mine })
  await assert.rejects(
    run([post(observation('Patient/me')), post(observation('Patient/other'))], { caller: mine }),
    refusal(403, 'resource-outside-scope', 'Bundle.entry[1]'),
  )
  await assert.rejects(run([post(patient('x'))], { caller: mine }), refusal(403, 'scope-missing', 'Bundle.entry[0]'))
})

test('who may change and not read gets back nothing that was there before', async () => {
  await run([put(patient('w1', { id: 'w1', birthDate: '1950-01-01' }))])
  const writer: Caller = {
    actor: 'app',
    actorKind: 'token',
    access: kind => (kind === 'read' || kind === 'search' ? 'none' : 'all'),
  }
  const patch = Buffer.from('[{"op":"add","path":"/gender","value":"male"}]').toString('base64')
  const [patched, made] = await run(
    [
      {
        resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data: patch },
        request: { method: 'PATCH', url: 'Patient/w1' },
      },
      post(patient('w2')),
    ],
    { caller: writer },
  )
  assert.deepEqual([patched?.response.status, patched?.resource], ['200 OK', undefined])
  assert.notEqual(made?.resource, undefined)
})

test('a cancelled transaction is not done', async () => {
  const before = await count()
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [post(patient('cancelled'))] }
  const signal = AbortSignal.abort()
  await assert.rejects(runTransaction(hub, { caller, bundle, signal }), refusal(503, 'request-cancelled'))
  assert.equal(await count(), before)
})

test('references to nowhere are refused where the hub is set so, and so is deleting what is referred to', async () => {
  const strict = await openHub({ db: database.db, tenant: 2, node: 2, baseUrl, references: 'refuse' })
  const bundle = (...entry: readonly Entry[]): JsonObject => ({ resourceType: 'Bundle', type: 'transaction', entry })
  const runStrict = async (...entry: readonly Entry[]): Promise<unknown> =>
    await runTransaction(strict, { caller, bundle: bundle(...entry) })
  await assert.rejects(
    runStrict(post(patient('x')), post(observation('Patient/nobody'))),
    refusal(422, 'reference-to-nowhere', 'Bundle.entry[1].resource.subject.reference'),
  )
  await assert.rejects(
    createResource(strict, { caller, type: 'Observation', resource: observation(`${baseUrl}/Patient/nobody`) }),
    refusal(422, 'reference-to-nowhere', 'Observation.subject.reference'),
  )
  await runStrict(
    put(patient('target', { id: 'target' })),
    put(
      observation('Patient/target', {
        id: 'source',
        performer: [{ reference: 'https://other.example/Practitioner/1' }],
      }),
    ),
  )
  await createResource(strict, { caller, type: 'Observation', resource: observation('Patient/target', { id: 'x' }) })
  await assert.rejects(runStrict(remove('Patient/target')), refusal(409, 'resource-referred-to', 'Bundle.entry[0]'))
  await assert.rejects(
    runStrict(remove('Patient/target'), put(observation('Patient/target', { id: 'source' }))),
    refusal(422, 'reference-to-nowhere'),
  )
  await strict.store.close()
})

test('entries of a batch stand for themselves', async () => {
  const asked: string[] = []
  const answer = await runBundle(hub, {
    caller,
    prefer: 'return=minimal',
    dispatch: async ({ method, segments, query, headers, body }) => {
      asked.push(`${method} ${segments.join('/')}?${query.join()} ${headers.prefer ?? ''} ${body?.kind ?? ''}`)
      return await Promise.resolve({ status: 201, headers: { location: 'here', etag: 'W/"1"' }, resources: [] })
    },
    bundle: {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [post(patient('b1')), {}, get('Patient?name=x'), { resource: {}, request: { method: 'POST', url: '' } }],
    },
  })
  assert.deepEqual(asked, ['POST Patient? return=minimal resource', 'GET Patient?name,x return=minimal '])
  const entries = answer['entry'] as readonly Answer[]
  assert.deepEqual(
    entries.map(({ response }) => response.status),
    ['201 Created', '400 Bad Request', '201 Created', '400 Bad Request'],
  )
  assert.match(JSON.stringify(entries[1]?.response.outcome), /"expression":\["Bundle\.entry\[1\]"\]/)
})
