import { HL7_VERSIONS, type Hl7Version } from '../src/dictionary/version-id.ts'
import { cmFields, cmTypes } from './cm-types.ts'
import { completeEvents, readEvents } from './message-events.ts'
import type { Repair } from './repair.ts'
import {
  bindComponents,
  flattenSoleChoices,
  limitRepetitions,
  markWithdrawn,
  nameAlternatives,
  nameSegments,
  orderFalseChoices,
  takeOverDataTypes,
  takeOverTables,
  typeWithdrawn,
} from './repair-rules.ts'
import { changeFields, changeNodes, insertComponents, replaceFields, setDataType, takeOver } from './repair-steps.ts'
import { modelOf } from './version-model.ts'

const FROM_2_2 = HL7_VERSIONS.slice(1)
const BEFORE_2_9 = HL7_VERSIONS.slice(0, -1)
const FROM_2_7_TO_2_8_2: readonly Hl7Version[] = ['2.7', '2.7.1', '2.8', '2.8.1', '2.8.2']

/**
 * Every deviation of the dictionary from its sources, in the order in which they are applied; docs/adr/0014 tells how they were found.
 * "Voted" means: of the source, hl7apy and the nHapi model (looked at, not copied) two agree, and the neighbouring versions with them.
 */
export const repairs: readonly Repair[] = [
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
  {
    id: 'false-choices',
    versions: 'all',
    reason: 'Groups of financial and query messages are marked as a choice of their segments; they are sequences.',
    source: 'HL7 v2.8 chapters 5, 16 and 17; StructureDefinitions of 2.9',
    apply: model =>
      orderFalseChoices(model, ['QUERY_INFORMATION', 'QUERY', 'PAYMENT_REMITTANCE_HEADER_INFO']) +
      flattenSoleChoices(model),
  },
  {
    id: 'unnamed-alternatives',
    versions: ['2.9'],
    reason: 'Alternatives that are sequences have no name; a path needs one.',
    source: 'own naming, after the first segment',
    apply: nameAlternatives,
  },
  {
    id: 'pd1-in-2.1',
    versions: ['2.1'],
    reason: 'A structure names PD1, which came with 2.3.',
    source: 'HL7 v2.1',
    apply: model =>
      [...model.structures.keys()].reduce(
        (sum, id) => sum + changeNodes(model, id, node => (node.kind === 'segment' && node.id === 'PD1' ? [] : [node])),
        0,
      ),
  },
  {
    id: 'structures-of-2.7.1',
    versions: ['2.7.1'],
    reason: 'There are no structures.',
    source:
      'Those of 2.7, which 2.7.1 only corrects in its chapters 2, 4 and 7; compared with the nHapi model of 2.7.1',
    apply: (model, models) => {
      for (const [id, nodes] of modelOf(models, '2.7').structures) model.structures.set(id, nodes)
      return model.structures.size
    },
  },
  {
    id: 'segments-of-withdrawn-messages',
    versions: FROM_2_7_TO_2_8_2,
    reason: 'Structures name segments that 2.7 withdrew and the source leaves out; such messages still arrive.',
    source: '2.6 of the same source',
    apply: (model, models) => takeOver(model, models, '2.6', ['QRD', 'QRF', 'UB1', 'URD', 'URS']),
  },
  {
    id: 'withdrawn-fields',
    versions: ['2.6', ...FROM_2_7_TO_2_8_2],
    reason:
      'The source says "deprecated" both of fields that are kept for backward compatibility and of those that are withdrawn.',
    source: 'StructureDefinitions of 2.9',
    apply: markWithdrawn,
  },
  {
    id: 'types-of-withdrawn-fields',
    versions: ['2.9'],
    reason: 'Withdrawn fields and components have no data type; they still arrive, and are read as what they were.',
    source: '2.8.2',
    apply: typeWithdrawn,
  },
  {
    id: 'withdrawn-data-types',
    versions: FROM_2_2,
    reason: 'Fields refer to data types that the version withdrew.',
    source: 'The last version that defines them',
    apply: takeOverDataTypes,
  },
  {
    id: 'value-types',
    versions: ['2.6', ...FROM_2_7_TO_2_8_2, '2.9'],
    reason: 'OBX-2 still says CE, TS or CN, in every hospital.',
    source: 'The last version that defines them',
    apply: (model, models) => takeOver(model, models, '2.5.1', ['CE', 'TS', 'CN', 'CK', 'PN', 'TN']),
  },
  {
    id: 'tables-of-2.9',
    versions: ['2.9'],
    reason: 'The StructureDefinitions have no codes; HL7 publishes them elsewhere.',
    source: 'Tables of 2.8.2',
    apply: (model, models) => {
      for (const [id, table] of modelOf(models, '2.8.2').tables) model.tables.set(id, table)
      return model.tables.size
    },
  },
  {
    id: 'tables-of-components',
    versions: BEFORE_2_9,
    reason: 'Components have no tables.',
    source: 'StructureDefinitions of 2.9, for components of the same name where the version has the table',
    apply: bindComponents,
  },
  {
    id: 'missing-tables',
    versions: 'all',
    reason: 'Fields refer to tables that the source does not have.',
    source: 'The nearest version that has them; else a user-defined table without codes',
    apply: takeOverTables,
  },
  {
    id: 'segment-names',
    versions: 'all',
    reason: 'Segments have no names.',
    source: 'StructureDefinitions of 2.9 and segment-names.ts',
    apply: nameSegments,
  },
  {
    id: 'structures-of-siu',
    versions: BEFORE_2_9,
    reason: 'SIU_S13 to SIU_S27 are given as structures of their own; all scheduling events use SIU_S12.',
    source: 'Table 0354 and chapter 10 of each version',
    apply: model => {
      const names = [...model.structures.keys()].filter(id => id.startsWith('SIU_') && id !== 'SIU_S12')
      for (const id of names) model.structures.delete(id)
      return names.length
    },
  },
  {
    id: 'events',
    versions: BEFORE_2_9,
    reason: 'Which structure a trigger event uses stands as text in table 0354, with misprints.',
    source: 'Table 0354 of each version',
    apply: readEvents,
  },
  {
    id: 'events-left-out',
    versions: 'all',
    reason: 'Table 0354 leaves events out, and versions before 2.3.1 do not have it.',
    source: 'The nearest version that knows the event, where this one has the structure',
    apply: completeEvents,
  },
]
