import type { MapPatch } from '../map-patch.ts'

const V2_0003 = 'http://terminology.hl7.org/CodeSystem/v2-0003'

/** MSH, EVN and SFT: the sheets describe the endpoints by maps of other types, and leave decisions to the implementer. */
export const HEADER_PATCH: MapPatch = {
  segments: {
    'MSH[MessageHeader]': {
      'MSH-3': [
        { to: 'source.name', using: 'HD[string]' },
        { to: 'source.endpoint', using: 'HD[endpoint]', when: 'IF MSH-24 NOT VALUED' },
      ],
      'MSH-5': [
        { to: 'destination[1].name', using: 'HD[string]' },
        { to: 'destination[1].endpoint', using: 'HD[endpoint]', when: 'IF MSH-25 NOT VALUED' },
      ],
      'MSH-8': null,
      'MSH-9': [
        { to: 'eventCoding.code', value: 'MSH-9.2', when: 'IF MSH-9.2 VALUED' },
        { to: 'eventCoding.code', value: 'MSH-9.1', when: 'IF MSH-9.2 NOT VALUED' },
        { to: 'eventCoding.system', value: `"${V2_0003}"` },
        { to: 'eventCoding.display', using: 'MSG[string]' },
      ],
      'MSH-21': null,
      'MSH-24': [{ to: 'source.endpoint', using: 'HD[endpoint]' }],
      'MSH-25': [{ to: 'destination[1].endpoint', using: 'HD[endpoint]' }],
    },
    'MSH[Provenance-Source]': {
      // The message is the source of the transformation, which the code tells of; this one tells who wrote it.
      MSH: null,
      'MSH-3': null,
      'MSH-7': [{ to: 'recorded' }, { to: 'occurredDateTime' }],
      'MSH-9': [{ to: 'activity.text', using: 'MSG[string]' }],
    },
    'EVN[Provenance]': {
      EVN: null,
      'EVN-4': [{ to: 'reason', using: 'CWE[CodeableConcept]', vocabulary: 'EventReason' }],
      'EVN-5': [{ to: 'agent.who(Practitioner)', using: 'XCN[Practitioner]' }],
      'EVN-7': [{ to: 'location(Location)', using: 'HD[Location]' }],
    },
    'PID[Provenance-Patient]': {
      PID: [
        { to: 'activity.coding.code', value: '"UPDATE"' },
        { to: 'activity.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v3-DataOperation"' },
      ],
      'PID-33': [{ to: 'occurredDateTime' }, { to: 'recorded' }],
    },
    'SFT[Device]': {
      'SFT-1': [{ to: 'manufacturer', using: 'XON[string]' }],
      'SFT-3': [{ to: 'deviceName.name' }, { to: 'deviceName.type', value: '"manufacturer-name"' }],
    },
  },
  dataTypes: {
    'DLN[Identifier]': {
      'DLN.1': [
        { to: 'value' },
        { to: 'type.coding.code', value: '"DL"' },
        { to: 'type.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v2-0203"' },
      ],
    },
    'CX[Identifier]': {
      'CX.4': [{ to: '$this', using: 'HD[authority]' }],
    },
    'XON[Organization]': {
      'XON.3': [{ to: 'identifier[1].value', when: 'IF XON.10 NOT VALUED' }],
      'XON.6': [{ to: 'identifier[1]', using: 'HD[authority]' }],
      'XON.7': [{ to: 'identifier[1].type.coding.code', vocabulary: 'IdentifierType' }],
      'XON.10': [{ to: 'identifier[1].value' }],
    },
    'XON[Location]': {
      'XON.6': [{ to: 'identifier[1]', using: 'HD[authority]' }],
      'XON.7': [{ to: 'identifier[1].type.coding.code', vocabulary: 'IdentifierType' }],
    },
    'XCN[Practitioner]': {
      'XCN.7': [{ to: 'name.suffix[2]' }],
      'XCN.9': [{ to: 'identifier[1]', using: 'HD[authority]' }],
      'XCN.10': [{ to: 'name.use', vocabulary: 'NameType' }],
      'XCN.18': null,
    },
    'XCN[PractitionerRole]': {
      'XCN.9': [{ to: 'practitioner(Practitioner.identifier[1])', using: 'HD[authority]' }],
      'XCN.2': [{ to: 'practitioner(Practitioner.name)', using: 'FN[HumanName]' }],
      'XCN.11': null,
      'XCN.12': null,
      'XCN.13': [{ to: 'practitioner(Practitioner.identifier[1].type.coding.code)', vocabulary: 'IdentifierType' }],
      'XCN.18': null,
    },
    'XCN[RelatedPerson]': {
      'XCN.9': [{ to: 'identifier[1]', using: 'HD[authority]' }],
      'XCN.13': [{ to: 'identifier[1].type.coding.code', vocabulary: 'IdentifierType' }],
      'XCN.18': null,
    },
    'CNN[Practitioner]': {
      'CNN.8': null,
      'CNN.9': [{ to: 'identifier', using: 'CNN[authority]' }],
    },
    'XPN[HumanName]': {
      'XPN.15': null,
    },
    'XAD[Address]': {
      'XAD.7': [
        { to: 'type', vocabulary: 'AddressType[Type]', when: 'IF XAD.7 IN ("M", "SH")' },
        { to: 'use', vocabulary: 'AddressType[Use]', when: 'IF XAD.7 IN ("BA", "BI", "C", "B", "H", "O")' },
        {
          to: 'extension[1].url',
          value: '"http://hl7.org/fhir/StructureDefinition/iso21090-AD-use"',
          when: 'IF XAD.7 EQUALS "HV"',
        },
        { to: 'extension[1].valueCode', when: 'IF XAD.7 EQUALS "HV"' },
      ],
      // The extension for census tracts stands on a line of an address, and there is no line for it.
      'XAD.10': null,
      'XAD.12': [{ to: 'period', using: 'DR[Period]', when: 'IF XAD.13 NOT VALUED AND XAD.14 NOT VALUED' }],
    },
    'FN[HumanName]': {
      'FN.5': [
        { to: 'family.extension[4].url', value: '"http://hl7.org/fhir/StructureDefinition/humanname-partner-name"' },
        { to: 'family.extension[4].valueString' },
      ],
    },
  },
}
