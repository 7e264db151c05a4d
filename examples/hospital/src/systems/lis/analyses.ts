import { createRandom } from '../../random.ts'

/** One analysis as this laboratory runs it: its own code and unit, its reference range in that unit. */
export type Analysis = {
  readonly code: string
  readonly name: string
  readonly unit: string
  readonly low: number
  readonly high: number
  readonly decimals: number
  /** How far off a sick patient's value may be, as a multiple of the range's width. */
  readonly swing: number
}

const analysis = (
  code: string,
  name: string,
  unit: string,
  [low, high]: readonly [number, number],
  decimals: number,
  swing: number,
): Analysis => ({ code, name, unit, low, high, decimals, swing })

const hb = analysis('HB', 'Hemoglobin', 'g/dl', [11.7, 17], 1, 0.9)
const leuk = analysis('LEUK', 'Leukocytter', '10E9/l', [3.5, 11], 1, 1.2)
const trom = analysis('TROM', 'Trombocytter', '10E9/l', [145, 390], 0, 0.8)
const crp = analysis('CRP', 'CRP', 'mg/dl', [0, 0.5], 1, 40)
const na = analysis('NA', 'Natrium', 'mmol/l', [137, 145], 0, 1.4)
const k = analysis('K', 'Kalium', 'mmol/l', [3.6, 4.6], 1, 1.3)
const krea = analysis('KREA', 'Kreatinin', 'mg/dl', [0.5, 1.2], 2, 3)
const glu = analysis('GLU', 'Glukose', 'mg/dl', [72, 108], 0, 7)
const alat = analysis('ALAT', 'ALAT', 'U/l', [10, 70], 0, 4)
const bili = analysis('BILI', 'Bilirubin', 'mg/dl', [0.2, 1.4], 1, 4)

/** An analysis that the laboratory took up without telling anybody: no code list of the hospital has it. */
export const newAnalysis: Analysis = analysis('HBA1C', 'Langtidsblodsukker', 'mmol/mol', [20, 42], 0, 2)

/** What the laboratory runs for each profile that can be ordered. */
export const profiles: Readonly<Record<string, { readonly name: string; readonly analyses: readonly Analysis[] }>> = {
  '1010': { name: 'Hematologi', analyses: [hb, leuk, trom] },
  '1020': { name: 'Infeksjonsprøver', analyses: [crp, leuk] },
  '1030': { name: 'Elektrolytter og nyrefunksjon', analyses: [na, k, krea] },
  '1040': { name: 'Glukose', analyses: [glu] },
  '1050': { name: 'Leverprøver', analyses: [alat, bili] },
}

export type Measured = {
  readonly analysis: Analysis
  readonly value: number
  readonly flag: '' | 'L' | 'H' | 'LL' | 'HH'
}

const sickShare = 0.35

/** The value of an analysis in a sample: the same sample always gives the same value. */
export function measure(analysis: Analysis, sample: string): Measured {
  const random = createRandom(`${sample}:${analysis.code}`)
  const width = analysis.high - analysis.low
  // The mean of three draws is bell-shaped enough for a reference population.
  const healthy = analysis.low + width * ((random.next() + random.next() + random.next()) / 3)
  const away = random.chance(sickShare) ? width * analysis.swing * random.next() * random.next() : 0
  const down = analysis.swing <= 1.5 && random.chance(0.5)
  const value = Number(Math.max(0, healthy + (down ? -away : away)).toFixed(analysis.decimals))
  return { analysis, value, flag: flagOf(value, analysis, width) }
}

/** HL7 table 0078: beyond the range, and far beyond it. */
function flagOf(value: number, { low, high, swing }: Analysis, width: number): Measured['flag'] {
  const far = width * Math.max(0.5, swing / 2)
  if (value < low) return value < low - far ? 'LL' : 'L'
  if (value > high) return value > high + far ? 'HH' : 'H'
  return ''
}
