import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldDefinition } from './definition.ts'
import type { Dictionary } from './dictionary.ts'
import { DictionaryError } from './dictionary-error.ts'
import { loadDictionary, loadedDictionary } from './load.ts'
import { formatNodes } from './structure-text.ts'
import { HL7_VERSIONS, type Hl7Version, nearestVersion } from './version-id.ts'

test('looking up a version that was not loaded says what to do', () => {
  assert.throws(
    () => loadedDictionary('2.2'),
    (error: unknown) =>
      error instanceof DictionaryError &&
      error.code === 'dictionary-not-loaded' &&
      error.message.includes("await loadDictionary('2.2')"),
  )
})

/**
 * Fields as the standard's chapters print them: path, data type, optionality (R or not), repeats, length ('' where the version has
 * none), table, name. Read off HL7 v2.1 to v2.9, not off the sources of the dictionary.
 */
const FIELDS: Readonly<Partial<Record<Hl7Version, string>>> = {
  '2.1': `
    MSH-9|ID|R|1|7|0076|MESSAGE TYPE
    OBX-5|varies|R|1|65|
    PID-5|PN|R|1|48||PATIENT NAME`,
  '2.2': `
    MSH-9|CM_MSG|R|1|7|0076|Message type
    PID-3|CM_PAT_ID|R|*|20
    PID-5|PN|R|1|48||Patient Name
    OBX-11|ID|R|1|2|0085`,
  '2.3': `
    MSH-9|CM_MSG|R|1|7||Message Type
    MSH-12|ID|R|1|8|0104|Version ID
    PID-3|CX|R|*|20||Patient ID (Internal ID)
    PID-5|XPN|R|1|48||Patient Name
    PV1-2|ID|R|1|1|0004|Patient Class
    PV1-3|PL||1|12||Assigned Patient Location
    OBR-4|CE|R|1|200||Universal Service Identifier
    OBX-11|ID|R|1|1|0085`,
  '2.3.1': `
    PID-3|CX|R|*|20||Patient Identifier List
    PID-5|XPN|R|*|48||Patient Name
    MSH-9|MSG|R|1|7|0076|Message Type
    OBX-2|ID|C|1|3|0125|Value Type`,
  '2.4': `
    PID-7|TS||1|26||Date/Time of Birth
    PID-8|IS||1|1|0001|Administrative Sex
    OBX-8|IS||5|5|0078|Abnormal Flags
    OBX-10|ID||*|2|0080|Nature of Abnormal Test
    MSH-18|ID||*|16|0211|Character Set`,
  '2.5': `
    PID-3|CX|R|*|250||Patient Identifier List
    SPM-4|CWE|R|1|250|0487|Specimen Type
    OBR-25|ID||1|1|0123|Result Status`,
  '2.5.1': `
    MSH-3|HD||1|227|0361|Sending Application
    MSH-7|TS|R|1|26||Date/Time of Message
    MSH-9|MSG|R|1|15||Message Type
    MSH-10|ST|R|1|20||Message Control ID
    MSH-11|PT|R|1|3||Processing ID
    MSH-12|VID|R|1|60||Version ID
    MSH-15|ID||1|2|0155|Accept Acknowledgment Type
    MSH-21|EI||*|427||Message Profile Identifier
    MSA-1|ID|R|1|2|0008|Acknowledgment Code
    ERR-2|ERL||*|18||Error Location
    ERR-3|CWE|R|1|705|0357|HL7 Error Code
    ERR-4|ID|R|1|2|0516|Severity
    ERR-6|ST||10|80||Application Error Parameter
    PID-1|SI||1|4||Set ID - PID
    PID-3|CX|R|*|250||Patient Identifier List
    PID-5|XPN|R|*|250||Patient Name
    PID-7|TS||1|26||Date/Time of Birth
    PID-8|IS||1|1|0001|Administrative Sex
    PID-10|CE||*|250|0005|Race
    PID-11|XAD||*|250||Patient Address
    PID-13|XTN||*|250||Phone Number - Home
    PID-18|CX||1|250||Patient Account Number
    PID-30|ID||1|1|0136|Patient Death Indicator
    PID-39|CWE||*|250|0171|Tribal Citizenship
    PV1-2|IS|R|1|1|0004|Patient Class
    PV1-3|PL||1|80||Assigned Patient Location
    PV1-7|XCN||*|250|0010|Attending Doctor
    PV1-19|CX||1|250||Visit Number
    PV1-44|TS||1|26||Admit Date/Time
    NK1-3|CE||1|250|0063|Relationship
    AL1-3|CE|R|1|250||Allergen Code/Mnemonic/Description
    DG1-6|IS|R|1|2|0052|Diagnosis Type
    IN1-2|CE|R|1|250|0072|Insurance Plan ID
    ORC-1|ID|R|1|2|0119|Order Control
    ORC-14|XTN||2|250||Call Back Phone Number
    OBR-4|CE|R|1|250||Universal Service Identifier
    OBR-16|XCN||*|250||Ordering Provider
    OBR-17|XTN||2|250||Order Callback Phone Number
    OBR-26|PRL||1|400||Parent Result
    OBR-49|IS||1|2|0507|Result Handling
    OBX-2|ID|C|1|2|0125|Value Type
    OBX-3|CE|R|1|250||Observation Identifier
    OBX-5|varies||*|99999||Observation Value
    OBX-8|IS||*|5|0078|Abnormal Flags
    OBX-11|ID|R|1|1|0085|Observation Result Status
    OBX-20||X|1|||Reserved for harmonization with V2.6
    OBX-23|XON||1|567||Performing Organization Name
    OBX-24|XAD||1|631||Performing Organization Address
    OBX-25|XCN||1|3002||Performing Organization Medical Director
    NTE-3|FT||*|65536||Comment
    TQ1-7|TS||1|26||Start date/time
    SPM-4|CWE|R|1|250|0487|Specimen Type
    RXA-5|CE|R|1|250|0292|Administered Code
    RXE-2|CE|R|1|250|0292|Give Code
    TXA-12|EI|R|1|30||Unique Document Number
    SCH-6|CE|R|1|250||Event Reason
    AIS-3|CE|R|1|250||Universal Service Identifier
    MRG-1|CX|R|*|250||Prior Patient Identifier List`,
  '2.6': `
    PID-7|DTM||1|24||Date/Time of Birth
    OBX-3|CWE|R|1|705||Observation Identifier
    OBR-17|XTN||2|2743||Order Callback Phone Number`,
  '2.7': `
    PID-2|CX|W|1|||Patient ID
    PID-3|CX|R|*|||Patient Identifier List
    PID-10|CWE||*||0005|Race
    UB2-3|CWE||7||0043|Condition Code (24-30)`,
  '2.7.1': `
    PID-3|CX|R|*|||Patient Identifier List
    OBX-11|ID|R|1|1|0085|Observation Result Status`,
  '2.8.2': `
    PRT-4|CWE|R|1||0912|Participation
    PID-8|CWE||1||0001|Administrative Sex`,
  '2.9': `
    PID-2|CX|W|1|||Patient ID
    PID-3|CX|R|*|||Patient Identifier List
    OBX-2|ID|C|1|3|0125|Value Type
    OBX-4|OG|C|1|||Observation Sub-ID
    GSP-5|CWE|R|1||0821`,
}

for (const [version, lines] of Object.entries(FIELDS)) {
  test(`fields of ${version} are those of the standard`, async () => {
    const dictionary = await loadDictionary(version)
    const wanted = lines
      .trim()
      .split('\n')
      .map(line => line.trim().toLowerCase())
    const found = wanted.map(line => {
      const [path = '', ...cells] = line.split('|')
      return [path, ...describe(fieldAt(dictionary, path)).slice(0, cells.length)].join('|').toLowerCase()
    })
    assert.deepEqual(found, wanted)
  })
}

function fieldAt(dictionary: Dictionary, path: string): FieldDefinition {
  const [id = '', number] = path.split('-')
  const field = dictionary.field(id.toUpperCase(), Number(number))
  assert.ok(field, `${dictionary.version} ${path}`)
  return field
}

function describe(field: FieldDefinition): string[] {
  return [
    field.dataType,
    field.optionality === 'O' ? '' : field.optionality,
    field.repetitionsMax === Infinity ? '*' : String(field.repetitionsMax),
    String(field.lengthMax ?? ''),
    field.table ?? '',
    field.name,
  ]
}

const STRUCTURES: readonly (readonly [Hl7Version, string, string])[] = [
  [
    '2.5.1',
    'ADT_A01',
    'MSH SFT* EVN PID PD1? ROL* NK1* PV1 PV2? ROL* DB1* OBX* AL1* DG1* DRG? PROCEDURE*(PR1 ROL*) GT1* INSURANCE*(IN1 IN2? IN3* ROL*) ACC? UB1? UB2? PDA?',
  ],
  [
    '2.3.1',
    'ORU_R01',
    'MSH PATIENT_RESULT+(PATIENT?(PID PD1? NK1* NTE* VISIT?(PV1 PV2?)) ORDER_OBSERVATION+(ORC? OBR NTE* OBSERVATION+(OBX? NTE*) CTI*)) DSC?',
  ],
  ['2.5.1', 'ACK', 'MSH SFT* MSA ERR*'],
  [
    '2.5.1',
    'ORM_O01',
    'MSH NTE* PATIENT?(PID PD1? NTE* PATIENT_VISIT?(PV1 PV2?) INSURANCE*(IN1 IN2? IN3?) GT1? AL1*) ORDER+(ORC ORDER_DETAIL?(OBRRQDRQ1RXOODSODT_SUPPGRP<OBR RQD RQ1 RXO ODS ODT> NTE* CTD? DG1* OBSERVATION*(OBX NTE*)) FT1* CTI* BLG?)',
  ],
  ['2.1', 'ADT_A03', 'MSH EVN PID PV1'],
  ['2.6', 'RTB_K13', 'MSH SFT* UAC? MSA ERR? QAK QPD ROW_DEFINITION?(RDF RDT* DSC?)'],
  [
    '2.8',
    'EHC_E15',
    'MSH SFT* UAC* PAYMENT_REMITTANCE_HEADER_INFO(PMT PYE) PAYMENT_REMITTANCE_DETAIL_INFO*(IPR IVC PRODUCT_SERVICE_SECTION+(PSS PRODUCT_SERVICE_GROUP+(PSG PSL_ITEM_INFO+(PSL ADJ*)))) ADJUSTMENT_PAYEE*(ADJ PRT? ROL?)',
  ],
]

test('structures are those of the standard', async () => {
  for (const [version, id, nodes] of STRUCTURES) {
    const dictionary = await loadDictionary(version)
    assert.equal(formatNodes(dictionary.structure(id)?.nodes ?? []), nodes, `${version} ${id}`)
  }
})

test('components stand at their numbers, withdrawn ones keeping their places', async () => {
  for (const version of ['2.5.1', '2.6', '2.7', '2.7.1', '2.8', '2.8.1', '2.8.2', '2.9']) {
    const dictionary = await loadDictionary(version)
    assert.equal(dictionary.dataType('XPN')?.components[6]?.name, 'Name Type Code', version)
    assert.equal(dictionary.dataType('XAD')?.components[12]?.name, 'Effective Date', version)
    assert.equal(dictionary.dataType('XCN')?.components[8]?.name, 'Assigning Authority', version)
    assert.equal(dictionary.dataType('XTN')?.components[11]?.name.startsWith('Unformatted'), true, version)
    assert.equal(dictionary.dataType('XON')?.components[9]?.name, 'Organization Identifier', version)
    assert.equal(dictionary.dataType('CX')?.components[4]?.table, '0203', version)
  }
})

test('tables have codes with meanings, and tell whose they are', async () => {
  const dictionary = await loadDictionary('2.5.1')
  const sex = dictionary.table('0001')
  assert.equal(sex?.name, 'Administrative Sex')
  assert.equal(sex.kind, 'user')
  assert.deepEqual(
    sex.codes.map(({ code }) => code),
    ['A', 'F', 'M', 'N', 'O', 'U'],
  )
  assert.equal(dictionary.table('0085')?.kind, 'hl7')
  assert.equal(
    dictionary
      .table('0085')
      ?.codes.find(({ code }) => code === 'F')
      ?.meaning.startsWith('Final results'),
    true,
  )
})

test('a path has the names along it', async () => {
  const dictionary = await loadDictionary('2.5.1')
  assert.equal(dictionary.nameOf('PID'), 'Patient Identification')
  assert.equal(dictionary.nameOf('PID-3'), 'Patient Identifier List')
  assert.equal(dictionary.nameOf('PID-3.1'), 'Patient Identifier List / ID Number')
  assert.equal(dictionary.nameOf('PID-3[2].4.1'), 'Patient Identifier List / Assigning Authority / Namespace ID')
  assert.equal(dictionary.nameOf('PID-8.1'), 'Administrative Sex')
  assert.equal(dictionary.nameOf('OBX[3]-5.2', 'CE'), 'Observation Value / Text')
  assert.equal(dictionary.nameOf('OBX-5.2'), undefined)
  assert.equal(dictionary.nameOf('PID-8.2'), undefined)
  assert.equal(dictionary.nameOf('PID-99'), undefined)
  assert.equal(dictionary.nameOf('ZZZ-1'), undefined)
  assert.equal(dictionary.nameOf('no path'), undefined)
  assert.equal(dictionary.element('PID-3.5')?.table, '0203')
})

test('a message type finds its structure', async () => {
  const dictionary = await loadDictionary('2.5.1')
  assert.equal(dictionary.structureOf('ORU', 'R01')?.id, 'ORU_R01')
  assert.equal(dictionary.structureOf('ADT', 'A04')?.id, 'ADT_A01')
  assert.equal(dictionary.structureOf('ADT', 'A28')?.id, 'ADT_A05')
  assert.equal(dictionary.structureOf('SIU', 'S14')?.id, 'SIU_S12')
  assert.equal(dictionary.structureOf('ACK', 'A01')?.id, 'ACK')
  assert.equal(dictionary.structureOf('ACK')?.id, 'ACK')
  assert.equal(dictionary.structureOf('XYZ', 'A01'), undefined)
  assert.equal((await loadDictionary('2.3')).structureOf('ADT', 'A31')?.id, 'ADT_A01')
  assert.equal((await loadDictionary('2.9')).structureOf('ADT', 'A11')?.id, 'ADT_A09')
})

test('a withdrawn structure is known as such', async () => {
  const order = (await loadDictionary('2.8')).structureOf('ORM', 'O01')
  assert.equal(order?.withdrawn, true)
  assert.equal((await loadDictionary('2.6')).structureOf('ORM', 'O01')?.withdrawn, false)
})

test('a version that is not known is read as the nearest one', async () => {
  const wanted: readonly (readonly [string, Hl7Version])[] = [
    ['2.5.1', '2.5.1'],
    ['2.5.2', '2.5.1'],
    ['2.3.2', '2.3.1'],
    ['2.9.1', '2.9'],
    ['2.10', '2.9'],
    ['3.0', '2.9'],
    ['2.0', '2.1'],
    ['2.0D', '2.1'],
    [' 2.4 ', '2.4'],
    ['2.5.1^NOR', '2.5.1'],
    ['2.5.0', '2.5'],
    ['', '2.5.1'],
    ['P', '2.5.1'],
  ]
  for (const [declared, nearest] of wanted) assert.equal(nearestVersion(declared), nearest, declared)
  assert.equal((await loadDictionary('2.5.2')).version, '2.5.1')
})

test('a version is loaded once, and looked up without waiting from then on', async () => {
  const [first, second] = await Promise.all([loadDictionary('2.2'), loadDictionary('2.2')])
  assert.equal(first, second)
  assert.equal(loadedDictionary('2.2'), first)
})

test('there is a dictionary for every version', async () => {
  for (const version of HL7_VERSIONS) assert.equal((await loadDictionary(version)).version, version)
})
