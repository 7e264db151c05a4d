import type { MapPatch } from '../map-patch.ts'
import type { MessageMapRow } from '../map-row.ts'

type Row = Omit<MessageMapRow, 'at'>

const HEADER: readonly Row[] = [
  { target: 'MessageHeader[1]', using: 'MSH[MessageHeader]' },
  { target: 'Provenance[1]', using: 'MSH[Provenance-Source]', references: 'Provenance[1].target=MessageHeader[1]' },
]
const PATIENT: readonly Row[] = [{ target: 'Patient[1]', using: 'PID[Patient]' }]
const VISIT: readonly Row[] = [
  { target: 'Encounter[1]', using: 'PV1[Encounter]', references: 'Encounter[1].subject=Patient[1]' },
]
const ORDER: readonly Row[] = [
  { target: 'ServiceRequest[2]', using: 'ORC[ServiceRequest]', references: 'ServiceRequest[2].subject=Patient[1]' },
]
const STATUS_SYSTEM = '"http://terminology.hl7.org/CodeSystem/condition-clinical"'

/** Problems (PPR) and referrals (REF): where the guide has no maps, these are in its form. */
export const CARE_PATCH: MapPatch = {
  segments: {
    'PRB[Condition]': {
      PRB: [
        { to: 'category.coding.system', value: '"http://terminology.hl7.org/CodeSystem/condition-category"' },
        { to: 'category.coding.code', value: '"problem-list-item"' },
      ],
      'PRB-1': [
        {
          to: 'verificationStatus.coding.system',
          value: '"http://terminology.hl7.org/CodeSystem/condition-ver-status"',
          when: 'IF PRB-1 EQUALS "DE"',
        },
        { to: 'verificationStatus.coding.code', value: '"entered-in-error"', when: 'IF PRB-1 EQUALS "DE"' },
      ],
      'PRB-2': [{ to: 'recordedDate' }],
      'PRB-3': [{ to: 'code', using: 'CWE[CodeableConcept]' }],
      'PRB-4': [{ to: 'identifier', using: 'EI[Identifier-Extension]' }],
      'PRB-9': [
        { to: 'clinicalStatus.coding.system', value: STATUS_SYSTEM },
        { to: 'clinicalStatus.coding.code', value: '"resolved"' },
        { to: 'abatementDateTime' },
      ],
      'PRB-16': [{ to: 'onsetDateTime' }],
      'PRB-17': [{ to: 'onsetString', when: 'IF PRB-16 NOT VALUED' }],
      'PRB-14': [
        {
          to: 'clinicalStatus.coding.system',
          value: STATUS_SYSTEM,
          when: 'IF PRB-14.1 EQUALS "ACTIVE" AND PRB-9 NOT VALUED',
        },
        {
          to: 'clinicalStatus.coding.code',
          value: '"active"',
          when: 'IF PRB-14.1 EQUALS "ACTIVE" AND PRB-9 NOT VALUED',
        },
      ],
      'PRB-26': [{ to: 'severity', using: 'CWE[CodeableConcept]' }],
    },
    'NTE[Condition]': { 'NTE-3': [{ to: 'note.text' }] },
    'GOL[Goal]': {
      GOL: [{ to: 'lifecycleStatus', value: '"active"' }],
      'GOL-2': [{ to: 'statusDate' }],
      'GOL-3': [{ to: 'description', using: 'CWE[CodeableConcept]' }],
      'GOL-4': [{ to: 'identifier', using: 'EI[Identifier-Extension]' }],
      'GOL-7': [{ to: 'startDate' }],
    },
    'RF1[ServiceRequest]': {
      RF1: [
        { to: 'intent', value: '"order"' },
        { to: 'status', value: '"active"', when: 'IF RF1-1.1 NOT IN ("R", "E")' },
        { to: 'status', value: '"revoked"', when: 'IF RF1-1.1 EQUALS "R"' },
        { to: 'status', value: '"completed"', when: 'IF RF1-1.1 EQUALS "E"' },
      ],
      'RF1-2': [{ to: 'priority', vocabulary: 'ExtendedPriorityCodes' }],
      'RF1-3': [{ to: 'code', using: 'CWE[CodeableConcept]' }],
      'RF1-5': [{ to: 'category', using: 'CWE[CodeableConcept]' }],
      'RF1-6': [{ to: 'identifier', using: 'EI[Identifier-Extension]' }],
      'RF1-7': [{ to: 'occurrenceDateTime' }],
      'RF1-9': [{ to: 'authoredOn' }],
      'RF1-10': [{ to: 'reasonCode', using: 'CWE[CodeableConcept]' }],
      'RF1-11': [{ to: 'identifier', using: 'EI[Identifier-Extension]' }],
    },
    'PRD[PractitionerRole]': {
      'PRD-1': [{ to: 'code', using: 'CWE[CodeableConcept]' }],
      'PRD-2': [{ to: 'practitioner(Practitioner.name)', using: 'XPN[HumanName]' }],
      'PRD-3': [{ to: 'practitioner(Practitioner.address)', using: 'XAD[Address]' }],
      'PRD-5': [{ to: 'telecom', using: 'XTN[ContactPoint]' }],
      'PRD-7': [{ to: 'practitioner(Practitioner.identifier)', using: 'CX[Identifier]' }],
      'PRD-8': [{ to: 'period.start' }],
      'PRD-9': [{ to: 'period.end' }],
    },
  },
  messages: {
    PPR_PC1: {
      structure:
        'MSH SFT* PATIENT*( PID PATIENT_VISIT( PV1 PV2 ) PROBLEM*( PRB NTE* VAR* ROLE*( ROL VAR* ) PATHWAY*( PTH VAR* ) OBSERVATION*( OBX NTE* ) GOAL*( GOL NTE* VAR* GOAL_ROLE*( ROL VAR* ) GOAL_OBSERVATION*( OBX NTE* ) ) ORDER*( ORC ORDER_DETAIL( OBR NTE* VAR* ORDER_OBSERVATION*( OBX NTE* VAR* ) ) ) ) )',
      at: {
        MSH: HEADER,
        'PATIENT.PID': PATIENT,
        'PATIENT.PATIENT_VISIT.PV1': VISIT,
        'PATIENT.PATIENT_VISIT.PV2': [{ target: 'Encounter[1]', using: 'PV2[Encounter]' }],
        'PATIENT.PROBLEM.PRB': [
          { target: 'Condition[1]', using: 'PRB[Condition]', references: 'Condition[1].subject=Patient[1]' },
        ],
        'PATIENT.PROBLEM.NTE': [{ target: 'Condition[1]', using: 'NTE[Condition]' }],
        'PATIENT.PROBLEM.OBSERVATION.OBX': [
          {
            target: 'Observation[1]',
            using: 'OBX[Observation]',
            references: 'Condition[1].evidence.detail=Observation[1]',
          },
        ],
        'PATIENT.PROBLEM.OBSERVATION.NTE': [{ target: 'Observation[1]', using: 'NTE[Observation]' }],
        'PATIENT.PROBLEM.GOAL.GOL': [
          {
            target: 'Goal[1]',
            using: 'GOL[Goal]',
            references: 'Goal[1].subject=Patient[1]; Goal[1].addresses=Condition[1]',
          },
        ],
        'PATIENT.PROBLEM.ORDER.ORC': ORDER,
        'PATIENT.PROBLEM.ORDER.ORDER_DETAIL.OBR': [
          {
            target: 'ServiceRequest[2]',
            using: 'OBR[ServiceRequest]',
            references: 'ServiceRequest[2].reasonReference=Condition[1]',
          },
        ],
      },
    },
    REF_I12: {
      structure:
        'MSH SFT* RF1 AUT PROVIDER*( PRD CTD* ) PID NK1* GT1* INSURANCE*( IN1 IN2 IN3 ) ACC DG1* DRG* AL1* PROCEDURE*( PR1 ) OBSERVATION*( OBR NTE* RESULTS*( OBX NTE* ) ) PATIENT_VISIT( PV1 PV2 ) NTE*',
      at: {
        MSH: HEADER,
        RF1: [
          {
            target: 'ServiceRequest[1]',
            using: 'RF1[ServiceRequest]',
            references: 'ServiceRequest[1].subject=Patient[1]',
          },
        ],
        'PROVIDER.PRD': [
          {
            target: 'PractitionerRole[from]',
            using: 'PRD[PractitionerRole]',
            when: 'IF PRD-1.1 IN ("RP", "PP")',
            references: 'ServiceRequest[1].requester=PractitionerRole[from]',
          },
          {
            target: 'PractitionerRole[to]',
            using: 'PRD[PractitionerRole]',
            when: 'IF PRD-1.1 NOT IN ("RP", "PP")',
            references: 'ServiceRequest[1].performer=PractitionerRole[to]',
          },
        ],
        PID: PATIENT,
        NK1: [{ target: 'Patient[1]', using: 'NK1[Patient]' }],
        'INSURANCE.IN1': [
          { target: 'Coverage[1]', using: 'IN1[Coverage]', references: 'Coverage[1].beneficiary=Patient[1]' },
        ],
        DG1: [
          {
            target: 'Condition[1]',
            using: 'DG1[Condition]',
            references: 'Condition[1].subject=Patient[1]; ServiceRequest[1].reasonReference=Condition[1]',
          },
        ],
        AL1: [
          {
            target: 'AllergyIntolerance',
            using: 'AL1[AllergyIntolerance]',
            references: 'AllergyIntolerance.patient=Patient[1]',
          },
        ],
        'PROCEDURE.PR1': [{ target: 'Procedure', using: 'PR1[Procedure]', references: 'Procedure.subject=Patient[1]' }],
        'OBSERVATION.OBR': [{ target: 'DiagnosticReport[1]', using: 'OBR[DiagnosticReport]' }],
        'OBSERVATION.RESULTS.OBX': [
          {
            target: 'Observation[1]',
            using: 'OBX[Observation]',
            references: 'DiagnosticReport[1].result=Observation[1]; ServiceRequest[1].supportingInfo=Observation[1]',
          },
        ],
        'OBSERVATION.RESULTS.NTE': [{ target: 'Observation[1]', using: 'NTE[Observation]' }],
        'PATIENT_VISIT.PV1': VISIT,
        NTE: [{ target: 'ServiceRequest[1]', using: 'NTE[ServiceRequest]' }],
      },
    },
  },
}
