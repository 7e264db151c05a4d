import type { Patient } from '@samband/fhir/types'
import { relay, route } from '@samband/route'
import { fhir, type TransactionBundle } from './descriptor.ts'

/** What must not compile (see route.types.ts of @samband/route). Nothing in here ever runs. */

const facts = { version: '1.0.0', owner: 'team', purpose: 'treatment' }
const start = route('types', facts).from(relay())

export function destinations(): void {
  // @ts-expect-error raw bytes are no Bundle
  start.to('hub', fhir.transaction())
  // @ts-expect-error a searchset is not carried out
  start.to('hub', fhir.transaction(), { map: () => ({ resourceType: 'Bundle', type: 'searchset' }) })
  // @ts-expect-error an endpoint has a name
  fhir.transaction({ endpoint: 1 })
  // @ts-expect-error no type of R4
  fhir.upsert('Patients')
  // @ts-expect-error another type than the destination takes
  start.to('hub', fhir.upsert('Patient'), { map: () => ({ resourceType: 'Observation' as const }) })
  // @ts-expect-error a code that administrative gender does not have
  start.to('hub', fhir.upsert('Patient'), { map: () => ({ resourceType: 'Patient' as const, gender: 'm' as const }) })
}

/** What must compile: a map says what it makes. */
export function compiles(): void {
  start.to('hub', fhir.transaction(), {
    map: (): TransactionBundle => ({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: { resourceType: 'Patient', id: '1' }, request: { method: 'PUT', url: 'Patient/1' } }],
    }),
  })
  start.to('patient', fhir.upsert('Patient', { identifier: 'urn:oid:2.999' }), {
    map: (): Patient => ({ resourceType: 'Patient', identifier: [{ system: 'urn:oid:2.999', value: '1' }] }),
  })
  start
    .map('bundle', (): TransactionBundle => ({ resourceType: 'Bundle', type: 'transaction' }))
    .to('hub', fhir.transaction({ endpoint: 'clinical-hub' }))
}
