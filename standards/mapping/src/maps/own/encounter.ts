import type { MapPatch } from '../map-patch.ts'
import type { MapRow } from '../map-row.ts'

const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'
const CONDITION_STATUS = 'http://terminology.hl7.org/CodeSystem/condition-ver-status'

function statusOf(status: string, events: string, also = ''): MapRow {
  return { to: 'status', value: `"${status}"`, when: `IF MSH-9.1 EQUALS "ADT" AND MSH-9.2 IN (${events})${also}` }
}

/** PV1, PV2, DG1, PR1: what the event says of an encounter's status, and rows that the sheets spell wrongly. */
export const ENCOUNTER_PATCH: MapPatch = {
  segments: {
    'PV1[Encounter]': {
      'PV1-8': [
        { to: 'participant[2].individual(Practitioner)', using: 'XCN[Practitioner]' },
        { to: 'participant[2].type.coding.code', value: '"REF"' },
        { to: 'participant[2].type.coding.system', value: `"${PARTICIPATION}"` },
        { to: 'participant[2].type.coding.display', value: '"referrer"' },
      ],
      'PV1-9': [
        { to: 'participant[3].individual(Practitioner)', using: 'XCN[Practitioner]' },
        { to: 'participant[3].type.coding.code', value: '"CON"' },
        { to: 'participant[3].type.coding.system', value: `"${PARTICIPATION}"` },
        { to: 'participant[3].type.coding.display', value: '"consultant"' },
      ],
      'PV1-17': [
        { to: 'participant[4].individual(Practitioner)', using: 'XCN[Practitioner]' },
        { to: 'participant[4].type.coding.code', value: '"ADM"' },
        { to: 'participant[4].type.coding.system', value: `"${PARTICIPATION}"` },
        { to: 'participant[4].type.coding.display', value: '"admitter"' },
      ],
      'PV1-11': [
        { to: 'location[3].location(Location)', using: 'PL[Location]' },
        { to: 'location[3].status', value: '"active"' },
      ],
      'PV1-37': [{ to: 'hospitalization.destination(Location)', using: 'DLD[Location-Discharge]' }],
      // Local types of patients are what the encounter is of; a patch may send them elsewhere.
      'PV1-18': [{ to: 'type', using: 'CWE[CodeableConcept]' }],
      'PV1-39': [{ to: 'serviceProvider(Organization.identifier.value)' }],
      'PV1-40': null,
      'PV1-42': [
        { to: 'location[4].location(Location)', using: 'PL[Location]' },
        { to: 'location[4].status', value: '"reserved"' },
      ],
      'PV1-45': [{ to: 'period.end' }, { to: 'status', value: '"finished"' }],
      'PV1-52': [
        { to: 'participant[5].individual(Practitioner)', using: 'XCN[Practitioner]' },
        { to: 'participant[5].type.coding.code', value: '"PART"' },
        { to: 'participant[5].type.coding.system', value: `"${PARTICIPATION}"` },
        { to: 'participant[5].type.coding.display', value: '"Participation"' },
      ],
      'PV1-53': null,
      'PV1-54': null,
      // Event[EncounterStatus], with the events that it leaves out; last, as the event outweighs the class.
      PV1: [
        statusOf('in-progress', '"A01", "A02", "A07", "A12", "A13"', ' AND PV1-45 NOT VALUED'),
        statusOf('finished', '"A03"'),
        statusOf('planned', '"A05", "A14"', ' AND PV1-44 NOT VALUED'),
        statusOf('cancelled', '"A11", "A27", "A38"'),
        statusOf('onleave', '"A21"'),
        statusOf('entered-in-error', '"A23"'),
      ],
    },
    'PV2[Encounter]': {
      'PV2-1': [
        { to: 'location[5].location(Location)', using: 'PL[Location]' },
        { to: 'location[5].status', value: '"planned"' },
      ],
      'PV2-3': [{ to: 'reasonCode', using: 'CWE[CodeableConcept]' }],
      'PV2-9': [
        {
          to: 'extension[2].url',
          value: '"http://hl7.org/fhir/5.0/StructureDefinition/extension-Encounter.plannedEndDate"',
        },
        { to: 'extension[2].valueDateTime' },
      ],
      'PV2-12': null,
      'PV2-13': [
        { to: 'participant.individual(Practitioner)', using: 'XCN[Practitioner]' },
        { to: 'participant.type.coding.code', value: '"REF"' },
        { to: 'participant.type.coding.system', value: `"${PARTICIPATION}"` },
        { to: 'participant.type.coding.display', value: '"referrer"' },
      ],
      'PV2-22': null,
      'PV2-38': [
        { to: 'extension[3].url', value: '"http://hl7.org/fhir/StructureDefinition/encounter-modeOfArrival"' },
        { to: 'extension[3].valueCoding', using: 'CWE[Coding]', vocabulary: 'ModeOfArrivalCode' },
      ],
    },
    'PV1[Patient]': { 'PV1-16': null },
    'DG1[Condition]': {
      // Before 2.3.1 the coding method stood in a field of its own.
      'DG1-2': [
        { to: 'code.coding.system', using: 'ST[codesystem]', when: 'IF DG1-3.1 VALUED AND DG1-3.3 NOT VALUED' },
      ],
      'DG1-3': [{ to: 'code', using: 'CWE[CodeableConcept]' }],
      'DG1-4': [{ to: 'code.text' }],
      'DG1-19': [
        { to: 'extension[1].url', value: '"http://hl7.org/fhir/StructureDefinition/condition-assertedDate"' },
        { to: 'extension[1].valueDateTime' },
        { to: 'recordedDate' },
      ],
      'DG1-21': [
        { to: 'verificationStatus.coding.code', value: '"entered-in-error"', when: 'IF DG1-21 EQUALS "D"' },
        { to: 'verificationStatus.coding.system', value: `"${CONDITION_STATUS}"`, when: 'IF DG1-21 EQUALS "D"' },
      ],
      'DG1-22': [
        { to: 'extension[2].url', value: '"http://hl7.org/fhir/StructureDefinition/condition-dueTo"' },
        { to: 'extension[2].valueReference.identifier', using: 'EI[Identifier-Extension]' },
      ],
    },
    // The Condition itself is made once, by the other map.
    'DG1[Encounter]': {
      'DG1-1': [{ to: 'diagnosis.rank', when: 'IF DG1-15 NOT VALUED' }],
      'DG1-3': null,
      'DG1-4': null,
      'DG1-5': null,
      'DG1-6': [{ to: 'diagnosis.use', using: 'CWE[CodeableConcept]', vocabulary: 'DiagnosisType' }],
      'DG1-15': [{ to: 'diagnosis.rank' }],
      'DG1-16': null,
      'DG1-19': null,
      'DG1-20': null,
      'DG1-21': null,
      'DG1-22': null,
    },
    'PR1[Procedure]': {
      PR1: [{ to: 'status', value: '"completed"' }],
      'PR1-3': [{ to: 'code', using: 'CNE[CodeableConcept]' }],
      'PR1-4': [{ to: 'code.text', when: 'IF PR1-3.9 NOT VALUED' }],
      'PR1-5': [{ to: 'performedDateTime' }],
      'PR1-7': null,
      'PR1-8': [
        { to: 'performer[1].actor(Practitioner)', using: 'XCN[Practitioner]' },
        { to: 'performer[1].function.coding.code', value: '"88189002"' },
        { to: 'performer[1].function.coding.system', value: '"http://snomed.info/sct"' },
      ],
      'PR1-11': [
        { to: 'performer[2].actor(Practitioner)', using: 'XCN[Practitioner]' },
        { to: 'performer[2].function.coding.code', value: '"304292004"' },
        { to: 'performer[2].function.coding.system', value: '"http://snomed.info/sct"' },
      ],
      'PR1-16': null,
      'PR1-25': null,
    },
  },
}
