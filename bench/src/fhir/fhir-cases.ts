import { randomUUID } from 'node:crypto'
import { measuredCodes, patient, populationId, type PopulationSize } from '@samband/hub/population'
import type { Requests } from './requests.ts'

/** Requests of one kind. */
export type FhirCase = {
  readonly name: string
  /** On which database: with patients only, or with 20 results of each patient and code. */
  readonly on: 'empty' | 'full'
  /** What is counted for one request: resources of a transaction. Default 1. */
  readonly each?: number
  /** Made before it is measured: sent once first where `first` says so, and then in turn. */
  readonly requests: (make: Requests, size: PopulationSize) => readonly Buffer[]
  readonly first?: (make: Requests) => readonly Buffer[]
  readonly status: number
  /** Whether each Observation that is stored at the end was made by it, so that it tells what one takes. */
  readonly measuresSize?: boolean
}

const updated = 2_000
const codesEven = 10
export const hitsEach = 20

export const emptySize: PopulationSize = {
  patients: 2e3,
  encounters: 2e3,
  observations: 0,
  conditions: 0,
  medicationRequests: 0,
  diagnosticReports: 0,
}

/** 500 patients × 10 codes × 20 results. */
export const fullSize: PopulationSize = {
  patients: 500,
  encounters: 500,
  observations: 500 * codesEven * hitsEach,
  evenCodes: codesEven,
  conditions: 1e3,
  medicationRequests: 1e3,
  diagnosticReports: 1e3,
}

const many = (count: number, make: (index: number) => Buffer): Buffer[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** 'observation-1': the ids that updates are about. */
const updatedId = (index: number): string => `observation-${index % updated}`

export const fhirCases: readonly FhirCase[] = [
  {
    name: 'create',
    on: 'empty',
    status: 201,
    measuresSize: true,
    requests: (make, { patients }) =>
      many(5_000, () => make.send('POST', 'Observation', withoutId(make.observation(patients)))),
  },
  {
    name: 'conditional-create',
    on: 'empty',
    status: 201,
    requests: (make, { patients }) =>
      many(60_000, () => {
        const value = randomUUID()
        const identifier = [{ system: 'urn:oid:2.16.578.1.12.4.1.99999.7', value }]
        const resource = { ...withoutId(make.observation(patients)), identifier }
        return make.send('POST', 'Observation', resource, {
          'if-none-exist': `identifier=${identifier[0]?.system}|${value}`,
        })
      }),
  },
  {
    name: 'update',
    on: 'empty',
    status: 200,
    first: make =>
      many(updated, index =>
        make.send('PUT', `Observation/${updatedId(index)}`, make.observation(2_000, updatedId(index))),
      ),
    requests: (make, { patients }) =>
      many(updated * 3, index =>
        make.send('PUT', `Observation/${updatedId(index)}`, make.observation(patients, updatedId(index))),
      ),
  },
  {
    name: 'transaction',
    on: 'empty',
    each: 50,
    status: 200,
    requests: make => many(300, index => make.send('POST', '', transaction(make, index))),
  },
  {
    name: 'read',
    on: 'full',
    status: 200,
    requests: (make, { observations }) =>
      many(20_000, () => make.get(`Observation/${populationId('Observation', make.pick(observations))}`)),
  },
  {
    name: 'search',
    on: 'full',
    status: 200,
    requests: (make, { patients }) => many(10_000, () => make.get(`Observation?${subjectAndCode(make, patients)}`)),
  },
  {
    name: 'search-patient-date',
    on: 'full',
    status: 200,
    requests: (make, { patients }) =>
      many(10_000, () => {
        const year = 2024 + make.pick(2)
        return make.get(
          `Observation?patient=${somePatient(make, patients)}&category=laboratory&date=ge${year}-02-01&date=lt${year}-08-01&_sort=-date&_count=20`,
        )
      }),
  },
  {
    name: 'search-include',
    on: 'full',
    status: 200,
    requests: (make, { patients }) =>
      many(10_000, () =>
        make.get(
          `Observation?${subjectAndCode(make, patients)}&_include=Observation:subject&_include=Observation:encounter`,
        ),
      ),
  },
  {
    name: 'search-chained',
    on: 'full',
    status: 200,
    requests: (make, { patients }) =>
      many(10_000, () =>
        make.get(
          `Observation?subject.identifier=urn:oid:2.16.578.1.12.4.1.99999.1|MRN${String(make.pick(patients)).padStart(7, '0')}&code=${loinc(make)}`,
        ),
      ),
  },
  {
    name: 'search-identifier',
    on: 'full',
    status: 200,
    requests: (make, { patients }) =>
      many(10_000, () =>
        make.get(
          `Patient?identifier=urn:oid:2.16.578.1.12.4.1.99999.1|MRN${String(make.pick(patients)).padStart(7, '0')}`,
        ),
      ),
  },
]

/** What `search` asks: answered by exactly `hitsEach` resources. */
export function subjectAndCode(make: Requests, patients: number): string {
  return `subject=Patient/${somePatient(make, patients)}&code=${loinc(make)}`
}

function loinc(make: Requests): string {
  return `http://loinc.org|${measuredCodes[make.pick(codesEven)]?.loinc}`
}

function somePatient(make: Requests, patients: number): string {
  return populationId('Patient', make.pick(patients))
}

function withoutId({ id: _id, ...resource }: Record<string, unknown>): Record<string, unknown> {
  return resource
}

/** A new patient with 49 results, which refer to it by its `urn:uuid`. */
function transaction(make: Requests, index: number): object {
  const fullUrl = `urn:uuid:${randomUUID()}`
  const { id: _id, identifier: _identifier, ...person } = patient('new', index) as Record<string, unknown>
  const results = Array.from({ length: 49 }, () => {
    const { encounter: _encounter, ...resource } = withoutId(make.observation(1))
    return {
      fullUrl: `urn:uuid:${randomUUID()}`,
      resource: { ...resource, subject: { reference: fullUrl } },
      request: { method: 'POST', url: 'Observation' },
    }
  })
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ fullUrl, resource: person, request: { method: 'POST', url: 'Patient' } }, ...results],
  }
}
