import { HL7_VERSIONS, type Hl7Version } from '../src/dictionary/version-id.ts'
import { cmFields, cmTypes } from './cm-types.ts'
import type { Repair } from './repair.ts'
import { dropNoTable, limitRepetitions } from './repair-rules.ts'
import { changeFields, insertComponents, replaceFields, setDataType } from './repair-steps.ts'
import { modelOf } from './version-model.ts'

const BEFORE_2_9 = HL7_VERSIONS.slice(0, -1)
const FROM_2_7_TO_2_8_2: readonly Hl7Version[] = ['2.7', '2.7.1', '2.8', '2.8.1', '2.8.2']

/** Fields, data types and components that the sources have wrong. */
export const elementRepairs: readonly Repair[] = [
  {
    id: 'obx-of-2.5.1',
    versions: ['2.5.1'],
    reason:
      'OBX stops at 22 and has the performing organisation in 20 to 22; 2.5.1 reserves those and puts it in 23 to 25, where laboratories send it.',
    source: 'HL7 v2.5.1 §7.4.2; 2.6 to 2.9 of the same source; voted',
    apply: model =>
      replaceFields(model, 'OBX', 20, [
        'Reserved for harmonization with V2.6||X|1',
        'Reserved for harmonization with V2.6||X|1',
        'Reserved for harmonization with V2.6||X|1',
        'Performing Organization Name|XON||1|567',
        'Performing Organization Address|XAD||1|631',
        'Performing Organization Medical Director|XCN||1|3002',
      ]),
  },
  {
    id: 'withdrawn-components',
    versions: ['2.6', ...FROM_2_7_TO_2_8_2],
    reason:
      'Withdrawn components are left out, so that all after them have too low a number: the name type of an XPN stood at 6 instead of 7.',
    source: 'StructureDefinitions of 2.9, which keep the places; voted',
    apply: model => {
      let changed = insertComponents(model, 'XTN', { 1: 'Telephone Number|ST|W' })
      if (model.version === '2.6') return changed
      changed += insertComponents(model, 'XPN', { 6: 'Degree (e.g., MD)|IS|W', 10: 'Name Validity Range|DR|W' })
      changed += insertComponents(model, 'XCN', { 7: 'Degree (e.g., MD)|IS|W', 17: 'Name Validity Range|DR|W' })
      changed += insertComponents(model, 'PPN', { 7: 'Degree (e.g., MD)|IS|W', 18: 'Name Validity Range|DR|W' })
      changed += insertComponents(model, 'XAD', { 12: 'Address Validity Range|DR|W' })
      changed += insertComponents(model, 'PTA', { 3: 'Money or Percentage Quantity|NM|W' })
      changed += insertComponents(model, 'RMC', { 3: 'Coverage Amount|NM|W' })
      changed += insertComponents(model, 'XON', {
        3: 'ID Number|NM|W',
        4: 'Identifier Check Digit|NM|W',
        5: 'Check Digit Scheme|ID|W',
      })
      return changed
    },
  },
  {
    id: 'composites-of-2.1',
    versions: ['2.1'],
    reason: 'The composite data types have no components.',
    source: 'HL7 v2.1 §2.8; hl7apy',
    apply: model => {
      let changed = setDataType(model, 'AD', [
        'Street Address|ST',
        'Other Designation|ST',
        'City|ST',
        'State or Province|ST',
        'Zip|ST',
        'Country|ST',
      ])
      changed += setDataType(model, 'CK', ['ID Number|NM', 'Check Digit|NM', 'Check Digit Scheme|ID'])
      changed += setDataType(model, 'CN', [
        'ID Number|ST',
        'Family Name|ST',
        'Given Name|ST',
        'Middle Initial or Name|ST',
        'Suffix|ST',
        'Prefix|ST',
        'Degree|ST',
      ])
      changed += setDataType(model, 'CQ', ['Quantity|ST', 'Units|ST'])
      changed += setDataType(model, 'PN', [
        'Family Name|ST',
        'Given Name|ST',
        'Middle Initial or Name|ST',
        'Suffix|ST',
        'Prefix|ST',
        'Degree|ST',
      ])
      return changed + setDataType(model, 'TS', ['Time|ST', 'Degree of Precision|ST'])
    },
  },
  {
    id: 'observation-value-of-2.1',
    versions: ['2.1'],
    reason: 'OBX-5 is ST; its type is the one that OBX-2 names.',
    source: 'HL7 v2.1 §7.3.2; 2.2 of the same source; nHapi',
    apply: model => changeFields(model, { 'OBX-5': { dataType: 'varies' } }),
  },
  {
    id: 'cm-by-field',
    versions: ['2.2', '2.3'],
    reason:
      'CM and, in 2.2, CN and CQ have no components. CM means another composite in every field, so each gets its own.',
    source: 'HL7 v2.2 and v2.3, as in hl7apy',
    apply: model => {
      let changed = 0
      for (const [id, components] of Object.entries(cmTypes[model.version] ?? {})) {
        changed += setDataType(model, id, components)
      }
      for (const [id, paths] of Object.entries(cmFields[model.version] ?? {})) {
        for (const path of paths.split(' ')) changed += changeFields(model, { [path]: { dataType: id } })
      }
      return changed
    },
  },
  {
    id: 'composites-in-composites',
    versions: ['2.2', '2.3'],
    reason: 'TQ and CD have components of the unexplained type CM.',
    source: 'HL7 v2.2 and v2.3 §4.4, §7.14, as in hl7apy',
    apply: model => {
      const cm: Readonly<Record<string, string>> = {
        'TQ.2': 'RI',
        'TQ.10': 'CM_OSD',
        'CD.1': 'CM_WVI',
        'CD.2': 'CM_WVS',
        'CD.3': 'CM_CSU',
        'CD.4': 'CM_CCP',
        'CD.6': 'NR',
      }
      let changed = 0
      for (const [id, dataType] of model.dataTypes) {
        const components = dataType.components.map(component => {
          const named = cm[`${id}.${component.number}`]
          if (component.dataType !== 'CM' || named === undefined) return component
          changed++
          return { ...component, dataType: named }
        })
        model.dataTypes.set(id, { ...dataType, components })
      }
      return changed
    },
  },
  {
    id: 'types-of-2.3',
    versions: ['2.3'],
    reason: 'Three fields have a type that neither neighbouring version nor the chapter gives them.',
    source: 'HL7 v2.3 §3.3, §6.4; 2.3.1; nHapi',
    apply: model =>
      changeFields(model, {
        'EVN-5': { dataType: 'XCN' },
        'MRG-7': { dataType: 'XPN' },
        'IN2-24': { dataType: 'IS' },
      }),
  },
  {
    id: 'counters-of-2.3',
    versions: ['2.3'],
    reason: 'Two counters are coded values.',
    source: 'HL7 v2.3 §4.8.10, §4.8.14; 2.2 and 2.3.1 of the same source',
    apply: model => changeFields(model, { 'RXA-1': { dataType: 'NM' }, 'RXG-1': { dataType: 'NM' } }),
  },
  {
    id: 'tables-of-2.3',
    versions: ['2.2', '2.3'],
    reason: 'Six fields have the table of another field, or none.',
    source: 'HL7 v2.3 chapters 2, 6 and 8; the neighbouring versions of the same source, which agree',
    apply: model =>
      model.version === '2.2'
        ? changeFields(model, { 'UB1-2': { table: undefined } })
        : changeFields(model, {
            'NSC-6': { table: undefined },
            'NST-1': { table: '0136' },
            'PRA-3': { table: '0186' },
            'PRA-4': { table: '0187' },
            'IN2-28': { table: undefined },
          }),
  },
  {
    id: 'required-in-2.3',
    versions: ['2.3'],
    reason:
      'The plan of an insurance and the code of a procedure are required in 2.2, 2.3.1 and nHapi, not in the source.',
    source: 'HL7 v2.3 §6.4.3, §6.4.6; voted',
    apply: model => changeFields(model, { 'IN1-2': { optionality: 'R' }, 'PR1-3': { optionality: 'R' } }),
  },
  {
    id: 'tables-of-2.7',
    versions: ['2.7'],
    reason: 'OBX-8 has lost its table, and units of inventories have that of packages.',
    source: 'HL7 v2.7 §7.4.2, §17.4; 2.6 and 2.7.1 of the same source',
    apply: model =>
      changeFields(model, {
        'OBX-8': { table: '0078' },
        'IIM-9': { table: undefined },
        'IIM-13': { table: undefined },
        'ILT-6': { table: undefined },
        'ILT-10': { table: undefined },
      }),
  },
  {
    id: 'units-of-2.8.1',
    versions: ['2.8.1'],
    reason: 'OBX-6 is marked as deprecated, which neither 2.8 nor 2.8.2 does.',
    source: 'HL7 v2.8.1 §7.4.2; nHapi',
    apply: model => changeFields(model, { 'OBX-6': { optionality: 'O' } }),
  },
  {
    id: 'no-table',
    versions: ['2.4', '2.5', '2.5.1'],
    reason: 'Table 9999 is called "no table for CE": it stands for none.',
    source: 'the source itself',
    apply: dropNoTable,
  },
  {
    id: 'never-required',
    versions: ['2.3', '2.3.1'],
    reason:
      'OBR-27 of 2.3 and OBX-2 and 4 of 2.3.1 are marked as required; messages of those versions leave them out, and the neighbouring versions too.',
    source: 'HL7 v2.3 §4.5.1, v2.3.1 §7.3.2; nHapi',
    apply: model =>
      model.version === '2.3'
        ? changeFields(model, { 'OBR-27': { optionality: 'O' } })
        : changeFields(model, { 'OBX-2': { optionality: 'C' }, 'OBX-4': { optionality: 'C' } }),
  },
  {
    id: 'conditional-observation',
    versions: ['2.3', '2.4', '2.5', '2.5.1', '2.6', ...FROM_2_7_TO_2_8_2],
    reason:
      'OBX-2 and OBX-4 are conditional; the source knows required and optional only, and has OBX-4 of 2.8 as deprecated.',
    source: 'HL7 v2.5.1 §7.4.2, v2.9 §7.4.2',
    apply: model => changeFields(model, { 'OBX-2': { optionality: 'C' }, 'OBX-4': { optionality: 'C' } }),
  },
  {
    id: 'diagnosis-types',
    versions: ['2.6', ...FROM_2_7_TO_2_8_2],
    reason: 'Three deprecated fields of DG1 kept the type CE, which 2.6 replaced by CWE and CNE.',
    source: 'HL7 v2.6 §6.5.2; nHapi',
    apply: model =>
      changeFields(model, {
        'DG1-7': { dataType: 'CNE' },
        'DG1-8': { dataType: 'CNE' },
        'DG1-11': { dataType: 'CWE' },
      }),
  },
  {
    id: 'observation-repetitions-of-2.4',
    versions: ['2.4'],
    reason: 'The repetitions of OBX-8 to 16 stand one line off.',
    source: 'HL7 v2.4 §7.4.2; 2.3.1 and 2.5; nHapi',
    apply: model =>
      changeFields(model, {
        'OBX-8': { repetitionsMax: 5 },
        'OBX-9': { repetitionsMax: 1 },
        'OBX-10': { repetitionsMax: Infinity },
        'OBX-16': { repetitionsMax: Infinity },
      }),
  },
  {
    id: 'repetitions-of-2.6-and-2.7',
    versions: ['2.6', '2.7'],
    reason: 'Fields that were new then are marked as repeating; 2.7.1 and 2.9 do not repeat them.',
    source: 'StructureDefinitions of 2.9; 2.7.1 of the same source; nHapi',
    apply: (model, models) => {
      const paths =
        'OBX-26 PAC-1 PAC-2 PAC-3 PAC-4 PAC-5 PRD-10 PRD-14 PRT-1 SHP-1 SHP-3 SHP-4 SHP-5 SHP-6 SHP-8 SPM-32'.split(' ')
      const single = paths.filter(path => {
        const [id = '', number] = path.split('-')
        return modelOf(models, '2.7.1').segments.get(id)?.fields[Number(number) - 1]?.repetitionsMax === 1
      })
      return changeFields(model, Object.fromEntries(single.map(path => [path, { repetitionsMax: 1 }])))
    },
  },
  {
    id: 'limited-repetitions',
    versions: BEFORE_2_9,
    reason:
      'Limits of repetitions are lost: as none up to 2.5.1, and as "does not repeat" from 2.6 on (OBR-17, UB2, ODS-2).',
    source: 'StructureDefinitions of 2.9, for fields of the same number and name; nHapi agrees for every version',
    apply: limitRepetitions,
  },
  {
    id: 'limited-repetitions-of-old',
    versions: ['2.1', '2.2', '2.3', '2.3.1', '2.4'],
    reason: 'The same for limits that later versions dropped.',
    source: 'HL7 v2.1 to v2.4, as in nHapi',
    apply: model =>
      changeFields(
        model,
        Object.fromEntries(
          (
            {
              '2.1': 'OBR-28=5 OBX-8=5 PID-13=3 PID-14=3 PV1-20=4 RX1-15=5 RX1-28=5 RX1-29=5 UB1-7=5 UB1-10=8 UB1-16=5',
              '2.2':
                'GT1-6=3 GT1-7=3 GT1-18=3 IN1-7=3 IN3-16=3 IN3-19=3 NK1-5=3 OBR-28=5 OBX-8=5 ODT-3=2 PID-11=3 PID-13=3 PID-14=3 PV1-20=4 STF-11=2 UB1-7=5 UB1-10=8 UB1-16=5',
              '2.3': 'OBR-28=5 OBX-8=5 STF-11=2 UB1-7=5 UB1-10=8 UB1-16=5',
              '2.3.1': 'OBR-28=5 OBX-8=5 OBX-9=5 UB1-7=5 UB1-10=8 UB1-16=5',
              '2.4': 'OBR-28=5 UB1-7=5 UB1-10=8 UB1-16=5',
            }[model.version as string] ?? ''
          )
            .split(' ')
            .map(pair => [pair.split('=')[0], { repetitionsMax: Number(pair.split('=')[1]) }]),
        ),
      ),
  },
]
