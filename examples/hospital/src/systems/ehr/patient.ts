import type { Person } from '../../people/person.ts'
import type { PlannedOrder } from './conditions.ts'
import type { Bed, WardCode } from './wards.ts'

/** A patient as the EHR knows one. Who is not identified yet has a number, a sex and little else. */
export type EhrPatient = Pick<Person, 'family' | 'given' | 'middle' | 'sex'> & {
  /** The EHR's own number, assigned by FJORDVIK-PAS. */
  readonly mrn: string
  readonly nationalId: Person['nationalId'] | undefined
  readonly birthDate: string | undefined
  readonly address: Person['address'] | undefined
}

/** One contact with the hospital: a stay in a bed, or an outpatient visit without one. */
export type Stay = {
  readonly visit: string
  readonly patient: EhrPatient
  readonly bed: Bed | undefined
  /** Where the patient belongs once the emergency department is done. */
  readonly ward: WardCode
  readonly attending: Doctor
  readonly admittedAt: Date
  readonly admittedBeat: number
  /** Orders that the doctor will still place. */
  readonly plan: readonly PlannedOrder[]
}

export type Doctor = { readonly code: string; readonly family: string; readonly given: string }

/** Made up, like everybody here. */
export const doctors: readonly [Doctor, ...Doctor[]] = [
  { code: 'D101', family: 'Grønn', given: 'Signe' },
  { code: 'D102', family: 'Blåmann', given: 'Aksel' },
  { code: 'D103', family: 'Hvitnes', given: 'Oda' },
  { code: 'D104', family: 'Rødberg', given: 'Iver' },
]
