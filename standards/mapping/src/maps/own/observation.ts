import type { MapPatch } from '../map-patch.ts'
import type { MapRow } from '../map-row.ts'

const NATURE = '"http://hl7.org/fhir/StructureDefinition/observation-nature-of-abnormal-test"'
const ATTACHMENT = '"https://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.valueAttachment"'
const OTHER_TYPES =
  '"AD", "CX", "EI", "EIP", "HD", "PL", "PN", "XAD", "XCN", "XON", "XPN", "XTN", "CK", "CN", "CP", "MO", "JCC", "SI", "TN", "UNKNOWN"'

/** Values of OBX-5 that both maps of OBX make, for an Observation or one of its components. */
function valueRows(at: string, rows: readonly MapRow[]): MapRow[] {
  return rows.map(row => ({ ...row, to: `${at}${row.to}` }))
}

const PLAIN_SN = 'OBX-2 EQUALS "SN" AND OBX-5.1 NOT EQUALS "<>"'
const SN_TEXT = 'OBX-5.1+" "+OBX-5.2+" "+OBX-5.3+" "+OBX-5.4'

const VALUES: readonly MapRow[] = [
  { to: 'valueQuantity[1]', using: 'NM[Quantity]', when: 'IF OBX-2 EQUALS "NM"' },
  { to: 'valueString', using: 'NM[text]', when: 'IF OBX-2 EQUALS "NM"' },
  { to: 'valueString', using: 'ANY[text]', when: 'IF OBX-2 IN ("ST", "FT", "TX") OR OBX-2 NOT VALUED' },
  {
    to: 'valueCodeableConcept',
    using: 'CWE[CodeableConcept]',
    when: 'IF OBX-2 IN ("CE", "CF", "CNE", "CWE", "IS", "ID")',
  },
  { to: 'valuePeriod', using: 'DR[Period]', when: 'IF OBX-2 EQUALS "DR"' },
  { to: 'valueDateTime', using: 'DTM[dateTime]', when: 'IF OBX-2 IN ("DTM", "DT", "TS")' },
  { to: 'valueRange', using: 'NR[Range]', when: 'IF OBX-2 EQUALS "NR"' },
  { to: 'valueString', value: 'OBX-5.1+"-"+OBX-5.2', when: 'IF OBX-2 EQUALS "VR"' },
  { to: 'valueTime', when: 'IF OBX-2 EQUALS "TM"' },
  { to: 'valueString', value: SN_TEXT, when: 'IF OBX-2 EQUALS "SN" AND OBX-5.1 EQUALS "<>"' },
  { to: 'valueRatio[1]', using: 'SN[Ratio]', when: `IF ${PLAIN_SN} AND OBX-5.3 IN (":", "/")` },
  { to: 'valueRange[1]', using: 'SN[Range]', when: `IF ${PLAIN_SN} AND OBX-5.3 EQUALS "-"` },
  { to: 'valueString', value: SN_TEXT, when: `IF ${PLAIN_SN} AND OBX-5.3 EQUALS "+"` },
  { to: 'valueQuantity[1]', using: 'SN[Quantity]', when: `IF ${PLAIN_SN} AND OBX-5.3 NOT IN (":", "/", "-", "+")` },
  { to: 'valueQuantity[1]', using: 'CQ[Quantity]', when: 'IF OBX-2 EQUALS "CQ"' },
  { to: 'valueSampledData', using: 'NA[SampledData]', when: 'IF OBX-2 IN ("NA", "MA")' },
  { to: 'valueString', using: 'ANY[text]', when: `IF OBX-2 IN (${OTHER_TYPES})` },
  { to: 'extension[1].url', value: ATTACHMENT, when: 'IF OBX-2 IN ("ED", "RP")' },
  { to: 'extension[1].valueAttachment', using: 'ED[Attachment]', when: 'IF OBX-2 EQUALS "ED"' },
  { to: 'extension[1].valueAttachment', using: 'RP[Attachment]', when: 'IF OBX-2 EQUALS "RP"' },
]

const UNITS: readonly MapRow[] = [
  { to: 'valueQuantity[1]', using: 'CWE[Quantity]', when: 'IF OBX-2 EQUALS "NM"' },
  { to: 'valueQuantity[1]', using: 'CWE[Quantity]', when: `IF ${PLAIN_SN} AND OBX-5.3 NOT IN (":", "/", "-", "+")` },
  { to: 'valueRange[1].low', using: 'CWE[Quantity]', when: `IF ${PLAIN_SN} AND OBX-5.3 EQUALS "-" AND OBX-5.2 VALUED` },
  {
    to: 'valueRange[1].high',
    using: 'CWE[Quantity]',
    when: `IF ${PLAIN_SN} AND OBX-5.3 EQUALS "-" AND OBX-5.4 VALUED`,
  },
  { to: 'valueRatio[1].numerator', using: 'CWE[Quantity]', when: `IF ${PLAIN_SN} AND OBX-5.3 EQUALS "/"` },
  { to: 'valueRange.low', using: 'CWE[Quantity]', when: 'IF OBX-2 EQUALS "NR" AND OBX-5.1 VALUED' },
  { to: 'valueRange.high', using: 'CWE[Quantity]', when: 'IF OBX-2 EQUALS "NR" AND OBX-5.2 VALUED' },
  { to: 'valueSampledData.origin', using: 'CWE[Quantity]', when: 'IF OBX-2 IN ("NA", "MA") AND OBX-5 VALUED' },
]

const PERFORMER = 'performer[2](PractitionerRole'

/** Rows of OBX that both maps share. */
const COMMON: Readonly<Record<string, readonly MapRow[] | null>> = {
  // Where OBX-14 is not valued, the result is of the time that OBR-7 names (HL7 v2.5.1 §7.4.2.14).
  OBX: [
    {
      to: 'effectiveDateTime',
      value: 'OBR-7',
      when: 'IF OBX-14 NOT VALUED AND OBR-7 VALUED AND MSH-9.1 IN ("ORU", "OUL")',
    },
  ],
  'OBX-4': [{ to: '$this', using: 'OG[Extension-Subidentifier]' }],
  'OBX-10': [
    { to: 'extension[2].url', value: NATURE },
    { to: 'extension[2].valueCodeableConcept', using: 'CWE[CodeableConcept]', vocabulary: 'NatureOfAbnormalTesting' },
  ],
  'OBX-15': [{ to: 'performer[2](Organization)', using: 'CWE[Organization]', when: 'IF OBX-23 NOT VALUED' }],
  'OBX-16': [
    { to: 'performer[1](PractitionerRole.practitioner(Practitioner))', using: 'XCN[Practitioner]' },
    { to: 'performer[1](PractitionerRole.code.coding.code)', value: '"responsibleObserver"' },
    {
      to: 'performer[1](PractitionerRole.code.coding.system)',
      value: '"http://terminology.hl7.org/CodeSystem/practitioner-role"',
    },
  ],
  'OBX-19': [
    { to: 'extension[3].url', value: '"http://hl7.org/fhir/StructureDefinition/observation-analysis-date-time"' },
    { to: 'extension[3].valueDateTime' },
  ],
  'OBX-21': [
    { to: 'identifier', using: 'EI[Identifier-Extension]' },
    { to: 'identifier.type.coding.code', value: '"FILL"' },
    { to: 'identifier.type.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v2-0203"' },
  ],
  'OBX-23': [
    { to: 'performer[2](Organization)', using: 'XON[Organization]', when: 'IF OBX-25 NOT VALUED' },
    { to: `${PERFORMER}.organization(Organization))`, using: 'XON[Organization]', when: 'IF OBX-25 VALUED' },
  ],
  'OBX-24': [
    { to: 'performer[2](Organization.address)', using: 'XAD[Address]', when: 'IF OBX-25 NOT VALUED' },
    { to: `${PERFORMER}.organization(Organization.address))`, using: 'XAD[Address]', when: 'IF OBX-25 VALUED' },
  ],
  'OBX-25': [
    { to: `${PERFORMER}.practitioner(Practitioner))`, using: 'XCN[Practitioner]' },
    { to: `${PERFORMER}.code.coding.code)`, value: '"MDIR"' },
    { to: `${PERFORMER}.code.coding.system)`, value: '"http://terminology.hl7.org/CodeSystem/v2-0912"' },
  ],
  'OBX-29': [
    { to: 'category[1].coding.code' },
    { to: 'category[1].coding.system', value: '"http://terminology.hl7.org/CodeSystem/v2-0936"' },
  ],
  'OBX-30': [
    { to: 'extension[4].url', value: '"http://hl7.org/fhir/StructureDefinition/observation-structure-type"' },
    { to: 'extension[4].valueCodeableConcept.coding.code' },
    { to: 'extension[4].valueCodeableConcept.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v2-0937"' },
  ],
  'OBX-33': [
    {
      to: 'specimen(Specimen.identifier[1])',
      using: 'EIP[Identifier-PlacerAssignedIdentifier]',
      when: 'IF OBX-33 COUNT=1',
    },
    {
      to: 'specimen(Specimen.identifier[2])',
      using: 'EIP[Identifier-FillerAssignedIdentifier]',
      when: 'IF OBX-33 COUNT=1',
    },
  ],
}

const SUB_ID = '"http://hl7.org/fhir/StructureDefinition/observation-v2-subid"'

/** OBX, NTE, SPM and the documents that OBX carries. */
export const OBSERVATION_PATCH: MapPatch = {
  segments: {
    'OBX[Observation]': { ...COMMON, 'OBX-5': VALUES, 'OBX-6': UNITS },
    'OBX[Observation-Component]': {
      ...COMMON,
      // The concept of the whole is that of each component, which the end of the run fills in.
      'OBX-3': [{ to: 'code', using: 'CWE[CodeableConcept]' }],
      'OBX-5': valueRows('component[each].', VALUES),
      'OBX-6': null,
      'OBX-7': [{ to: 'referenceRange.text' }],
    },
    'OBX[DocumentReference]': {
      'OBX-5': [
        { to: 'content[1].attachment', using: 'ED[Attachment]', when: 'IF OBX-2 EQUALS "ED"' },
        { to: 'content[3].attachment', using: 'RP[Attachment]', when: 'IF OBX-2 EQUALS "RP"' },
        { to: 'content[4].attachment', using: 'TX[Attachment]', when: 'IF OBX-2 NOT IN ("ED", "RP")' },
      ],
    },
    'NTE[DocumentReference]': { 'NTE-3': [{ to: 'content[1].attachment', using: 'TX[Attachment]' }], 'NTE-9': null },
    'NTE[DiagnosticReport]': { 'NTE-3': [{ to: 'conclusion' }] },
    'SPM[Specimen]': {
      'SPM-3': [{ to: 'parent[1](Specimen.identifier[1])', using: 'EIP[Identifier-PlacerAssignedIdentifier]' }],
      'SPM-14': [{ to: 'note.text' }],
      'SPM-20': [{ to: 'status', vocabulary: 'YesNoIndicator[AvailabilityStatus]' }],
      'SPM-21': null,
      'SPM-32': [
        { to: 'identifier[3]', using: 'EI[Identifier-Extension]' },
        { to: 'identifier[3].type.coding.code', value: '"SHIP"' },
        { to: 'identifier[3].type.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v2-0203"' },
      ],
      'SPM-31': [{ to: 'identifier[4]', using: 'CX[Identifier]' }],
    },
    'TXA[DocumentReference]': {
      'TXA-3': null,
      'TXA-6': [{ to: 'date' }],
      'TXA-16': [{ to: 'identifier[1]', using: 'ST[Identifier]' }],
      'TXA-17': [{ to: 'docStatus', vocabulary: 'DocumentCompletionStatus' }],
      'TXA-19': [
        { to: 'status', value: '"current"', when: 'IF TXA-19 EQUALS "AV"' },
        { to: 'status', value: '"superseded"', when: 'IF TXA-19 EQUALS "OB"' },
        { to: 'status', value: '"entered-in-error"', when: 'IF TXA-19 EQUALS "CA"' },
      ],
    },
  },
  dataTypes: {
    'OG[Extension-Subidentifier]': {
      'OG.1': [
        { to: 'extension[1].url', value: SUB_ID },
        { to: 'extension[1].extension[1].url', value: '"original-sub-identifier"' },
        { to: 'extension[1].extension[1].valueString' },
      ],
      'OG.2': [
        { to: 'extension[1].url', value: SUB_ID },
        { to: 'extension[1].extension[2].url', value: '"group"' },
        { to: 'extension[1].extension[2].valueDecimal' },
      ],
      'OG.3': [
        { to: 'extension[1].url', value: SUB_ID },
        { to: 'extension[1].extension[3].url', value: '"sequence"' },
        { to: 'extension[1].extension[3].valueDecimal' },
      ],
      'OG.4': [
        { to: 'extension[1].url', value: SUB_ID },
        { to: 'extension[1].extension[4].url', value: '"identifier"' },
        { to: 'extension[1].extension[4].valueString' },
      ],
    },
    'CWE[Organization]': {
      'CWE.1': [{ to: 'identifier.value' }],
      'CWE.3': [{ to: 'identifier', using: 'ST[system]', when: 'IF CWE.1 VALUED' }],
    },
  },
}
