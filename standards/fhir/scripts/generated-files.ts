import { StandardDefinitions } from '../src/definitions/standard-definitions.ts'
import { StandardValueSets } from '../src/definitions/standard-value-sets.ts'
import { typesFile } from './emit-types.ts'
import { isObject, type JsonObject, pick, textOf } from './json-resource.ts'
import { lineFile } from './line-file.ts'
import { ConstraintTable, packStructure } from './pack-structures.ts'
import { packValueSets } from './pack-value-sets.ts'
import { readDefinitions } from './read-definitions.ts'

const SEARCH_PARAMETER_MEMBERS = [
  'name',
  'derivedFrom',
  'code',
  'base',
  'type',
  'expression',
  'xpathUsage',
  'target',
  'multipleOr',
  'multipleAnd',
  'comparator',
  'modifier',
  'chain',
  'component',
]

const OPERATION_MEMBERS = [
  'name',
  'title',
  'kind',
  'description',
  'affectsState',
  'code',
  'base',
  'resource',
  'system',
  'type',
  'instance',
  'inputProfile',
  'outputProfile',
  'parameter',
]

const COMPARTMENT_MEMBERS = ['name', 'code', 'search', 'resource']

/** The generated files' texts by path below `src/generated`. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const all = readDefinitions()
  const constraints = new ConstraintTable()
  const types = all.StructureDefinition.filter(isType).map(structure => packStructure(structure, constraints))
  const profiles = all.StructureDefinition.filter(structure => !isType(structure))
  const packedProfiles = profiles.map(structure => packStructure(structure, constraints))
  const terminology = packValueSets(all.StructureDefinition, all.ValueSet, all.CodeSystem)
  const definitions = new StandardDefinitions({ constraints: constraints.rows, types })
  const valueSets = new StandardValueSets(terminology.valueSets, terminology.codeSystems)
  return new Map([
    ['types/r4.ts', typesFile(definitions, valueSets)],
    ['data/types.json', lineFile({ constraints: constraints.rows, structures: types })],
    ['data/profiles.json', lineFile({ structures: packedProfiles })],
    ['data/search-parameters.json', lines(all.SearchParameter, SEARCH_PARAMETER_MEMBERS)],
    ['data/operations.json', lines(all.OperationDefinition, OPERATION_MEMBERS)],
    ['data/compartments.json', lines(all.CompartmentDefinition, COMPARTMENT_MEMBERS)],
    ['data/value-sets.json', lineFile(terminology)],
  ])
}

/** What the standard itself defines, as against rules laid on it. */
function isType(structure: JsonObject): boolean {
  return (
    structure['derivation'] === 'specialization' ||
    (structure['derivation'] === undefined && structure['kind'] !== 'logical')
  )
}

function lines(resources: readonly JsonObject[], members: readonly string[]): string {
  const packed = resources.map(resource => {
    const kept = pick(resource, members)
    return `${textOf(resource, 'url')}\t${JSON.stringify(kept, (key, value: unknown) => (isProse(key, value) ? undefined : value))}`
  })
  return lineFile({ definitions: packed })
}

/** Extensions of a definition's parts say how mature they are; nobody reads that here. */
function isProse(key: string, value: unknown): boolean {
  return (
    key === 'extension' ||
    (key === 'documentation' && typeof value === 'string' && value.length > 300) ||
    (key === 'text' && isObject(value))
  )
}
