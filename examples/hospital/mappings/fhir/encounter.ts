import type { Encounter } from '@samband/fhir/types'
import type { Message } from '@samband/hl7v2'
import { dateTime, filled, idOf, systems } from './values.ts'

const classSystem = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const classes: Readonly<Record<string, { readonly code: string; readonly display: string }>> = {
  I: { code: 'IMP', display: 'inpatient encounter' },
  O: { code: 'AMB', display: 'ambulatory' },
}

/** What the event makes of the visit; any other event leaves it in progress. */
const statuses: Readonly<Record<string, Encounter['status']>> = { A03: 'finished', A11: 'cancelled' }

/** PV1 as the EHR writes it; undefined where the message is about no visit. */
export function encounterOf(message: Message, patient: string): (Encounter & { readonly id: string }) | undefined {
  const visit = filled(message.text('PV1-19.1'))
  if (visit === undefined) return undefined
  const [start, end] = [dateTime(message.text('PV1-44')), dateTime(message.text('PV1-45'))]
  const place = [1, 2, 3].map(part => filled(message.text(`PV1-3.${part}`))).filter(part => part !== undefined)
  const doctor = [message.text('PV1-7.3'), message.text('PV1-7.2')].map(filled).filter(part => part !== undefined)
  const doctorCode = filled(message.text('PV1-7.1'))
  return {
    resourceType: 'Encounter',
    id: encounterId(visit),
    identifier: [{ system: systems.visitNumber, value: visit }],
    status: statuses[message.text('MSH-9.2') ?? ''] ?? 'in-progress',
    class: { system: classSystem, ...(classes[message.text('PV1-2') ?? ''] ?? { code: 'IMP' }) },
    subject: { reference: `Patient/${patient}` },
    ...(doctorCode === undefined
      ? {}
      : {
          participant: [
            { individual: { identifier: { system: systems.staff, value: doctorCode }, display: doctor.join(' ') } },
          ],
        }),
    ...(start === undefined && end === undefined
      ? {}
      : { period: { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) } }),
    ...(place.length === 0 ? {} : { location: [{ location: { display: place.join(' ') } }] }),
  }
}

export function encounterId(visit: string): string {
  return idOf(visit)
}
