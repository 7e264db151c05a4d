import type { AuditEvent } from '@samband/audit'
import type { AuditPort, HubAuditEvent } from '@samband/hub'

/** Types of resources that one event names; the rest is only counted. */
const typesMax = 20

/**
 * What happened at the FHIR server as events of the platform's audit log: one for each patient whose data was given out or
 * changed, so that whoever asks for a patient finds it; one where no patient is concerned.
 */
export function fhirAudit(
  record: (event: AuditEvent) => Promise<void>,
  patientIndex: (patientId: string) => number,
): AuditPort {
  return async event => {
    const base = auditEvent(event)
    const patients = [...new Set(event.patients)]
    if (patients.length === 0) return await record(base)
    await Promise.all(patients.map(patient => record({ ...base, patient: patientIndex(patient) })))
  }
}

function auditEvent({ caller, code, type, id, outcome, status, resources }: HubAuditEvent): AuditEvent {
  const types = [...new Set(resources.map(resource => resource.type))].toSorted()
  return {
    actor: caller.actor,
    actorKind: caller.actorKind,
    action: `fhir-${code.replace(/^\$/, '')}`,
    outcome,
    ...(type === undefined ? {} : { subject: { kind: type, id: id ?? '*' } }),
    ...(caller.purpose === undefined ? {} : { purpose: caller.purpose }),
    ...(caller.address === undefined ? {} : { address: caller.address }),
    detail: {
      status,
      resources: resources.length,
      ...(types.length === 0 ? {} : { types: types.slice(0, typesMax).join(' ') }),
    },
  }
}
