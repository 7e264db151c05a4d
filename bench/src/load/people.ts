import { Random } from './random.ts'

/** What differs between the messages of two patients. Synthetic throughout. */
export type Facts = {
  readonly family: string
  readonly given: string
  readonly middle: string
  readonly kin: string
  readonly born: string
  readonly sex: string
  readonly street: string
  readonly postcode: string
  readonly town: string
  readonly phone: string
  readonly doctor: string
  readonly consultant: string
  readonly ward: string
  readonly visit: string
  readonly time: string
  readonly drug: string
  readonly diagnosis: string
  readonly order: string
  readonly specimen: string
  /** Five laboratory results: value and flag. */
  readonly results: readonly { readonly value: string; readonly flag: string }[]
}

const families = (
  'Nordmann Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen Johnsen Pettersen Eriksen ' +
  'Berg Haugen Hagen Sørensen Bakken Ødegård'
).split(' ')
const givens = (
  'Ola Kari Per Anne Jan Inger Bjørn Marit Kjell Liv Åse Arne Ingrid Knut Astrid Svein Berit Thomas Nora Jakob Emma ' +
  'Lucas Sofie Håkon'
).split(' ')
const streets = ['Storgata', 'Kirkegata', 'Skolevegen', 'Bjørkevegen', 'Solbakken', 'Granlia', 'Furuvegen', 'Elvegata']
const towns = ['Lillestrøm', 'Tønsberg', 'Bodø', 'Ålesund', 'Hamar', 'Drammen', 'Moss', 'Gjøvik', 'Narvik', 'Førde']
const wards = ['MED^301^1', 'MED^302^2', 'KIR^110^1', 'KIR^114^3', 'BAR^205^1', 'FØD^401^2', 'ORT^220^1', 'NEV^512^4']
const drugs = [
  'J01CE^Beta-laktamaseømfintlige penicilliner',
  'N02AA01^Morfin',
  'M01AE01^Ibuprofen',
  'B01AA03^Warfarin',
  'J01XA01^Vankomycin',
  'C09AA02^Enalapril',
]
const diagnoses = [
  'J18.9^Uspesifisert pneumoni',
  'I21.4^Akutt subendokardialt hjerteinfarkt',
  'S72.0^Brudd i lårhals',
  'E11.9^Diabetes mellitus type 2 uten komplikasjoner',
  'K35.8^Annen og uspesifisert akutt appendisitt',
  'N39.0^Urinveisinfeksjon med uspesifisert lokalisasjon',
  'O80.0^Spontan hodefødsel',
  'G40.9^Uspesifisert epilepsi',
]
/** Low and high of what is normal, and digits after the point: haemoglobin, leukocytes, platelets, CRP, creatinine. */
const ranges = [
  [13.4, 17, 1],
  [4.1, 9.8, 1],
  [145, 348, 0],
  [0, 5, 0],
  [60, 105, 0],
] as const

export function factsOf(seed: number): Facts {
  const random = new Random(seed)
  const from = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T
  const digits = (count: number): string => String(Math.floor(random.next() * 10 ** count)).padStart(count, '0')
  const two = (min: number, max: number): string => String(Math.floor(random.between(min, max + 1))).padStart(2, '0')
  const family = from(families)
  return {
    family,
    given: from(givens),
    middle: from(givens),
    kin: `${family}^${from(givens)}`,
    born: `${Math.floor(random.between(1925, 2026))}${two(1, 12)}${two(1, 28)}`,
    sex: random.next() < 0.5 ? 'F' : 'M',
    street: `${from(streets)} ${Math.floor(random.between(1, 180))}`,
    postcode: digits(4),
    town: from(towns),
    phone: `+479${digits(7)}`,
    doctor: `DOC${digits(4)}^${from(families)}^${from(givens)}`,
    consultant: `DOC${digits(4)}^${from(families)}^${from(givens)}`,
    ward: from(wards),
    visit: `V${digits(8)}`,
    time: `2026${two(1, 12)}${two(1, 28)}${two(0, 23)}${two(0, 59)}${two(0, 59)}+0100`,
    drug: from(drugs),
    diagnosis: from(diagnoses),
    order: digits(9),
    specimen: digits(9),
    results: ranges.map(([low, high, decimals]) => {
      const value = random.between(low * 0.6, high * 1.5)
      return { value: value.toFixed(decimals), flag: value < low ? 'L' : value > high ? 'H' : 'N' }
    }),
  }
}
