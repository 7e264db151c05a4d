import { buildMessage, type ElementValue, formatTimestamp, type Message, type SegmentFields } from '@samband/hl7v2'
import type { EhrPatient, Stay } from './patient.ts'

/** What every message of the EHR needs besides its content. */
export type Envelope = { readonly controlId: string; readonly at: Date }

export type AdtEvent = 'A01' | 'A02' | 'A03' | 'A04' | 'A08' | 'A11' | 'A40'

/** Abstract message structures of HL7 v2.5.1 table 0354. */
const structures: Readonly<Record<AdtEvent, string>> = {
  A01: 'ADT_A01',
  A02: 'ADT_A02',
  A03: 'ADT_A03',
  A04: 'ADT_A01',
  A08: 'ADT_A01',
  A11: 'ADT_A09',
  A40: 'ADT_A39',
}

/** The EHR's authority for its patient numbers. 2.999 is the arc that is set aside for examples. */
const pasAuthority = ['FJORDVIK-PAS', '2.999.47.1', 'ISO']
/** Folkeregisteret's authority for national identity numbers. */
const nationalAuthority = ['FNR', '2.16.578.1.12.4.1.4.1', 'ISO']

export function ehrMessage(type: string, structure: string, { controlId, at }: Envelope): Message {
  return buildMessage({
    type,
    structure,
    version: '2.5.1',
    controlId,
    at,
    sendingApplication: 'EPJ',
    sendingFacility: 'FJORDVIK',
    receivingApplication: 'SAMBAND',
    receivingFacility: 'FJORDVIK',
    processingId: 'T',
    charset: 'utf-8',
    header: { 17: 'NOR' },
  })
}

/** An admission, transfer, discharge, registration, update or cancelled admission. */
export function adtMessage(event: Exclude<AdtEvent, 'A40'>, stay: Stay, envelope: Envelope): Message {
  const message = ehrMessage(`ADT^${event}`, structures[event], envelope)
  message.add('EVN', { 2: formatTimestamp(envelope.at) })
  addPatient(message, stay.patient)
  addVisit(message, stay)
  if (event === 'A03') message.set('PV1-45', formatTimestamp(envelope.at))
  return message
}

/** The record under `priorMrn` turned out to be this patient's. */
export function mergeMessage(patient: EhrPatient, priorMrn: string, envelope: Envelope): Message {
  const message = ehrMessage('ADT^A40', structures.A40, envelope)
  message.add('EVN', { 2: formatTimestamp(envelope.at) })
  addPatient(message, patient)
  message.add('MRG', { 1: patientNumber(priorMrn) })
  return message
}

export function addPatient(message: Message, patient: EhrPatient): void {
  const { address } = patient
  message.add('PID', {
    1: '1',
    3: patientNumber(patient.mrn),
    5: [patient.family, patient.given, patient.middle ?? '', '', '', '', 'L'],
    ...(patient.birthDate === undefined ? {} : { 7: patient.birthDate.replaceAll('-', '') }),
    8: patient.sex,
    ...(address === undefined ? {} : { 11: [address.street, '', address.city, '', address.postcode, 'NOR', 'H'] }),
  })
  if (patient.nationalId !== undefined) {
    message.addRepetition('PID-3', [patient.nationalId, '', '', nationalAuthority, 'NNNOR'])
  }
}

export function addVisit(message: Message, stay: Stay): void {
  const { bed, attending } = stay
  const fields: SegmentFields = {
    1: '1',
    2: bed === undefined ? 'O' : 'I',
    3: bed === undefined ? ['POL', '', '', 'FJORDVIK'] : [bed.ward, bed.room, bed.bed, 'FJORDVIK'],
    7: [attending.code, attending.family, attending.given, '', '', '', '', '', 'FJORDVIK-HR'],
    19: [stay.visit, '', '', 'FJORDVIK-PAS', 'VN'],
    44: formatTimestamp(stay.admittedAt),
  }
  message.add('PV1', fields)
}

function patientNumber(mrn: string): ElementValue {
  return [mrn, '', '', pasAuthority, 'PI']
}
