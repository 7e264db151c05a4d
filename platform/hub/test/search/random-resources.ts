import type { JsonObject } from '@samband/fhir/fhirpath'

/** The same numbers for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export type Pick = {
  <T>(items: readonly T[]): T
}

export function pickFrom(random: () => number): Pick {
  // The lists of these tests are never empty; an item may be undefined.
  return items => items[Math.floor(random() * items.length)] as (typeof items)[number]
}

const loinc = 'http://loinc.org'
const ucum = 'http://unitsofmeasure.org'
const families = ['Ødegård', 'Hansen', 'Olsen', 'Bjørnstad', 'de la Cruz', 'Ås', '100%_sure', 'x'.repeat(240)]
const givens = ['Eve', 'Åse', 'Per-Ole', 'Ida Marie', 'Zoë']
const systems = ['urn:oid:2.16.578.1.12.4.1.4.1', 'urn:local', undefined]
const units = [
  { system: ucum, code: 'mg', unit: 'mg' },
  { system: ucum, code: 'g', unit: 'gram' },
  { system: ucum, code: 'mmol/L', unit: 'mmol/L' },
  { system: ucum, code: '[iU]', unit: 'IU' },
  { system: 'urn:units', code: 'mg', unit: 'mg' },
  { unit: 'drops' },
  {},
] as const

type Maker = (random: () => number, index: number) => JsonObject

const makers: Readonly<Record<string, Maker>> = {
  Patient: (random, index) => {
    const pick = pickFrom(random)
    const system = pick(systems)
    return {
      resourceType: 'Patient',
      id: `p${index}`,
      meta: {
        tag: [{ system: 'urn:tags', code: pick(['a', 'b']) }],
        profile: [`http://example.org/profile/${pick(['one', 'one/two', 'three'])}`],
      },
      text: {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml">Seen by ${pick(givens)} &amp; friends</div>`,
      },
      active: random() < 0.5,
      identifier: [
        {
          ...(system === undefined ? {} : { system }),
          value: `id${index % 30}`,
          type: { text: pick(['National id', 'Local']), coding: [{ system: 'urn:types', code: pick(['NI', 'MR']) }] },
        },
      ],
      name: [
        { family: pick(families), given: [pick(givens), pick(givens)] },
        ...(random() < 0.3 ? [{ text: pick(families) }] : []),
      ],
      telecom: [{ system: 'phone', value: `5551${index % 10}` }],
      gender: pick(['male', 'female', 'unknown']),
      ...(random() < 0.8 ? { birthDate: pick(['1980', '1980-05', '1980-05-17', '2001-02-03']) } : {}),
      ...(random() < 0.5 ? { managingOrganization: { reference: `Organization/o${index % 8}` } } : {}),
      ...(random() < 0.3
        ? {
            generalPractitioner: [
              { reference: 'Practitioner/d1' },
              { reference: `${pick(['https://other.example', 'https://hub.example'])}/fhir/Practitioner/d2` },
            ],
          }
        : {}),
    }
  },
  Organization: (random, index) => ({
    resourceType: 'Organization',
    id: `o${index}`,
    name: pickFrom(random)(families).slice(0, 100),
    ...(index > 0 ? { partOf: { reference: `Organization/o${Math.floor((index - 1) / 2)}` } } : {}),
  }),
  Practitioner: (random, index) => ({
    resourceType: 'Practitioner',
    id: `d${index}`,
    name: [{ family: pickFrom(random)(families).slice(0, 50) }],
  }),
  Observation: (random, index) => {
    const pick = pickFrom(random)
    const code = (): JsonObject => ({
      coding: [
        {
          system: pick([loinc, 'urn:codes']),
          code: pick(['c1', 'c2', 'c3']),
          display: pick(['Potassium', 'Sodium in serum', 'sodium']),
        },
      ],
      ...(random() < 0.4 ? { text: pick(['Kalium', 'Natrium i blod']) } : {}),
    })
    const quantity = (): JsonObject => ({
      value: pick([1, 1000, 5.4, 5.45, 0.001, -3, 150]),
      ...pick(units),
      ...(random() < 0.15 ? { comparator: pick(['<', '>=']) } : {}),
    })
    const times: readonly JsonObject[] = [
      {
        effectiveDateTime: pick([
          '2026',
          '2026-01',
          '2026-01-15',
          '2026-01-15T10:30:00Z',
          '2026-01-15T10:30:00.123+01:00',
        ]),
      },
      { effectivePeriod: { start: '2026-01-10', ...(random() < 0.5 ? { end: pick(['2026-01-12', '2026-03']) } : {}) } },
      { effectivePeriod: { end: '2026-01-20T12:00:00Z' } },
      {},
    ]
    const values: readonly JsonObject[] = [
      { valueQuantity: quantity() },
      { valueCodeableConcept: code() },
      { valueString: pick(['abc', 'Ærlig talt', `${'long '.repeat(60)}end`]) },
      {},
    ]
    return {
      resourceType: 'Observation',
      id: `b${index}`,
      status: pick(['final', 'amended']),
      code: code(),
      subject: pick<JsonObject>([
        { reference: `Patient/p${index % 40}` },
        { reference: `Patient/p${index % 40}/_history/2` },
        { reference: 'urn:uuid:0b7f1e6a-0000-4000-8000-000000000001' },
        { identifier: { system: pick(['urn:local', 'urn:else']), value: 'id1' } },
      ]),
      ...(random() < 0.4
        ? { performer: [{ reference: `Practitioner/d${index % 5}` }, { reference: `Organization/o${index % 8}` }] }
        : {}),
      ...(random() < 0.2 ? { hasMember: [{ reference: `Observation/b${Math.floor(index / 2)}` }] } : {}),
      ...(random() < 0.3
        ? {
            component: [
              { code: code(), valueQuantity: quantity() },
              { code: code(), valueQuantity: quantity() },
            ],
          }
        : {}),
      ...pick(times),
      ...pick(values),
    }
  },
  RiskAssessment: (random, index) => {
    const pick = pickFrom(random)
    return {
      resourceType: 'RiskAssessment',
      id: `r${index}`,
      status: 'final',
      subject: { reference: `Patient/p${index}` },
      prediction: [
        { probabilityDecimal: pick([0.1, 0.15, 0.149, 0.95]) },
        ...(random() < 0.3 ? [{ probabilityRange: { low: { value: 0.2 }, high: { value: 0.6 } } }] : []),
      ],
    }
  },
  Location: (random, index) => ({
    resourceType: 'Location',
    id: `l${index}`,
    name: `Ward ${index}`,
    ...(random() < 0.8 ? { position: { latitude: 59.9 + random() / 5, longitude: 10.7 + random() / 5 } } : {}),
    ...(index > 2 ? { partOf: { reference: `Location/l${index % 3}` } } : {}),
  }),
  PlanDefinition: (random, index) => {
    const pick = pickFrom(random)
    return {
      resourceType: 'PlanDefinition',
      id: `pd${index}`,
      status: 'active',
      url: pick([
        'http://example.org/plans/a',
        'http://example.org/plans/a/b',
        'http://example.org/plans/ab',
        'urn:oid:1.2.3',
      ]),
      ...(random() < 0.5
        ? { library: [`http://example.org/Library/${pick(['x', 'x/y'])}${pick(['', '|1.2', '|1.2.3', '|2'])}`] }
        : {}),
    }
  },
  List: (random, index) => ({
    resourceType: 'List',
    id: `li${index}`,
    status: 'current',
    mode: 'working',
    entry: Array.from({ length: 8 }, () => ({
      item: {
        reference:
          random() < 0.5 ? `Patient/p${Math.floor(random() * 40)}` : `Observation/b${Math.floor(random() * 100)}`,
      },
    })),
  }),
}

export const counts: Readonly<Record<string, number>> = {
  Patient: 60,
  Organization: 8,
  Practitioner: 6,
  Observation: 180,
  RiskAssessment: 25,
  Location: 15,
  PlanDefinition: 20,
  List: 3,
}

/** Resources of several types with odd values, which refer to each other. */
export function randomResources(random: () => number): readonly JsonObject[] {
  return Object.entries(makers).flatMap(([type, make]) =>
    Array.from({ length: counts[type] ?? 0 }, (_, index) => make(random, index)),
  )
}
