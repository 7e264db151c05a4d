import type { diagnoses, drugs } from './facts.ts'
import { cities, families, givens, type MeasuredCode } from './facts.ts'

/** What a resource of the population is about. Times are instants of a whole second: '2025-03-01T10:00:00Z'. */
export type Facts = {
  readonly id: string
  readonly patientId: string
  readonly encounterId: string
  readonly time: string
  /** Four hours later. */
  readonly end: string
  readonly value: number
}

export const practitionerCount = 40
export const practitionerId = (number: number): string => `practitioner-${number % practitionerCount}`
export const organizationId = 'laboratory-1'

const concept = (system: string, code: string, display: string): object => ({
  coding: [{ system, code, display }],
  text: display,
})

/** 1.4 kB, as laboratories send them. Without a value when it was cancelled. */
export function observation(
  code: MeasuredCode,
  status: string,
  facts: Facts,
  extra: Readonly<Record<string, unknown>> = {},
): object {
  const { patientId, encounterId, time, value } = facts
  const isLow = value < code.low + (code.high - code.low) / 5
  const flag = isLow ? ['L', 'Low'] : ['N', 'Normal']
  const result =
    status === 'cancelled'
      ? {
          dataAbsentReason: concept(
            'http://terminology.hl7.org/CodeSystem/data-absent-reason',
            'not-performed',
            'Not Performed',
          ),
        }
      : {
          valueQuantity: { value, unit: code.unit, system: 'http://unitsofmeasure.org', code: code.unit },
          interpretation: [
            concept('http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', flag[0] ?? '', flag[1] ?? ''),
          ],
          referenceRange: [
            {
              low: { value: code.low, unit: code.unit, system: 'http://unitsofmeasure.org', code: code.unit },
              high: { value: code.high, unit: code.unit, system: 'http://unitsofmeasure.org', code: code.unit },
            },
          ],
        }
  return {
    resourceType: 'Observation',
    id: facts.id,
    ...extra,
    status,
    category: [
      concept(
        'http://terminology.hl7.org/CodeSystem/observation-category',
        code.category,
        code.category === 'laboratory' ? 'Laboratory' : 'Vital Signs',
      ),
    ],
    code: {
      coding: [
        { system: 'http://loinc.org', code: code.loinc, display: code.display },
        { system: 'urn:oid:2.16.578.1.12.4.1.1.7280', code: code.local },
      ],
      text: code.text,
    },
    subject: { reference: `Patient/${patientId}` },
    encounter: { reference: `Encounter/${encounterId}` },
    effectiveDateTime: time,
    issued: time,
    performer: [{ reference: `Organization/${organizationId}` }],
    ...result,
  }
}

export function encounter(status: string, kind: readonly [code: string, display: string], facts: Facts): object {
  const { patientId, time, end } = facts
  return {
    resourceType: 'Encounter',
    id: facts.id,
    status,
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: kind[0], display: kind[1] },
    subject: { reference: `Patient/${patientId}` },
    participant: [{ individual: { reference: `Practitioner/${practitionerId(status.length * kind[1].length)}` } }],
    period: status === 'finished' ? { start: time, end } : { start: time },
    serviceProvider: { reference: `Organization/${organizationId}` },
  }
}

export function condition(diagnosis: (typeof diagnoses)[number], status: string, facts: Facts): object {
  const [icd10, snomed, text] = diagnosis
  return {
    resourceType: 'Condition',
    id: facts.id,
    clinicalStatus: concept('http://terminology.hl7.org/CodeSystem/condition-clinical', status, status),
    verificationStatus: concept('http://terminology.hl7.org/CodeSystem/condition-ver-status', 'confirmed', 'Confirmed'),
    category: [
      concept('http://terminology.hl7.org/CodeSystem/condition-category', 'problem-list-item', 'Problem List Item'),
    ],
    code: {
      coding: [
        { system: 'http://hl7.org/fhir/sid/icd-10', code: icd10 },
        { system: 'http://snomed.info/sct', code: snomed, display: text },
      ],
      text,
    },
    subject: { reference: `Patient/${facts.patientId}` },
    encounter: { reference: `Encounter/${facts.encounterId}` },
    onsetDateTime: facts.time,
    recordedDate: facts.time,
  }
}

export function medicationRequest(drug: (typeof drugs)[number], status: string, facts: Facts): object {
  const [atc, text] = drug
  return {
    resourceType: 'MedicationRequest',
    id: facts.id,
    status,
    intent: 'order',
    medicationCodeableConcept: concept('http://www.whocc.no/atc', atc, text),
    subject: { reference: `Patient/${facts.patientId}` },
    encounter: { reference: `Encounter/${facts.encounterId}` },
    authoredOn: facts.time,
    requester: { reference: `Practitioner/${practitionerId(atc.length)}` },
    dosageInstruction: [{ text: `${text} 1 tablet twice a day`, timing: { code: { text: 'BID' } } }],
  }
}

export function diagnosticReport(code: MeasuredCode, status: string, facts: Facts): object {
  return {
    resourceType: 'DiagnosticReport',
    id: facts.id,
    status,
    category: [concept('http://terminology.hl7.org/CodeSystem/v2-0074', 'LAB', 'Laboratory')],
    code: concept('http://loinc.org', code.loinc, code.text),
    subject: { reference: `Patient/${facts.patientId}` },
    encounter: { reference: `Encounter/${facts.encounterId}` },
    effectiveDateTime: facts.time,
    issued: facts.time,
    performer: [{ reference: `Organization/${organizationId}` }],
  }
}

export type PatientFacts = {
  readonly number: number
  readonly family: string
  readonly given: string
  readonly gender: 'female' | 'male'
  readonly birthDate: string
  readonly city: string
  readonly nationalId: string
  readonly mrn: string
}

/** The same number is always the same person. */
export function patientFacts(number: number): PatientFacts {
  const mixed = (salt: number): number => {
    let value = Math.imul(number ^ (salt * 0x9e3779b1), 0x85ebca6b)
    value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
    return ((value ^ (value >>> 16)) >>> 0) / 2 ** 32
  }
  const skewed = (list: readonly string[], salt: number): string =>
    list[Math.floor(list.length * mixed(salt) ** 2)] ?? ''
  const born = new Date(Date.UTC(1925, 0, 1) + Math.floor(mixed(4) * 36_500) * 86_400_000).toISOString().slice(0, 10)
  return {
    number,
    family: skewed(families, 1),
    given: skewed(givens, 2),
    gender: mixed(3) < 0.5 ? 'female' : 'male',
    birthDate: born,
    city: skewed(cities, 5),
    nationalId: `${born.slice(8, 10)}${Number(born.slice(5, 7)) + 80}${born.slice(2, 4)}${String(number % 100_000).padStart(5, '0')}`,
    mrn: `MRN${String(number).padStart(7, '0')}`,
  }
}

export const nationalIdSystem = 'urn:oid:2.16.578.1.12.4.1.4.1'
export const mrnSystem = 'urn:oid:2.16.578.1.12.4.1.99999.1'

export function patient(id: string, number: number): object {
  const { family, given, gender, birthDate, city, nationalId, mrn } = patientFacts(number)
  return {
    resourceType: 'Patient',
    id,
    identifier: [
      { use: 'official', system: nationalIdSystem, value: nationalId },
      { use: 'usual', system: mrnSystem, value: mrn },
    ],
    active: number % 50 !== 0,
    name: [{ use: 'official', family, given: [given] }],
    telecom: [{ system: 'phone', value: `+47900${String(number % 100_000).padStart(5, '0')}` }],
    gender,
    birthDate,
    ...(number % 40 === 0 ? { deceasedDateTime: '2025-06-01T12:00:00Z' } : {}),
    address: [
      { use: 'home', line: [`Storgata ${(number % 200) + 1}`], city, postalCode: String(1000 + (number % 9000)) },
    ],
    generalPractitioner: [{ reference: `Practitioner/${practitionerId(number)}` }],
    managingOrganization: { reference: `Organization/${organizationId}` },
  }
}

export function practitioner(number: number): object {
  return {
    resourceType: 'Practitioner',
    id: practitionerId(number),
    active: true,
    name: [{ family: families[number % families.length], given: [givens[(number * 7) % givens.length]] }],
  }
}

export const organization: object = {
  resourceType: 'Organization',
  id: organizationId,
  active: true,
  name: 'Department of Laboratory Medicine',
}
