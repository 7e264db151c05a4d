import type { Message } from '@samband/hl7v2'
import { createPeople } from '../../people/person.ts'
import type { Random } from '../../random.ts'
import type { Moment, SimulatedSystem, Verdict } from '../system.ts'
import { unknown, unsupported } from '../system.ts'
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
  readonly ordersOf: (mrn: string) => readonly ChartOrder[]
  readonly inbox: () => readonly InboxItem[]
}

export type EhrOptions = {
  readonly random: Random
  /** The day the story begins, for birth dates. */
  readonly today: Date
  /** How many patients lie in the hospital when it opens. */
  readonly inpatientsAtStart: number
}

/**
 * The electronic health record: HL7 2.5.1 in UTF-8. It is where patients are admitted, moved and discharged, where doctors order
 * and where results are read. Everything else in the hospital learns of a patient from its ADT messages.
 */
export function createEhr(options: EhrOptions): Ehr {
  const admissions = new Admissions(
    options.random.fork('admissions'),
    createPeople(options.random.fork('people'), options.today),
  )
  const chart = new Chart()
  const teller = new Teller(admissions, chart)
  const story = options.random.fork('story')
  let turn = 0
  return {
    name: 'ehr',
    receive: (message, moment) => receive(message, moment, admissions, chart),
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
    ordersOf: mrn => chart.ordersOf(mrn),
    inbox: () => chart.inbox(),
    counts: () => ({ patients: admissions.patientCount, bedsOccupied: admissions.occupied, ...chart.counts() }),
  }
}

function receive(message: Message, { at }: Moment, admissions: Admissions, chart: Chart): Verdict {
  if (admissions.patient(message.text('PID-3.1') ?? '') === undefined) {
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
  #controlLast = 0
  #orderLast = 0

  constructor(admissions: Admissions, chart: Chart) {
    this.#admissions = admissions
    this.#chart = chart
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
    this.#orderLast += 1
    const placer = `R${String(this.#orderLast).padStart(7, '0')}`
    return this.#place(taken.order, placer, taken.stay, this.#envelope(moment))
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
    this.#controlLast += 1
    return { controlId: `EPJ${String(this.#controlLast).padStart(8, '0')}`, at }
  }
}
