import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { JsonObject } from '@samband/fhir/fhirpath'
import { type TestDatabase, testDatabase } from '@samband/store'
import { requireShared } from '@samband/testing'
import { systemCaller } from '../src/access/caller.ts'
import type { HubOptions } from '../src/hub.ts'
import type { HubContext } from '../src/hub-context.ts'
import { HubError } from '../src/hub-error.ts'
import { serveHub } from '../src/http/serve.ts'
import { listReindexJobs, parameterState } from '../src/reindex/reindexing.ts'
import { guideBase, guideParameter, namedPatientProfile, packageOf } from './guide-package.ts'
import {
  define,
  differencesFromFreshIndex,
  found,
  openQuickHub,
  patientOf,
  put,
  quickLimits,
  searchParameter,
  until,
} from './reindex-hub.ts'

let database: TestDatabase
before(async () => {
  database = await testDatabase()
})
after(() => database.close())

const named = `${guideBase}/StructureDefinition/named-patient`
const guide = {
  file: 'own.tgz',
  bytes: packageOf({ canonical: guideBase }, [namedPatientProfile(), guideParameter('wedded')]),
}

type Answer = { readonly status: number; readonly body: JsonObject & { readonly issue?: readonly JsonObject[] } }

/** A server of a tenant of its own. */
async function serve(tenant: number, options: Partial<HubOptions>) {
  const limits = { ...quickLimits, ...options.limits }
  const served = await serveHub({
    open: baseUrl => openQuickHub(database.db, 0, { tenant, baseUrl, ...options, limits }),
  })
  const ask = async (path: string, body?: JsonObject): Promise<Answer> => {
    const answer = await fetch(`${served.url}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/fhir+json' },
    })
    return { status: answer.status, body: (await answer.json()) as Answer['body'] }
  }
  return { ask, close: () => served.close(), context: served.context }
}

/** What keeps a server with these packages from starting. */
async function refusal(...packages: readonly { readonly file: string; readonly bytes: Uint8Array }[]) {
  const thrown = await openQuickHub(database.db, 9, { tenant: 99, packages }).then(
    hub => hub.close(),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof HubError)
  return thrown.issues.map(({ code, text }) => ({ code, text }))
}

const isReady = (hub: HubContext, code: string): boolean =>
  hub.searchParameters().find('Patient', code) !== undefined && parameterState(hub, 'Patient', code) === 'ready'

test('a resource is held to the profile that it claims, $validate to the one that is asked for', async () => {
  const server = await serve(2, { packages: [guide] })
  const claim = { resourceType: 'Patient', meta: { profile: [named] }, gender: 'female' }
  const refused = await server.ask('/Patient', claim)
  assert.equal(refused.status, 422)
  assert.deepEqual(refused.body.issue?.[0]?.['expression'], ['Patient.name'])
  assert.equal((await server.ask('/Patient', { ...claim, name: [{ family: 'Prøve' }] })).status, 201)
  const asked = await server.ask(`/Patient/$validate?profile=${encodeURIComponent(named)}`, { resourceType: 'Patient' })
  assert.equal(asked.status, 200)
  assert.equal(asked.body.issue?.[0]?.['severity'], 'error')
  const { body } = await server.ask('/metadata')
  assert.deepEqual(body['implementationGuide'], [`${guideBase}/ImplementationGuide/example.guide|1.0.0`])
  const [rest] = body['rest'] as readonly { readonly resource: readonly JsonObject[] }[]
  const patient = rest?.resource.find(({ type }) => type === 'Patient')
  assert.deepEqual(patient?.['supportedProfile'], [named])
  await server.close()
})

test("a guide's search parameter works at once on a new server", async () => {
  const server = await serve(3, { packages: [guide] })
  await put(server.context, 'Patient', 'p1', patientOf(1))
  const answer = await server.ask('/Patient?wedded=M')
  assert.equal(answer.status, 200)
  assert.equal(answer.body['total'] ?? (answer.body['entry'] as readonly unknown[]).length, 1)
  assert.deepEqual(await listReindexJobs(server.context, systemCaller), [])
  await server.close()
})

test('a new guide has what is stored indexed once, whatever processes start with it, and its parameter goes with it', async () => {
  const options = { tenant: 4, packages: [guide] }
  const plain = await openQuickHub(database.db, 1, { tenant: 4 })
  await put(plain, 'Patient', 'p1', patientOf(1))
  await plain.close()
  const [one, other] = await Promise.all([openQuickHub(database.db, 1, options), openQuickHub(database.db, 2, options)])
  await until('both are ready', () => isReady(one, 'wedded') && isReady(other, 'wedded'))
  assert.deepEqual(await found(one, 'Patient', 'wedded', 'M'), ['p1'])
  assert.deepEqual(
    (await listReindexJobs(one, systemCaller)).map(({ reason, types }) => ({ reason, types })),
    [{ reason: 'packages', types: ['Patient'] }],
  )
  await Promise.all([one.close(), other.close()])
  const again = await openQuickHub(database.db, 1, options)
  assert.equal((await listReindexJobs(again, systemCaller)).length, 1)
  await again.close()
  const without = await openQuickHub(database.db, 1, { tenant: 4 })
  assert.equal(without.searchParameters().find('Patient', 'wedded'), undefined)
  await until('its rows have gone', async () => (await found(without, 'Patient', 'wedded', 'M')).length === 0)
  assert.deepEqual(await differencesFromFreshIndex(without), [])
  await without.close()
})

test('a parameter is not searched by while a process writes without the guide that has it', async () => {
  const old = await openQuickHub(database.db, 1, { tenant: 5 })
  await put(old, 'Patient', 'p1', patientOf(1))
  const next = await openQuickHub(database.db, 2, { tenant: 5, packages: [guide] })
  await until('the job waits for the old one', async () =>
    (await listReindexJobs(next, systemCaller)).some(({ trouble }) => trouble?.includes('processes 1') === true),
  )
  await put(old, 'Patient', 'in-the-old-way', patientOf(2))
  assert.equal(isReady(next, 'wedded'), false)
  await old.close()
  await until('it is ready', () => isReady(next, 'wedded'))
  assert.deepEqual(await found(next, 'Patient', 'wedded', 'M'), ['in-the-old-way', 'p1'])
  await next.close()
})

test("a stored parameter may stand for a guide's by its url or derivedFrom, and not otherwise", async () => {
  const hub = await openQuickHub(database.db, 1, { tenant: 6, packages: [guide] })
  await assert.rejects(define(hub, searchParameter('wedded')), { code: 'resource-invalid' })
  await define(hub, { ...guideParameter('wedded'), status: 'active' })
  await hub.close()
})

test('profiles that nobody knows are refused where that is the policy', async () => {
  const claim = {
    resourceType: 'Patient',
    meta: { profile: ['https://elsewhere.example.org/unknown'] },
    gender: 'male',
  }
  const lax = await serve(7, {})
  assert.equal((await lax.ask('/Patient', claim)).status, 201)
  await lax.close()
  const strict = await serve(7, { validation: { unknownProfiles: 'error' } })
  assert.equal((await strict.ask('/Patient', claim)).status, 422)
  await strict.close()
})

test('a guide that cannot be used keeps the server from starting, and all is told with its file', async () => {
  const cut = { file: 'cut.tgz', bytes: guide.bytes.subarray(0, guide.bytes.length / 2) }
  const newer = { file: 'r5.tgz', bytes: packageOf({ name: 'r5.guide', fhirVersions: ['5.0.0'] }, []) }
  const second = { file: 'second.tgz', bytes: packageOf({ version: '2.0.0' }, []) }
  const told = await refusal(guide, cut, newer, second)
  assert.deepEqual(
    told.map(({ code }) => code),
    ['package-unreadable', 'package-fhir-version', 'package-twice'],
  )
  for (const [index, file] of ['cut.tgz', 'r5.tgz', 'second.tgz'].entries()) {
    assert.ok(told[index]?.text.startsWith(`${file}: `))
  }
})

test('a package that unpacks to more than the limit, or is none, is refused', async () => {
  const packages = [guide, { file: 'page.html', bytes: Buffer.from('<html>') }]
  const opened = openQuickHub(database.db, 9, { tenant: 99, packages, limits: { packageBytesMax: 1_024 } })
  await assert.rejects(opened, (thrown: unknown) => {
    assert.ok(thrown instanceof HubError)
    return thrown.issues.length === 2 && thrown.issues.every(({ code }) => code === 'package-unreadable')
  })
})

test('a profile finds what it is built on in another package, whatever their order, and is refused without', async () => {
  const url = `${guideBase}/StructureDefinition/born-patient`
  const differential = { element: [{ id: 'Patient.birthDate', path: 'Patient.birthDate', min: 1 }] }
  const born = namedPatientProfile({ url, name: 'BornPatient', baseDefinition: named, differential })
  const dependencies = { 'example.guide': '1.0.0' }
  const needing = { file: 'needing.tgz', bytes: packageOf({ name: 'example.needing', dependencies }, [born]) }
  const [missing] = await refusal(needing)
  assert.equal(missing?.code, 'package-dependency-missing')
  assert.match(missing?.text ?? '', /needing\.tgz: .*named-patient.*example\.guide 1\.0\.0/)
  const server = await serve(8, { packages: [needing, guide] })
  const refused = await server.ask('/Patient', { resourceType: 'Patient', meta: { profile: [url] } })
  assert.equal(refused.status, 422)
  const places = refused.body.issue?.flatMap(({ expression }) => expression as readonly string[])
  assert.deepEqual(places?.toSorted(), ['Patient.birthDate', 'Patient.name'])
  await server.close()
})

test('a parameter that cannot be indexed by is left out and told', async () => {
  const told: unknown[] = []
  const log = {
    info: () => {},
    error: () => {},
    warn: (event: string, facts?: object) => told.push({ event, ...facts }),
  }
  const bad = { file: 'bad.tgz', bytes: packageOf({}, [guideParameter('slip', { expression: 'Patient.nmae' })]) }
  const hub = await openQuickHub(database.db, 1, { tenant: 10, packages: [bad], log })
  assert.equal(hub.searchParameters().find('Patient', 'slip'), undefined)
  assert.match(JSON.stringify(told), /hub-package-parameter-unusable.*bad\.tgz.*slip/)
  await hub.close()
})

test('definitions of another shape than they have are told, and are no crash', async () => {
  const broken = namedPatientProfile({ snapshot: { element: [{ id: 'Patient', path: 'Patient' }, null] } })
  const [issue] = await refusal({ file: 'odd.tgz', bytes: packageOf({}, [broken]) })
  assert.equal(issue?.code, 'package-profile-broken')
  const parameters = [guideParameter('odd', { expression: 5 }), guideParameter('other', { base: 'Patient' })]
  const odd = {
    file: 'odd.tgz',
    bytes: packageOf({}, [...parameters, namedPatientProfile({ differential: { element: [null] } })]),
  }
  const told: string[] = []
  const log = { info: () => {}, error: () => {}, warn: (event: string) => told.push(event) }
  const hub = await openQuickHub(database.db, 1, { tenant: 12, packages: [odd], log })
  assert.deepEqual(told, [
    'hub-package-profile-unusable',
    'hub-package-parameter-unusable',
    'hub-package-parameter-unusable',
  ])
  await hub.close()
})

test('US Core: its profiles and its search parameters hold', async t => {
  const path = requireShared(t, 'data/fhir-r4/us-core/us_core_610.tgz')
  if (path === undefined) return
  const startedAt = performance.now()
  const server = await serve(11, { packages: [{ file: 'us-core.tgz', bytes: readFileSync(path) }] })
  t.diagnostic(`started within ${Math.round(performance.now() - startedAt)} ms`)
  const core = 'http://hl7.org/fhir/us/core'
  const patient = {
    resourceType: 'Patient',
    meta: { profile: [`${core}/StructureDefinition/us-core-patient`] },
    identifier: [{ system: 'urn:oid:2.16.578.1.12.4.1.4.1', value: '15858012345' }],
    gender: 'female',
    extension: [
      {
        url: `${core}/StructureDefinition/us-core-race`,
        extension: [
          {
            url: 'ombCategory',
            valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code: '2106-3', display: 'White' },
          },
          { url: 'text', valueString: 'White' },
        ],
      },
    ],
  }
  const refused = await server.ask('/Patient', patient)
  assert.equal(refused.status, 422)
  assert.deepEqual(refused.body.issue?.[0]?.['expression'], ['Patient.name'])
  const right = { ...patient, name: [{ family: 'Prøve', given: ['Test'] }] }
  const stored = await server.ask('/Patient', right)
  assert.equal(stored.status, 201, JSON.stringify(stored.body))
  const profile = encodeURIComponent(`${core}/StructureDefinition/us-core-patient|6.1.0`)
  const { meta: _meta, ...unclaimed } = patient
  const asked = await server.ask(`/Patient/$validate?profile=${profile}`, unclaimed)
  assert.deepEqual(asked.body.issue?.[0]?.['expression'], ['Patient.name'])
  for (const search of ['race=2106-3', 'gender=female&race=2106-3', 'family=Prøve', 'identifier=15858012345']) {
    const answer = await server.ask(`/Patient?${search}`)
    assert.equal((answer.body['entry'] as readonly unknown[] | undefined)?.length, 1, search)
  }
  const { body } = await server.ask('/metadata')
  assert.deepEqual(body['implementationGuide'], [`${core}/ImplementationGuide/hl7.fhir.us.core|6.1.0`])
  await server.close()
})
