import type { WardCode } from './wards.ts'

export type PlannedOrder =
  | { readonly kind: 'lab'; readonly panels: readonly string[]; readonly urgent: boolean }
  | { readonly kind: 'radiology'; readonly procedure: string; readonly question: string; readonly urgent: boolean }
  | {
      readonly kind: 'drug'
      readonly atc: string
      readonly dose: number
      readonly unit: string
      readonly route: string
    }

/** Why somebody comes, where they lie afterwards, and what a doctor orders then. */
export type Condition = { readonly ward: WardCode; readonly icd10: string; readonly orders: readonly PlannedOrder[] }

const lab = (urgent: boolean, ...panels: string[]): PlannedOrder => ({ kind: 'lab', panels, urgent })
const image = (procedure: string, question: string, urgent = false): PlannedOrder => ({
  kind: 'radiology',
  procedure,
  question,
  urgent,
})
const tablet = (atc: string, dose: number): PlannedOrder => ({ kind: 'drug', atc, dose, unit: 'mg', route: 'PO' })
const injection = (atc: string, dose: number, unit = 'mg'): PlannedOrder => ({
  kind: 'drug',
  atc,
  dose,
  unit,
  route: 'IV',
})

export const conditions: readonly [Condition, ...Condition[]] = [
  {
    ward: 'MED',
    icd10: 'J18.9',
    orders: [
      lab(true, 'LAB-HEM', 'LAB-INF', 'LAB-ELE'),
      image('RG-THORAX', 'Pneumoni? Pleuravæske?', true),
      injection('J01CE01', 3, 'g'),
      tablet('N02BE01', 1000),
      lab(false, 'LAB-INF'),
    ],
  },
  {
    ward: 'KIR',
    icd10: 'S72.0',
    orders: [
      image('RG-HOFTE', 'Fall på kjøkkenet. Lårhalsbrudd?', true),
      lab(true, 'LAB-HEM', 'LAB-ELE'),
      injection('N02AA01', 10),
      injection('B01AB05', 40),
      lab(false, 'LAB-HEM'),
    ],
  },
  {
    ward: 'MED',
    icd10: 'I50.9',
    orders: [
      lab(true, 'LAB-HEM', 'LAB-ELE'),
      image('RG-THORAX', 'Stuvning? Hjertestørrelse?'),
      tablet('C03CA01', 40),
      tablet('C07AB02', 50),
      lab(false, 'LAB-ELE'),
    ],
  },
  {
    ward: 'INT',
    icd10: 'E10.1',
    orders: [lab(true, 'LAB-GLU', 'LAB-ELE'), lab(true, 'LAB-GLU'), lab(true, 'LAB-GLU', 'LAB-INF')],
  },
  {
    ward: 'MED',
    icd10: 'I63.9',
    orders: [
      image('CT-CAPUT', 'Akutt halvsidig svakhet. Blødning?', true),
      lab(true, 'LAB-HEM', 'LAB-GLU', 'LAB-ELE'),
      injection('B01AB05', 40),
    ],
  },
  {
    ward: 'KIR',
    icd10: 'K80.0',
    orders: [
      lab(true, 'LAB-HEM', 'LAB-INF', 'LAB-LEV'),
      image('UL-ABDOMEN', 'Galleblæresten? Vide galleganger?'),
      tablet('A02BC02', 40),
      injection('N02AA01', 5),
    ],
  },
  {
    ward: 'KIR',
    icd10: 'K35.8',
    orders: [lab(true, 'LAB-HEM', 'LAB-INF'), image('CT-ABDOMEN', 'Appendisitt?', true), tablet('N02BE01', 1000)],
  },
]

/** What an outpatient comes for. */
export const outpatientOrders: readonly [PlannedOrder, ...PlannedOrder[]] = [
  lab(false, 'LAB-HEM', 'LAB-ELE', 'LAB-LEV'),
  lab(false, 'LAB-GLU'),
  image('MR-COL', 'Rygg med utstråling til venstre ben > 6 uker. Prolaps?'),
  image('RG-THORAX', 'Kontroll etter pneumoni'),
]
