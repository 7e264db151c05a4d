import { HL7_VERSIONS, type Hl7Version } from '../src/dictionary/version-id.ts'
import type { Repair } from './repair.ts'
import {
  bindComponents,
  bindOlderComponents,
  dropTablesOfLaterComponents,
  markWithdrawn,
  nameSegments,
  takeOverDataTypes,
  takeOverTables,
  typeWithdrawn,
} from './repair-rules.ts'
import { takeOver } from './repair-steps.ts'
import { modelOf } from './version-model.ts'

const FROM_2_2 = HL7_VERSIONS.slice(1)
const BEFORE_2_9 = HL7_VERSIONS.slice(0, -1)
const FROM_2_7_TO_2_8_2: readonly Hl7Version[] = ['2.7', '2.7.1', '2.8', '2.8.1', '2.8.2']

/** What the sources leave out and other versions know. */
export const completions: readonly Repair[] = [
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
    id: 'tables-of-older-components',
    versions: ['2.2', '2.3', '2.3.1', '2.4', '2.5', '2.5.1', '2.6', '2.7', '2.7.1'],
    reason: 'The same for components and data types that 2.9 does not have any more, or has with another table.',
    source: 'HL7 v2.5.1 chapter 2A; hl7apy; nHapi',
    apply: bindOlderComponents,
  },
  {
    id: 'tables-of-later-components',
    versions: 'all',
    reason:
      'A field has the table of a component that is not its first (0061, check digit schemes, for a CX): its value would be looked up in it.',
    source: 'The data types; for CQ, DIN and EIP the chapters of the fields',
    apply: dropTablesOfLaterComponents,
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
]
