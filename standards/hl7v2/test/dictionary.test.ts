import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StructureNode } from '../src/dictionary/definition.ts'
import type { Dictionary } from '../src/dictionary/dictionary.ts'
import { loadDictionary } from '../src/dictionary/load.ts'
import { HL7_VERSIONS, nearestVersion } from '../src/dictionary/version-id.ts'
import { parse } from '../src/parse.ts'
import { matchStructure } from '../src/typed/match-structure.ts'
import { corpusMessages, corpusMissing } from './corpus.ts'

const dictionaries: readonly Dictionary[] = await Promise.all(HL7_VERSIONS.map(version => loadDictionary(version)))

test('every segment of every structure is defined', () => {
  for (const dictionary of dictionaries) {
    for (const id of dictionary.structureIds) {
      const missing = segmentsOf(dictionary.structure(id)?.nodes ?? []).filter(
        segment => dictionary.segment(segment) === undefined,
      )
      assert.deepEqual(missing, [], `${dictionary.version} ${id}`)
    }
  }
})

test('every structure starts with the only MSH, and no group is empty', () => {
  for (const dictionary of dictionaries) {
    for (const id of dictionary.structureIds) {
      const nodes = dictionary.structure(id)?.nodes ?? []
      const headers = segmentsOf(nodes).filter(segment => segment === 'MSH').length
      assert.equal(headers, 1, `${dictionary.version} ${id}`)
      assert.deepEqual(nodes[0], { kind: 'segment', id: 'MSH', min: 1, max: 1 }, `${dictionary.version} ${id}`)
      assert.equal(hasEmptyGroup(nodes), false, `${dictionary.version} ${id}`)
    }
  }
})

test('every data type and table that an element names is defined', () => {
  for (const dictionary of dictionaries) {
    const elements = [
      ...dictionary.segmentIds.flatMap(id => (dictionary.segment(id)?.fields ?? []).map(field => [id, field] as const)),
      ...dictionary.dataTypeIds.flatMap(id =>
        (dictionary.dataType(id)?.components ?? []).map(component => [id, component] as const),
      ),
    ]
    for (const [id, { number, dataType, table }] of elements) {
      const where = `${dictionary.version} ${id}-${number}`
      if (dataType !== '' && dataType !== 'varies') assert.ok(dictionary.dataType(dataType), `${where} ${dataType}`)
      if (table !== undefined) assert.ok(dictionary.table(table), `${where} table ${table}`)
    }
  }
})

test('every segment and element has a name, and elements are numbered in order', () => {
  for (const dictionary of dictionaries) {
    for (const id of dictionary.segmentIds) {
      const segment = dictionary.segment(id)
      assert.ok(segment?.name, `${dictionary.version} ${id}`)
      for (const [index, { number, name }] of segment.fields.entries()) {
        assert.equal(number, index + 1)
        assert.ok(name, `${dictionary.version} ${id}-${number}`)
      }
    }
  }
})

test('a field without a data type is not to be sent', () => {
  for (const dictionary of dictionaries) {
    for (const id of dictionary.segmentIds) {
      for (const { number, dataType, optionality } of dictionary.segment(id)?.fields ?? []) {
        if (dataType === '') assert.notEqual(optionality, 'R', `${dictionary.version} ${id}-${number}`)
      }
    }
  }
})

test('every trigger event leads to a structure of the version', () => {
  for (const dictionary of dictionaries) {
    for (const { code } of dictionary.table('0354')?.codes ?? []) {
      const [message = '', event] = code.split('_')
      const structure = dictionary.structure(code)
      if (structure !== undefined) assert.ok(dictionary.structureOf(message, event), `${dictionary.version} ${code}`)
    }
  }
})

/** Message types of the corpus that no version of the standard has: placeholders, misprints and local ones. */
const UNKNOWN_TYPES = new Set([
  'CUSTOM^PAT',
  'SLR^S28 SLR_S28',
  'SLS^S28 SLR_S28',
  'QCN^Jnn',
  'QSX^J99',
  'QSX^Jnn',
  'ADT\u00ad^A01',
  'MSA^',
  '^',
  'MCF^',
  'REF^I11',
  'RRI^I11',
  'RPI^I05',
  'RSP^K61',
  'PGL^PC4',
  'PPP^PCB_PPP_PCB',
])

test('every message type of the corpus has a structure', { skip: corpusMissing }, async () => {
  const unknown = new Set<string>()
  for (const { message } of corpusMessages()) {
    const parsed = parse(new TextEncoder().encode(message))
    if (!parsed.ok) continue
    const code = parsed.message.text('MSH-9.1') ?? ''
    const event = parsed.message.text('MSH-9.2') ?? ''
    const dictionary = await loadDictionary(parsed.message.version)
    const structure = dictionary.structure(parsed.message.text('MSH-9.3') ?? '') ?? dictionary.structureOf(code, event)
    if (structure === undefined) unknown.add(`${code}^${event}`)
  }
  assert.deepEqual(
    [...unknown].filter(type => !UNKNOWN_TYPES.has(type)),
    [],
  )
})

test('every segment of the corpus keeps its place, and none is lost', { skip: corpusMissing }, async () => {
  for (const { message, source } of corpusMessages()) {
    const parsed = parse(new TextEncoder().encode(message))
    if (!parsed.ok) continue
    const dictionary = await loadDictionary(nearestVersion(parsed.message.version))
    const structure = dictionary.structureOf(parsed.message.text('MSH-9.1') ?? '', parsed.message.text('MSH-9.2') ?? '')
    if (structure === undefined) continue
    const segments = parsed.message.segments()
    const match = matchStructure(segments, structure)
    assert.equal(countSegments(match.message), segments.length, source)
  }
})

interface Counted {
  readonly found: readonly (readonly object[])[]
  readonly extras: readonly object[]
}

function countSegments(match: Counted): number {
  const found = match.found
    .flat()
    // A group's match has `found`, a segment has not.
    .map(item => ('found' in item ? countSegments(item as Counted) : 1))
  return found.reduce((sum, count) => sum + count, match.extras.length)
}

function segmentsOf(nodes: readonly StructureNode[]): string[] {
  return nodes.flatMap(node => {
    if (node.kind === 'segment') return [node.id]
    return node.kind === 'any' ? [] : segmentsOf(node.nodes)
  })
}

function hasEmptyGroup(nodes: readonly StructureNode[]): boolean {
  return nodes.some(
    node => (node.kind === 'group' || node.kind === 'choice') && (node.nodes.length === 0 || hasEmptyGroup(node.nodes)),
  )
}
