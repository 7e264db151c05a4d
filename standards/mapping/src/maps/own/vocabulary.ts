import type { MapPatch } from '../map-patch.ts'
import type { MappedCode } from '../map-row.ts'

function codes(system: string, map: Readonly<Record<string, string>>): Record<string, MappedCode> {
  return Object.fromEntries(Object.entries(map).map(([code, to]) => [code, { code: to, system }]))
}

/** Codes that the guide's concept maps leave open although FHIR has one that says the same, and tables that it has no map for. */
export const VOCABULARY_PATCH: MapPatch = {
  concepts: {
    ObservationResultStatusCodesInterpretation: {
      codes: codes('http://hl7.org/fhir/observation-status', {
        A: 'amended',
        B: 'final',
        I: 'registered',
        N: 'final',
        O: 'registered',
        R: 'preliminary',
        S: 'preliminary',
        U: 'final',
        V: 'final',
      }),
    },
    'ResultStatus[Non-Queries]': {
      codes: codes('http://hl7.org/fhir/diagnostic-report-status', {
        A: 'partial',
        M: 'amended',
        N: 'registered',
        Y: 'unknown',
        Z: 'unknown',
      }),
    },
    OrderStatus: { codes: codes('http://hl7.org/fhir/request-status', { A: 'active' }) },
    'OrderControlCode[ServiceRequest.status]': {
      codes: codes('http://hl7.org/fhir/request-status', {
        CA: 'revoked',
        CH: 'active',
        CN: 'active',
        NA: 'active',
        OE: 'active',
        OK: 'active',
        PA: 'active',
        RE: 'completed',
        RO: 'active',
        RP: 'revoked',
        RU: 'revoked',
        SC: 'active',
        SN: 'active',
        SS: 'active',
        SR: 'active',
        XO: 'active',
        XX: 'active',
      }),
    },
    'OrderControlCode[MedicationRequest.status]': {
      table: 'HL70119',
      codes: codes('http://hl7.org/fhir/CodeSystem/medicationrequest-status', {
        NW: 'active',
        XO: 'active',
        XX: 'active',
        XR: 'active',
        OK: 'active',
        OR: 'active',
        OF: 'active',
        AF: 'active',
        RE: 'active',
        RF: 'active',
        RO: 'active',
        RP: 'active',
        SC: 'active',
        SN: 'active',
        SR: 'active',
        SS: 'active',
        CA: 'cancelled',
        CR: 'cancelled',
        OC: 'cancelled',
        DC: 'stopped',
        DR: 'stopped',
        OD: 'stopped',
        HD: 'on-hold',
        HR: 'on-hold',
        OH: 'on-hold',
        RL: 'active',
        FU: 'completed',
        DF: 'cancelled',
        UA: 'cancelled',
      }),
    },
    'OrderStatus[MedicationRequest.status]': {
      table: 'HL70038',
      codes: codes('http://hl7.org/fhir/CodeSystem/medicationrequest-status', {
        A: 'active',
        CA: 'cancelled',
        CM: 'completed',
        DC: 'stopped',
        ER: 'entered-in-error',
        HD: 'on-hold',
        IP: 'active',
        RP: 'stopped',
        SC: 'active',
      }),
    },
    DocumentCompletionStatus: {
      table: 'HL70271',
      codes: codes('http://hl7.org/fhir/composition-status', {
        AU: 'final',
        DI: 'preliminary',
        DO: 'preliminary',
        IN: 'preliminary',
        IP: 'preliminary',
        LA: 'final',
        PA: 'preliminary',
      }),
    },
    'FillerStatusCodes[Appointment]': {
      codes: codes('http://hl7.org/fhir/appointmentstatus', {
        Discontinued: 'cancelled',
        Overbook: 'booked',
        Blocked: 'pending',
        Confirmed: 'booked',
        Scheduled: 'booked',
        Arrived: 'arrived',
      }),
    },
    ExtendedPriorityCodes: {
      codes: codes('http://hl7.org/fhir/request-priority', {
        C: 'urgent',
        P: 'urgent',
        T: 'urgent',
        U: 'urgent',
        PRN: 'routine',
      }),
    },
    // The guide lists NNxxx, which stands for the number of a country.
    IdentifierType: {
      codes: Object.fromEntries(
        ['NOR', 'SWE', 'DNK', 'FIN', 'ISL', 'GBR', 'DEU', 'NLD', 'FRA', 'USA', 'EST', 'LVA', 'LTU', 'POL', 'CHE'].map(
          country => [
            `NN${country}`,
            { code: `NN${country}`, system: 'http://terminology.hl7.org/CodeSystem/v2-0203' },
          ],
        ),
      ),
    },
    NameType: {
      codes: codes('http://hl7.org/fhir/name-use', {
        L: 'official',
        D: 'usual',
        M: 'maiden',
        B: 'official',
        N: 'nickname',
        T: 'temp',
        I: 'official',
        C: 'old',
      }),
    },
  },
}
