import { base64OfText, PLAIN_TEXT } from '../datatypes/attachments.ts'
import type { Json, ResourceNode, RunContext } from './run-context.ts'

const ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'
const UNKNOWN = { extension: [{ url: ABSENT, valueCode: 'unknown' }] }

/** Codes that FHIR asks for and a message may leave out: the one that says so, or the one that the guide's maps imply. */
const STATUS: Readonly<Record<string, readonly [element: string, code: string]>> = {
  Encounter: ['status', 'unknown'],
  Observation: ['status', 'unknown'],
  DiagnosticReport: ['status', 'unknown'],
  ServiceRequest: ['status', 'unknown'],
  MedicationRequest: ['status', 'unknown'],
  MedicationDispense: ['status', 'unknown'],
  MedicationAdministration: ['status', 'unknown'],
  Procedure: ['status', 'unknown'],
  Immunization: ['status', 'completed'],
  Appointment: ['status', 'proposed'],
  DocumentReference: ['status', 'current'],
  Coverage: ['status', 'active'],
  Account: ['status', 'unknown'],
  EpisodeOfCare: ['status', 'active'],
  ChargeItem: ['status', 'billable'],
}
const CODE: Readonly<Record<string, string>> = {
  Observation: 'code',
  DiagnosticReport: 'code',
  Immunization: 'vaccineCode',
  ChargeItem: 'code',
  Basic: 'code',
}

/** Fills in what FHIR requires and the message does not say, with the code for unknown or the reason that it is absent. */
export function complete(node: ResourceNode, run: RunContext): void {
  const { type, resource } = node
  const status = STATUS[type]
  if (status !== undefined && resource[status[0]] === undefined) {
    resource[status[0]] = status[1]
    missing(type, status[0], run)
  }
  const code = CODE[type]
  if (code !== undefined && resource[code] === undefined) {
    resource[code] = absentConcept()
    missing(type, code, run)
  }
  const about = SUBJECT[type]
  if (about !== undefined && resource[about] === undefined) {
    resource[about] = absentReference()
    missing(type, about, run)
  }
  SPECIAL[type]?.(resource, run)
}

/** Whom it is about: required, and absent in messages without a patient. */
const SUBJECT: Readonly<Record<string, string>> = {
  ServiceRequest: 'subject',
  Condition: 'subject',
  MedicationRequest: 'subject',
  MedicationAdministration: 'subject',
  Procedure: 'subject',
  ChargeItem: 'subject',
  Goal: 'subject',
  AllergyIntolerance: 'patient',
  Immunization: 'patient',
  RelatedPerson: 'patient',
  Coverage: 'beneficiary',
}

function missing(type: string, element: string, run: RunContext): void {
  run.issue('required-missing', 'information', `${type}.${element} is required, and the message does not say it`)
}

function absentConcept(): Json {
  return {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown', display: 'Unknown' },
    ],
  }
}

function listOf(holder: Json, name: string): Json[] {
  return Array.isArray(holder[name]) ? (holder[name] as Json[]) : []
}

const SPECIAL: Readonly<Record<string, (resource: Json, run: RunContext) => void>> = {
  Patient(resource) {
    const links = listOf(resource, 'link').filter(({ other }) => other !== undefined)
    if (links.length > 0) resource['link'] = links
    else delete resource['link']
    const seen = new Set<string>()
    const identifiers = listOf(resource, 'identifier').filter(item => {
      const text = JSON.stringify(item)
      return !seen.has(text) && seen.add(text)
    })
    if (identifiers.length > 0) resource['identifier'] = identifiers
    for (const contact of listOf(resource, 'contact'))
      if (contact['period'] !== undefined && Object.keys(contact).length === 1) delete resource['contact']
    languages(resource)
  },
  RelatedPerson(resource) {
    languages(resource)
  },
  Organization(resource) {
    // org-1 asks for a name or a number.
    if (resource['name'] === undefined && resource['identifier'] === undefined) resource['_name'] = UNKNOWN
  },
  Encounter(resource, run) {
    if (resource['class'] === undefined) {
      resource['class'] = {
        system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor',
        code: 'UNK',
        display: 'unknown',
      }
      missing('Encounter', 'class', run)
    }
    for (const location of listOf(resource, 'location'))
      if (location['location'] === undefined) location['location'] = absentReference()
  },
  Observation(resource) {
    for (const component of listOf(resource, 'component')) component['code'] ??= resource['code']
    const quantity = resource['valueQuantity'] as Json | undefined
    if (quantity !== undefined && quantity['value'] === undefined) delete resource['valueQuantity']
    if (resource['component'] !== undefined) delete resource['dataAbsentReason']
    if (Object.keys(resource).some(key => key.startsWith('value'))) delete resource['dataAbsentReason']
  },
  ServiceRequest(resource) {
    resource['intent'] ??= 'order'
    if (resource['occurrenceTiming'] !== undefined) delete resource['occurrenceDateTime']
  },
  MedicationRequest(resource) {
    resource['intent'] ??= 'order'
    if (resource['medicationReference'] === undefined) resource['medicationCodeableConcept'] ??= absentConcept()
    for (const dosage of listOf(resource, 'dosageInstruction')) {
      for (const dose of listOf(dosage, 'doseAndRate')) if (dose['doseRange'] !== undefined) delete dose['doseQuantity']
    }
  },
  MedicationDispense(resource) {
    if (resource['medicationReference'] === undefined) resource['medicationCodeableConcept'] ??= absentConcept()
  },
  MedicationAdministration(resource) {
    if (resource['medicationReference'] === undefined) resource['medicationCodeableConcept'] ??= absentConcept()
    if (resource['effectivePeriod'] === undefined && resource['effectiveDateTime'] === undefined)
      resource['_effectiveDateTime'] = UNKNOWN
  },
  Immunization(resource) {
    if (resource['occurrenceDateTime'] === undefined) resource['_occurrenceDateTime'] = UNKNOWN
    for (const performer of listOf(resource, 'performer')) performer['actor'] ??= absentReference()
  },
  AllergyIntolerance(resource) {
    for (const reaction of listOf(resource, 'reaction'))
      if (reaction['manifestation'] === undefined) reaction['manifestation'] = [absentConcept()]
  },
  Condition(resource) {
    const status = resource['verificationStatus'] as Json | undefined
    const retracted = listOf(status ?? {}, 'coding').some(({ code }) => code === 'entered-in-error')
    // con-3 asks for a clinical status of problems; what is entered in error must not have one (con-5).
    if (retracted) delete resource['clinicalStatus']
  },
  Appointment(resource) {
    const participants = listOf(resource, 'participant').filter(
      ({ actor, type }) => actor !== undefined || type !== undefined,
    )
    for (const participant of participants) participant['status'] ??= 'accepted'
    resource['participant'] =
      participants.length > 0 ? participants : [{ status: 'needs-action', type: [absentConcept()] }]
    if ((resource['start'] === undefined) !== (resource['end'] === undefined)) completeTimes(resource)
    if (
      resource['start'] === undefined &&
      ['booked', 'arrived', 'fulfilled', 'checked-in', 'noshow'].includes(String(resource['status']))
    ) {
      // app-3 allows times to be missing only of what is proposed or cancelled.
      resource['status'] = 'proposed'
    }
  },
  Coverage(resource) {
    if (resource['payor'] === undefined) resource['payor'] = [absentReference()]
  },
  DocumentReference(resource) {
    const content = joinLines(listOf(resource, 'content').filter(({ attachment }) => attachment !== undefined))
    resource['content'] =
      content.length > 0 ? content : [{ attachment: { contentType: 'application/octet-stream', _data: UNKNOWN } }]
  },
  MessageHeader(resource, run) {
    const source = (resource['source'] ?? {}) as Json
    if (source['endpoint'] === undefined) source['_endpoint'] = UNKNOWN
    resource['source'] = source
    for (const destination of listOf(resource, 'destination'))
      if (destination['endpoint'] === undefined) destination['_endpoint'] = UNKNOWN
    if (resource['eventCoding'] === undefined) {
      resource['eventCoding'] = { system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown' }
      missing('MessageHeader', 'event', run)
    }
  },
  Provenance(resource, run) {
    const agents = listOf(resource, 'agent').filter(({ who }) => who !== undefined)
    resource['agent'] = agents.length > 0 ? agents : [{ who: absentReference() }]
    resource['recorded'] ??= run.settings.receivedAt ?? run.messageTime
  },
  CareTeam(resource) {
    resource['participant'] = listOf(resource, 'participant')
    if (listOf(resource, 'participant').length === 0) delete resource['participant']
  },
}

/** The lines of a document come in segments of their own; together they are its text. */
function joinLines(content: readonly Json[]): Json[] {
  const lines: string[] = []
  const others: Json[] = []
  for (const item of content) {
    const attachment = item['attachment'] as Json
    const text = attachment[PLAIN_TEXT]
    if (typeof text === 'string') lines.push(text)
    else others.push(item)
  }
  if (lines.length === 0) return others
  return [{ attachment: { contentType: 'text/plain', data: base64OfText(lines.join('\n')) } }, ...others]
}

function absentReference(): Json {
  return { extension: [{ url: ABSENT, valueCode: 'unknown' }] }
}

/** Languages are codes of BCP 47 and nothing else; what is none becomes text. */
function languages(resource: Json): void {
  const kept = listOf(resource, 'communication').filter(({ language }) => language !== undefined)
  for (const communication of kept) {
    const language = communication['language'] as Json
    const codings = listOf(language, 'coding')
    const good = codings.filter(
      ({ system, code }) => system === 'urn:ietf:bcp:47' && /^[a-z]{2,3}(?:-[A-Z]{2})?$/.test(String(code)),
    )
    const other = codings.find(coding => !good.includes(coding))
    if (good.length > 0) language['coding'] = good
    else delete language['coding']
    if (good.length === 0 && other !== undefined) language['text'] ??= other['display'] ?? other['code']
  }
  if (kept.length > 0) resource['communication'] = kept
  else delete resource['communication']
}

/** app-2: start and end stand together; with the minutes one follows from the other. */
function completeTimes(resource: Json): void {
  const minutes = resource['minutesDuration']
  const start = resource['start']
  if (typeof minutes === 'number' && typeof start === 'string') {
    resource['end'] = shifted(start, minutes)
    return
  }
  delete resource['start']
  delete resource['end']
}

/** A time some minutes later, in the same zone. */
export function shifted(instant: string, minutes: number): string {
  const zone = /(?:Z|[+-]\d\d:\d\d)$/.exec(instant)?.[0] ?? 'Z'
  const local = Date.parse(`${instant.slice(0, 19)}Z`) + minutes * 60_000
  return `${new Date(local).toISOString().slice(0, 19)}${zone}`
}
