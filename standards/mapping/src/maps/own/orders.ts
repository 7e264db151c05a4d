import type { MapPatch, MessagePatch } from '../map-patch.ts'
import type { MapRow } from '../map-row.ts'

const V2_0203 = '"http://terminology.hl7.org/CodeSystem/v2-0203"'
const EVENT = '"http://hl7.org/fhir/StructureDefinition/businessEvent"'
const CALLBACK = '"http://hl7.org/fhir/StructureDefinition/servicerequest-order-callback-phone-number"'

/** An order number with its type, under a condition of its own. */
export function orderNumber(slot: number, type: 'PLAC' | 'FILL', when?: string): MapRow[] {
  const only = when === undefined ? {} : { when }
  return [
    { to: `identifier[${slot}]`, using: 'EI[Identifier-Extension]', ...only },
    { to: `identifier[${slot}].type.coding.code`, value: `"${type}"`, ...only },
    { to: `identifier[${slot}].type.coding.system`, value: V2_0203, ...only },
  ]
}

const REPORT_NUMBERS = {
  'OBR-2': orderNumber(1, 'PLAC', 'IF ORC-2 NOT VALUED'),
  'OBR-3': orderNumber(2, 'FILL', 'IF ORC-3 NOT VALUED'),
}

/** ORC, OBR, TQ and TQ1: the sheets leave numbers out that both segments have, and spell timings wrongly. */
export const ORDER_PATCH: MapPatch = {
  segments: {
    'ORC[ServiceRequest]': {
      'ORC-1': [
        { to: 'status', vocabulary: 'OrderControlCode[ServiceRequest.status]', when: 'IF ORC-5 NOT VALUED' },
        { to: 'intent', value: '"order"' },
        { to: 'extension[1].url', value: EVENT },
        { to: 'extension[1].extension[1].url', value: '"value"' },
        {
          to: 'extension[1].extension[1].valueCodeableConcept.coding.system',
          value: '"http://terminology.hl7.org/CodeSystem/v2-0119"',
        },
        { to: 'extension[1].extension[1].valueCodeableConcept.coding.code' },
      ],
      'ORC-2': orderNumber(1, 'PLAC'),
      'ORC-3': orderNumber(2, 'FILL'),
      'ORC-4': [{ to: 'requisition', using: 'EIP[Identifier-PlacerAssignedIdentifier]' }],
      'ORC-9': [
        { to: 'authoredOn', when: 'IF ORC-1 IN ("NW", "XO", "RO", "SN", "OK", "")' },
        { to: 'extension[1].extension[2].url', value: '"date"', when: 'IF ORC-1 VALUED' },
        { to: 'extension[1].extension[2].valueDateTime', when: 'IF ORC-1 VALUED' },
      ],
      'ORC-12': [{ to: 'requester(PractitionerRole.practitioner(Practitioner))', using: 'XCN[Practitioner]' }],
      'ORC-14': [
        { to: 'extension[3].url', value: CALLBACK, when: 'IF OBR-17 NOT VALUED' },
        { to: 'extension[3].valueContactPoint', using: 'XTN[ContactPoint]', when: 'IF OBR-17 NOT VALUED' },
      ],
      'ORC-16': [
        { to: 'extension[4].url', value: '"http://hl7.org/fhir/StructureDefinition/request-statusReason"' },
        { to: 'extension[4].valueCodeableConcept', using: 'CWE[CodeableConcept]' },
      ],
      'ORC-38': [{ to: 'identifier[5]', using: 'EI[Identifier-Extension]' }],
    },
    'ORC[DiagnosticReport]': {
      'ORC-2': orderNumber(1, 'PLAC'),
      'ORC-3': orderNumber(2, 'FILL'),
      'ORC-4': null,
    },
    'ORC[Immunization]': {
      'ORC-2': orderNumber(1, 'PLAC'),
      'ORC-3': orderNumber(2, 'FILL'),
      'ORC-4': null,
      'ORC-12': [
        { to: 'performer.actor(Practitioner)', using: 'XCN[Practitioner]' },
        { to: 'performer.function.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v2-0443"' },
        { to: 'performer.function.coding.code', value: '"OP"' },
        { to: 'performer.function.coding.display', value: '"Ordering Provider"' },
      ],
    },
    'RXA[Immunization]': {
      'RXA-6': [{ to: 'doseQuantity.value', when: 'IF RXA-6 NOT EQUALS "999" AND RXA-6 NOT EQUALS "0"' }],
      'RXA-7': [
        { to: 'doseQuantity', using: 'CWE[Quantity]', when: 'IF RXA-6 NOT EQUALS "999" AND RXA-6 NOT EQUALS "0"' },
      ],
      'RXA-9': [
        { to: 'primarySource', value: '"true"', when: 'IF RXA-9.1 EQUALS "00"' },
        { to: 'primarySource', value: '"false"', when: 'IF RXA-9.1 NOT EQUALS "00"' },
        { to: 'reportOrigin', using: 'CWE[CodeableConcept]', when: 'IF RXA-9.1 NOT EQUALS "00"' },
      ],
      'RXA-10': [
        { to: 'performer.actor(Practitioner)', using: 'XCN[Practitioner]' },
        { to: 'performer.function.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v2-0443"' },
        { to: 'performer.function.coding.code', value: '"AP"' },
        { to: 'performer.function.coding.display', value: '"Administering Provider"' },
      ],
      'RXA-11': [{ to: 'location(Location)', using: 'PL[Location]', when: 'IF RXA-27 NOT VALUED' }],
      'RXA-20': [{ to: 'status', vocabulary: 'CompletionStatus', when: 'IF RXA-21 NOT EQUALS "D"' }],
    },
    'OBR[ServiceRequest]': {
      OBR: [{ to: 'intent', value: '"order"' }],
      'OBR-2': orderNumber(1, 'PLAC', 'IF ORC-2 NOT VALUED'),
      'OBR-3': orderNumber(2, 'FILL', 'IF ORC-3 NOT VALUED'),
      'OBR-5': [{ to: 'priority', using: 'ID[code]', vocabulary: 'ExtendedPriorityCodes' }],
      'OBR-11': [{ to: 'intent', value: '"reflex-order"', when: 'IF OBR-11 EQUALS "G"' }],
      'OBR-13': [{ to: 'note.text', using: 'CWE[string]' }],
      'OBR-16': [
        {
          to: 'requester(PractitionerRole.practitioner(Practitioner))',
          using: 'XCN[Practitioner]',
          when: 'IF ORC-12 NOT VALUED',
        },
      ],
      'OBR-17': [
        { to: 'extension[3].url', value: CALLBACK },
        { to: 'extension[3].valueContactPoint', using: 'XTN[ContactPoint]' },
      ],
      'OBR-29': [
        { to: 'basedOn[1].type', value: '"ServiceRequest"', when: 'IF OBR-29.1 VALUED AND OBR-50 NOT VALUED' },
        {
          to: 'basedOn[1].identifier',
          using: 'EIP[Identifier-PlacerAssignedIdentifier]',
          when: 'IF OBR-29.1 VALUED AND OBR-50 NOT VALUED',
        },
        {
          to: 'basedOn[2].type',
          value: '"ServiceRequest"',
          when: 'IF OBR-29.2 VALUED AND OBR-29.1 NOT VALUED AND OBR-50 NOT VALUED',
        },
        {
          to: 'basedOn[2].identifier',
          using: 'EIP[Identifier-FillerAssignedIdentifier]',
          when: 'IF OBR-29.2 VALUED AND OBR-29.1 NOT VALUED AND OBR-50 NOT VALUED',
        },
      ],
    },
    'OBR[DiagnosticReport]': REPORT_NUMBERS,
    'OBR[Specimen]': { 'OBR-2': null, 'OBR-13': null, 'OBR-39': [{ to: 'note.text', using: 'CWE[string]' }] },
    'TQ1[ServiceRequest]': {
      'TQ1-4': [{ to: 'occurrenceTiming.repeat.timeOfDay' }],
      'TQ1-5': null,
      'TQ1-6': [
        {
          to: 'occurrenceTiming.repeat.boundsDuration',
          using: 'CQ[Quantity]',
          when: 'IF TQ1-7 NOT VALUED AND TQ1-8 NOT VALUED',
        },
      ],
      'TQ1-9': [{ to: 'priority', vocabulary: 'ExtendedPriorityCodes' }],
      'TQ1-10': null,
      'TQ1-11': [{ to: 'patientInstruction', using: 'ANY[text]' }],
      'TQ1-13': null,
      'TQ1-14': [{ to: 'occurrenceTiming.repeat.countMax' }],
    },
    'TQ1[MedicationRequest]': {
      'TQ1-3': [{ to: 'dosageInstruction.timing', using: 'RPT[Timing]' }],
      'TQ1-5': null,
      'TQ1-6': [
        {
          to: 'dosageInstruction.timing.repeat.boundsDuration',
          using: 'CQ[Quantity]',
          when: 'IF TQ1-7 NOT VALUED AND TQ1-8 NOT VALUED',
        },
      ],
      'TQ1-9': [{ to: 'priority', vocabulary: 'ExtendedPriorityCodes' }],
      'TQ1-11': [{ to: 'dosageInstruction.text' }],
      'TQ1-13': null,
      'TQ1-14': [{ to: 'dosageInstruction.timing.repeat.countMax' }],
    },
  },
  dataTypes: {
    'TQ[ServiceRequest]': {
      TQ: [{ to: 'occurrenceTiming', using: 'TQ[timing]' }],
      'TQ.2': null,
      'TQ.3': null,
      'TQ.4': null,
      'TQ.5': null,
      'TQ.8': [{ to: 'note.text' }],
      'TQ.12': null,
    },
    'TQ[MedicationRequest]': {
      TQ: [{ to: 'dosageInstruction.timing', using: 'TQ[timing]' }],
      'TQ.2': null,
      'TQ.3': null,
      'TQ.4': null,
      'TQ.5': null,
      'TQ.8': [{ to: 'note.text' }],
      'TQ.12': null,
    },
  },
  messages: reportMessages(),
}

/** NTE after OBR says something of the whole report; insurance and relatives come with orders, too. */
function reportMessages(): Record<string, MessagePatch> {
  const relative = [
    { target: 'RelatedPerson[NK1]', using: 'NK1[RelatedPerson]', references: 'RelatedPerson[NK1].patient=Patient[1]' },
    { target: 'Patient[1]', using: 'NK1[Patient]' },
  ]
  const insurance = [
    { target: 'Coverage[1]', using: 'IN1[Coverage]', references: 'Coverage[1].beneficiary=Patient[1]' },
  ]
  const allergy = [
    {
      target: 'AllergyIntolerance[IAM]',
      using: 'IAM[AllergyIntolerance]',
      references: 'AllergyIntolerance[IAM].patient=Patient[1]',
    },
  ]
  const adt: MessagePatch = { at: { IAM: allergy } }
  return {
    ADT_A01: adt,
    ADT_A05: adt,
    ADT_A06: adt,
    ORU_R01: {
      at: {
        'PATIENT_RESULT.PATIENT.NK1': relative,
        'PATIENT_RESULT.ORDER_OBSERVATION.NTE': [{ target: 'DiagnosticReport[1]', using: 'NTE[DiagnosticReport]' }],
      },
    },
    OML_O21: { at: { 'PATIENT.NK1': relative } },
    ORM_O01: {
      at: { 'PATIENT.INSURANCE.IN1': insurance, 'PATIENT.INSURANCE.IN2': null, 'PATIENT.INSURANCE.IN3': null },
    },
  }
}
