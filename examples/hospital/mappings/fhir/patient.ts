import type { Address, Identifier, Patient } from '@samband/fhir/types'
import type { Message } from '@samband/hl7v2'
import { hospitalNumber, nationalNumber } from '../common.ts'
import { date, filled, idOf, systems } from './values.ts'

const genders: Readonly<Record<string, Patient['gender']>> = { F: 'female', M: 'male', O: 'other' }

/** PID as the EHR writes it. */
export function patientOf(message: Message): Patient & { readonly id: string } {
  const number = hospitalNumber(message)
  const national = nationalNumber(message)
  const identifier: Identifier[] = [{ use: 'usual', system: systems.patientNumber, value: number }]
  if (national !== '') identifier.push({ use: 'official', system: systems.nationalNumber, value: national })
  const given = [message.text('PID-5.2'), message.text('PID-5.3')].map(filled).filter(name => name !== undefined)
  const family = filled(message.text('PID-5.1'))
  const birthDate = date(message.text('PID-7'))
  const address = addressOf(message)
  return {
    resourceType: 'Patient',
    id: patientId(number),
    identifier,
    active: true,
    name: [{ use: 'official', ...(family === undefined ? {} : { family }), ...(given.length === 0 ? {} : { given }) }],
    gender: genders[message.text('PID-8') ?? ''] ?? 'unknown',
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(address === undefined ? {} : { address: [address] }),
  }
}

/** The record that turned out to be another's: it says where its patient is to be found now. */
export function replacedPatient(prior: string, survivor: string): Patient & { readonly id: string } {
  return {
    resourceType: 'Patient',
    id: patientId(prior),
    identifier: [{ use: 'old', system: systems.patientNumber, value: prior }],
    active: false,
    link: [{ type: 'replaced-by', other: { reference: `Patient/${patientId(survivor)}` } }],
  }
}

export function patientId(number: string): string {
  return idOf(number)
}

function addressOf(message: Message): Address | undefined {
  const [line, city, postalCode] = [
    filled(message.text('PID-11.1')),
    filled(message.text('PID-11.3')),
    filled(message.text('PID-11.5')),
  ]
  if (line === undefined && city === undefined) return undefined
  return {
    use: 'home',
    ...(line === undefined ? {} : { line: [line] }),
    ...(city === undefined ? {} : { city }),
    ...(postalCode === undefined ? {} : { postalCode }),
    country: 'NO',
  }
}
