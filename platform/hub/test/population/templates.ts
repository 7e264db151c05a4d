import { diagnoses, drugs, type MeasuredCode, measuredCodes } from './facts.ts'
import { condition, diagnosticReport, encounter, type Facts, medicationRequest, observation } from './resources.ts'

/** One kind of resource of a type, and how frequent it is beside the others of the type. */
export type Template = {
  readonly weight: number
  readonly build: (facts: Facts) => object
  /** Values lie between these; equal where there is none. */
  readonly low: number
  readonly high: number
}

const tagged = { meta: { tag: [{ system: 'https://samband.example/tags', code: 'imported' }] } }

/** Zipf: the second of a list is half as frequent as the first. */
const rank = (index: number): number => 1 / (index + 1)

function observationTemplates(): Template[] {
  const statuses = { final: 0.92, preliminary: 0.03, amended: 0.03, cancelled: 0.01 }
  const all: Template[] = []
  for (const [index, code] of measuredCodes.entries()) {
    for (const [status, share] of Object.entries(statuses)) {
      all.push(measured(code, rank(index) * share, facts => observation(code, status, facts)))
    }
    all.push(measured(code, rank(index) * 0.01, facts => observation(code, 'final', facts, tagged)))
  }
  return all
}

function measured({ low, high }: MeasuredCode, weight: number, build: Template['build']): Template {
  return { weight, build, low, high }
}

/** The first codes alone, all final and as frequent as each other: so many results a patient and code, exactly. */
export function evenObservations(count: number): Template[] {
  return measuredCodes.slice(0, count).map(code => measured(code, 1, facts => observation(code, 'final', facts)))
}

const product = <One, Two>(
  ones: readonly One[],
  twos: readonly (readonly [two: Two, share: number])[],
  build: (one: One, two: Two, facts: Facts) => object,
): Template[] =>
  ones.flatMap((one, index) =>
    twos.map(([two, share]) => ({
      weight: rank(index) * share,
      low: 0,
      high: 0,
      build: facts => build(one, two, facts),
    })),
  )

export const templates: Readonly<Record<string, readonly Template[]>> = {
  Observation: observationTemplates(),
  Encounter: product<readonly [string, string], string>(
    [
      ['AMB', 'ambulatory'],
      ['IMP', 'inpatient encounter'],
      ['EMER', 'emergency'],
    ],
    [
      ['finished', 0.95],
      ['in-progress', 0.03],
      ['planned', 0.02],
    ],
    (kind, status, facts) => encounter(status, kind, facts),
  ),
  Condition: product(
    diagnoses,
    [
      ['active', 0.6],
      ['resolved', 0.4],
    ],
    condition,
  ),
  MedicationRequest: product(
    drugs,
    [
      ['active', 0.3],
      ['completed', 0.65],
      ['stopped', 0.05],
    ],
    medicationRequest,
  ),
  DiagnosticReport: product(
    measuredCodes.slice(0, 12),
    [
      ['final', 0.95],
      ['preliminary', 0.05],
    ],
    diagnosticReport,
  ),
}
