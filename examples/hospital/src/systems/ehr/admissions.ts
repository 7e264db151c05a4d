import type { People } from '../../people/person.ts'
import type { Random } from '../../random.ts'
import type { RunNumbers } from '../../run-numbers.ts'
import { BoundedMap } from '../bounded-map.ts'
import type { Moment } from '../system.ts'
import { conditions, outpatientOrders, type PlannedOrder } from './conditions.ts'
import { doctors, type EhrPatient, type Stay } from './patient.ts'
import { BedBoard } from './wards.ts'

const patientsMax = 20_000

/**
 * Who is in the hospital. A patient is registered (outpatient), or admitted to a bed, perhaps moved, and discharged; an
 * admission may be cancelled while nothing has been ordered; somebody unknown is registered under a temporary number
 * and merged with the right record once identified. Every change gives the stay as it is afterwards, ready to be told
 * to others.
 */
export class Admissions {
  readonly #random: Random
  readonly #people: People
  readonly #numbers: RunNumbers
  readonly #beds: BedBoard = new BedBoard()
  readonly #stays: Map<string, Stay> = new Map()
  readonly #patients: BoundedMap<string, EhrPatient> = new BoundedMap(patientsMax)
  readonly #mergedInto: BoundedMap<string, string> = new BoundedMap(patientsMax)
  readonly #unidentified: EhrPatient[] = []

  constructor(random: Random, people: People, numbers: RunNumbers) {
    this.#random = random
    this.#people = people
    this.#numbers = numbers
  }

  get occupied(): number {
    return this.#beds.occupied
  }

  get stays(): readonly Stay[] {
    return [...this.#stays.values()]
  }

  get unidentified(): number {
    return this.#unidentified.length
  }

  get patientNumbers(): readonly string[] {
    return [...this.#patients.keys()]
  }

  /** The patient under this number, or under the one that it was merged into. */
  patient(mrn: string): EhrPatient | undefined {
    return this.#patients.get(mrn) ?? this.#patients.get(this.#mergedInto.get(mrn) ?? '')
  }

  /** A new patient in a bed: in the emergency department, or when that is full on the ward. Undefined: no bed. */
  admit(moment: Moment): Stay | undefined {
    const condition = this.#random.pick(conditions)
    const bed = this.#beds.take('AKM') ?? this.#beds.take(condition.ward)
    if (bed === undefined) return undefined
    return this.#open({ bed, ward: condition.ward, plan: condition.orders, patient: this.#newPatient() }, moment)
  }

  /** An outpatient: a visit with an order or two, and no bed. */
  registerOutpatient(moment: Moment): Stay {
    const plan = [this.#random.pick(outpatientOrders)]
    return this.#open({ bed: undefined, ward: 'MED', plan, patient: this.#newPatient() }, moment)
  }

  /** Somebody who cannot tell who they are. */
  registerUnknown(moment: Moment): Stay {
    const sex = this.#random.chance(0.5) ? 'F' : 'M'
    const patient: EhrPatient = {
      mrn: this.#numbers.nextPatient(),
      nationalId: undefined,
      family: 'Ukjent',
      given: sex === 'F' ? 'Kvinne' : 'Mann',
      middle: undefined,
      birthDate: undefined,
      sex,
      address: undefined,
    }
    this.#patients.set(patient.mrn, patient)
    this.#unidentified.push(patient)
    return this.#open({ bed: undefined, ward: 'MED', plan: [outpatientOrders[0]], patient }, moment)
  }

  /** The one who has been unknown for longest is identified. Their orders and visits go on under the right number. */
  identify(): { readonly patient: EhrPatient; readonly priorMrn: string } | undefined {
    const unknown = this.#unidentified.shift()
    if (unknown === undefined) return undefined
    const patient = this.#newPatient(unknown.sex)
    this.#patients.delete(unknown.mrn)
    this.#mergedInto.set(unknown.mrn, patient.mrn)
    for (const stay of this.#stays.values()) {
      if (stay.patient.mrn === unknown.mrn) this.#stays.set(stay.visit, { ...stay, patient })
    }
    return { patient, priorMrn: unknown.mrn }
  }

  /** From the emergency department to the ward, or between wards. Undefined: no bed there. */
  transfer(stay: Stay): Stay | undefined {
    if (stay.bed === undefined) return undefined
    const bed = this.#beds.take(stay.ward)
    if (bed === undefined) return undefined
    this.#beds.release(stay.bed)
    return this.#keep({ ...stay, bed })
  }

  /** Ends a stay: discharged, or cancelled. */
  end(stay: Stay): Stay {
    if (stay.bed !== undefined) this.#beds.release(stay.bed)
    this.#stays.delete(stay.visit)
    return stay
  }

  /** The patient has moved. */
  updateAddress(stay: Stay): Stay {
    const patient = { ...stay.patient, address: this.#people.address() }
    this.#patients.set(patient.mrn, patient)
    return this.#keep({ ...stay, patient })
  }

  /** Takes the next order off the doctor's plan. */
  takeOrder(stay: Stay): { readonly order: PlannedOrder; readonly stay: Stay } | undefined {
    const [order, ...plan] = stay.plan
    if (order === undefined) return undefined
    return { order, stay: this.#keep({ ...stay, plan }) }
  }

  #open(about: Pick<Stay, 'bed' | 'ward' | 'plan' | 'patient'>, moment: Moment): Stay {
    const visit = this.#numbers.nextVisit()
    const attending = this.#random.pick(doctors)
    return this.#keep({ ...about, visit, attending, admittedAt: moment.at, admittedBeat: moment.beat })
  }

  #newPatient(sex?: EhrPatient['sex']): EhrPatient {
    let person = this.#people.next()
    while (sex !== undefined && person.sex !== sex) person = this.#people.next()
    const patient = { mrn: this.#numbers.nextPatient(), ...person }
    this.#patients.set(patient.mrn, patient)
    return patient
  }

  #keep(stay: Stay): Stay {
    this.#stays.set(stay.visit, stay)
    return stay
  }
}
