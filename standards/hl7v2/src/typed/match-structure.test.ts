import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDictionary } from '../dictionary/load.ts'
import { parseNodes } from '../dictionary/structure-text.ts'
import { type GroupMatch, isGroupMatch, matchStructure, type NamedSegment } from './match-structure.ts'

const dictionary = await loadDictionary('2.5.1')

/** The match as text: `MSH PATIENT(PID)`, with extras behind a `!`. */
function matched(segments: string, structure: string): string {
  const definition = dictionary.structure(structure) ?? { id: '', withdrawn: false, nodes: parseNodes(structure) }
  const match = matchStructure(
    segments.split(' ').map(id => ({ id })),
    definition,
  )
  const deviations = match.deviations.map(({ kind, segment }) => `${kind} ${segment.id}`)
  return [show(match.message), ...deviations].join('; ')
}

function show(match: GroupMatch<NamedSegment>): string {
  const found = match.nodes.flatMap((node, index) =>
    (match.found[index] ?? []).map(item =>
      isGroupMatch(item) ? `${'name' in node ? node.name : ''}(${show(item)})` : item.id,
    ),
  )
  return [...found, ...match.extras.map(({ id }) => `!${id}`)].join(' ')
}

test('groups open, repeat and close as their segments come', () => {
  assert.equal(
    matched('MSH PID NTE PV1 ORC OBR NTE OBX NTE NTE OBX OBR OBX SPM OBX PID OBR', 'ORU_R01'),
    'MSH PATIENT_RESULT(PATIENT(PID NTE VISIT(PV1)) ORDER_OBSERVATION(ORC OBR NTE OBSERVATION(OBX NTE NTE) OBSERVATION(OBX)) ORDER_OBSERVATION(OBR OBSERVATION(OBX) SPECIMEN(SPM OBX))) PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBR))',
  )
})

test('a result without a patient is a result', () => {
  assert.equal(matched('MSH OBR OBX', 'ORU_R01'), 'MSH PATIENT_RESULT(ORDER_OBSERVATION(OBR OBSERVATION(OBX)))')
})

test('a second order is an order, not a prior result without its patient', () => {
  assert.equal(
    matched('MSH PID ORC OBR OBX ORC OBR', 'OML_O21'),
    'MSH PATIENT(PID) ORDER(ORC OBSERVATION_REQUEST(OBR OBSERVATION(OBX))) ORDER(ORC OBSERVATION_REQUEST(OBR))',
  )
})

test('a prior result with its patient is a prior result', () => {
  assert.equal(
    matched('MSH PID ORC OBR PID ORC OBR OBX', 'OML_O21'),
    'MSH PATIENT(PID) ORDER(ORC OBSERVATION_REQUEST(OBR PRIOR_RESULT(PATIENT_PRIOR(PID) ORDER_PRIOR(ORC OBR OBSERVATION_PRIOR(OBX)))))',
  )
})

test('a choice takes one of its alternatives', () => {
  assert.equal(matched('MSH A B', 'MSH ORDER+(ONE<A B>)'), 'MSH ORDER(ONE(A)) ORDER(ONE(B))')
})

test('a missing required segment does not stop what follows', () => {
  assert.equal(matched('MSH OBX', 'MSH ORDER+(ORC OBR RESULT*(OBX NTE*))'), 'MSH ORDER(RESULT(OBX))')
})

test('a segment behind its place finds it, and what follows stays where it was', () => {
  assert.equal(matched('MSH EVN PID PV1 PD1 AL1', 'ADT_A01'), 'MSH EVN PID PD1 PV1 AL1; out-of-order PD1')
})

test('one too many stays with its like', () => {
  assert.equal(matched('MSH EVN EVN PID PV1', 'ADT_A01'), 'MSH EVN EVN PID PV1; too-many EVN')
})

test('a Z segment stays with the group that is open', () => {
  assert.equal(
    matched('MSH PID ZPD OBR OBX ZOB OBX', 'ORU_R01'),
    'MSH PATIENT_RESULT(PATIENT(PID !ZPD) ORDER_OBSERVATION(OBR OBSERVATION(OBX !ZOB) OBSERVATION(OBX))); unexpected ZPD; unexpected ZOB',
  )
})

test('where any segment may stand, it does not take what has a place of its own', () => {
  assert.equal(matched('MSH MFI MFE STF ZAA MFE PRA', 'MSH MFI MF+(MFE #*)'), 'MSH MFI MF(MFE STF ZAA) MF(MFE PRA)')
})

test('many groups take time in proportion', () => {
  const segments = ['MSH', 'PID', ...Array.from({ length: 20_000 }, (_, i) => ['OBX', 'NTE', 'OBR'][i % 3] ?? '')]
  const structure = dictionary.structure('ORU_R01')
  assert.ok(structure)
  const started = performance.now()
  const match = matchStructure(
    segments.map(id => ({ id })),
    structure,
  )
  assert.ok(match.deviations.length <= 1)
  assert.ok(performance.now() - started < 2000)
})
