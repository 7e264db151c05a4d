import { HL7_VERSIONS } from '../src/dictionary/version-id.ts'
import { completeEvents, readEvents } from './message-events.ts'
import type { Repair } from './repair.ts'
import { flattenSoleChoices, nameAlternatives, orderFalseChoices, takeOverStructures } from './repair-rules.ts'
import { changeNodes, setStructure, takeOver } from './repair-steps.ts'
import { modelOf } from './version-model.ts'

const BEFORE_2_9 = HL7_VERSIONS.slice(0, -1)

/** Message structures that the sources have wrong or do not have. */
export const structureRepairs: readonly Repair[] = [
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
    id: 'discharge-of-2.1',
    versions: ['2.1'],
    reason: 'ADT_A03 stops before PV1, which tells where the patient is discharged from.',
    source: 'HL7 v2.1 §3.2.3; nHapi',
    apply: model => setStructure(model, 'ADT_A03', 'MSH EVN PID PV1'),
  },
  {
    id: 'any-segment-of-master-files',
    versions: ['2.2', '2.3', '2.3.1'],
    reason: 'Master file entries of user-defined files lack the place for their own segments.',
    source: 'HL7 v2.2 to v2.3.1 §8.4; 2.4 of the same source; nHapi',
    apply: model => {
      let changed = 0
      for (const id of ['MFN_M01', 'MFR_M01', 'MFN_M02', 'MFN_M03', 'MFR_M02', 'MFR_M03']) {
        changed += changeNodes(model, id, node => {
          const bare = node.kind === 'group' && node.nodes.length === 1 && node.name.startsWith('MF')
          return [bare ? { ...node, nodes: [...node.nodes, { kind: 'any', min: 0, max: 1 }] } : node]
        })
      }
      return changed
    },
  },
  {
    id: 'master-files-of-2.3',
    versions: ['2.3'],
    reason:
      'The structure of charge descriptions stands under M06, clinical studies with phases have none, and two test files lack OM1.',
    source: 'HL7 v2.3 §8.4 to 8.9; 2.3.1 of the same source; nHapi',
    apply: model =>
      setStructure(model, 'MFN_M04', 'MSH MFI MF_CDM+(MFE CDM PRC*)') +
      setStructure(model, 'MFN_M06', 'MSH MFI MF_CLIN_STUDY+(MFE CM0 MF_PHASE_SCHED_DETAIL*(CM1 CM2*))') +
      setStructure(model, 'MFN_M09', 'MSH MFI MF_TEST_CATEGORICAL+(MFE OM1 MF_TEST_CAT_DETAIL?(OM3 OM4*))') +
      setStructure(model, 'MFN_M10', 'MSH MFI MF_TEST_BATTERIES+(MFE OM1 MF_TEST_BATT_DETAIL?(OM5 OM4*))'),
  },
  {
    id: 'any-segment-of-queries',
    versions: ['2.4', '2.7'],
    reason: 'The place for segments that the query itself declares is lost; a group is left empty, or lost with it.',
    source: 'HL7 v2.4 and v2.7 §5.3 to 5.4; 2.5 and 2.8 of the same source; nHapi',
    apply: model =>
      model.version === '2.4'
        ? setStructure(model, 'QBP_Q13', 'MSH QPD QBP?(#?) RDF? RCP DSC?') +
          setStructure(model, 'QBP_Q15', 'MSH QPD #? RCP DSC?') +
          setStructure(model, 'QVR_Q17', 'MSH QPD #? RCP DSC?') +
          setStructure(model, 'RSP_K11', 'MSH MSA ERR? QAK QPD #? DSC?')
        : setStructure(model, 'QBP_Q11', 'MSH SFT* UAC? QPD QBP?(#?) RCP DSC?') +
          setStructure(model, 'QBP_Q13', 'MSH SFT* UAC? QPD QBP?(#?) RDF? RCP DSC?'),
  },
  {
    id: 'queries-of-2.6',
    versions: ['2.6'],
    reason:
      'Three query structures are jumbled: a request with its response behind it, a tail twice, a table without its rows.',
    source: 'HL7 v2.6 §5.3 to 5.4; 2.5.1 and 2.7 of the same source; nHapi',
    apply: model =>
      setStructure(model, 'QBP_Qnn', 'MSH SFT* UAC? QPD RDF? RCP DSC?') +
      setStructure(model, 'QBP_Q15', 'MSH SFT* UAC? QPD #? RCP DSC?') +
      setStructure(model, 'RTB_K13', 'MSH SFT* UAC? MSA ERR? QAK QPD ROW_DEFINITION?(RDF RDT* DSC?)'),
  },
  {
    id: 'visit-of-2.8.2',
    versions: ['2.8.2'],
    reason: 'PV1 stands before its group VISIT in two financial messages.',
    source: '2.8.1 and 2.9 of the same sources',
    apply: (model, models) => {
      const older = modelOf(models, '2.8.1').structures
      for (const id of ['DFT_P03', 'DFT_P11']) model.structures.set(id, older.get(id) ?? [])
      return 2
    },
  },
  {
    id: 'participation-of-2.8.1',
    versions: ['2.8.1'],
    reason: 'PRT after OBR is lost in ORG_O20.',
    source: '2.8 and 2.8.2 of the same source; nHapi',
    apply: model =>
      changeNodes(model, 'ORG_O20', node =>
        node.kind === 'group' && node.name === 'OBSERVATION_GROUP'
          ? [{ ...node, nodes: [...node.nodes, { kind: 'segment', id: 'PRT', min: 0, max: Infinity }] }]
          : [node],
      ),
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
    versions: HL7_VERSIONS.slice(8),
    reason: 'Structures name segments that 2.7 withdrew and the source leaves out; such messages still arrive.',
    source: '2.6 of the same source',
    apply: (model, models) => takeOver(model, models, '2.6', ['QRD', 'QRF', 'UB1', 'URD', 'URS']),
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
  {
    id: 'withdrawn-structures',
    versions: HL7_VERSIONS.slice(4),
    reason:
      'Messages that a version withdrew (ORM from 2.7 on) still arrive under it, and are read as what they were. Not those whose event has another structure now.',
    source: 'The last version from 2.3 on that has the structure',
    apply: takeOverStructures,
  },
  {
    id: 'events-of-withdrawn-structures',
    versions: 'all',
    reason: 'Their trigger events are not in the table of the version that withdrew them.',
    source: 'The nearest version that knows the event',
    apply: completeEvents,
  },
]
