import type { MapPatch } from '../map-patch.ts'
import type { MessageMapRow } from '../map-row.ts'
import { orderNumber } from './orders.ts'

const HEADER: readonly MessageMapRow[] = [
  { at: 'MSH', target: 'MessageHeader[1]', using: 'MSH[MessageHeader]' },
  {
    at: 'MSH',
    target: 'Provenance[1]',
    using: 'MSH[Provenance-Source]',
    references: 'Provenance[1].target=MessageHeader[1]',
  },
  { at: 'EVN', target: 'Provenance[3]', using: 'EVN[Provenance]', references: 'Provenance[3].target=MessageHeader[1]' },
  {
    at: 'EVN',
    target: 'Provenance[3]',
    using: 'MSH[Provenance-Operator]',
    when: 'IF EVN-5 NOT VALUED AND (MSH-22 VALUED OR MSH-4 VALUED)',
  },
]

function rows(
  more: Readonly<Record<string, readonly Omit<MessageMapRow, 'at'>[]>>,
): Record<string, readonly Omit<MessageMapRow, 'at'>[]> {
  const at: Record<string, Omit<MessageMapRow, 'at'>[]> = {}
  for (const { at: place, ...row } of HEADER) at[place] = [...(at[place] ?? []), row]
  return { ...at, ...more }
}

const PATIENT = [
  { target: 'Patient[1]', using: 'PID[Patient]' },
  { target: 'Account', using: 'PID[Account]', references: 'Account.subject=Patient[1]' },
]
const PATIENT_MORE = [{ target: 'Patient[1]', using: 'PD1[Patient]' }]
const VISIT = [{ target: 'Encounter[1]', using: 'PV1[Encounter]', references: 'Encounter[1].subject=Patient[1]' }]
const VISIT_MORE = [{ target: 'Encounter[1]', using: 'PV2[Encounter]' }]
const ALLERGY = [
  {
    target: 'AllergyIntolerance',
    using: 'AL1[AllergyIntolerance]',
    references: 'AllergyIntolerance.patient=Patient[1]',
  },
]
const INSURANCE = [{ target: 'Coverage[1]', using: 'IN1[Coverage]', references: 'Coverage[1].beneficiary=Patient[1]' }]
const RESULT = [{ target: 'Observation[1]', using: 'OBX[Observation]' }]
const NOTE = [{ target: 'Observation[1]', using: 'NTE[Observation]' }]

/** Merges, pharmacy and charges: where the guide has no maps, these are in its form. */
export const PHARMACY_PATCH: MapPatch = {
  segments: {
    'ORC[MedicationRequest]': {
      'ORC-1': [
        { to: 'status', vocabulary: 'OrderControlCode[MedicationRequest.status]', when: 'IF ORC-5 NOT VALUED' },
        { to: 'intent', value: '"order"' },
      ],
      'ORC-2': orderNumber(1, 'PLAC'),
      'ORC-3': orderNumber(2, 'FILL'),
      'ORC-4': [{ to: 'groupIdentifier', using: 'EIP[Identifier-PlacerAssignedIdentifier]' }],
      'ORC-5': [{ to: 'status', vocabulary: 'OrderStatus[MedicationRequest.status]' }],
      'ORC-7': [{ to: '$this', using: 'TQ[MedicationRequest]' }],
      'ORC-9': [{ to: 'authoredOn' }],
      'ORC-10': [{ to: 'recorder(Practitioner)', using: 'XCN[Practitioner]' }],
      'ORC-12': [{ to: 'requester(Practitioner)', using: 'XCN[Practitioner]' }],
      'ORC-16': [{ to: 'statusReason', using: 'CWE[CodeableConcept]' }],
    },
    'RXE[MedicationRequest]': {
      'RXE-1': [{ to: '$this', using: 'TQ[MedicationRequest]', when: 'IF ORC-7 NOT VALUED' }],
      'RXE-2': [{ to: 'medicationCodeableConcept', using: 'CWE[CodeableConcept]' }],
      'RXE-3': [
        { to: 'dosageInstruction.doseAndRate.doseQuantity.value', when: 'IF RXE-4 NOT VALUED' },
        { to: 'dosageInstruction.doseAndRate.doseRange.low.value', when: 'IF RXE-4 VALUED' },
      ],
      'RXE-4': [{ to: 'dosageInstruction.doseAndRate.doseRange.high.value' }],
      'RXE-5': [
        {
          to: 'dosageInstruction.doseAndRate.doseQuantity',
          using: 'CWE[Quantity]',
          when: 'IF RXE-3 VALUED AND RXE-4 NOT VALUED',
        },
        {
          to: 'dosageInstruction.doseAndRate.doseRange.low',
          using: 'CWE[Quantity]',
          when: 'IF RXE-4 VALUED AND RXE-3 VALUED',
        },
        { to: 'dosageInstruction.doseAndRate.doseRange.high', using: 'CWE[Quantity]', when: 'IF RXE-4 VALUED' },
      ],
      'RXE-7': [{ to: 'dosageInstruction.text', using: 'CWE[string]' }],
      'RXE-9': [
        { to: 'substitution.allowedCodeableConcept', using: 'ID[CodeableConcept]', vocabulary: 'AllowSubstitution' },
      ],
      'RXE-10': [{ to: 'dispenseRequest.quantity.value' }],
      'RXE-11': [{ to: 'dispenseRequest.quantity', using: 'CWE[Quantity]', when: 'IF RXE-10 VALUED' }],
      'RXE-12': [{ to: 'dispenseRequest.numberOfRepeatsAllowed' }],
      'RXE-15': [{ to: 'identifier[3].value' }],
      'RXE-21': [{ to: 'dosageInstruction.patientInstruction', using: 'CWE[string]' }],
      'RXE-27': [{ to: 'reasonCode', using: 'CWE[CodeableConcept]' }],
    },
    'RXO[MedicationRequest]': {
      RXO: [{ to: 'intent', value: '"order"' }],
      'RXO-1': [
        {
          to: 'medicationCodeableConcept',
          using: 'CWE[CodeableConcept]',
          when: 'IF RXE VALUED AND RXE-2 NOT VALUED OR RXE NOT VALUED',
        },
      ],
      'RXO-2': [{ to: 'dosageInstruction.doseAndRate.doseRange.low.value', when: 'IF RXE-3 NOT VALUED' }],
      'RXO-3': [{ to: 'dosageInstruction.doseAndRate.doseRange.high.value', when: 'IF RXE-3 NOT VALUED' }],
      'RXO-4': [
        {
          to: 'dosageInstruction.doseAndRate.doseRange.low',
          using: 'CWE[Quantity]',
          when: 'IF RXE-3 NOT VALUED AND RXO-2 VALUED',
        },
        {
          to: 'dosageInstruction.doseAndRate.doseRange.high',
          using: 'CWE[Quantity]',
          when: 'IF RXE-3 NOT VALUED AND RXO-3 VALUED',
        },
      ],
      'RXO-5': null,
      'RXO-7': [{ to: 'dosageInstruction.text', using: 'CWE[string]', when: 'IF RXE-7 NOT VALUED' }],
      'RXO-9': [
        {
          to: 'substitution.allowedCodeableConcept',
          using: 'ID[CodeableConcept]',
          vocabulary: 'AllowSubstitution',
          when: 'IF RXE-9 NOT VALUED',
        },
      ],
      'RXO-11': [{ to: 'dispenseRequest.quantity.value', when: 'IF RXE-10 NOT VALUED' }],
      'RXO-12': [
        { to: 'dispenseRequest.quantity', using: 'CWE[Quantity]', when: 'IF RXE-10 NOT VALUED AND RXO-11 VALUED' },
      ],
      'RXO-13': [{ to: 'dispenseRequest.numberOfRepeatsAllowed', when: 'IF RXE-12 NOT VALUED' }],
      'RXO-14': [{ to: 'requester(Practitioner)', using: 'XCN[Practitioner]', when: 'IF ORC-12 NOT VALUED' }],
      'RXO-18': null,
      'RXO-19': null,
      'RXE-19': null,
      'RXO-25': null,
      'RXO-26': null,
    },
    'RXR[MedicationRequest]': {
      'RXR-1': [{ to: 'dosageInstruction.route', using: 'CWE[CodeableConcept]', vocabulary: 'RouteOfAdministration' }],
      'RXR-2': [{ to: 'dosageInstruction.site', using: 'CWE[CodeableConcept]', vocabulary: 'BodyParts' }],
    },
    'NTE[MedicationRequest]': { 'NTE-3': [{ to: 'note.text' }] },
    'RXD[MedicationDispense]': {
      'RXD-2': [{ to: 'medicationCodeableConcept', using: 'CWE[CodeableConcept]' }],
      'RXD-3': [{ to: 'whenHandedOver' }],
      'RXD-4': [{ to: 'quantity.value' }],
      'RXD-5': [{ to: 'quantity', using: 'CWE[Quantity]' }],
      'RXD-7': [{ to: 'identifier.value' }],
      'RXD-9': [{ to: 'note.text', using: 'ANY[text]' }],
      'RXD-10': [{ to: 'performer.actor(Practitioner)', using: 'XCN[Practitioner]' }],
      RXD: [{ to: 'status', value: '"completed"' }],
    },
    'RXA[MedicationAdministration]': {
      RXA: [{ to: 'status', value: '"completed"' }],
      'RXA-3': [
        { to: 'effectiveDateTime', when: 'IF RXA-4 NOT VALUED' },
        { to: 'effectivePeriod.start', when: 'IF RXA-4 VALUED' },
      ],
      'RXA-4': [{ to: 'effectivePeriod.end' }],
      'RXA-5': [{ to: 'medicationCodeableConcept', using: 'CWE[CodeableConcept]' }],
      'RXA-6': [{ to: 'dosage.dose.value' }],
      'RXA-7': [{ to: 'dosage.dose', using: 'CWE[Quantity]' }],
      'RXA-9': [{ to: 'note.text', using: 'CWE[string]' }],
      'RXA-10': [{ to: 'performer.actor(Practitioner)', using: 'XCN[Practitioner]' }],
      'RXA-18': [{ to: 'statusReason', using: 'CWE[CodeableConcept]' }],
      'RXA-19': [{ to: 'reasonCode', using: 'CWE[CodeableConcept]' }],
      'RXA-20': [{ to: 'status', vocabulary: 'CompletionStatus' }],
    },
    'FT1[ChargeItem]': {
      'FT1-2': [{ to: 'identifier.value' }],
      'FT1-4': [{ to: 'occurrenceDateTime', using: 'DTM[dateTime]' }],
      'FT1-5': [{ to: 'enteredDate' }],
      'FT1-6': [
        { to: 'status', value: '"billable"', when: 'IF FT1-6 IN ("CG", "CD", "PY", "AJ", "CO")' },
        { to: 'status', value: '"aborted"', when: 'IF FT1-6 EQUALS "CR"' },
      ],
      'FT1-7': [{ to: 'code', using: 'CWE[CodeableConcept]' }],
      'FT1-8': [{ to: 'code.text', when: 'IF FT1-7.9 NOT VALUED' }],
      'FT1-10': [{ to: 'quantity.value' }],
      'FT1-19': [{ to: 'reason', using: 'CWE[CodeableConcept]' }],
      'FT1-20': [{ to: 'performer.actor(Practitioner)', using: 'XCN[Practitioner]' }],
      'FT1-21': [{ to: 'enterer(Practitioner)', using: 'XCN[Practitioner]' }],
      'FT1-22': [{ to: 'priceOverride.value' }],
    },
  },
  messages: {
    ADT_A39: {
      structure: 'MSH SFT* EVN PATIENT*( PID PD1 MRG PV1 )',
      at: rows({
        'PATIENT.PID': PATIENT,
        'PATIENT.PD1': PATIENT_MORE,
        'PATIENT.MRG': [
          {
            target: 'Patient[prior]',
            using: 'MRG[Patient]',
            when: 'IF MRG-1 VALUED',
            references: 'Patient[prior].link.other=Patient[1]',
          },
        ],
        'PATIENT.PV1': VISIT,
      }),
    },
    // Two patients: the guide's sheet names their segments alike, and would make one of them.
    ADT_A17: {
      structure: 'MSH ARV* SFT* UAC EVN PATIENT*( PID PD1 PV1 PV2 DB1* OBSERVATION*( OBX PRT* ) )',
      at: {
        ...rows({
          'PATIENT.PID': PATIENT,
          'PATIENT.PD1': PATIENT_MORE,
          'PATIENT.PV1': VISIT,
          'PATIENT.PV2': VISIT_MORE,
          'PATIENT.OBSERVATION.OBX': RESULT,
        }),
        PID: null,
        PD1: null,
        PV1: null,
        PV2: null,
        'OBSERVATION.OBX': null,
        'OBSERVATION.PRT': null,
      },
    },
    RDE_O11: {
      structure:
        'MSH SFT* EVN NTE* PATIENT( PID PD1 NTE* PATIENT_VISIT( PV1 PV2 ) INSURANCE*( IN1 IN2 IN3 ) GT1 AL1* ) ORDER*( ORC TIMING*( TQ1 TQ2* ) ORDER_DETAIL( RXO NTE* RXR* RXC* ) RXE NTE* TIMING_ENCODED*( TQ1 TQ2* ) RXR* RXC* DISPENSE*( RXD RXR* NTE* ) GIVEN*( RXA RXR* NTE* ) OBSERVATION*( OBX NTE* ) FT1* BLG CTI* )',
      at: rows({
        'PATIENT.PID': PATIENT,
        'PATIENT.PD1': PATIENT_MORE,
        'PATIENT.PATIENT_VISIT.PV1': VISIT,
        'PATIENT.PATIENT_VISIT.PV2': VISIT_MORE,
        'PATIENT.INSURANCE.IN1': INSURANCE,
        'PATIENT.AL1': ALLERGY,
        'ORDER.ORC': [
          {
            target: 'MedicationRequest[1]',
            using: 'ORC[MedicationRequest]',
            references: 'MedicationRequest[1].subject=Patient[1]; MedicationRequest[1].encounter=Encounter[1]',
          },
        ],
        'ORDER.TIMING.TQ1': [
          { target: 'MedicationRequest[1]', using: 'TQ1[MedicationRequest]', when: 'IF ORC-7 NOT VALUED' },
        ],
        'ORDER.TIMING_ENCODED.TQ1': [
          {
            target: 'MedicationRequest[1]',
            using: 'TQ1[MedicationRequest]',
            when: 'IF RXE-1 NOT VALUED AND ORC-7 NOT VALUED',
          },
        ],
        'ORDER.ORDER_DETAIL.RXO': [{ target: 'MedicationRequest[1]', using: 'RXO[MedicationRequest]' }],
        'ORDER.ORDER_DETAIL.RXR': [
          { target: 'MedicationRequest[1]', using: 'RXR[MedicationRequest]', when: 'IF RXE NOT VALUED' },
        ],
        'ORDER.RXE': [{ target: 'MedicationRequest[1]', using: 'RXE[MedicationRequest]' }],
        'ORDER.RXR': [{ target: 'MedicationRequest[1]', using: 'RXR[MedicationRequest]' }],
        'ORDER.NTE': [{ target: 'MedicationRequest[1]', using: 'NTE[MedicationRequest]' }],
        'ORDER.DISPENSE.RXD': [
          {
            target: 'MedicationDispense[1]',
            using: 'RXD[MedicationDispense]',
            references:
              'MedicationDispense[1].subject=Patient[1]; MedicationDispense[1].authorizingPrescription=MedicationRequest[1]',
          },
        ],
        'ORDER.GIVEN.RXA': [
          {
            target: 'MedicationAdministration[1]',
            using: 'RXA[MedicationAdministration]',
            references:
              'MedicationAdministration[1].subject=Patient[1]; MedicationAdministration[1].request=MedicationRequest[1]',
          },
        ],
        'ORDER.OBSERVATION.OBX': RESULT,
        'ORDER.OBSERVATION.NTE': NOTE,
      }),
    },
    DFT_P03: {
      structure:
        'MSH SFT* EVN PID PD1 NK1* PV1 PV2 DB1* COMMON_ORDER*( ORC OBR NTE* OBSERVATION*( OBX NTE* ) ) FINANCIAL*( FT1 NTE* PROCEDURE*( PR1 ) ) AL1* DG1* PROCEDURES*( PR1 ) DRG GT1* INSURANCE*( IN1 IN2 IN3* ) ACC',
      at: rows({
        PID: PATIENT,
        PD1: PATIENT_MORE,
        PV1: VISIT,
        PV2: VISIT_MORE,
        'COMMON_ORDER.ORC': [{ target: 'ServiceRequest[1]', using: 'ORC[ServiceRequest]' }],
        'COMMON_ORDER.OBR': [{ target: 'ServiceRequest[1]', using: 'OBR[ServiceRequest]' }],
        'COMMON_ORDER.OBSERVATION.OBX': RESULT,
        'COMMON_ORDER.OBSERVATION.NTE': NOTE,
        'FINANCIAL.FT1': [
          {
            target: 'ChargeItem[1]',
            using: 'FT1[ChargeItem]',
            references: 'ChargeItem[1].subject=Patient[1]; ChargeItem[1].context=Encounter[1]',
          },
        ],
        'FINANCIAL.PROCEDURE.PR1': [
          { target: 'Procedure', using: 'PR1[Procedure]', references: 'Procedure.subject=Patient[1]' },
        ],
        'PROCEDURES.PR1': [
          { target: 'Procedure[2]', using: 'PR1[Procedure]', references: 'Procedure[2].subject=Patient[1]' },
        ],
        AL1: ALLERGY,
        DG1: [
          { target: 'Condition[1]', using: 'DG1[Condition]', references: 'Condition[1].subject=Patient[1]' },
          {
            target: 'Encounter[1]',
            using: 'DG1[Encounter]',
            when: 'IF PV1 VALUED',
            references: 'Encounter[1].diagnosis.condition=Condition[1]',
          },
        ],
        'INSURANCE.IN1': INSURANCE,
      }),
    },
  },
}
