import type { TransactionBundle } from '@samband/connectors'
import type { BundleEntry } from '@samband/fhir/types'
import type { Message } from '@samband/hl7v2'
import { hospitalNumber } from '../common.ts'
import { encounterOf } from './encounter.ts'
import { patientOf, replacedPatient } from './patient.ts'
import { reportsOf } from './report.ts'

/**
 * The hospital's own small maps to FHIR R4: what its messages say, and no more. Every resource has an id that follows from
 * the message, and is put there: the same message again changes nothing.
 */
export function adtToTransaction(message: Message): TransactionBundle {
  const patient = patientOf(message)
  const encounter = encounterOf(message, patient.id)
  const prior = message.text('MRG-1.1')
  return transaction([
    put(patient),
    ...(encounter === undefined ? [] : [put(encounter)]),
    ...(prior === undefined ? [] : [put(replacedPatient(prior, hospitalNumber(message)))]),
  ])
}

/** A report in the common dialect, of the laboratory or of radiology. */
export function reportToTransaction(report: Message): TransactionBundle {
  return transaction(reportsOf(report).map(put))
}

function transaction(entry: BundleEntry[]): TransactionBundle {
  return { resourceType: 'Bundle', type: 'transaction', entry }
}

function put(resource: NonNullable<BundleEntry['resource']> & { readonly id: string }): BundleEntry {
  return { resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } }
}
