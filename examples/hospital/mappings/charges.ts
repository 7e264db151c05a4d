import { buildMessage, convertCharset, type Message, type Segment } from '@samband/hl7v2'
import type { Tariff } from '../codes/tariffs.ts'
import { withoutZone } from './common.ts'

/** Something that was done for a patient and may be charged. */
export type Service = {
  readonly code: string
  readonly text: string
  readonly orderNumber: string
  readonly patientNumber: string
  readonly name: readonly [family: string, given: string]
  readonly visit: string
  readonly at: string
  /** Control id for the charge: that of the message with the place in it, so that it is the same on every replay. */
  readonly controlId: string
}

/** The services in a message of the common dialect: one per OBR of a report, one per RXD of a dispense. */
export function servicesOf(message: Message): readonly Service[] {
  const dispensed = message.segments('RXD').map(rxd => serviceOf(message, rxd, '2', message.text('ORC-2.1') ?? ''))
  const examined = message.segments('OBR').map(obr => serviceOf(message, obr, '4', obr.text('2.1') ?? ''))
  return [...dispensed, ...examined].map((service, index) => ({
    ...service,
    controlId: `${message.controlId}-${index + 1}`,
  }))
}

function serviceOf(message: Message, segment: Segment, field: '2' | '4', orderNumber: string): Service {
  return {
    code: segment.text(`${field}.1`) ?? '',
    text: segment.text(`${field}.2`) ?? '',
    orderNumber,
    patientNumber: message.text('PID-3.1') ?? '',
    name: [message.text('PID-5.1') ?? '', message.text('PID-5.2') ?? ''],
    visit: message.text('PV1-19.1') ?? '',
    at: withoutZone(message.text('MSH-7')),
    controlId: message.controlId,
  }
}

/** DFT^P03 as billing takes it: 2.3, capital ASCII letters, whole kroner. */
export function toCharge({ service, tariff }: { readonly service: Service; readonly tariff: Tariff }): Message {
  const [family, given] = service.name
  const message = buildMessage({
    type: 'DFT^P03',
    version: '2.3',
    controlId: service.controlId,
    at: service.at,
    sendingApplication: 'SAMBAND',
    sendingFacility: 'FJORDVIK',
    receivingApplication: 'FAKTURA',
    receivingFacility: 'OKONOMI',
    processingId: 'T',
    charset: 'utf-8',
    segments: [
      ['EVN', { 1: 'P03', 2: service.at }],
      ['PID', { 1: '1', 3: service.patientNumber, 5: [family.toUpperCase(), given.toUpperCase()], 18: service.visit }],
      [
        'FT1',
        {
          1: '1',
          2: service.orderNumber,
          4: service.at,
          6: 'CG',
          7: tariff.code,
          8: service.text.toUpperCase(),
          10: '1',
          11: String(tariff.amountNok),
        },
      ],
    ],
  })
  return convertCharset(message, 'ascii', { unencodable: 'approximate' })
}
