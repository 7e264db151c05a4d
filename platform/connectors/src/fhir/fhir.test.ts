import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Settlement } from '@samband/engine'
import { SambandError } from '@samband/errors'
import type { Bundle } from '@samband/fhir/types'
import { fhirConnector } from './connector.ts'
import { fhir } from './descriptor.ts'
import type { HubPort } from './hub-port.ts'

const nothing: Settlement = { begin: async () => {}, settle: async () => {} }
const outgoing = {
  bytes: new Uint8Array(),
  attributes: {},
  idempotencyKey: '1/hub/0',
  attempt: 1,
  mayBeRepeated: false,
}

function bundleOf(bytes: Uint8Array): Bundle {
  return JSON.parse(new TextDecoder().decode(bytes)) as Bundle
}

function targetOf(bytes: Uint8Array): string | undefined {
  return bundleOf(bytes).entry?.[0]?.request?.url
}

test('an upsert is a transaction of one entry, by id, or by the first identifier that has a system', () => {
  const patient = fhir.upsert('Patient')
  const byId = patient.encode({ resourceType: 'Patient', id: 'p1' })
  assert.deepEqual(bundleOf(byId.bytes), {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ resource: { resourceType: 'Patient', id: 'p1' }, request: { method: 'PUT', url: 'Patient/p1' } }],
  })
  const identifier = [{ value: 'no system' }, { system: 'urn:oid:2.999.1', value: 'A,1' }]
  const byIdentifier = patient.encode({ resourceType: 'Patient', identifier })
  assert.equal(targetOf(byIdentifier.bytes), `Patient?identifier=${encodeURIComponent('urn:oid:2.999.1|A\\,1')}`)
})

test('an upsert can say which identifier it goes by, and refuses what has none', () => {
  const patient = fhir.upsert('Patient', { identifier: 'urn:b' })
  const identifier = [
    { system: 'urn:a', value: '1' },
    { system: 'urn:b', value: '2' },
  ]
  assert.equal(
    targetOf(patient.encode({ resourceType: 'Patient', identifier }).bytes),
    `Patient?identifier=${encodeURIComponent('urn:b|2')}`,
  )
  assert.throws(
    () => patient.encode({ resourceType: 'Patient', identifier: identifier.slice(0, 1) }),
    (error: unknown) => error instanceof SambandError && error.code === 'fhir-target-missing',
  )
})

test('without a hub a route that delivers there does not start, and the setting is named', async () => {
  const kind = fhirConnector(undefined).destination
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  await assert.rejects(
    async () => await kind?.open({ endpoint: 'hub', config: { window: 4 }, options: {}, log }),
    /hub\.enabled/,
  )
  assert.deepEqual(kind?.parseConfig({ windows: 2 }), {
    ok: false,
    issues: ['windows: unknown setting, did you mean "window"?'],
  })
})

test('the endpoint tells what the hub said last', async () => {
  const hub: HubPort = {
    address: 'http://localhost/fhir',
    transaction: async () => {
      throw new SambandError({ code: 'hub-away', category: 'unavailable', message: 'the database is away' })
    },
  }
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const kind = fhirConnector(hub).destination
  const handle = await kind?.open({ endpoint: 'hub', config: { window: 4 }, options: {}, log })
  assert.equal(handle?.state().status, 'idle')
  await assert.rejects(async () => await handle?.sendWithin?.(outgoing, nothing), /database is away/)
  assert.equal(handle?.state().status, 'down')
  assert.equal(handle?.state().lastError?.code, 'hub-away')
})
