import type { Message } from '@samband/hl7v2'
import { createRandom, type Random } from '../../random.ts'
import type { RunNumbers } from '../../run-numbers.ts'
import { DueList } from '../due-list.ts'
import { PatientRegister } from '../patient-register.ts'
import { accepted, type Moment, type SimulatedSystem, unknown, unsupported, type Verdict } from '../system.ts'
import { procedures } from './procedures.ts'
import { acceptanceMessage, type Examination, reportMessage, type RisEnvelope, statusMessage } from './ris-messages.ts'

type Stage = 'accepted' | 'imaged' | 'preliminary' | 'final'

type Work = { readonly examination: Examination; readonly stage: Stage }

const preliminaryShare = 0.3

/**
 * The radiology system: HL7 2.3 in ISO 8859-1, its own procedure numbers, the given name before the family name. It
 * answers an order (ORM^O01) with ORR^O02, says when the patient has been imaged (ORM^O01, SC) and then reports
 * (ORU^R01).
 */
export function createRis(random: Random, numbers: RunNumbers): SimulatedSystem {
  const register = new PatientRegister(
    numbers,
    message => `${message.text('PID-5.2') ?? ''}, ${message.text('PID-5.1') ?? ''}`,
  )
  const due = new DueList<Work>()
  const seed = String(random.between(0, 1_000_000))
  const count = { orders: 0, accepted: 0, imaged: 0, preliminary: 0, final: 0 }
  const nextControl = numbers.controls('RIS')
  let accessionLast = 0

  const order = (message: Message, { beat }: Moment): Verdict => {
    if (!register.knows(message.text('PID-3.1') ?? '')) return register.refuse()
    if (procedures[message.text('OBR-4.1') ?? ''] === undefined) {
      return unknown('the procedure in OBR-4 is not in the catalogue of the radiology department')
    }
    accessionLast += 1
    count.orders += 1
    const accession = `A${seed}-${String(accessionLast).padStart(6, '0')}`
    const content = `${seed}:${numbers.placeOf(message.text('OBR-2.1') ?? '')}`
    const examination = examinationOf(message, accession, content)
    const own = createRandom(examination.content)
    due.add(beat + 1, { examination, stage: 'accepted' })
    due.add(beat + own.between(4, 8), { examination, stage: 'imaged' })
    if (own.chance(preliminaryShare)) due.add(beat + 9, { examination, stage: 'preliminary' })
    due.add(beat + own.between(10, 24), { examination, stage: 'final' })
    return accepted
  }

  return {
    name: 'ris',
    receive: (message, moment) => {
      if (message.text('MSH-9.1') === 'ADT') return register.register(message)
      return message.type === 'ORM^O01' ? order(message, moment) : unsupported(message.type)
    },
    act: ({ beat, at }) => {
      const work = due.take(beat)
      if (work === undefined) return undefined
      count[work.stage] += 1
      return messageOf(work, { controlId: nextControl(), at })
    },
    counts: () => ({ patients: register.size, refused: register.refused, waiting: due.size, ...count }),
  }
}

function messageOf({ examination, stage }: Work, envelope: RisEnvelope): Message {
  switch (stage) {
    case 'accepted':
      return acceptanceMessage(examination, envelope)
    case 'imaged':
      return statusMessage(examination, envelope)
    case 'preliminary':
    case 'final':
      return reportMessage(examination, envelope, stage === 'final')
  }
}

function examinationOf(message: Message, accession: string, content: string): Examination {
  return {
    mrn: message.text('PID-3.1') ?? '',
    given: message.text('PID-5.1') ?? '',
    family: message.text('PID-5.2') ?? '',
    visit: message.text('PV1-19.1') ?? '',
    placer: message.text('OBR-2.1') ?? '',
    accession,
    content,
    procedure: message.text('OBR-4.1') ?? '',
    orderControlId: message.controlId,
  }
}
