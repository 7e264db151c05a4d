/** What applications use to talk to a FHIR server, against the hub over real sockets. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { MedplumClient } from '@medplum/core'
import { type TestDatabase, testDatabase } from '@samband/store'
import { Client as FhirKitClient } from 'fhir-kit-client'
import fhirclient from 'fhirclient'
import { openHub } from '../src/index.ts'
import { type ServedHub, serveHub } from '../src/http/serve.ts'

const mrn = 'https://hospital.example/mrn'

function patient(
  number: number,
  family = 'Hansen',
): { readonly resourceType: 'Patient'; readonly [member: string]: unknown } {
  return {
    resourceType: 'Patient',
    identifier: [{ system: mrn, value: String(number) }],
    name: [{ family, given: [`Kari ${number}`] }],
    gender: 'female',
    birthDate: '1980-01-02',
  }
}

describe('the clients that applications use', () => {
  let database: TestDatabase
  let served: ServedHub
  before(async () => {
    database = await testDatabase()
    served = await serveHub({ open: baseUrl => openHub({ db: database.db, tenant: 1, node: 0, baseUrl }) })
  })
  after(async () => {
    await served.close()
    await database.close()
  })

  test('fhir-kit-client creates, reads, updates, patches, searches, pages, and deletes', async () => {
    const client = new FhirKitClient({ baseUrl: served.url })
    const capabilities = (await client.capabilityStatement()) as unknown as { fhirVersion?: string }
    assert.equal(capabilities.fhirVersion, '4.0.1')
    const created = (await client.create({ resourceType: 'Patient', body: patient(1, 'Kit') })) as unknown as {
      id: string
    }
    const read = (await client.read({ resourceType: 'Patient', id: created.id })) as unknown as {
      meta: { versionId: string }
    }
    assert.equal(read.meta.versionId, '1')
    const body = { ...patient(1, 'Kit'), id: created.id, active: true }
    const updated = (await client.update({ resourceType: 'Patient', id: created.id, body })) as unknown as {
      meta: { versionId: string }
    }
    assert.equal(updated.meta.versionId, '2')
    const jsonPatch = [{ op: 'replace' as const, path: '/gender', value: 'other' }]
    const patched = (await client.patch({ resourceType: 'Patient', id: created.id, jsonPatch })) as unknown as {
      gender: string
    }
    assert.equal(patched.gender, 'other')
    const first = (await client.vread({ resourceType: 'Patient', id: created.id, version: '1' })) as unknown as {
      gender: string
    }
    assert.equal(first.gender, 'female')
    for (let n = 2; n <= 7; n += 1) await client.create({ resourceType: 'Patient', body: patient(n, 'Kit') })
    const ids: string[] = []
    type Page = { entry?: { resource: { id: string } }[]; link: { relation: string; url: string }[] }
    let page = (await client.search({
      resourceType: 'Patient',
      searchParams: { family: 'kit', _count: 3 },
    })) as unknown as Page | undefined
    while (page !== undefined) {
      ids.push(...(page.entry ?? []).map(({ resource }) => resource.id))
      // What the client fetches is what `next` names.
      page = (await client.nextPage({ bundle: page as never })) as unknown as Page | undefined
    }
    assert.equal(ids.length, 7)
    assert.equal(new Set(ids).size, 7)
    const history = (await client.history({ resourceType: 'Patient', id: created.id })) as unknown as {
      total?: number
      entry: unknown[]
    }
    assert.equal(history.entry.length, 3)
    await client.delete({ resourceType: 'Patient', id: created.id })
    await assert.rejects(
      client.read({ resourceType: 'Patient', id: created.id }),
      (error: { response?: { status?: number } }) => {
        assert.equal(error.response?.status, 410)
        return true
      },
    )
  })

  test('fhir-kit-client runs a batch and a transaction', async () => {
    const client = new FhirKitClient({ baseUrl: served.url })
    const entry = (family: string): object => ({
      resource: patient(50, family),
      request: { method: 'POST', url: 'Patient' },
    })
    const batch = await typed<{ entry: { response: { status: string } }[] }>(
      client.batch({
        body: {
          resourceType: 'Bundle',
          type: 'batch',
          entry: [entry('Batch'), { request: { method: 'GET', url: 'Patient/none' } }],
        },
      }),
    )
    assert.match(batch.entry[0]?.response.status ?? '', /^201/)
    assert.match(batch.entry[1]?.response.status ?? '', /^404/)
    const transaction = await typed<{ type: string; entry: { response: { status: string } }[] }>(
      client.transaction({
        body: { resourceType: 'Bundle', type: 'transaction', entry: [entry('Trans'), entry('Trans')] },
      }),
    )
    assert.equal(transaction.type, 'transaction-response')
    assert.ok(transaction.entry.every(({ response }) => response.status.startsWith('201')))
  })

  test('the SMART client reads, searches and follows pages and references', async () => {
    // The types of the package describe its browser entry; on a server it is made for a request and its answer.
    const smart = fhirclient as unknown as (request: object, response: object) => { client(url: string): SmartClient }
    const client = smart({ url: '/', headers: {}, session: {} }, {}).client(served.url)
    const mother = (await client.create(patient(100, 'Smart'))) as { id: string }
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
      subject: { reference: `Patient/${mother.id}` },
      valueQuantity: { value: 13.5, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' },
    }
    for (let n = 0; n < 5; n += 1) await client.create(observation)
    const all = (await client.request(`Observation?subject=Patient/${mother.id}&_count=2`, {
      flat: true,
      pageLimit: 0,
    })) as unknown[]
    assert.equal(all.length, 5)
    const [resolved] = (await client.request(`Observation?subject=Patient/${mother.id}&_count=1`, {
      flat: true,
      resolveReferences: ['subject'],
    })) as { subject: { id?: string } }[]
    assert.equal(resolved?.subject.id, mother.id)
    await client.update({ ...patient(100, 'Smarter'), id: mother.id })
    assert.equal(
      ((await client.request(`Patient/${mother.id}`)) as { meta: { versionId: string } }).meta.versionId,
      '2',
    )
    await client.delete(`Patient/${mother.id}`)
  })

  test("Medplum's client works with resources, pages and batches", async () => {
    const client = new MedplumClient({ baseUrl: new URL(served.url).origin, fhirUrlPath: 'fhir', cacheTime: 0, fetch })
    const created = await client.createResource(patient(200, 'Medplum') as never)
    const { id } = created as { id: string }
    const read = await client.readResource('Patient', id)
    assert.equal(read.meta?.versionId, '1')
    const updated = await client.updateResource({ ...read, active: true })
    assert.equal(updated.meta?.versionId, '2')
    const patched = await client.patchResource('Patient', id, [{ op: 'add', path: '/deceasedBoolean', value: false }])
    assert.equal(patched.meta?.versionId, '3')
    const same: unknown = await client.createResourceIfNoneExist(
      patient(200, 'Medplum') as never,
      `identifier=${mrn}|200`,
    )
    assert.equal((same as { id: string }).id, id)
    const found = await client.searchResources('Patient', { identifier: `${mrn}|200` })
    assert.equal(found.length, 1)
    const pages: number[] = []
    for (let n = 201; n < 206; n += 1) await client.createResource(patient(n, 'Medplum') as never)
    for await (const page of client.searchResourcePages('Patient', { family: 'medplum', _count: '4' }))
      pages.push(page.length)
    assert.deepEqual(pages, [4, 2])
    const batch = await client.executeBatch({
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: `Patient/${id}` } }],
    })
    const [entry] = batch.entry ?? []
    assert.equal((entry?.resource as { id?: string } | undefined)?.id, id)
    const history = await client.readHistory('Patient', id)
    assert.equal(history.entry?.length, 3)
    await client.deleteResource('Patient', id)
    await assert.rejects(client.readResource('Patient', id))
  })
})

/** What a client answers, where its types know less than we do. */
async function typed<T>(answer: Promise<unknown>): Promise<T> {
  return (await answer) as T
}

interface SmartClient {
  create(resource: object): Promise<unknown>
  update(resource: object): Promise<unknown>
  delete(url: string): Promise<unknown>
  request(url: string, options?: object): Promise<unknown>
}
