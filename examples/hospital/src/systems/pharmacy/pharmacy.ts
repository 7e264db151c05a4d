import { buildMessage, formatTimestamp, type Message } from '@samband/hl7v2'
import { createRandom, type Random } from '../../random.ts'
import type { RunNumbers } from '../../run-numbers.ts'
import { DueList } from '../due-list.ts'
import { PatientRegister } from '../patient-register.ts'
import { accepted, type Moment, type SimulatedSystem, unknown, unsupported, type Verdict } from '../system.ts'
import { articles } from './articles.ts'

type Prescription = {
  readonly mrn: string
  /** One component, 'Etternavn, Fornavn', as this dialect has it. */
  readonly name: string
  readonly visit: string
  readonly placer: string
  readonly number: string
  readonly article: string
  readonly route: string
}

/**
 * The pharmacy: HL7 2.5.1 in UTF-8 with its own article numbers. It takes prescriptions (RDE^O11) for patients that it
 * knows and says what it handed out (RDS^O13).
 */
export function createPharmacy(random: Random, numbers: RunNumbers): SimulatedSystem {
  const register = new PatientRegister(numbers, message => message.text('PID-5.1') ?? '')
  const due = new DueList<Prescription>()
  const seed = String(random.between(0, 1_000_000))
  const count = { prescriptions: 0, dispensed: 0 }
  const nextControl = numbers.controls('APO')

  const prescribe = (message: Message, { beat }: Moment): Verdict => {
    if (!register.knows(message.text('PID-3.1') ?? '')) return register.refuse()
    if (articles[message.text('RXE-2.1') ?? ''] === undefined) {
      return unknown('the article in RXE-2 is not in the catalogue of the pharmacy')
    }
    count.prescriptions += 1
    const prescription = prescriptionOf(message, `P${seed}-${String(count.prescriptions).padStart(6, '0')}`)
    due.add(beat + createRandom(`${seed}:${numbers.placeOf(prescription.placer)}`).between(3, 9), prescription)
    return accepted
  }

  return {
    name: 'pharmacy',
    receive: (message, moment) => {
      if (message.text('MSH-9.1') === 'ADT') return register.register(message)
      return message.type === 'RDE^O11' ? prescribe(message, moment) : unsupported(message.type)
    },
    act: ({ beat, at }) => {
      const prescription = due.take(beat)
      if (prescription === undefined) return undefined
      count.dispensed += 1
      return dispenseMessage(prescription, nextControl(), at)
    },
    counts: () => ({ patients: register.size, refused: register.refused, waiting: due.size, ...count }),
  }
}

function prescriptionOf(message: Message, number: string): Prescription {
  return {
    mrn: message.text('PID-3.1') ?? '',
    name: message.text('PID-5.1') ?? '',
    visit: message.text('PV1-19.1') ?? '',
    placer: message.text('ORC-2.1') ?? '',
    number,
    article: message.text('RXE-2.1') ?? '',
    route: message.text('RXR-1.1') ?? '',
  }
}

function dispenseMessage(prescription: Prescription, controlId: string, at: Date): Message {
  const message = buildMessage({
    type: 'RDS^O13',
    structure: 'RDS_O13',
    version: '2.5.1',
    controlId,
    at,
    sendingApplication: 'APOTEK',
    sendingFacility: 'SYKEHUSAPOTEKET',
    receivingApplication: 'SAMBAND',
    processingId: 'T',
    charset: 'utf-8',
  })
  message.add('PID', { 1: '1', 3: [prescription.mrn, '', '', 'APOTEK-EPJ', 'MR'], 5: prescription.name })
  message.add('PV1', { 1: '1', 2: 'N', 19: prescription.visit })
  message.add('ORC', { 1: 'RE', 2: prescription.placer, 3: prescription.number, 5: 'CM' })
  message.add('RXD', {
    1: '1',
    2: [prescription.article, articles[prescription.article]?.name ?? '', '99APO'],
    3: formatTimestamp(at),
    4: String(articles[prescription.article]?.packSize ?? 1),
    5: 'STK',
    7: prescription.number,
  })
  message.add('RXR', { 1: prescription.route })
  return message
}
