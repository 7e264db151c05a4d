import type { Message } from '@samband/hl7v2'
import { createPeople } from '../../people/person.ts'
import type { Random } from '../../random.ts'
import type { RunNumbers } from '../../run-numbers.ts'
import type { Moment, SimulatedSystem, Verdict } from '../system.ts'
import { accepted, unknown, unsupported } from '../system.ts'
import { adtMessage, type Envelope, mergeMessage } from './adt-messages.ts'
import { Admissions } from './admissions.ts'
import { Chart, type ChartOrder, type InboxItem } from './chart.ts'
import type { PlannedOrder } from './conditions.ts'
import { labOrderMessage, prescriptionMessage, radiologyOrderMessage } from './order-messages.ts'
import type { EhrPatient, Stay } from './patient.ts'
import { fileDispense, fileOrderStatus, fileReport } from './result-filing.ts'
import { chooseHappening, type Happening } from './story.ts'

/** The EHR with what one may look up in it. */
export type Ehr = SimulatedSystem & {
  /** The admissions of those who lie in the hospital when it opens. */
  readonly opening: (moment: Moment) => readonly Message[]
  readonly patient: (mrn: string) => EhrPatient | undefined
  readonly patientNumbers: () => readonly string[]
  readonly ordersOf: (mrn: string) => readonly ChartOrder[]
  readonly inbox: () => readonly InboxItem[]
}

export type EhrOptions = {
  readonly random: Random
  readonly numbers: RunNumbers
  /** The day the story begins, for birth dates. */
  readonly today: Date
  /** How many patients lie in the hospital when it opens. */
  readonly inpatientsAtStart: number
}

/**
 * The electronic health record: HL7 2.5.1 in UTF-8. It is where patients are admitted, moved and discharged, where
 * doctors order and where results are read. Everything else in the hospital learns of a patient from its ADT messages.
 */
export function createEhr(options: EhrOptions): Ehr {
  const admissions = new Admissions(
    options.random.fork('admissions'),
    createPeople(options.random.fork('people'), options.today),
    options.numbers,
  )
  const chart = new Chart()
  const teller = new Teller(admissions, chart, options.numbers)
  const story = options.random.fork('story')
  let turn = 0
  return {
    name: 'ehr',
    receive: (message, moment) => receive(message, moment, { admissions, chart, numbers: options.numbers }),
    act: ({ at }) => {
      // Its own turns, not the hospital's beats: so the story does not depend on how fast the departments answer.
      const moment = { at, beat: turn++ }
      return teller.tell(chooseHappening(admissions, story, moment), moment)
    },
    opening: moment =>
      Array.from({ length: options.inpatientsAtStart }, () => teller.tell({ kind: 'admit' }, moment)).filter(
        message => message !== undefined,
      ),
    patient: mrn => admissions.patient(mrn),
    patientNumbers: () => admissions.patientNumbers,
    ordersOf: mrn => chart.ordersOf(mrn),
    inbox: () => chart.inbox(),
    counts: () => ({
      patients: admissions.patientNumbers.length,
      bedsOccupied: admissions.occupied,
      ...chart.counts(),
    }),
  }
}

type Records = { readonly admissions: Admissions; readonly chart: Chart; readonly numbers: RunNumbers }

function receive(message: Message, { at }: Moment, { admissions, chart, numbers }: Records): Verdict {
  const mrn = message.text('PID-3.1') ?? ''
  if (numbers.isEarlierPatient(mrn)) return accepted
  if (admissions.patient(mrn) === undefined) {
    return unknown('the patient is not known in the EHR')
  }
  switch (message.type) {
    case 'ORU^R01':
      return fileReport(message, chart, at)
    case 'ORM^O01':
    case 'ORR^O02':
      return fileOrderStatus(message, chart, at)
    case 'RDS^O13':
      return fileDispense(message, chart, at)
    default:
      return unsupported(message.type)
  }
}

/** Makes what happens true and says it: one message per happening. */
class Teller {
  readonly #admissions: Admissions
  readonly #chart: Chart
  readonly #numbers: RunNumbers
  readonly #nextControl: () => string

  constructor(admissions: Admissions, chart: Chart, numbers: RunNumbers) {
    this.#admissions = admissions
    this.#chart = chart
    this.#numbers = numbers
    this.#nextControl = numbers.controls('EPJ')
  }

  /** Undefined when it could not happen: no bed was free. */
  tell(happening: Happening, moment: Moment): Message | undefined {
    const admissions = this.#admissions
    switch (happening.kind) {
      case 'admit':
        return this.#adt('A01', admissions.admit(moment), moment)
      case 'register-outpatient':
        return this.#adt('A04', admissions.registerOutpatient(moment), moment)
      case 'register-unknown':
        return this.#adt('A04', admissions.registerUnknown(moment), moment)
      case 'transfer':
        return this.#adt('A02', admissions.transfer(happening.stay), moment)
      case 'discharge':
      case 'end-visit':
        return this.#adt('A03', admissions.end(happening.stay), moment)
      case 'cancel':
        return this.#adt('A11', admissions.end(happening.stay), moment)
      case 'update':
        return this.#adt('A08', admissions.updateAddress(happening.stay), moment)
      case 'identify':
        return this.#merge(moment)
      case 'order':
        return this.#order(happening.stay, moment)
    }
  }

  #adt(event: Parameters<typeof adtMessage>[0], stay: Stay | undefined, moment: Moment): Message | undefined {
    return stay === undefined ? undefined : adtMessage(event, stay, this.#envelope(moment))
  }

  #merge(moment: Moment): Message | undefined {
    const identified = this.#admissions.identify()
    if (identified === undefined) return undefined
    this.#chart.merge(identified.priorMrn, identified.patient.mrn)
    return mergeMessage(identified.patient, identified.priorMrn, this.#envelope(moment))
  }

  #order(before: Stay, moment: Moment): Message | undefined {
    const taken = this.#admissions.takeOrder(before)
    if (taken === undefined) return undefined
    return this.#place(taken.order, this.#numbers.nextOrder(), taken.stay, this.#envelope(moment))
  }

  #place(order: PlannedOrder, placer: string, stay: Stay, envelope: Envelope): Message {
    const { mrn } = stay.patient
    switch (order.kind) {
      case 'lab':
        for (const index of order.panels.keys()) this.#chart.place(`${placer}-${index + 1}`, mrn, 'lab')
        return labOrderMessage(order, placer, stay, envelope)
      case 'radiology':
        this.#chart.place(placer, mrn, 'radiology')
        return radiologyOrderMessage(order, placer, stay, envelope)
      case 'drug':
        this.#chart.place(placer, mrn, 'drug')
        return prescriptionMessage(order, placer, stay, envelope)
    }
  }

  #envelope({ at }: Moment): Envelope {
    return { controlId: this.#nextControl(), at }
  }
}
