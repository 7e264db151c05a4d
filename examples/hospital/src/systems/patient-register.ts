import type { Message } from '@samband/hl7v2'
import type { RunNumbers } from '../run-numbers.ts'
import { BoundedMap } from './bounded-map.ts'
import { accepted, unknown, type Verdict } from './system.ts'

/** What a department keeps of a patient: what the EHR told it, in its own spelling. */
export type RegisteredPatient = {
  readonly mrn: string
  readonly name: string
  readonly admitted: boolean
  readonly ward: string
  readonly updates: number
}

const patientsMax = 20_000

/**
 * The patients that a department knows. It learns them from ADT and from nowhere else, so an order that arrives before
 * the admission is refused: that is how the hospital shows whether order was kept.
 */
export class PatientRegister {
  readonly #patients: BoundedMap<string, RegisteredPatient> = new BoundedMap(patientsMax)
  readonly #mergedInto: BoundedMap<string, string> = new BoundedMap(patientsMax)
  readonly #name: (message: Message) => string
  readonly #numbers: RunNumbers
  #refused = 0

  /** `name` reads PID-5 as this department's dialect writes it. */
  constructor(numbers: RunNumbers, name: (message: Message) => string) {
    this.#numbers = numbers
    this.#name = name
  }

  get size(): number {
    return this.#patients.size
  }

  get refused(): number {
    return this.#refused
  }

  /** Registered here, or in the archive since an earlier run. */
  knows(mrn: string): boolean {
    return this.find(mrn) !== undefined || this.#numbers.isEarlierPatient(mrn)
  }

  /** The patient under this number, or under the one that it was merged into. */
  find(mrn: string): RegisteredPatient | undefined {
    return this.#patients.get(mrn) ?? this.#patients.get(this.#mergedInto.get(mrn) ?? '')
  }

  /** Takes in an ADT message. */
  register(message: Message): Verdict {
    const mrn = message.text('PID-3.1') ?? ''
    if (mrn === '') return { code: 'AE', condition: '101', text: 'PID-3 is missing' }
    // A merge concerns two patients, so a message about the old number may come after it: its record is gone already.
    // One from an earlier run is in the archive.
    if (this.#mergedInto.has(mrn) || this.#numbers.isEarlierPatient(mrn)) return accepted
    const event = message.text('MSH-9.2') ?? ''
    const known = this.#patients.get(mrn)
    const needsKnown = event === 'A02' || event === 'A03' || event === 'A11'
    if (needsKnown && known === undefined) return this.refuse()
    this.#patients.set(mrn, {
      mrn,
      name: this.#name(message),
      admitted: isAdmitted(event, known?.admitted ?? false),
      ward: message.text('PV1-3.1') ?? known?.ward ?? '',
      updates: (known?.updates ?? 0) + 1,
    })
    const prior = message.text('MRG-1.1') ?? ''
    if (prior !== '') {
      this.#patients.delete(prior)
      this.#mergedInto.set(prior, mrn)
    }
    return accepted
  }

  refuse(): Verdict {
    this.#refused += 1
    return unknown('the patient is not known here: no admission or registration has arrived')
  }
}

function isAdmitted(event: string, before: boolean): boolean {
  if (event === 'A01' || event === 'A02') return true
  return event === 'A03' || event === 'A11' ? false : before
}
