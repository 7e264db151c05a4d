import { buildMessage, formatTimestamp, type Message } from '@samband/hl7v2'
import { createRandom } from '../../random.ts'
import { procedures, unknownProcedure } from './procedures.ts'

export type Examination = {
  readonly mrn: string
  /** As this dialect writes a name: the given name stands first. */
  readonly given: string
  readonly family: string
  readonly visit: string
  readonly placer: string
  readonly accession: string
  /** What is in the images: the same order of the same story always shows the same. */
  readonly content: string
  readonly procedure: string
  /** MSH-10 of the order. */
  readonly orderControlId: string
}

export type RisEnvelope = { readonly controlId: string; readonly at: Date }

/** ORR^O02: the order has been taken and has a number here. */
export function acceptanceMessage(examination: Examination, envelope: RisEnvelope): Message {
  const message = risMessage('ORR^O02', envelope)
  message.add('MSA', { 1: 'AA', 2: examination.orderControlId })
  addPatient(message, examination)
  message.add('ORC', { 1: 'OK', 2: examination.placer, 3: examination.accession })
  return message
}

/** ORM^O01 with order control SC: the patient has been imaged, the images wait to be read. */
export function statusMessage(examination: Examination, envelope: RisEnvelope): Message {
  const message = risMessage('ORM^O01', envelope)
  addPatient(message, examination)
  message.add('ORC', { 1: 'SC', 2: examination.placer, 3: examination.accession, 5: 'IP' })
  addProcedure(message, examination, envelope, '')
  return message
}

/** ORU^R01: what the radiologist saw, a line of text per OBX. */
export function reportMessage(examination: Examination, envelope: RisEnvelope, final: boolean): Message {
  const message = risMessage('ORU^R01', envelope)
  addPatient(message, examination)
  addProcedure(message, examination, envelope, final ? 'F' : 'P')
  const { findings, conclusions } = procedures[examination.procedure] ?? unknownProcedure
  const conclusion = createRandom(`${examination.content}:report`).pick(conclusions)
  const lines = final ? ['Funn:', ...findings, 'Vurdering:', conclusion] : ['Foreløpig svar:', conclusion]
  for (const [index, line] of lines.entries()) {
    const code = [examination.procedure, 'Beskrivelse', 'RIS']
    message.add('OBX', { 1: String(index + 1), 2: 'TX', 3: code, 5: line, 11: final ? 'F' : 'P' })
  }
  return message
}

function risMessage(type: string, { controlId, at }: RisEnvelope): Message {
  return buildMessage({
    type,
    version: '2.3',
    controlId,
    at: localTime(at),
    sendingApplication: 'RIS',
    sendingFacility: 'RADIOLOGI',
    receivingApplication: 'SAMBAND',
    processingId: 'T',
    charset: 'iso-8859-1',
  })
}

function addPatient(message: Message, { mrn, given, family, visit }: Examination): void {
  message.add('PID', { 1: '1', 3: mrn, 5: [given, family] })
  message.add('PV1', { 1: '1', 2: 'I', 19: visit })
}

function addProcedure(message: Message, examination: Examination, { at }: RisEnvelope, status: string): void {
  message.add('OBR', {
    1: '1',
    2: examination.placer,
    3: examination.accession,
    4: [examination.procedure, procedures[examination.procedure]?.name ?? '', 'RIS'],
    7: localTime(at),
    22: localTime(at),
    25: status,
  })
}

function localTime(at: Date): string {
  return formatTimestamp(at).slice(0, 14)
}
