import type { Message } from '@samband/hl7v2'
import { createRandom, type Random } from '../../random.ts'
import type { RunNumbers } from '../../run-numbers.ts'
import { DueList } from '../due-list.ts'
import { PatientRegister } from '../patient-register.ts'
import { accepted, type Moment, type SimulatedSystem, unknown, unsupported, type Verdict } from '../system.ts'
import { profiles } from './analyses.ts'
import { type LabOrder, reportMessage, type Requisition } from './report-message.ts'

type Work = { readonly requisition: Requisition; readonly final: boolean }

const preliminaryShare = 0.45

/**
 * The laboratory: HL7 2.4 in ISO 8859-1 with its own profile and analysis codes. It takes orders (OML^O21) for patients
 * that it knows and answers each with a final report (ORU^R01), often a preliminary one before. With
 * `newAnalysisShare`, so many of its samples come with an analysis that nobody has mapped.
 */
export function createLis(random: Random, numbers: RunNumbers, newAnalysisShare = 0): SimulatedSystem {
  const register = new PatientRegister(
    numbers,
    message => `${message.text('PID-5.1') ?? ''}, ${message.text('PID-5.2') ?? ''}`,
  )
  const due = new DueList<Work>()
  const seed = String(random.between(0, 1_000_000))
  const count = { orders: 0, preliminary: 0, final: 0 }
  const nextControl = numbers.controls('LAB')
  let sampleLast = 0

  const order = (message: Message, moment: Moment): Verdict => {
    if (!register.knows(message.text('PID-3.1') ?? '')) return register.refuse()
    const segments = message.segments('OBR')
    if (segments.some(obr => profiles[obr.text('4.1') ?? ''] === undefined)) {
      return unknown('the profile in OBR-4 is not in the catalogue of the laboratory')
    }
    const orders = segments.map((obr): LabOrder => {
      sampleLast += 1
      const sample = `S${seed}-${String(sampleLast).padStart(6, '0')}`
      const placer = obr.text('2.1') ?? ''
      const content = `${seed}:${numbers.placeOf(placer)}`
      const withNewAnalysis = createRandom(`${content}:new`).chance(newAnalysisShare)
      return { placer, sample, profile: obr.text('4.1') ?? '', content, withNewAnalysis }
    })
    count.orders += orders.length
    const urgent = message.text('OBR-27.6') === 'S'
    schedule(requisitionOf(message, orders), urgent, moment)
    return accepted
  }

  const schedule = (requisition: Requisition, urgent: boolean, moment: Moment): void => {
    const own = createRandom(`${requisition.orders[0]?.content ?? seed}:when`)
    const final = moment.beat + (urgent ? own.between(5, 9) : own.between(8, 18))
    if (own.chance(preliminaryShare)) due.add(moment.beat + own.between(2, 4), { requisition, final: false })
    due.add(final, { requisition, final: true })
  }

  return {
    name: 'lis',
    receive: (message, moment) => {
      if (message.text('MSH-9.1') === 'ADT') return register.register(message)
      return message.type === 'OML^O21' ? order(message, moment) : unsupported(message.type)
    },
    act: ({ beat, at }) => {
      const work = due.take(beat)
      if (work === undefined) return undefined
      count[work.final ? 'final' : 'preliminary'] += 1
      return reportMessage(work.requisition, { controlId: nextControl(), at, final: work.final })
    },
    counts: () => ({ patients: register.size, refused: register.refused, waiting: due.size, ...count }),
  }
}

function requisitionOf(message: Message, orders: readonly LabOrder[]): Requisition {
  return {
    mrn: message.text('PID-3.1') ?? '',
    family: message.text('PID-5.1') ?? '',
    given: message.text('PID-5.2') ?? '',
    visit: message.text('PV1-19.1') ?? '',
    orders,
  }
}
