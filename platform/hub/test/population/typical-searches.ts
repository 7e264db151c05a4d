import { measuredCodes } from './facts.ts'
import { populationId, populationStartMs, type PopulationSize } from './population-size.ts'
import { mrnSystem, nationalIdSystem, patientFacts } from './resources.ts'

export type TypicalSearch = {
  /** Kebab-case; stands in reports. */
  readonly name: string
  /** 'Observation?subject=...': `pick(n)` is a whole number from 0 up to n. */
  readonly url: (pick: (limit: number) => number) => string
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const dayMs = 86_400_000

/** What applications ask a hospital's server, over the population of that size: the selective, the broad and the skewed. */
export function typicalSearches(size: PopulationSize): readonly TypicalSearch[] {
  type Pick = (limit: number) => number
  const patient = (pick: Pick): string => populationId('Patient', pick(size.patients))
  const code = (pick: Pick): string => `http://loinc.org|${measuredCodes[pick(12)]?.loinc}`
  const rareCode = (pick: Pick): string => `http://loinc.org|${measuredCodes[30 + pick(10)]?.loinc}`
  const person = (pick: Pick): ReturnType<typeof patientFacts> => patientFacts(pick(size.patients))
  const from = (pick: Pick): number => populationStartMs + pick(600) * dayMs
  const days = (parameter: string, pick: Pick, count: number): string => {
    const start = from(pick)
    return `${parameter}=ge${day(start)}&${parameter}=lt${day(start + count * dayMs)}`
  }
  const search = (name: string, url: TypicalSearch['url']): TypicalSearch => ({ name, url })
  return [
    search('observation-subject-code', p => `Observation?subject=Patient/${patient(p)}&code=${code(p)}`),
    search(
      'observation-heavy-patient',
      p => `Observation?patient=${populationId('Patient', p(3))}&code=${rareCode(p)}`,
    ),
    search(
      'observation-patient-category-date',
      p => `Observation?patient=${patient(p)}&category=laboratory&${days('date', p, 90)}&_sort=-date`,
    ),
    search('observation-latest', p => `Observation?patient=${patient(p)}&code=${code(p)}&_sort=-date&_count=1`),
    search(
      'observation-several-codes',
      p => `Observation?patient=${patient(p)}&code=${code(p)},${rareCode(p)},${code(p)}`,
    ),
    search(
      'observation-code-value-quantity',
      p => `Observation?code-value-quantity=${code(p)}$gt${5 + p(10)}&_count=20`,
    ),
    search('observation-code-and-value', p => {
      const { loinc, low, high } = measuredCodes[p(measuredCodes.length)] ?? { loinc: '', low: 0, high: 0 }
      return `Observation?code=http://loinc.org|${loinc}&value-quantity=gt${Math.round(low + (high - low) * 0.9)}`
    }),
    search(
      'observation-value-quantity',
      p => `Observation?value-quantity=gt${300 + p(100)}|http://unitsofmeasure.org|mg/L`,
    ),
    search('observation-status-newest', () => 'Observation?status=final&_sort=-_lastUpdated'),
    search('observation-status-rare', () => 'Observation?status=preliminary&_sort=-_lastUpdated'),
    search('observation-status-not', () => 'Observation?status:not=final'),
    search('observation-date', p => `Observation?${days('date', p, 1)}`),
    search('observation-date-sorted', p => `Observation?${days('date', p, 30)}&_sort=date`),
    search('observation-code-date', p => `Observation?code=${code(p)}&${days('date', p, 7)}`),
    search(
      'observation-last-updated',
      p => `Observation?_lastUpdated=gt${new Date(from(p)).toISOString()}&_sort=_lastUpdated`,
    ),
    search('observation-tag', () => 'Observation?_tag=https://samband.example/tags|imported'),
    search('observation-missing', () => 'Observation?data-absent-reason:missing=false'),
    search(
      'observation-subject-name',
      p => `Observation?subject:Patient.name=${encodeURIComponent(person(p).family)}&code=${rareCode(p)}`,
    ),
    search(
      'observation-subject-identifier',
      p => `Observation?subject.identifier=${mrnSystem}|${person(p).mrn}&code=${code(p)}`,
    ),
    search(
      'observation-include',
      p => `Observation?patient=${patient(p)}&_include=Observation:subject&_include=Observation:encounter`,
    ),
    search('observation-count', p => `Observation?code=${rareCode(p)}&_summary=count`),
    search(
      'observation-encounter',
      p => `Observation?encounter=Encounter/${populationId('Encounter', p(size.patients))}`,
    ),
    search('patient-identifier', p => `Patient?identifier=${nationalIdSystem}|${person(p).nationalId}`),
    search(
      'patient-name',
      p =>
        `Patient?family=${encodeURIComponent(person(p).family.slice(0, 4))}&given=${encodeURIComponent(person(p).given)}`,
    ),
    search('patient-name-exact', p => `Patient?family:exact=${encodeURIComponent(person(p).family)}`),
    search('patient-name-contains', p => `Patient?name:contains=${encodeURIComponent(person(p).family.slice(1, 5))}`),
    search('patient-birthdate', p => `Patient?birthdate=${person(p).birthDate}`),
    search('patient-gender-birthdate', p => `Patient?gender=female&birthdate=ge${1930 + p(80)}&birthdate=lt2015`),
    search('patient-city', p => `Patient?address-city=${encodeURIComponent(person(p).city)}&_sort=family`),
    search(
      'patient-has',
      p =>
        `Patient?_has:Condition:patient:code=http://snomed.info/sct|44054006&address-city=${encodeURIComponent(person(p).city)}`,
    ),
    search('patient-has-observation', p => `Patient?_has:Observation:patient:code=${rareCode(p)}`),
    search('patient-ids', p => `Patient?_id=${[1, 2, 3, 4, 5].map(() => patient(p)).join(',')}`),
    search(
      'patient-revinclude',
      p => `Patient?_id=${patient(p)}&_revinclude=Condition:patient&_revinclude=MedicationRequest:patient`,
    ),
    search('encounter-date-status', p => `Encounter?${days('date', p, 2)}&status=finished`),
    search('encounter-patient', p => `Encounter?patient=${patient(p)}&_sort=-date`),
    search('condition-active', p => `Condition?patient=${patient(p)}&clinical-status=active`),
    search(
      'medication-request-active',
      p => `MedicationRequest?patient=${patient(p)}&status=active&_include=MedicationRequest:requester`,
    ),
    search('report-newest', p => `DiagnosticReport?patient=${patient(p)}&category=LAB&_sort=-date&_count=10`),
    search('report-code-date', p => `DiagnosticReport?code=${code(p)}&${days('date', p, 14)}`),
  ]
}
