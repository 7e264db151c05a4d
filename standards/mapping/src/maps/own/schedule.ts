import type { MapPatch } from '../map-patch.ts'
import type { MapRow } from '../map-row.ts'

function statusOf(status: string, events: string): MapRow {
  return { to: 'status', value: `"${status}"`, when: `IF SCH-25 NOT VALUED AND MSH-9.2 IN (${events})` }
}

const TIMES: readonly MapRow[] = [
  { to: 'start', using: 'TQ[start]' },
  { to: 'end', using: 'TQ[end]' },
]

/** SIU: times and states where senders really have them. */
export const SCHEDULE_PATCH: MapPatch = {
  segments: {
    'SCH[Appointment]': {
      SCH: [
        statusOf('booked', '"S12", "S13", "S14", "S18", "S19", "S20"'),
        statusOf('cancelled', '"S15", "S16", "S22"'),
        statusOf('entered-in-error', '"S17", "S24"'),
        statusOf('noshow', '"S26"'),
      ],
      'SCH-7': [
        {
          to: 'reasonCode',
          using: 'CWE[CodeableConcept]',
          vocabulary: 'AppointmentReasonCodes',
          when: 'IF CWE.3 NOT EQUALS "HL70277"',
        },
        {
          to: 'appointmentType',
          using: 'CWE[CodeableConcept]',
          vocabulary: 'AppointmentTypeCodes',
          when: 'IF CWE.3 EQUALS "HL70277"',
        },
      ],
      'SCH-8': [{ to: 'appointmentType', using: 'CWE[CodeableConcept]', vocabulary: 'AppointmentTypeCodes' }],
      'SCH-9': [{ to: 'minutesDuration', when: 'IF SCH-10.1 NOT IN ("H", "HR", "S", "SEC", "D", "h", "s", "d")' }],
      'SCH-11': TIMES,
      'SCH-12': [{ to: 'participant[1].actor(Practitioner)', using: 'XCN[Practitioner]' }],
      'SCH-16': [{ to: 'participant[2].actor(Practitioner)', using: 'XCN[Practitioner]' }],
      'SCH-20': [
        { to: 'participant[3].actor(Practitioner)', using: 'XCN[Practitioner]' },
        { to: 'participant[3].type.coding.code', value: '"enterer"' },
        {
          to: 'participant[3].type.coding.system',
          value: '"http://terminology.hl7.org/CodeSystem/provenance-participant-type"',
        },
      ],
      'SCH-26': null,
      'SCH-27': null,
    },
    'SCH[ServiceRequest]': {
      SCH: [
        { to: 'status', value: '"active"' },
        { to: 'intent', value: '"order"' },
      ],
      'SCH-6': null,
      'SCH-25': null,
      'SCH-26': [
        { to: 'identifier[1]', using: 'EI[Identifier-Extension]' },
        { to: 'identifier[1].type.coding.code', value: '"PLAC"' },
        { to: 'identifier[1].type.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v2-0203"' },
      ],
      'SCH-27': [
        { to: 'identifier[2]', using: 'EI[Identifier-Extension]' },
        { to: 'identifier[2].type.coding.code', value: '"FILL"' },
        { to: 'identifier[2].type.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v2-0203"' },
      ],
    },
    'AIS[Appointment]': {
      'AIS-4': [{ to: 'start', when: 'IF SCH-11.4 NOT VALUED' }],
      'AIS-5': null,
      'AIS-7': [{ to: 'minutesDuration', when: 'IF SCH-9 NOT VALUED' }],
      'AIS-10': [
        {
          to: 'status',
          using: 'CWE[code]',
          vocabulary: 'FillerStatusCodes[Appointment]',
          when: 'IF SCH-25 NOT VALUED',
        },
      ],
    },
    'AIG[Appointment]': {
      'AIG-3': [{ to: 'participant.actor(Device.identifier)', using: 'CWE[Identifier]' }],
      'AIG-9': null,
      'AIG-11': null,
    },
    'AIL[Appointment]': {
      'AIL-3': [{ to: 'participant.actor(Location)', using: 'PL[Location]' }],
      'AIL-7': null,
      'AIL-9': null,
    },
    'AIP[Appointment]': {
      'AIP-3': [{ to: 'participant.actor(Practitioner)', using: 'XCN[Practitioner]' }],
      'AIP-4': [{ to: 'participant.type', using: 'CWE[CodeableConcept]' }],
      'AIP-7': null,
      'AIP-9': null,
      'AIP-12': null,
    },
    'AIS[ServiceRequest]': {
      'AIS-3': [{ to: 'code', using: 'CWE[CodeableConcept]' }],
      'AIS-4': [{ to: 'occurrenceDateTime' }],
      'AIS-5': null,
      'AIS-7': null,
      'AIS-11': null,
      'AIS-12': null,
    },
    'NTE[Appointment-Comment]': {
      'NTE-3': [{ to: 'comment' }],
      'NTE-4': null,
      'NTE-5': null,
      'NTE-6': null,
      'NTE-9': null,
    },
  },
  messages: {
    SIU_S12: {
      at: {
        SCH: [
          { target: 'Appointment[1]', using: 'SCH[Appointment]' },
          {
            target: 'ServiceRequest[1]',
            using: 'SCH[ServiceRequest]',
            when: 'IF SCH-26 VALUED OR SCH-27 VALUED',
            references: 'Appointment[1].basedOn=ServiceRequest[1]',
          },
          {
            target: 'Provenance[3]',
            using: 'SCH[Provenance]',
            when: 'IF SCH-20 VALUED',
            references: 'Provenance[3].target=Appointment[1]',
          },
        ],
        NTE: [{ target: 'Appointment[1]', using: 'NTE[Appointment-Comment]' }],
        'PATIENT.PID': [
          { target: 'Patient[1]', using: 'PID[Patient]', references: 'Appointment[1].participant.actor=Patient[1]' },
        ],
        'RESOURCES.SERVICE.AIS': [
          { target: 'Appointment[1]', using: 'AIS[Appointment]' },
          { target: 'ServiceRequest[1]', using: 'AIS[ServiceRequest]', when: 'IF SCH-26 VALUED OR SCH-27 VALUED' },
        ],
        'RESOURCES.SERVICE.NTE': [{ target: 'Appointment[1]', using: 'NTE[Appointment-Comment]' }],
      },
    },
  },
}
