import { formatTimestamp, type Message } from '@samband/hl7v2'
import { drugCodes } from '../../../codes/drug-codes.ts'
import { labProfiles } from '../../../codes/lab-codes.ts'
import { radiologyCodes } from '../../../codes/radiology-codes.ts'
import { addPatient, addVisit, ehrMessage, type Envelope } from './adt-messages.ts'
import type { PlannedOrder } from './conditions.ts'
import type { Stay } from './patient.ts'

/** The EHR's own tables are named 99EPJ, as HL7 asks of local coding systems (table 0396). */
const localSystem = '99EPJ'

type Planned<Kind extends PlannedOrder['kind']> = PlannedOrder & { readonly kind: Kind }

/**
 * A requisition with one order per panel: OML^O21. `placer` numbers the requisition (ORC-4), its orders have `-1`, `-2`
 * behind it (ORC-2, OBR-2).
 */
export function labOrderMessage(order: Planned<'lab'>, placer: string, stay: Stay, envelope: Envelope): Message {
  const message = ehrMessage('OML^O21', 'OML_O21', envelope)
  addPatient(message, stay.patient)
  addVisit(message, stay)
  for (const [index, panel] of order.panels.entries()) {
    const number = `${placer}-${index + 1}`
    addCommonOrder(message, number, stay, envelope).set('4', [placer, 'EPJ'])
    message.add('TQ1', { 1: '1', 7: formatTimestamp(envelope.at), 9: priority(order.urgent) })
    message.add('OBR', {
      1: String(index + 1),
      2: [number, 'EPJ'],
      4: [panel, labProfiles[panel]?.name ?? panel, localSystem],
      16: doctor(stay),
    })
  }
  return message
}

/** An X-ray or scan: ORM^O01. */
export function radiologyOrderMessage(
  order: Planned<'radiology'>,
  placer: string,
  stay: Stay,
  envelope: Envelope,
): Message {
  const message = ehrMessage('ORM^O01', 'ORM_O01', envelope)
  addPatient(message, stay.patient)
  addVisit(message, stay)
  addCommonOrder(message, placer, stay, envelope).set('7', ['1', '', '', '', '', priority(order.urgent)])
  message.add('OBR', {
    1: '1',
    2: [placer, 'EPJ'],
    4: [order.procedure, radiologyCodes[order.procedure]?.name ?? order.procedure, localSystem],
    13: order.question,
    16: doctor(stay),
    27: ['1', '', '', '', '', priority(order.urgent)],
  })
  return message
}

/** A prescription: RDE^O11. */
export function prescriptionMessage(order: Planned<'drug'>, placer: string, stay: Stay, envelope: Envelope): Message {
  const message = ehrMessage('RDE^O11', 'RDE_O11', envelope)
  addPatient(message, stay.patient)
  addVisit(message, stay)
  addCommonOrder(message, placer, stay, envelope)
  message.add('RXE', {
    2: [order.atc, drugCodes[order.atc]?.name ?? order.atc, 'WC'],
    3: String(order.dose),
    5: order.unit,
    10: '10',
    11: 'DOSE',
  })
  message.add('TQ1', { 1: '1', 3: 'Q8H', 7: formatTimestamp(envelope.at) })
  message.add('RXR', { 1: order.route })
  return message
}

function addCommonOrder(message: Message, placer: string, stay: Stay, { at }: Envelope): ReturnType<Message['add']> {
  return message.add('ORC', { 1: 'NW', 2: [placer, 'EPJ'], 9: formatTimestamp(at), 12: doctor(stay) })
}

function doctor({ attending }: Stay): string[] {
  return [attending.code, attending.family, attending.given, '', '', '', '', '', 'FJORDVIK-HR']
}

/** HL7 table 0485. */
function priority(urgent: boolean): string {
  return urgent ? 'S' : 'R'
}
